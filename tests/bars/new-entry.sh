#!/usr/bin/env bash
# One new entry in a company's history: posted, chained, scored and looked at for a listing, without the commit, below 1 ms.
set -euo pipefail
cd "$(dirname "$0")/../.."
cargo bench --quiet -p scoring --bench new_entry
