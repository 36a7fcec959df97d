#!/usr/bin/env bash
# Usage: fuzz.sh [TARGET…] — fuzzes every byte reader (or those named), FUZZ_SECONDS each; FUZZ_SEED repeats a run.
# A finding stays in tests/fuzz/artifacts/TARGET/; `cargo fuzz run --fuzz-dir tests/fuzz -s none TARGET FILE` shows it again.
set -uo pipefail
cd "$(dirname "$0")/../.."
dir=tests/fuzz
if [ $# -eq 0 ]; then
  mapfile -t targets < <(sed -n '/^\[\[bin\]\]/{n;s/name = "\(.*\)"/\1/p}' $dir/Cargo.toml)
else
  targets=("$@")
fi
# All targets together: at least half an hour.
seconds=${FUZZ_SECONDS:-$((1800 / ${#targets[@]} + 1))}
seed=${FUZZ_SEED:-$(date +%s)}
if ! cargo fuzz --version >/dev/null 2>&1; then
  echo "cargo-fuzz was not found and is installed now: cargo install cargo-fuzz --locked" >&2
  cargo install cargo-fuzz --locked >&2 || exit 1
fi
mkdir -p web/dist # the service's pages are no part of this, but their folder must be there
cargo fuzz build --fuzz-dir $dir -s none >&2 || exit 1
programs=$dir/target/$(rustc -vV | sed -n 's/^host: //p')/release

log=$(mktemp)
trap 'rm -f "$log"' EXIT
runs=0 spent=0 findings=0
for target in "${targets[@]}"; do
  mkdir -p "$dir/corpus/$target" "$dir/artifacts/$target"
  corpora=("$dir/corpus/$target")
  [ -d "$dir/seeds/$target" ] && corpora+=("$dir/seeds/$target")
  [ "$target" = profiles ] && corpora+=(wire/profiles)
  started=$SECONDS
  # The program itself, so that sources may change while it runs.
  nice -n 15 "$programs/$target" "${corpora[@]}" -artifact_prefix="$dir/artifacts/$target/" \
    -max_total_time="$seconds" -seed="$seed" -timeout=10 -rss_limit_mb=2048 -print_final_stats=1 >"$log" 2>&1
  status=$?
  took=$((SECONDS - started))
  done=$(sed -n 's/^stat::number_of_executed_units: *//p' "$log" | tail -n 1)
  # A run that ends by a finding prints no statistics in some builds; its last line of progress does.
  : "${done:=$(grep -oE '^#[0-9]+' "$log" | tail -n 1 | tr -d '#')}"
  runs=$((runs + ${done:-0})) spent=$((spent + took))
  outcome='nothing found'
  if [ "$status" -ne 0 ]; then
    findings=$((findings + 1))
    outcome="FOUND: $(grep -m 1 -A 1 'panicked at\|ERROR: libFuzzer' "$log" | tr '\n' ' ') $(grep -o 'Test unit written to .*' "$log" | tail -n 1)"
  fi
  echo "$target: seed $seed, ${done:-0} runs, $took s, $outcome"
done
echo "${#targets[@]} targets, $((runs / 1000000)).$((runs / 100000 % 10)) million runs, $spent s in all, $findings findings"
[ "$findings" -eq 0 ]
