#!/usr/bin/env bash
# Fifty review cases by keyboard alone in a real browser on the real service: how soon the next case is there and drawn.
# Prints one line of figures; exit code 0 when every next case is drawn within 150 ms and nothing is decided twice.
set -uo pipefail
cd "$(dirname "$0")/../.."
make --no-print-directory front-end >&2 && cargo build --quiet --bins -p fleet-service -p fixtures -p tracker-agent || exit 1
log=$(mktemp)
HOLD_THE_BAR=1 SPECS=review.spec.ts PROJECT=desktop tests/browser.sh "$log.json" >"$log" 2>&1
status=$?
[ "$status" -eq 0 ] || tail -n 60 "$log" >&2
grep -o "officer's pace: .*" "$log" | tail -n 1
exit "$status"
