#!/usr/bin/env bash
# How long a clue takes from its report to an open page at 1,000 reports a second, beside what a disk sync takes in the same
# minute. SECONDS_ says how long (30). Prints one line of figures; exit code 0 when the bar is met.
set -uo pipefail
cd "$(dirname "$0")/../.."
seconds=${SECONDS_:-30}
fail() { echo "$*" >&2; exit 1; }
cargo build --release --quiet -p fleet-service -p end-to-end --bin fleet-service --bin live || fail "the programs do not build"
work=$(mktemp -d)
service=
trap '[ -z "$service" ] || kill "$service" 2>/dev/null; wait 2>/dev/null; rm -rf "$work"' EXIT
free() { python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'; }
target/release/live crowd "$work/registry" || exit 1
program=target/release/fleet-service data=$work/data
$program import --data "$data" --registry "$work/registry" --from 2020-01-01T00:00:00+08:00 >/dev/null || exit 1
token=$($program platform-token add --data "$data" --name bench 2>/dev/null) || exit 1
officer=$($program officer add --data "$data" --name bench --authority city_management --role enforcer | tail -n 1) || exit 1
http=127.0.0.1:$(free)
RUST_LOG=warn $program serve --data "$data" --http "$http" --gateway "127.0.0.1:$(free)" >"$work/service.log" 2>&1 &
service=$!
for _ in $(seq 300); do
  curl -sf "http://$http/readyz" >/dev/null && break
  kill -0 "$service" 2>/dev/null || fail "$(cat "$work/service.log")"
  sleep 0.1
done
figures=$(target/release/live clues --http "$http" --token "$token" --officer "$officer" --folder "$work" --seconds "$seconds")
met=$?
[ -n "$figures" ] || fail "$(cat "$work/service.log")"
cat "$work/service.log" >&2
memory=$(awk '/VmRSS/ {print int($2 / 1024)}' "/proc/$service/status")
cpu=$(awk '{print ($14 + $15) / 100}' "/proc/$service/stat")
python3 - "$figures" "$memory" "$cpu" <<'PY'
import json, sys
f = json.loads(sys.argv[1])
print(f"{f['reports'] / f['seconds']:.0f} reports/s for {f['seconds']} s, {f['clues']} clues, {f['missing']} missing: report to page p50 {f['p50_ms']:.2f} ms "
      f"(disk sync {f['sync_p50_ms']:.2f}), p99 {f['p99_ms']:.2f} ms (disk sync {f['sync_p99_ms']:.2f}), max {f['max_ms']:.1f} ms; service {sys.argv[2]} MiB, {sys.argv[3]} CPU s")
PY
exit $met
