#!/usr/bin/env bash
# Thousands of terminals on one service of this machine, and the proof that what was acknowledged is stored once, as sent.
# Figures by environment: TERMINALS, UDP (how many of them speak UDP), RATE (reports a second), SECONDS_ (how long).
# Prints one line of figures; exit code 0 when nothing was lost, doubled or wrong and everyone was online.
set -uo pipefail
cd "$(dirname "$0")/../.."
terminals=${TERMINALS:-20000} udp=${UDP:-200} rate=${RATE:-5000} seconds=${SECONDS_:-300}
work=$(mktemp -d)
service=
trap '[ -z "$service" ] || kill "$service" 2>/dev/null; wait 2>/dev/null; rm -rf "$work"' EXIT
ulimit -n "$(ulimit -Hn)"
free() { node -e 'const s=require("net").createServer().listen(0,"127.0.0.1",()=>{console.log(s.address().port);s.close()})'; }
http=$(free) gateway=$(free)
target/release/fixtures load registry --terminals "$terminals" --out "$work" >&2 || exit 1
target/release/fleet-service import --data "$work/data" --registry "$work/registry" --from 2020-01-01T00:00:00+08:00 >&2 || exit 1
RUST_LOG=warn target/release/fleet-service serve --data "$work/data" --http "127.0.0.1:$http" --gateway "127.0.0.1:$gateway" ${SERVE_OPTIONS:-} >"$work/service.log" 2>&1 &
service=$!
for _ in $(seq 300); do
  curl -sf "http://127.0.0.1:$http/readyz" >/dev/null && break
  kill -0 "$service" 2>/dev/null || { cat "$work/service.log" >&2; exit 1; }
  sleep 0.2
done
busy() { awk '{print ($14 + $15) / 100}' "/proc/$service/stat"; }
before=$(busy)
summary=$(target/release/fixtures load run --platform "127.0.0.1:$gateway" --terminals "$terminals" --udp "$udp" --connects-per-s "${CONNECTS:-250}" \
  --reports-per-s "$rate" --seconds "$seconds" --out "$work/tally") || exit 1
echo "$summary" >&2
after=$(busy)
memory=$(awk '/VmHWM/ {print int($2 / 1024)}' "/proc/$service/status")
kill "$service" && wait "$service"
service=
target/release/fleet-service export --data "$work/data" --out "$work/exported" >&2 || exit 1
proof=$(target/release/fixtures load prove --tally "$work/tally" --export "$work/exported/reports.jsonl")
proved=$?
node -e '
const [summary, proof, wanted, cpu, memory, seconds] = process.argv.slice(1).map((t) => JSON.parse(t));
const s = summary, p = proof;
console.log(`${s.online_halfway} of ${wanted} terminals online, ${(p.sent / seconds).toFixed(0)} reports/s sent for ${seconds} s, ${p.acknowledged} of ${p.sent} acknowledged, ` +
  `${p.lost} lost, ${p.doubled} doubled, ${p.wrong} wrong, ${s.reconnects} reconnects, ${s.late} late; due to acknowledged p50 ${s.latency_p50_ms} ms, p99 ${s.latency_p99_ms} ms, max ${s.latency_max_ms} ms; ` +
  `service: ${cpu.toFixed(1)} CPU s, ${memory} MiB at most`);
process.exit(s.online_halfway === wanted && p.acknowledged === p.sent ? 0 : 1);
' "$summary" "$proof" "$terminals" "$(awk "BEGIN {print $after - $before}")" "$memory" "$seconds"
[ $? -eq 0 ] && [ $proved -eq 0 ]
