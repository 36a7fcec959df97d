#!/usr/bin/env bash
# Every recorded drive and track of the corpus on its own line: what clues appear. Prints one line of figures at the end;
# exit code 0 when none appears but true speeding. Without the corpus nothing is measured, and it says so.
set -uo pipefail
cd "$(dirname "$0")/../.."
cargo build --quiet -p fleet-service -p tracker-agent || exit 1
log=$(mktemp)
trap 'rm -f "$log"' EXIT
cargo test --quiet -p end-to-end --test it -- --nocapture --test-threads=1 own_line:: 2>&1 | tee "$log" >&2
status=${PIPESTATUS[0]}
if grep -q 'no corpus' "$log"; then
  echo "not measured: no corpus of real recordings (set CORPUS_DIR)"
  exit 1
fi
awk '/other clues found:/ {
  recordings++; for (i = 1; i <= NF; i++) { if ($i == "reports,") reports += $(i - 1); if ($i == "times") speeding += $(i - 1); if ($i == "found:") others += $(i + 1) }
} END { printf "%d recordings, %d reports: %d clues other than true speeding, %d of true speeding\n", recordings, reports, others, speeding }' "$log"
exit "$status"
