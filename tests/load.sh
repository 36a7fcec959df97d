#!/usr/bin/env bash
# Usage: load.sh TERMINALS BY_UDP PER_SECOND SECONDS — a crowd of terminals against a service of its own, both on this
# machine. Prints what the load tool counted and what the service stored; ends with 0 when every report sent was
# acknowledged, is stored, and is stored once. TERMINALS connect over TCP and need as many open files in each program.
set -uo pipefail
cd "$(dirname "$0")/.."
over_tcp=$1 by_udp=$2 per_second=$3 seconds=$4
work=$(mktemp -d)
service=
trap '[ -z "$service" ] || { kill "$service"; wait "$service"; } 2>/dev/null; rm -rf "$work"' EXIT

cargo build --release --quiet -p fleet-service -p fixtures || { echo "the programs do not build" >&2; exit 1; }
programs=target/release
$programs/fixtures crowd --terminals $((over_tcp + by_udp)) --out "$work" >/dev/null &&
  $programs/fleet-service import --data "$work/data" --registry "$work/registry" --from 2020-01-01T00:00:00+08:00 >/dev/null ||
  exit 1
free_port() { node -e 'const s = require("net").createServer().listen(0, "127.0.0.1", () => { console.log(s.address().port); s.close(); })'; }
http=127.0.0.1:$(free_port) gateway=127.0.0.1:$(free_port)
$programs/fleet-service serve --data "$work/data" --http "$http" --gateway "$gateway" \
  --registrations-per-minute 1000000 2>"$work/service.log" &
service=$!
for _ in $(seq 200); do
  curl -sf "http://$http/readyz" >/dev/null && break
  sleep 0.1
done
memory() { awk '/VmRSS/ { print $2 }' "/proc/$service/status"; }
cpu() { awk '{ print ($14 + $15) / 100 }' "/proc/$service/stat"; }
memory_before=$(memory) cpu_before=$(cpu)
$programs/fixtures load --gateway "$gateway" --terminals "$over_tcp" --by-udp "$by_udp" \
  --per-second "$per_second" --seconds "$seconds" | tee "$work/said"
status=$?
metric() { curl -s "http://$http/metrics" | awk -v name="$1" '$1 == name { print $2 }'; }
sent=$(awk '/^reports sent:/ { print $3 }' "$work/said")
stored=$(metric mucktrail_log_reports)
doubled=$(metric mucktrail_reports_duplicate_total)
echo "stored:             $stored (sent again and recognised: $doubled)"
echo "the service:        $(awk -v a="$cpu_before" -v b="$(cpu)" 'BEGIN { printf "%.0f", b - a }') s of CPU, memory from $memory_before to $(memory) kB"
grep -h WARN "$work/service.log" | head -n 3
[ "$status" -eq 0 ] && [ "$sent" -gt 0 ] && [ "$stored" = "$sent" ]
