"""Secrets that are part of a JSON document: keys of accounts, key sets."""

import re
from typing import Any, Final

import msgspec

from lading.checks.secrets.candidate import Candidate, Confirmed
from lading.checks.secrets.known import is_template, made_up
from lading.checks.secrets.rule import LONGEST

_DEEPEST: Final = 4
_PRIVATE: Final = re.compile(r"-----BEGIN (?:RSA )?PRIVATE KEY-----\s+[0-9A-Za-z+/\s]{200,}={0,2}\s*-----END")


def check_google_account(candidate: Candidate) -> Confirmed | None:
    """A service account's file with its key."""
    document, start, end = _around(candidate)
    key = document.get("private_key")
    if not isinstance(key, str) or not _PRIVATE.match(key):
        return None
    account = str(document.get("client_email", ""))[:100]
    return Confirmed(start, end, key.encode(), f"of {account}" if account.isprintable() and account else "")


def check_google_user(candidate: Candidate) -> Confirmed | None:
    """The credentials that gcloud keeps of a person."""
    document, start, end = _around(candidate)
    token = document.get("refresh_token")
    if not isinstance(token, str) or len(token) < 20:
        return None
    return Confirmed(start, end, token.encode(), unreal=made_up(token.encode()))


def check_json_web_key(candidate: Candidate) -> Confirmed | None:
    """A key of RFC 7517 with its private part."""
    document, start, end = _around(candidate)
    kind = document.get("kty")
    secret = document.get("k" if kind == "oct" else "d")
    if not isinstance(secret, str) or len(secret) < 20 or is_template(secret.encode()):
        return None
    return Confirmed(start, end, secret.encode(), unreal=made_up(secret.encode()))


def check_tink(candidate: Candidate) -> Confirmed | None:
    """A key set of Tink that is not encrypted."""
    document, start, end = _around(candidate)
    keys = document.get("key")
    for key in keys if isinstance(keys, list) else ():
        data = key.get("keyData") if isinstance(key, dict) else None
        if isinstance(data, dict) and data.get("keyMaterialType") in ("SYMMETRIC", "ASYMMETRIC_PRIVATE"):
            value = data.get("value")
            if isinstance(value, str) and len(value) >= 16:
                return Confirmed(start, end, value.encode())
    return None


def _around(candidate: Candidate) -> tuple[dict[str, Any], int, int]:
    """The innermost JSON object that the candidate is in, and where it begins and ends; an empty one for none."""
    data, floor = candidate.data, max(0, candidate.start - LONGEST)
    start = candidate.start
    for _ in range(_DEEPEST):
        start = data.rfind(b"{", floor, start)
        if start < 0:
            break
        end = _closing(data, start)
        if end > candidate.end:
            try:
                found = msgspec.json.decode(data[start:end])
            except (msgspec.DecodeError, ValueError, RecursionError):
                return {}, 0, 0
            return (found, start, end) if isinstance(found, dict) else ({}, 0, 0)
    return {}, 0, 0


_BRACES: Final = re.compile(rb'[{}]|"(?:[^"\\]|\\.)*"', re.DOTALL)


def _closing(data: bytes, start: int) -> int:
    """Where the object that begins at `start` ends, 0 when it does not within reach."""
    depth = 0
    for found in _BRACES.finditer(data, start, start + LONGEST):
        depth += {b"{": 1, b"}": -1}.get(found[0], 0)
        if depth == 0:
            return found.end()
    return 0
