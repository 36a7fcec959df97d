#!/usr/bin/env bash
# 1,000 carriers, three years, 5 million violations: the fold and the table engine agree to the last centi-point, and the fold
# on one core recomputes at least 5 times as many violations a second as the polars of scores.py, in turns with it.
# BENCH_DIR: the folder of scores.py. ROWS: how many violations. PYTHON: an interpreter with its libraries.
set -euo pipefail
cd "$(dirname "$0")/../.."
bench=${BENCH_DIR:-../shared/bench}
rows=${ROWS:-5000000}
python=${PYTHON:-python3}
if [ ! -f "$bench/scores.py" ]; then
  echo "no scores.py in $bench: set BENCH_DIR"
  exit 1
fi
agreed=$(VIOLATIONS=$rows cargo bench --quiet -p scoring-batch --bench agreement | tail -n 1)
# In turns, the best of each: whatever else the machine does in one moment weighs on neither alone.
best=0 peer=
for _ in 1 2 3; do
  fold=$(VIOLATIONS=$rows cargo bench --quiet -p scoring --bench recompute | tail -n 1)
  echo "$fold" >&2
  best=$(awk -v best="$best" -v line="$fold" 'BEGIN { split(line, f, " "); print (f[4] > best) ? f[4] : best }')
  seconds=$("$python" "$bench/scores.py" "$rows" | tee /dev/stderr | "$python" -c '
import json, sys
for line in sys.stdin:
    try:
        row = json.loads(line)
    except ValueError:
        continue
    if "polars" in row.values():
        print(row["seconds_cpu"])
')
  peer=$(awk -v peer="${peer:-$seconds}" -v seconds="$seconds" 'BEGIN { print (seconds < peer) ? seconds : peer }')
done
awk -v fold="$best" -v peer="$peer" -v rows="$rows" -v agreed="$agreed" 'BEGIN {
  polars = rows / peer
  printf "fold and batch: %s; fold %.1f M violations/s on one core, polars of scores.py %.1f M/s: %.1f times\n", agreed, fold / 1e6, polars / 1e6, fold / polars
  exit !(agreed ~ /^agree / && fold >= 5 * polars)
}'
