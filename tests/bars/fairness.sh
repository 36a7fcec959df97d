#!/usr/bin/env bash
# Equal behaviour in fleets of 3 to 100 trucks, scored as shipped: medians within ±3.00, twice the violations told apart.
# RUNS companies a cell, SEED. Prints the table and one line of figures; 0 when the bar is met, 1 when not.
set -uo pipefail
cd "$(dirname "$0")/../.."
cargo build --release --quiet -p scoring || { echo "the program does not build"; exit 1; }
target/release/scoring simulate --runs "${RUNS:-2000}" --seed "${SEED:-2026}" --check
status=$?
[ "$status" -eq 0 ] || { echo "not met, or not measured: see above"; exit 1; }
