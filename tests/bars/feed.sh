#!/usr/bin/env bash
# 100,000 feed events pushed to a platform that fails every fifth request (500, connection cut before or after it took them,
# standing still), while the service is killed (SIGKILL) 20 times and the key is changed; then every event there, each
# company's in order, and numbers, hashes and signatures checked by a program of Python and OpenSSL alone.
# Environment: EVENTS (100000), KILLS (20), SEED (1), PROFILE (release). Prints one line of figures; exit code 0 when all holds.
set -uo pipefail
cd "$(dirname "$0")/../.."
events=${EVENTS:-100000} kills=${KILLS:-20} seed=${SEED:-1} profile=${PROFILE:-release}
fail() { echo "$*" >&2; exit 1; }
cargo build --profile "$profile" --quiet -p fleet-service -p end-to-end --bin fleet-service --bin feed || fail "the programs do not build"
programs=target/$profile
[ "$profile" != dev ] || programs=target/debug

work=$(mktemp -d)
data=$work/data taken=$work/taken.jsonl
service= platform= publisher=
stop_all() {
  for process in $service $platform $publisher; do kill -KILL "$process" 2>/dev/null; wait "$process" 2>/dev/null; done
  rm -rf "$work"
}
trap stop_all EXIT
free() { python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'; }
http=127.0.0.1:$(free) gateway=127.0.0.1:$(free) receiver=127.0.0.1:$(free)
serve() {
  RUST_LOG=error "$programs/fleet-service" serve --data "$data" --http "$http" --gateway "$gateway" >>"$work/service.log" 2>&1 &
  service=$!
  for _ in $(seq 300); do
    curl -sf "http://$http/readyz" >/dev/null && return 0
    kill -0 "$service" 2>/dev/null || fail "$(cat "$work/service.log")"
    sleep 0.1
  done
  fail "the service does not come up"
}
kill_service() { kill -KILL "$service"; wait "$service" 2>/dev/null; service=; }
received() { wc -l <"$taken"; }

began=$(date +%s)
killed_at=
touch "$taken"
"$programs/fleet-service" feed-target add --data "$data" --name platform --to "http://$receiver/credit" --batch 50 >/dev/null || exit 1
"$programs/feed" receive "$receiver" "$taken" "$seed" &
platform=$!
"$programs/feed" publish "$data" "$((events - 1))" 300 "$seed" &
publisher=$!
for round in $(seq "$kills"); do
  serve
  before=$(received)
  # Spread evenly over the whole flow: the n-th kill when n of kills + 1 parts of the events came through, while more are on
  # their way, and at no round moment.
  due=$((round * events / (kills + 1)))
  for _ in $(seq 6000); do [ "$(received)" -ge "$due" ] && [ "$(received)" -gt "$before" ] && break; sleep 0.05; done
  [ "$(received)" -ge "$due" ] || fail "only $(received) of $due events came through before kill $round"
  sleep "0.0$((RANDOM % 9 + 1))"
  killed_at="$killed_at $(received)"
  [ "$round" != "$((kills / 2))" ] || "$programs/fleet-service" feed-key rotate --data "$data" >/dev/null || exit 1
  kill_service
done
at_last_kill=$(received)
serve
wait "$publisher" || fail "not everything was published"
publisher=
waiting() { curl -sf "http://$http/metrics" | awk '$1 == "mucktrail_outbox_waiting" {print $2}'; }
while [ "$(waiting)" != 0 ]; do
  [ "$(($(date +%s) - began))" -lt 900 ] || fail "events still wait after 15 minutes: $(received) taken"
  sleep 0.3
done
took=$(($(date +%s) - began))
curl -sf "http://$http/api/v1/feed/manifest" >"$work/manifest.json" || fail "no manifest"
curl -sf "http://$http/api/v1/feed/snapshot" >"$work/snapshot.json" || fail "no snapshot"
failures=$(curl -sf "http://$http/metrics" | awk '/^mucktrail_push_failures_total/ {print $2}')
kill_service

first_key=$(python3 -c 'import json, sys; print(json.load(open(sys.argv[1]))["keys"][0]["public_key"])' "$work/manifest.json")
last_key=$(python3 -c 'import json, sys; print(json.load(open(sys.argv[1]))["keys"][-1]["public_key"])' "$work/manifest.json")
checked=$("$programs/feed" check "$taken" "$events" "$work/sorted.jsonl"); wrong=$?
verified=$(fleet-service/verify-feed.py "$first_key" "$work/sorted.jsonl") || wrong=1
for document in snapshot manifest; do
  fleet-service/verify-feed.py --document "$last_key" "$work/$document.json" >/dev/null || { verified="$verified; the $document is WRONG"; wrong=1; }
done
# The check itself must find a forged line.
sed '1s/5995/6001/' "$work/sorted.jsonl" | fleet-service/verify-feed.py "$first_key" >/dev/null && { verified="$verified; a forged line passed"; wrong=1; }
[ "$at_last_kill" -lt "$events" ] || { verified="$verified; everything had arrived before the last kill"; wrong=1; }
echo "$(echo "$checked" | head -1); service killed $kills times (lines taken at each:$killed_at), $failures attempts noted as failed, ${took} s; by Python and OpenSSL: $verified"
exit "$wrong"
