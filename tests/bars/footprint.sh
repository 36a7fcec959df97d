#!/usr/bin/env bash
# Memory and processor time of tracker-agent beside gpsd, on the same bytes at ten epochs a second.
# FOOTPRINT_SECONDS says how long (600).
set -euo pipefail
cd "$(dirname "$0")/../.."
gpsd=$(command -v gpsd || echo /usr/sbin/gpsd)
if [ ! -x "$gpsd" ]; then
  echo "gpsd is not installed: apt-get install gpsd" >&2
  exit 2
fi
tracker-agent/package/build-static.sh | grep '^\[static\] target'
cargo build --quiet --release -p end-to-end --bin footprint
target/release/footprint "$(ls -t "target/$(uname -m)"-*/agent/tracker-agent | head -n 1)" "$gpsd" "${FOOTPRINT_SECONDS:-600}"
