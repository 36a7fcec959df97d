#!/usr/bin/env bash
# Durable ingest and evaluation over loopback beside PostGIS doing the same, on the benchmark's city; then the service killed
# under load, and what was acknowledged compared with what is there.
# Environment: BENCH_DIR (the benchmark's scripts, ../shared/bench), CONNECTIONS (4), KILLS (3), FIXES (100 a truck),
# PG_BIN (/usr/lib/postgresql/15/bin), PYTHON (a python with numpy and psycopg; else one is made under target/).
# Prints one line of figures; exit code 0 when both forms reach ten times PostGIS with no wrong verdict, nothing lost or doubled.
set -uo pipefail
cd "$(dirname "$0")/../.."
bench=${BENCH_DIR:-../shared/bench} connections=${CONNECTIONS:-4} kills=${KILLS:-3} fixes=${FIXES:-100}
pg=${PG_BIN:-/usr/lib/postgresql/15/bin}
fail() { echo "$*" >&2; exit 1; }
[ -f "$bench/peer_postgis.py" ] || fail "no benchmark at $bench: set BENCH_DIR"
[ -x "$pg/initdb" ] || fail "no PostgreSQL at $pg: apt-get install postgresql-15-postgis-3, or set PG_BIN"
bench=$(realpath "$bench")
cargo build --release --quiet -p fleet-service -p end-to-end --bin fleet-service --bin live || fail "the programs do not build"
python=${PYTHON:-}
if [ -z "$python" ]; then
  python=$PWD/target/bars/python/bin/python
  [ -x "$python" ] || { python3 -m venv target/bars/python && "$python" -m pip install --quiet numpy 'psycopg[binary]' >&2; } || fail "no python with numpy and psycopg: set PYTHON"
fi
city=target/bars/city-$fixes
[ -f "$city/meta.json" ] || "$python" "$bench/gen.py" city --fixes "$fixes" --out "$city" >&2 || fail "the city cannot be made"

