#!/usr/bin/env bash
# Fleet days judged in order, and shuffled, doubled and late, as a set and live. By environment: DAYS, FIRST_SEED.
# Prints one line of figures at the end; exit code 0 when every verdict is the same.
set -uo pipefail
cd "$(dirname "$0")/../.."
cargo build --release --quiet -p end-to-end --bin order || exit 1
target/release/order "${DAYS:-200}" "${FIRST_SEED:-1}"
