#!/usr/bin/env bash
# Runs every test there is and ends with one line "N passed, N failed". Called by `make test`.
#   1. installs what is missing (a browser, Chinese fonts, libfaketime and pdftotext, npm packages)
#   2. front end: types, unit tests, build
#   3. Rust: format, lints, every crate's tests, the end-to-end tests with the real programs
#   4. the single sign-on against a real provider
#   5. browser: the page against the real service with real agents
set -uo pipefail
cd "$(dirname "$0")/.."

passed=0
failed=0
say() { printf '\n[test] %s\n' "$*"; }
# One step that has no count of its own: counts as one test.
step() {
  local name=$1
  shift
  say "$name"
  if "$@"; then passed=$((passed + 1)); else failed=$((failed + 1)); echo "[test] FAILED: $name"; fi
}
finish() {
  printf '\n%d passed, %d failed\n' "$passed" "$failed"
  [ "$failed" -eq 0 ]
}

tests/need.sh cargo node npm || exit 1
if ! command -v chromium >/dev/null || ! fc-list 2>/dev/null | grep -qi 'cjk\|wqy' || ! command -v faketime >/dev/null ||
  ! command -v pdftotext >/dev/null; then
  say "installing a browser, Chinese fonts, a clock that can be set and a reader of printed pages (apt)"
  sudo=""
  [ "$(id -u)" -eq 0 ] || sudo="sudo"
  $sudo apt-get update -qq -o DPkg::Lock::Timeout=120 &&
    $sudo apt-get install -y -qq -o DPkg::Lock::Timeout=120 --no-install-recommends chromium fonts-noto-cjk fontconfig faketime poppler-utils >/dev/null
fi
tests/need.sh chromium pdftotext || exit 1

say "front end: packages"
(cd web && npm ci --no-audit --no-fund --loglevel=error) || { echo "[test] npm ci failed in web/: is the package registry reachable?"; exit 1; }
(cd tests/browser && PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD=1 npm ci --no-audit --no-fund --loglevel=error) || { echo "[test] npm ci failed in tests/browser/"; exit 1; }
step "front end: types" bash -c 'cd web && npm run --silent check'
step "front end: build" bash -c 'cd web && npm run --silent build && touch dist/index.html'

say "front end: unit tests"
report=$(mktemp)
(cd web && npx --no-install vitest run --reporter=default --reporter=json --outputFile.json="$report") || true
read -r p f < <(node -e 'let r;try{r=JSON.parse(require("fs").readFileSync(process.argv[1]))}catch{console.log("0 1");process.exit()};console.log(r.numPassedTests,r.numFailedTests+(r.success?0:r.numFailedTests?0:1))' "$report" 2>/dev/null || echo "0 1")
passed=$((passed + p)) failed=$((failed + f))

step "format" cargo fmt --all --check
step "lints" cargo clippy --workspace --all-targets --quiet -- -D warnings
say "building the programs"
if ! cargo build --workspace --bins --quiet; then
  failed=$((failed + 1))
  finish
  exit 1
fi

say "Rust tests, end-to-end tests included"
log=$(mktemp)
MUCKTRAIL_PROGRAMS_BUILT=1 cargo test --workspace --no-fail-fast 2>&1 | tee "$log"
rust_status=${PIPESTATUS[0]}
read -r p f < <(awk '/^test result:/ {p += $4; f += $6} END {print p + 0, f + 0}' "$log")
passed=$((passed + p)) failed=$((failed + f))
if [ "$rust_status" -ne 0 ] && [ "$f" -eq 0 ]; then failed=$((failed + 1)); fi

step "single sign-on through a real provider" tests/oidc.sh

say "browser tests against the real service"
report=$(mktemp)
tests/browser.sh "$report" || true
read -r p f < <(node -e 'let r;try{r=JSON.parse(require("fs").readFileSync(process.argv[1]))}catch{console.log("0 1");process.exit()};const s=r.stats;console.log(s.expected+s.flaky,s.unexpected+(s.expected+s.unexpected===0?1:0))' "$report" 2>/dev/null || echo "0 1")
passed=$((passed + p)) failed=$((failed + f))

finish
