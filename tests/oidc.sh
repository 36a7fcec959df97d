#!/usr/bin/env bash
# Usage: oidc.sh — walks the single sign-on through a real OpenID Connect provider on loopback (tests/oidc); needs Node 20.
set -uo pipefail
cd "$(dirname "$0")/.."
program=$(realpath "${PROGRAMS:-target/debug}/fleet-service")
cd tests/oidc
[ -d node_modules ] || npm ci --no-audit --no-fund --loglevel=error || exit 1
PROGRAM="$program" node walk.mjs
