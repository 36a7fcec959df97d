#!/usr/bin/env bash
# Every single bit of an exported ledger, changed: found, and located in its line, by the program and by a second verifier
# written from docs/ledger.md alone.
set -euo pipefail
cd "$(dirname "$0")/../.."
cargo test --quiet -p scoring --test it chain:: >&2
python3 - <<'PY'
import os, sys
sys.path.insert(0, "scoring/tests")
sys.dont_write_bytecode = True
import verify_ledger as second

def line_of(content):
    head, seen = "00" * 32, set()
    lines = content.removesuffix(b"\n").split(b"\n")
    for number, line in enumerate(lines, 1):
        try:
            head = second.check_line(line, head, seen)
        except (second.Broken, ValueError, KeyError, TypeError, AttributeError, OverflowError):
            return number
    return None

target = os.environ.get("CARGO_TARGET_DIR", "target")
honest = open(f"{target}/tmp/honest-export.jsonl", "rb").read()
assert line_of(honest) is None
line, found, flips = 1, 0, 0
for at in range(len(honest)):
    for bit in range(8):
        damaged = bytearray(honest)
        damaged[at] ^= 1 << bit
        flips += 1
        found += line_of(bytes(damaged)) == line
    line += honest[at] == 0x0A
print(f"{found} of {flips} single-bit changes found in their line by both verifiers")
sys.exit(found != flips)
PY
