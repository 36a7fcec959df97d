#!/usr/bin/env bash
# Position checks per CPU second beside GEOS C, in turn on one core, every answer checked: which fences hold a fix, how far
# it is from its truck's own route, which rules it breaks. Settings by environment: BENCH_DIR (the yardsticks: gen.py and
# peer_geos.c), ROUNDS, CPU (the core), FLEET_SERVICE (the program), DATA_DIR (kept workloads; else made and removed).
# Prints a table, and one line of figures at the end; exit code 0 when every bar is met and no answer is wrong.
set -uo pipefail
cd "$(dirname "$0")/../.."
bench=${BENCH_DIR:-../shared/bench} rounds=${ROUNDS:-5} core=${CPU:-0}
program=${FLEET_SERVICE:-target/release/fleet-service}
for file in gen.py peer_geos.c; do
  [ -f "$bench/$file" ] || { echo "The yardsticks are not there: $bench/$file is missing; name their folder by BENCH_DIR." >&2; exit 1; }
done
[ -x "$program" ] || { echo "$program is not built: run 'cargo build --release -p fleet-service' first." >&2; exit 1; }
tests/need.sh cc python3 taskset || exit 1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cc -O2 "$bench/peer_geos.c" -lgeos_c -lm -o "$work/peer_geos" || { echo "GEOS is needed: run 'apt-get install -y libgeos-dev', then start again." >&2; exit 1; }
data=${DATA_DIR:-$work/data}
mkdir -p "$data"
python=python3
if ! python3 -c 'import numpy' 2>/dev/null; then
  python3 -m venv "$work/venv" && "$work/venv/bin/pip" install -q numpy || { echo "numpy is needed to make the workloads, and could not be installed." >&2; exit 1; }
  python=$work/venv/bin/python
fi
# Workload, its size, further arguments.
make_workload() {
  [ -f "$data/$1/meta.json" ] && return
  echo "making the workload $1" >&2
  PYTHONDONTWRITEBYTECODE=1 "$python" "$bench/gen.py" "$2" "${@:3}" --out "$data/$1" >&2
}
make_workload city city || exit 1
make_workload province province || exit 1
make_workload every-second small --dt 1 --fixes 600 || exit 1

for round in $(seq "$rounds"); do
  for load in city province every-second; do
    taskset -c "$core" "$work/peer_geos" "$data/$load" | sed "s/^/$load /" >>"$work/geos" || exit 1
    # Its exit code tells of wrong answers, which the lines tell too.
    taskset -c "$core" "$program" bench-checks "$data/$load" --passes 1 | sed "s/^/$load /" >>"$work/ours"
  done
  echo "round $round of $rounds" >&2
done

"$python" - "$work/geos" "$work/ours" "$rounds" <<'PY'
import json, statistics, sys

def read(path):
    lines = {}
    for line in open(path):
        load, text = line.split(" ", 1)
        told = json.loads(text)
        lines.setdefault((load, told["what"]), []).append(told)
    return lines

geos, ours, rounds = read(sys.argv[1]), read(sys.argv[2]), int(sys.argv[3])
SAFE, BOTH = "fences+distance, safe radius", "fences+distance"
BARS = [("city", "fences only", None), ("city", BOTH, 7), ("city", SAFE, None), ("province", "fences only", None),
        ("province", BOTH, 7), ("province", SAFE, None), ("every-second", BOTH, None), ("every-second", SAFE, 25)]
median = lambda told: statistics.median(t["per_cpu_s"] for t in told)
spread = lambda told: f"{min(t['per_cpu_s'] for t in told) / 1e6:.2f}..{max(t['per_cpu_s'] for t in told) / 1e6:.2f}"
met, figures = True, []
for load, what, bar in BARS:
    mine, theirs = ours.get((load, what), []), geos.get((load, BOTH if what == SAFE else what), [])
    if len(mine) != rounds or len(theirs) != rounds:
        sys.exit(f"{load}, {what}: {len(mine)} of {rounds} rounds of ours and {len(theirs)} of GEOS C gave a line")
    ratio = median(mine) / median(theirs)
    wrong = {name: sum(t[name] for t in mine) for name in mine[0] if name.startswith("wrong_") or name == "differences"}
    right = not any(wrong.values()) and bool(wrong)
    met &= right and (bar is None or ratio >= bar)
    print(f"{load:13} {what:29} {median(mine) / 1e6:6.2f} M/s ({spread(mine)}), GEOS C {median(theirs) / 1e6:5.2f} M/s ({spread(theirs)}): "
          f"{ratio:5.1f} x{'' if bar is None else f' (bar {bar})'}; {', '.join(f'{name} {count}' for name, count in wrong.items())}", file=sys.stderr)
    if bar is not None:
        figures.append(f"{load} {ratio:.1f} x GEOS C (bar {bar}), {sum(wrong.values())} wrong")
print(f"position checks, {rounds} rounds: " + "; ".join(figures))
sys.exit(0 if met else 1)
PY
