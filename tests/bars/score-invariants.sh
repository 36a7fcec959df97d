#!/usr/bin/env bash
# The invariants of the score, each over at least 10,000 random ledgers (CASES): reversal, deduction, order, caps, 60.00,
# the turn of a year, a table that changes within the year. Optimised, or it takes an hour.
set -uo pipefail
cd "$(dirname "$0")/../.."
log=$(mktemp)
trap 'rm -f "$log"' EXIT
PROPTEST_CASES=${CASES:-10000} cargo test --quiet --release -p scoring --test it invariants:: 2>&1 | tee "$log" >&2
status=${PIPESTATUS[0]}
echo "${CASES:-10000} cases each: $(grep '^test result' "$log" | tail -n 1)"
exit "$status"