work=$(mktemp -d)
service= cluster=
stop_service() { [ -z "$service" ] || kill "${1:--TERM}" "$service" 2>/dev/null; [ -z "$service" ] || wait "$service" 2>/dev/null; service=; }
stop_all() {
  stop_service -KILL
  [ -z "$cluster" ] || as_postgres "$pg/pg_ctl" -D "$cluster" -m immediate stop >/dev/null 2>&1
  rm -rf "$work"
}
trap stop_all EXIT
free() { "$python" -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'; }
# PostgreSQL does not run as root.
as_postgres() { if [ "$(id -u)" = 0 ]; then (cd / && runuser -u postgres -- "$@"); else "$@"; fi; }

# --- PostGIS, its own cluster on loopback, fsync on as it is by default
chmod 755 "$work"
mkdir "$work/pg"
[ "$(id -u)" != 0 ] || chown postgres "$work/pg"
as_postgres "$pg/initdb" -D "$work/pg/data" -A trust -U postgres >"$work/pg.log" 2>&1 || fail "$(cat "$work/pg.log")"
cluster=$work/pg/data
pg_port=$(free)
as_postgres "$pg/pg_ctl" -D "$cluster" -l "$work/pg/server.log" -o "-c listen_addresses=127.0.0.1 -p $pg_port -k $work/pg" -w start >>"$work/pg.log" 2>&1 ||
  fail "$(cat "$work/pg.log" "$work/pg/server.log")"
as_postgres "$pg/createdb" -h 127.0.0.1 -p "$pg_port" -U postgres bench || fail "no database"
postgis() {
  BENCH_DSN="host=127.0.0.1 port=$pg_port user=postgres dbname=bench" "$python" "$bench/peer_postgis.py" "$city" 2>"$work/peer.err" |
    grep 'durable insert+evaluate, batch' || { cat "$work/peer.err" >&2; return 1; }
}

# --- our side
target/release/live city "$city" "$work/city" || exit 1
reports=$work/city/reports.jsonl
serve() { # serve DATA: starts the service, sets http, service
  http=127.0.0.1:$(free)
  RUST_LOG=warn target/release/fleet-service serve --data "$1" --http "$http" --gateway "127.0.0.1:$(free)" >>"$work/service.log" 2>&1 &
  service=$!
  for _ in $(seq 300); do
    curl -sf "http://$http/readyz" >/dev/null && return 0
    kill -0 "$service" 2>/dev/null || fail "$(cat "$work/service.log")"
    sleep 0.1
  done
  fail "the service does not come up"
}
found() { # found DATA: registers and a token
  target/release/fleet-service import --data "$1" --registry "$work/city/registry" --from 2020-01-01T00:00:00+08:00 >/dev/null || exit 1
  token=$(target/release/fleet-service platform-token add --data "$1" --name bench 2>/dev/null) || exit 1
}
ingest() { target/release/live ingest --http "$http" --token "$token" --pid "$service" --reports "$reports" --connections "$connections" "$@"; }
measure() { # measure FORM: prints the figures and compares the verdicts with a replay's
  local data=$work/data-$1
  found "$data"
  serve "$data"
  ingest --form "$1" || fail "$(cat "$work/service.log")"
  awk '/VmHWM/ {print "{\"peak_mib\": " int($2 / 1024) "}"}' "/proc/$service/status"
  stop_service
  target/release/fleet-service export --data "$data" --out "$work/$1-out" >&2 || exit 1
  target/release/live same "$work/$1-out" "$work/replayed" || wrong=1
}
target/release/fleet-service replay --registry "$work/city/registry" --reports "$reports" --out "$work/replayed" >&2 || exit 1
wrong=0
postgis >"$work/peer-1" || exit 1
measure lines >"$work/lines" || exit 1
measure binary >"$work/binary" || exit 1
postgis >"$work/peer-2" || exit 1
cat "$work/peer-1" "$work/peer-2" "$work/lines" "$work/binary" >&2

# --- killed under load, each time on the same data; then everything once more
data=$work/data-killed
found "$data"
batches=$(($(wc -l <"$reports") / 1000))
for round in $(seq "$kills"); do
  serve "$data"
  # By progress, not by the clock: each round goes further than the one before.
  after=$((batches * round / (kills + 1)))
  ingest --form lines --kill-after "$after" --acknowledged "$work/acknowledged-$round" >"$work/kill-$round" || fail "$(cat "$work/service.log")"
  wait "$service" 2>/dev/null
  service=
  cat "$work/kill-$round" >&2
done
cat "$work"/acknowledged-* | sort -un >"$work/acknowledged"
target/release/fleet-service export --data "$data" --out "$work/killed-out" >&2 || exit 1
target/release/live prove --reports "$reports" --acknowledged "$work/acknowledged" --exported "$work/killed-out/reports.jsonl" >"$work/proof-1" || wrong=1
serve "$data"
ingest --form lines >&2 || exit 1
ingest --form binary >&2 || exit 1
stop_service
target/release/fleet-service export --data "$data" --out "$work/killed-out" >&2 || exit 1
wc -l <"$reports" | awk '{for (i = 0; i < $1; i++) print i}' >"$work/all"
target/release/live prove --reports "$reports" --acknowledged "$work/all" --exported "$work/killed-out/reports.jsonl" >"$work/proof-2" || wrong=1
target/release/live same "$work/killed-out" "$work/replayed" >"$work/proof-3" || wrong=1
cat "$work"/proof-* >&2

"$python" - "$work" "$wrong" <<'PY'
import json, sys
work, wrong = sys.argv[1], int(sys.argv[2])
read = lambda name: [json.loads(line) for line in open(f"{work}/{name}")]
peers = read("peer-1") + read("peer-2")
peer = max(p["per_wall_s"] for p in peers)
text, met = [], not wrong and all(p["wrong_violations"] == 0 for p in peers)
for form in ("lines", "binary"):
    ours = {k: v for part in read(form) for k, v in part.items()}
    ratio = ours["per_s"] / peer
    met &= ratio >= 10 and ours["wrong"] == 0
    text.append(f"{form} {ours['per_s'] / 1e3:.0f}k reports/s = {ratio:.1f} x PostGIS "
                f"({ours['per_cpu_s'] / 1e3:.0f}k a CPU second of client and server, batch p50 {ours['batch_p50_ms']:.1f} ms, p99 {ours['batch_p99_ms']:.1f} ms, "
                f"{ours['verdicts']} verdicts, {ours['wrong']} wrong, service {ours['peak_mib']} MiB at most)")
one, two, three = (read(f"proof-{n}")[0] for n in (1, 2, 3))
print(f"PostGIS {peer / 1e3:.1f}k reports/s ({max(p['per_cpu_s'] for p in peers) / 1e3:.1f}k a server CPU second); " + "; ".join(text) +
      f"; killed -9 under load: {one['acknowledged']} acknowledged, {one['lost']} lost, {one['doubled']} doubled; sent again whole, twice: "
      f"{two['stored']} stored, {two['lost']} lost, {two['doubled']} doubled, {three['wrong']} verdicts wrong")
sys.exit(0 if met else 1)
PY
