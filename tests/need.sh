#!/usr/bin/env bash
# Usage: need.sh PROGRAM… — says in one sentence what is missing and how to get it.
set -euo pipefail
for program in "$@"; do
  command -v "$program" >/dev/null && continue
  case "$program" in
    cargo) hint="install Rust 1.95 or newer with rustup" ;;
    node | npm) hint="install Node.js 20.19 or newer" ;;
    chromium) hint="run: apt-get install -y --no-install-recommends chromium fonts-noto-cjk" ;;
    pdftotext) hint="run: apt-get install -y --no-install-recommends poppler-utils" ;;
    *) hint="install it" ;;
  esac
  echo "'$program' is needed and was not found: $hint, then start again." >&2
  exit 1
done
