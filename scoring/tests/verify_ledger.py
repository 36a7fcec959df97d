"""Verifies an exported ledger as docs/ledger.md defines it, sharing nothing with the program: verify_ledger.py FILE

Prints "N entries hold together, head HASH", or the first line that does not hold and why (exit code 2).
"""
import datetime
import hashlib
import json
import sys

MEMBERS = ("seq prev_hash hash id kind cycle uscc plate case_no decision_no final_date rule table_version class severity "
           "base_cp vehicle_cp esc_permille fleet_n k_num k_den amount_cp occurred_at occurred_until posted_at posted_by "
           "trip publicity_end refs note").split()
KINDS = "deduct reverse repair cap_note cycle_open list_notice list delist exit readmit adjust".split()
INTEGERS = "seq cycle base_cp vehicle_cp esc_permille fleet_n k_num k_den amount_cp".split()
TIMES = "occurred_at occurred_until posted_at".split()
AMOUNT_MAX = 1_000_000_000
LOCAL = datetime.timezone(datetime.timedelta(hours=8))
EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)


class Broken(Exception):
    pass


def field(value):
    return len(value).to_bytes(8, "big") + value


def text(value):
    return b"\xff" * 8 if value is None else field(value.encode())


def integer(value):
    return field(value.to_bytes(8, "big", signed=True))


def raw(value, size):
    read = bytes.fromhex(value)
    if len(read) != size or read.hex() != value:
        raise Broken(f"{size} bytes in lower-case hexadecimal expected")
    return field(read)


def millis(value):
    return (datetime.datetime.fromisoformat(value) - EPOCH) // datetime.timedelta(milliseconds=1)


def time(value):
    return b"\xff" * 8 if value is None else integer(millis(value))


def spelled(value):
    """A time in its one spelling."""
    moment = datetime.datetime.fromisoformat(value).astimezone(LOCAL)
    return moment.isoformat(timespec="milliseconds" if moment.microsecond else "seconds")


def entry_hash(e):
    parts = [text("mucktrail ledger entry 2"), integer(e["seq"]), raw(e["prev_hash"], 32), raw(e["id"], 16),
             text(e["kind"]), integer(e["cycle"]), text(e["uscc"])]
    parts += [text(e[name]) for name in "plate case_no decision_no final_date rule table_version class severity".split()]
    parts += [integer(e[name]) for name in "base_cp vehicle_cp esc_permille fleet_n k_num k_den amount_cp".split()]
    parts += [time(e["occurred_at"]), time(e["occurred_until"]), time(e["posted_at"]), text(e["posted_by"])]
    parts += [text(e["trip"]), text(e["publicity_end"]), integer(len(e["refs"]))]
    parts += [raw(reference, 16) for reference in e["refs"]] + [text(e["note"])]
    return hashlib.sha256(b"".join(parts)).hexdigest()


def entry_id(e):
    parts = [text("mucktrail ledger id 1"), text(e["kind"])]
    if e["case_no"] is not None and e["kind"] in ("deduct", "reverse", "repair", "adjust"):
        parts.append(text(e["case_no"]))
    else:
        parts += [text(e["uscc"]), integer(e["cycle"])] + [raw(reference, 16) for reference in e["refs"]]
    return hashlib.sha256(b"".join(parts)).digest()[:16].hex()


def amount_is_right(e):
    if e["kind"] == "deduct":
        over = 2 * min(max(e["base_cp"], 0), AMOUNT_MAX) * e["esc_permille"] * e["k_num"]
        under = 1000 * max(e["k_den"], 1)
        return e["amount_cp"] == min((over + under) // (2 * under), AMOUNT_MAX)
    lowest = -AMOUNT_MAX if e["kind"] == "adjust" else 0
    return lowest <= e["amount_cp"] <= AMOUNT_MAX


def check_line(line, previous, seen):
    e = json.loads(line.decode("utf-8"))
    if json.dumps(e, ensure_ascii=False, separators=(",", ":")).encode() != line or list(e) != MEMBERS:
        raise Broken("not the one way to write it")
    if e["kind"] not in KINDS or any(type(e[name]) is not int for name in INTEGERS):
        raise Broken("a kind or a number is none")
    if any(e[name] is not None and spelled(e[name]) != e[name] for name in TIMES):
        raise Broken("a time is not in its one spelling")
    if e["seq"] != len(seen) + 1:
        raise Broken(f"entry {e['seq']} stands where entry {len(seen) + 1} belongs")
    if e["prev_hash"] != previous:
        raise Broken("it names another predecessor")
    if e["hash"] != entry_hash(e):
        raise Broken("its hash is not that of its members")
    if e["id"] != entry_id(e):
        raise Broken("its id is not that of what it is about")
    if e["id"] in seen:
        raise Broken("its id stands before")
    if not amount_is_right(e):
        raise Broken("its amount is not what its factors give")
    seen.add(e["id"])
    return e["hash"]


def main(path):
    content = open(path, "rb").read()
    lines = content.removesuffix(b"\n").split(b"\n") if content else []
    head, seen = "00" * 32, set()
    for number, line in enumerate(lines, 1):
        try:
            head = check_line(line, head, seen)
        except (Broken, ValueError, KeyError, TypeError, AttributeError, OverflowError) as why:
            print(f"line {number}: {why}")
            return 2
    print(f"{len(seen)} entries hold together, head {head}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
