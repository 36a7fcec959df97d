#!/usr/bin/env bash
# Usage: [SPECS="map.spec.ts alerts.spec.ts"] browser.sh [REPORT.json] — starts `fleet-service demo` (real agents, real database) on free loopback ports and
# runs the browser tests against it, all of them or those SPECS names. Writes Playwright's JSON report to REPORT.json.
set -uo pipefail
cd "$(dirname "$0")/.."
report=$(realpath -m "${1:-target/browser-report.json}")
programs=${PROGRAMS:-target/debug}
data=$(mktemp -d)
log=$data/service.log
free_port() { node -e 'const s=require("net").createServer();s.listen(0,"127.0.0.1",()=>{console.log(s.address().port);s.close()})'; }
http=127.0.0.1:$(free_port)
gateway=127.0.0.1:$(free_port)

DEMO_OFFICER=off "$programs/fleet-service" demo --data "$data/demo" --http "$http" --gateway "$gateway" >"$log" 2>&1 &
service=$!
trap 'kill "$service" 2>/dev/null; wait "$service" 2>/dev/null; rm -rf "$data"' EXIT

for _ in $(seq 1 600); do
  grep -q '#token=' "$log" && break
  kill -0 "$service" 2>/dev/null || break
  sleep 0.1
done
token=$(grep -o '#token=[A-Za-z0-9_-]*' "$log" | head -n 1 | cut -d= -f2)
if [ -z "$token" ]; then
  echo "the service printed no address; its log:"
  cat "$log"
  exit 1
fi
registrar=$("$programs/fleet-service" officer add --data "$data/demo" --name 登记员 --authority city_management --role registrar | tail -n 1)
admin=$("$programs/fleet-service" officer add --data "$data/demo" --name 管理员 --authority city_management --role admin | tail -n 1)
# The company with the lowest score: it has something to appeal against.
company=$(curl -s -H "Authorization: Bearer $token" "http://$http/api/v1/carriers" | grep -o '"uscc":"[0-9A-Z]*"' | head -n 1 | cut -d'"' -f4)
carrier=$("$programs/fleet-service" officer add --data "$data/demo" --name 企业员 --authority city_management --role carrier --company "$company" | tail -n 1)
cd tests/browser
BASE_URL="http://$http" GATEWAY="$gateway" REGISTRAR="$registrar" ADMIN="$admin" CARRIER="$carrier" TOKEN="$token" PLAYWRIGHT_JSON_OUTPUT_NAME="$report" npx --no-install playwright test ${PROJECT:+--project=$PROJECT} --reporter=list,json ${SPECS:-}
status=$?
[ "$status" -eq 0 ] || { echo "--- the service's last lines"; tail -n 40 "$log"; }
exit "$status"
