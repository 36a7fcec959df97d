#!/usr/bin/env bash
# Usage: bars.sh — lists the measures of done; bars.sh NAME — runs one and prints measure, figure, bar, met or not met.
set -uo pipefail
cd "$(dirname "$0")/.."

declare -A bars=(
  [labels]="a labelled day of the seeded city: violations of the four rules found against labels | all found, none wrong"
  [order]="the same reports shuffled and doubled | byte-identical violations.jsonl and trips.jsonl"
  [drives]="real drives on their own line, and on an altered one | no RT-01; exactly the excursions made, start within 120 s"
  [endurance]="Munich with 3 agent kills, 2 service kills, link cut 10 recorded minutes | every chosen fix once, same verdicts"
  [bad-input]="broken registers, junk bytes, 1980, full disk, port in use | refused with a sentence, counted, nothing lost, no panic"
  [black-list]="one fix from a serial line and a socket to the public list and feed | listed at 50.00, feed verifies"
  [two-minutes]="make run: from the start of the programs to a company on the black list | 120 s at most"
  [house]="direction of dependencies, rooms of outside libraries, file length | no breach"
  [footprint]="10 min of a 10 Hz receiver: memory, processor time and size of the static agent, beside gpsd | no more than gpsd's; 5 MB"
  [traffic]="bytes a fix over a simulated shift with all headers, beside plain 0x0200 reporting | 0.5 times at most, nothing lost"
  [acceptance]="valid sentences of the eight position types in real logs read right, by a plain second reader | 99.95 %, the rest listed"
  [agreement]="positions of \`decode\` beside gpsd's after the same line of real logs | 7 differences at most, each explained"
  [allocations]="allocations a sentence in framer, reader and assembler | 0"
  [mutation]="5 M mutated sentences and 5 M mutated frames with mended checksums | 0 panics"
  [vectors]="JT/T 808 frames of other implementations, fields as their sources assert, by the codec and by frame explain | every one"
  [faults]="either end killed at random 50 times under load, links flapping, clocks jumping, disks full | acknowledged = stored, chosen = stored"
  [connections]="20,000 terminals online, 5,000 reports a second for 5 min, client and server on this machine | 0 lost, 0 wrong"
  [frames]="JT/T 808 frames decoded a second, beside the floor of reading the bytes | a figure"
  [sentences]="from bytes to a fix: processor time a sentence of real logs, beside nmea::parse_str alone and the floor, one run | less than nmea alone"
  [fuzz]="coverage-guided fuzzing of every byte reader: panics, overflows, broken promises found | 0 findings in 30 min or more"
  [checks]="position checks a second, beside the plain definition | a figure"
  [accuracy]="the labelled benchmark in three presets, four samplings, three kinds of sensors: precision, recall, false clues | every bar of docs/accuracy.md"
  [real-drives]="every recorded drive and track on its own line as the permitted route | no clue of any kind but true speeding"
  [any-order]="days of small fleets with all rules as a set and live: shuffled, doubled, late | 0 differences over 200 days"
  [position-checks]="fences and distance to the own route, city, province and 1-s fixes with the safe radius, beside GEOS C in one run | 7, 7 and 25 times, 0 wrong"
  [replay-speed]="3,000 trucks for a day at 10 s from Parquet on two cores, all rules | 26 million in 60 s, 2 GiB at most"
  [live-ingest]="durable ingest and evaluation over loopback, batches of 1,000, beside PostGIS; kill -9 under load | 10 times, 0 wrong, 0 lost"
  [clue-latency]="from receipt to an open page at 1,000 reports a second, beside fdatasync in the same minute | p50 2 ms, p99 20 ms over it"
  [history]="history: bytes a position of a city's day, a truck-day of 1e8 beside DuckDB | 10 bytes at most, no slower than DuckDB"
  [recompute]="1,000 carriers, three years, 5 M violations: the fold and the polars batch bit for bit, the fold beside plain polars, one core | equal; 5 times"
  [new-entry]="one new entry: posting, score, listing, objections, feed event and statements, without the commit | under 1 ms"
  [rankings]="the ranking of a month of a city of 3,000 trucks, nothing cut off | within 60 s"
  [live-map]="2,000 trucks at 1 Hz in a real browser, 20,000 in the city | 5 ms a update, 30 frames/s, first truck in 1.5 s"
  [officers-pace]="fifty review cases by keyboard alone in a real browser: the next case drawn, undo, two officers at once | 150 ms, nothing decided twice"
  [schemathesis]="requests made up from the OpenAPI document, as five kinds of person and nobody | 1,000 cases, no 5xx, nothing against the document"
  [score-invariants]="what must hold of every ledger, by property tests of 10,000 cases each | 0 counterexamples"
  [tamper]="every single-bit change of an exported ledger | found, and located to its line"
  [fairness]="equal behaviour in fleets of 3 to 100 trucks, and twice the violations, scored as shipped | medians within 3 points, AUC 0.95 from 10 trucks on"
  [feed]="100,000 events to a platform that fails 20 % of the time, the service killed 20 times | each received, in its company's order, verified by another program"
  [clocks]="every clock of due process against a calendar with holidays and made-up working days | every row right"
)

