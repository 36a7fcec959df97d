#!/usr/bin/env python3
"""Checks a Mucktrail feed without any program of Mucktrail: Python and OpenSSL's library, or its command, alone.

    verify-feed.py FIRST_KEY [FILE]             lines of /api/v1/feed, from event 1 (standard input without FILE)
    verify-feed.py --document KEY [FILE]        a snapshot or a manifest, and the key that signs it

FIRST_KEY is the public key that signs event 1, 64 hexadecimal characters, learned once by a way you trust. Later keys are
learned from the events that announce them. Prints one line; exit code 0 when everything holds, 1 when something does not.
"""

import ctypes
import ctypes.util
import hashlib
import json
import os
import subprocess
import sys
import tempfile

MARK = b',"hash":"'
FIRST_PREV_HASH = "0" * 64
EVP_PKEY_ED25519 = 1087
DER_PREFIX = bytes.fromhex("302a300506032b6570032100")


class Wrong(Exception):
    pass


class Library:
    """Ed25519 by OpenSSL's libcrypto."""

    def __init__(self, name):
        c = self.c = ctypes.CDLL(name)
        pointer, size = ctypes.c_void_p, ctypes.c_size_t
        for function, result, arguments in [
            (c.EVP_PKEY_new_raw_public_key, pointer, [ctypes.c_int, pointer, ctypes.c_char_p, size]),
            (c.EVP_PKEY_free, None, [pointer]),
            (c.EVP_MD_CTX_new, pointer, []),
            (c.EVP_MD_CTX_free, None, [pointer]),
            (c.EVP_DigestVerifyInit, ctypes.c_int, [pointer] * 5),
            (c.EVP_DigestVerify, ctypes.c_int, [pointer, ctypes.c_char_p, size, ctypes.c_char_p, size]),
        ]:
            function.restype, function.argtypes = result, arguments

    def holds(self, key, body, signature):
        c = self.c
        public = c.EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, None, key, len(key))
        context = c.EVP_MD_CTX_new()
        try:
            return (
                bool(public)
                and c.EVP_DigestVerifyInit(context, None, None, None, public) == 1
                and c.EVP_DigestVerify(context, signature, len(signature), body, len(body)) == 1
            )
        finally:
            c.EVP_MD_CTX_free(context)
            c.EVP_PKEY_free(public)


class Command:
    """Ed25519 by the openssl command: the same, a process for each line."""

    def holds(self, key, body, signature):
        with tempfile.TemporaryDirectory() as folder:
            paths = {}
            for name, content in [("key", DER_PREFIX + key), ("body", body), ("signature", signature)]:
                paths[name] = os.path.join(folder, name)
                with open(paths[name], "wb") as file:
                    file.write(content)
            done = subprocess.run(
                ["openssl", "pkeyutl", "-verify", "-pubin", "-inkey", paths["key"], "-keyform", "DER",
                 "-rawin", "-in", paths["body"], "-sigfile", paths["signature"]],
                capture_output=True,
            )
            return done.returncode == 0


def openssl():
    name = ctypes.util.find_library("crypto")
    if name and not os.environ.get("OPENSSL_COMMAND"):
        try:
            return Library(name)
        except (OSError, AttributeError):
            pass
    return Command()


def checked(line, key, crypto):
    """The object of one line, when its hash and signature are those of its body."""
    cut = line.rfind(MARK)
    if cut < 0:
        raise Wrong("has no hash")
    body = line[:cut] + b"}"
    event = json.loads(line)
    if hashlib.sha256(body).hexdigest() != event["hash"]:
        raise Wrong("was changed: its hash does not fit")
    if "key" in event and event["key"] != hashlib.sha256(key).hexdigest()[:16]:
        raise Wrong("names another key than the one in force")
    if not crypto.holds(key, body, bytes.fromhex(event["signature"])):
        raise Wrong("is not signed by the key in force")
    return event


def feed(lines, key, crypto):
    before, number, keys, kinds = FIRST_PREV_HASH, 0, 1, {}
    for line in lines:
        line = line.rstrip(b"\r\n")
        if not line:
            continue
        number += 1
        try:
            event = checked(line, key, crypto)
            if event["seq"] != number:
                raise Wrong(f"has the number {event['seq']}: one is missing or stands twice")
            if event["prev_hash"] != before:
                raise Wrong("does not follow the event before it")
        except (Wrong, ValueError, KeyError) as error:
            raise Wrong(f"event {number} {error}")
        before = event["hash"]
        kinds[event["action"]] = kinds.get(event["action"], 0) + 1
        if event["action"] == "rotate":
            key, keys = bytes.fromhex(event["public_key"]), keys + 1
    told = ", ".join(f"{count} {kind}" for kind, count in sorted(kinds.items()))
    return f"{number} events hold, under {keys} keys: {told}"


def main(arguments):
    is_document = arguments[:1] == ["--document"]
    arguments = arguments[1:] if is_document else arguments
    if not 1 <= len(arguments) <= 2 or len(arguments[0]) != 64:
        print(__doc__, file=sys.stderr)
        return 2
    key, crypto = bytes.fromhex(arguments[0]), openssl()
    file = open(arguments[1], "rb") if len(arguments) == 2 else sys.stdin.buffer
    try:
        with file:
            if is_document:
                document = checked(file.read().strip(), key, crypto)
                print(f"the {document['document']} holds")
            else:
                print(feed(file, key, crypto))
    except (Wrong, ValueError, KeyError) as error:
        print(f"WRONG: {error}")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
