#!/usr/bin/env bash
# A day of 3,000 trucks at a report every 10 s, as Parquet, judged by `fleet-service replay` on two cores, all rules. The made-up day has
# outages and holes, so that fewer than 26 million reports are heard: the bar is what 26 million take at the pace measured.
# By environment: TRUCKS (3000), SEED, INPUT (a folder with registry/ and reports.parquet: nothing is made), RUNS (3), KEEP (a folder to
# make the input in, kept). Prints one line of figures; exit code 0 when 26 million take at most 60 s by the fastest run, and none more than 2 GiB.
set -uo pipefail
cd "$(dirname "$0")/../.."
trucks=${TRUCKS:-3000} seed=${SEED:-20260287} runs=${RUNS:-3} input=${INPUT:-}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
if [ -z "$input" ]; then
  input=${KEEP:-$work/input}
  target/release/fixtures benchmark --preset urban --sampling 10 --parked 10 --sensors full --seed "$seed" --trucks "$trucks" --days 1 \
    --shards 8 --without-labels --out "$input" >&2 || exit 1
  target/release/fleet-service convert --reports "$input"/reports*.jsonl --out "$input/reports.parquet" >&2 || exit 1
  rm -f "$input"/reports*.jsonl
fi
two=()
[ "$(nproc)" -gt 2 ] && two=(taskset -c 0,1)
for run in $(seq "$runs"); do
  "${two[@]}" target/release/fleet-service replay --registry "$input/registry" --reports "$input"/*.parquet --out "$work/out" --threads 2 || exit 1
  cp "$work/out/summary.json" "$work/run-$run.json"
  sha256sum < "$work/out/violations.jsonl" >> "$work/sums"
done
[ "$(sort -u "$work/sums" | wc -l)" -eq 1 ] || { echo "the runs do not agree" >&2; exit 1; }
node -e '
const fs = require("fs");
const all = process.argv.slice(1).map((path) => JSON.parse(fs.readFileSync(path)));
const best = all.reduce((a, b) => (a.seconds <= b.seconds ? a : b));
const seconds = all.map((s) => s.seconds.toFixed(1)).join(" ");
const mib = Math.max(...all.map((s) => s.memory_peak_bytes)) / 2 ** 20;
const of26 = (26e6 * best.seconds) / best.reports_read;
const stages = Object.entries(best.stage_seconds).map(([name, s]) => `${name} ${s.toFixed(1)}`).join(", ");
console.log(`${best.reports_read} reports of ${best.trucks} trucks on ${best.threads} threads: ${best.seconds.toFixed(1)} s (${seconds}; ${stages}), 26 million: ${of26.toFixed(1)} s, ` +
  `${best.reports_per_second} reports/s, ${(1e6 * best.seconds / best.reports_read).toFixed(2)} us a report, ${mib.toFixed(0)} MiB at most; ` +
  `${best.hauls} hauls, ${best.violations} violations of ${Object.keys(best.violations_by_rule).length} rules`);
process.exit(of26 <= 60 && mib > 0 && mib <= 2048 ? 0 : 1);
' "$work"/run-*.json
