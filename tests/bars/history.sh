#!/usr/bin/env bash
# History: bytes a position of a city's day on disk, and one truck's day out of HISTORY_POSITIONS (100,000,000) beside
# DuckDB on data sorted by truck, in the same run. "cold": both programs started anew and their files dropped from the page
# cache, the first touch of each truck-day; "warm": the same truck-day again. Over HTTP the figure is for information.
# HISTORY_DIR keeps the data between runs; it takes about 2 GB for a while.
set -uo pipefail
cd "$(dirname "$0")/../.."
positions=${HISTORY_POSITIONS:-100000000}
dir=${HISTORY_DIR:-$(mktemp -d)}
rounds=${HISTORY_ROUNDS:-3}
[ -n "${HISTORY_DIR:-}" ] || trap 'rm -rf "$dir"' EXIT
mkdir -p "$dir/city" "$dir/many"
cargo build --release --quiet -p fleet-service || exit 1
bench=$(cargo bench -p fleet-service --bench history --no-run --message-format=json 2>/dev/null |
  sed -n 's/.*"executable":"\([^"]*history-[^"]*\)".*/\1/p' | tail -n 1)
[ -x "$bench" ] || { echo "the history benchmark does not build" >&2; exit 1; }
python=${HISTORY_PYTHON:-}
if [ -z "$python" ]; then
  python=$dir/venv/bin/python
  [ -x "$python" ] || { python3 -m venv "$dir/venv" && "$dir/venv/bin/pip" install --quiet duckdb; } >&2 || exit 1
fi
"$python" -c 'import duckdb' || { echo "DuckDB for Python is needed: pip install duckdb, or name a Python that has it in HISTORY_PYTHON" >&2; exit 2; }

drop_from_cache() { for file in "$@"; do sync "$file"; dd if="$file" iflag=nocache count=0 status=none; done; }
field() { sed -n "s/.*\"$1\": {\"p50_ms\": \([0-9.]*\).*/\1/p"; }
middle() { sort -g | awk '{v[NR]=$1} END {print v[int((NR+1)/2)]}'; }

rm -f "$dir"/city/history.sqlite3*
city=$("$bench" city "$dir/city") || exit 1
echo "$city" >&2
bytes=$(echo "$city" | sed -n 's/.*"bytes_a_position": \([0-9.]*\).*/\1/p')

[ -f "$dir/many/history.sqlite3" ] || "$bench" fill "$dir/many" "$positions" >&2 || exit 1
peer=$dir/many/peer.duckdb
"$python" tests/bars/history-duckdb.py "$peer" "$positions" 30 fill || exit 1
ours=$(mktemp) theirs=$(mktemp)
for _ in $(seq "$rounds"); do
  drop_from_cache "$dir/many/history.sqlite3" "$peer"
  "$bench" read "$dir/many" | tee -a "$ours" >&2
  "$python" tests/bars/history-duckdb.py "$peer" "$positions" 30 read | tee -a "$theirs" >&2
done
"$bench" http "$dir/many" target/release/fleet-service >&2 || exit 1
cold=$(field first <"$ours" | middle) warm=$(field again <"$ours" | middle)
their_cold=$(field first <"$theirs" | middle) their_warm=$(field again <"$theirs" | middle)
rm -f "$ours" "$theirs"
awk -v b="$bytes" -v c="$cold" -v w="$warm" -v dc="$their_cold" -v dw="$their_warm" 'BEGIN {
  printf "%.2f bytes a position; a truck-day warm %.2f ms (DuckDB %.2f: %.1fx), cold %.2f ms (DuckDB %.2f: %.1fx)\n", b, w, dw, dw / w, c, dc, dc / c
  exit !(b + 0 > 0 && b <= 10 && w > 0 && w <= dw && c > 0 && c <= dc)
}'
