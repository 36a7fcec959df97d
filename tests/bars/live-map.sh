#!/usr/bin/env bash
# Usage: live-map.sh — the live map's bar: 2,000 trucks at 1 Hz from the real service (main thread <= 5 ms an update, >= 30
# frames/s in the software renderer, first truck <= 1.5 s after sign-in), and 20,000 trucks. PROGRAMS names the folder of
# built programs (target/release when it is there, else target/debug).
set -euo pipefail
cd "$(dirname "$0")/../.."
if [ -z "${PROGRAMS:-}" ]; then
  PROGRAMS=target/debug
  [ -x target/release/fleet-service ] && PROGRAMS=target/release
fi
export PROGRAMS
CHROMIUM=${CHROMIUM:-$(command -v chromium || command -v google-chrome)}
export CHROMIUM
exec node tests/bars/live-map.mjs
