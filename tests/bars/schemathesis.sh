#!/usr/bin/env bash
# The OpenAPI document checked by a validator, then requests made from it against the real service on a seeded database, as
# admin, registrar, enforcer, a company's person and nobody. Fails on a server error, on a status or media type that is not
# documented, and on an answer that breaks its schema.
# Environment: PROGRAMS (target/debug; built when absent), SEED (20261124), EXAMPLES (requests an operation and person, 6),
# PYTHON (a python with schemathesis and openapi-spec-validator; else one is made under target/bars).
# Prints one line of figures; exit code 0 when nothing failed in at least 1,000 requests.
set -uo pipefail
cd "$(dirname "$0")/../.."
programs=${PROGRAMS:-target/debug} seed=${SEED:-20261124} examples=${EXAMPLES:-6}
fail() { echo "$*" >&2; exit 1; }
if [ ! -x "$programs/fleet-service" ] || [ ! -x "$programs/fixtures" ]; then
  cargo build --quiet -p fleet-service -p fixtures --bins || fail "the programs do not build"
fi
if [ -z "${PYTHON:-}" ]; then
  PYTHON=$PWD/target/bars/schemathesis/bin/python
  [ -x "$PYTHON" ] || { python3 -m venv target/bars/schemathesis &&
    "$PYTHON" -m pip install --quiet 'schemathesis==4.32.5' 'openapi-spec-validator==0.9.0' >&2; } ||
    fail "no python with schemathesis: set PYTHON"
fi
work=$(mktemp -d)
service=
trap '[ -z "$service" ] || { kill "$service"; wait "$service"; } 2>/dev/null; rm -rf "$work"' EXIT
free() { "$PYTHON" -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'; }
data=$work/data http=127.0.0.1:$(free)

"$programs/fleet-service" openapi >"$work/openapi.json" || fail "no document"
"$PYTHON" -m openapi_spec_validator "$work/openapi.json" >&2 || fail "the document is no valid OpenAPI"

# --- a day of the made-up city, judged by the service itself
"$programs/fixtures" day --seed 7 --date "$(TZ=Asia/Shanghai date +%F)" --out "$work/city" >/dev/null || fail "no city"
"$programs/fleet-service" import --data "$data" "$work/city/registry" >/dev/null 2>&1 ||
  "$programs/fleet-service" import --data "$data" --registry "$work/city/registry" >/dev/null || fail "no registers"
company=$(grep -oE '[0-9A-Z]{18}' "$work/city/registry/carriers.csv" | head -n 1)
add() { "$programs/fleet-service" officer add --data "$data" --name "$1" --authority city_management --role "$2" ${3:+--company "$3"} | tail -n 1; }
declare -A token=([admin]=$(add 管理员 admin) [registrar]=$(add 登记员 registrar) [enforcer]=$(add 执法员 enforcer)
  [carrier]=$(add 企业员 carrier "$company") [nobody]=)
platform=$("$programs/fleet-service" platform-token add --data "$data" --name seed | tail -n 1)
RUST_LOG=warn "$programs/fleet-service" serve --data "$data" --http "$http" --gateway "127.0.0.1:$(free)" \
  --person-requests-per-minute 0 --address-requests-per-minute 0 >"$work/service.log" 2>&1 &
service=$!
for _ in $(seq 300); do curl -sf "http://$http/readyz" >/dev/null && break; sleep 0.1; done
head -n 9000 "$work/city/reports.jsonl" | split -l 3000 - "$work/part."
for part in "$work"/part.*; do
  curl -sf -H "Authorization: Bearer $platform" -H 'Content-Type: application/x-ndjson' --data-binary "@$part" \
    "http://$http/api/v1/reports" >/dev/null || fail "the service takes no reports: $(cat "$work/service.log")"
done
for _ in $(seq 300); do curl -sf "http://$http/readyz" >/dev/null && break; sleep 0.1; done

# --- requests
export PYTHONPATH=$PWD/tests/bars SCHEMATHESIS_HOOKS=schemathesis_hooks
cases=0 failures=0
for who in admin registrar enforcer carrier nobody; do
  sign=()
  [ -z "${token[$who]}" ] || sign=(-H "Authorization: Bearer ${token[$who]}")
  # The stream of events has no end; tests of its own look at it. Signing out would end the run.
  "${PYTHON%/*}/schemathesis" run "http://$http/api/v1/openapi.json" "${sign[@]}" --seed "$seed" --max-examples "$examples" \
    --phases examples,coverage,fuzzing --checks not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance \
    --exclude-path /api/v1/events --exclude-path /api/v1/session --exclude-path-regex '^/(feed|blacklist|api$|problems)' \
    --generation-database none --request-timeout 20 --no-color >"$work/$who.txt" 2>&1
  status=$?
  read -r tests < <(grep -oE '[0-9,]+ generated' "$work/$who.txt" | head -n 1 | tr -dc '0-9\n' || true)
  cases=$((cases + ${tests:-0}))
  if [ "$status" -ne 0 ]; then
    failures=$((failures + 1))
    echo "--- $who" >&2
    tail -n 150 "$work/$who.txt" >&2
  fi
done
grep -E 'panic' "$work/service.log" >&2 && failures=$((failures + 1))
echo "schemathesis: $cases requests as 5 kinds of person, seed $seed, $failures of them with findings"
[ "$failures" -eq 0 ] && [ "$cases" -ge 1000 ]
