#!/usr/bin/env bash
# Builds tracker-agent as one static program and proves that it is one: size, `file`, `ldd`. The bar is 5 MB.
# Usage: build-static.sh [ARCHITECTURE...]   x86_64 (default), aarch64
#
# With the musl target's standard library installed (`rustup target add x86_64-unknown-linux-musl`) and musl-gcc for the
# C of the cryptography (Debian: musl-tools) that is used. Without them the GNU C library is linked in (`+crt-static`): just
# as static, but names of hosts are then looked up by the machine's own glibc modules if it has them of the same version, and
# otherwise not at all; give the platform's address as a number there.
set -euo pipefail
cd "$(dirname "$0")/../.."
bytes_max=5000000

installed() { [ -d "$(rustc --print sysroot)/lib/rustlib/$1/lib" ]; }

build() { # build TARGET RUSTFLAGS
  local variable flags
  variable=CARGO_TARGET_$(tr 'a-z-' 'A-Z_' <<<"$1")_RUSTFLAGS
  flags=$2
  echo "[static] building for $1 ($flags)"
  env "$variable=$flags" cargo build --profile agent --package tracker-agent --bin tracker-agent --target "$1"
  prove "target/$1/agent/tracker-agent"
}

prove() { # prove PROGRAM
  local bytes
  bytes=$(stat -c %s "$1")
  file "$1" 2>/dev/null || true
  if ldd "$1" 2>&1 | grep -qv 'not a dynamic executable\|statically linked'; then
    echo "[static] $1 is not static:" && ldd "$1"
    exit 1
  fi
  echo "[static] $1: $bytes bytes, static (ldd: $(ldd "$1" 2>&1 | xargs))"
  if [ "$bytes" -gt "$bytes_max" ]; then
    echo "[static] more than $bytes_max bytes"
    exit 1
  fi
}

for architecture in "${@:-x86_64}"; do
  musl=$architecture-unknown-linux-musl gnu=$architecture-unknown-linux-gnu
  # A C compiler is needed for the cryptography of TLS, and links.
  compiler=cc musl_compiler=musl-gcc
  [ "$architecture" = "$(uname -m)" ] || { compiler=$architecture-linux-gnu-gcc musl_compiler=$compiler; }
  linker() { [ "$compiler" = cc ] || export "CARGO_TARGET_$(tr 'a-z-' 'A-Z_' <<<"$1")_LINKER=$compiler" "CC_${1//-/_}=$compiler"; }
  if installed "$musl" && command -v "$musl_compiler" >/dev/null; then
    linker "$musl"
    build "$musl" ""
  elif installed "$gnu" && command -v "$compiler" >/dev/null; then
    linker "$gnu"
    build "$gnu" "-C target-feature=+crt-static"
  else
    echo "[static] $architecture cannot be built here: neither $musl with $musl_compiler nor $gnu with $compiler is installed."
    echo "[static]   rustup target add $musl   gives the standard library; for another architecture than this"
    echo "[static]   machine's a C cross-compiler is needed too (Debian: gcc-$(tr _ - <<<"$architecture")-linux-gnu)"
    [ "$architecture" != "$(uname -m)" ] || exit 1
  fi
done