if [ $# -eq 0 ]; then
  for name in "${!bars[@]}"; do printf '%-16s %s\n' "$name" "${bars[$name]%% | *}"; done | sort
  exit 0
fi
name=$1
if [ -z "${bars[$name]:-}" ]; then
  echo "there is no bar named '$name'; make bars lists them" >&2
  exit 2
fi
measure=${bars[$name]%% | *}
bar=${bars[$name]##* | }
verdict() { # verdict STATUS FIGURE
  printf '\nmeasure: %s\nfigure:  %s\nbar:     %s\n%s\n' "$measure" "$2" "$bar" "$([ "$1" -eq 0 ] && echo met || echo 'not met')"
  exit "$1"
}
# Runs end-to-end tests whose names contain one of the words; the figure is what they print.
tests() {
  cargo build --workspace --bins --quiet || verdict 1 "the programs do not build"
  local log
  log=$(mktemp)
  cargo test --quiet -p end-to-end --test it -- --nocapture --test-threads=1 "$@" 2>&1 | tee "$log"
  local status=${PIPESTATUS[0]}
  verdict "$status" "$(grep '^test result' "$log" | tail -n 1) $(grep -E ': .*(found|labelled)' "$log" | tr '\n' ';')"
}
bench() { # bench PACKAGE
  local log
  log=$(mktemp)
  cargo bench --quiet -p "$1" 2>&1 | tee "$log"
  verdict "${PIPESTATUS[0]}" "the medians above"
}
case $name in
  labels) tests replay_day::a_labelled_day ;;
  order) tests replay_day::the_same_reports ;;
  drives) tests real_drive::munich_on real_drive::munich_leaves real_drive::switzerland real_drive::nevada ;;
  endurance) tests real_drive::munich_survives ;;
  bad-input) tests bad_input:: ;;
  black-list) tests black_list:: ;;
  house) tests house:: ;;
  footprint)
    figure=$(tests/bars/footprint.sh)
    verdict $? "$figure"
    ;;
  acceptance | agreement | allocations)
    log=$(mktemp)
    cargo test --quiet -p tracker-agent --test "$name" -- --nocapture 2>&1 | tee "$log"
    verdict "${PIPESTATUS[0]}" "$(grep -E '[0-9]+ (of|sentences|allocations|positions)' "$log" | tail -n 4 | tr '\n' ';')"
    ;;
  mutation)
    log=$(mktemp)
    MUTATIONS=5500000 cargo test --quiet --release -p tracker-agent --test mutation -- --nocapture 2>&1 | tee "$log"
    first=${PIPESTATUS[0]}
    MUTATIONS=5000000 cargo test --quiet --release -p wire --test mutations -- --nocapture 2>&1 | tee -a "$log"
    verdict $((first + PIPESTATUS[0])) "$(grep -iE 'mutat|seed' "$log" | tr '\n' ';')"
    ;;
  vectors)
    log=$(mktemp)
    { cargo test --quiet -p wire --test corpus -- --nocapture && cargo test --quiet -p fleet-service --test frame_explain -- --nocapture; } 2>&1 | tee "$log"
    verdict "${PIPESTATUS[0]}" "$(grep -E '^test result|vectors|messages' "$log" | tr '\n' ';')"
    ;;
  faults)
    FAULT_KILLS=${FAULT_KILLS:-50} tests faults:: bad_input::on_a_full_disk
    ;;
  connections)
    cargo build --release --quiet -p fleet-service -p fixtures || verdict 1 "the programs do not build"
    figure=$(tests/bars/connections.sh)
    verdict $? "$figure"
    ;;
  traffic)
    figure=$(cargo bench --quiet -p tracker-agent --bench traffic 2>/dev/null)
    verdict $? "$figure"
    ;;
  fuzz)
    figure=$(tests/bars/fuzz.sh | tee /dev/stderr | tail -n 1)
    verdict $? "$figure"
    ;;
  accuracy | real-drives | position-checks | replay-speed | live-ingest | clue-latency | history | \
    recompute | new-entry | score-invariants | tamper | fairness | feed | rankings | live-map | officers-pace | schemathesis)
    log=$(mktemp)
    "tests/bars/$name.sh" | tee "$log"
    verdict "${PIPESTATUS[0]}" "$(tail -n 1 "$log")"
    ;;
  any-order)
    log=$(mktemp)
    tests/bars/order.sh | tee "$log"
    verdict "${PIPESTATUS[0]}" "$(tail -n 1 "$log")"
    ;;
  clocks)
    log=$(mktemp)
    cargo test --quiet -p scoring --test it -- --nocapture clocks 2>&1 | tee "$log"
    verdict "${PIPESTATUS[0]}" "$(grep '^test result' "$log" | tail -n 1)"
    ;;
  frames) bench wire ;;
  sentences)
    log=$(mktemp)
    cargo bench --quiet -p tracker-agent --bench sentences 2>&1 | tee "$log"
    verdict "${PIPESTATUS[0]}" "$(grep '^speed:' "$log")"
    ;;
  checks) bench fleet-service ;;
  two-minutes)
    make --no-print-directory front-end >/dev/null && cargo build --release --quiet -p fleet-service -p tracker-agent -p fixtures || verdict 1 "the programs do not build"
    figure=$(node tests/bars/two-minutes.mjs)
    verdict $? "$figure"
    ;;
esac
