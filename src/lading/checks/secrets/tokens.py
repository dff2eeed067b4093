"""Tokens that are documents: JSON Web Tokens, macaroons, and those with a number in them."""

import base64
import binascii
import re
from collections.abc import Mapping
from typing import Any, Final

import msgspec

from lading.checks.secrets.candidate import Candidate, Confirmed, as_it_is
from lading.checks.secrets.known import made_up
from lading.model.advisory import SeverityLabel

_SUBJECTS: Final = frozenset(
    {"1234567890", "john doe", "jane doe", "joe", "foo", "bar", "test", "alice", "bob", "user"}
)
_SERVERS: Final = re.compile(r"(?:^|[/.@])(?:example|test|localhost|your-[a-z-]+)(?:[./:]|$)")
_MACAROONS: Final = (b"\x02\x01\x08pypi.org", b"\x02\x01\x0dtest.pypi.org")
_SNOWFLAKE: Final = re.compile(rb"\d{17,20}")
_PUBLIC_ROLES: Final = frozenset({"anon"})


def check_json_web_token(candidate: Candidate) -> Confirmed | None:
    """A token whose header names an algorithm and whose payload has claims (RFC 7519)."""
    parts = candidate.value.split(b".")
    header, claims = _json(parts[0]), _json(parts[1])
    if header is None or claims is None or not isinstance(header.get("alg"), str):
        return None
    if not claims or header["alg"].lower() == "none":
        return None
    note, severity = _use(claims)
    return Confirmed(candidate.start, candidate.end, candidate.value, note, severity, _unreal(claims, parts[2]))


def check_macaroon(candidate: Candidate) -> Confirmed | None:
    """A token of PyPI: a macaroon whose location is an index."""
    inner = unpacked(candidate.value.partition(b"-")[2])
    return as_it_is(candidate) if inner.startswith(_MACAROONS) else None


def check_discord(candidate: Candidate) -> Confirmed | None:
    """A token whose first part is the number of a user."""
    number = unpacked(candidate.value.partition(b".")[0])
    return as_it_is(candidate) if _SNOWFLAKE.fullmatch(number) else None


def unpacked(text: bytes) -> bytes:
    """What Base64 of either alphabet stands for, b"" for what is none."""
    text = text.replace(b"-", b"+").replace(b"_", b"/").rstrip(b"=")
    try:
        return base64.b64decode(text + b"=" * (-len(text) % 4), validate=True)
    except (binascii.Error, ValueError):
        return b""


def _json(part: bytes) -> Mapping[str, Any] | None:
    try:
        found = msgspec.json.decode(unpacked(part))
    except (msgspec.DecodeError, ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def _use(claims: Mapping[str, Any]) -> tuple[str, SeverityLabel | None]:
    issuer, role = str(claims.get("iss", "")), str(claims.get("role", ""))
    if issuer.startswith("kubernetes") or "kubernetes.io" in claims:
        return "of a Kubernetes service account", "high"
    if issuer == "supabase" or role == "service_role":
        return ("of Supabase's service role", "critical") if role == "service_role" else ("", None)
    return "", None


def _unreal(claims: Mapping[str, Any], signature: bytes) -> str:
    texts = [value for value in claims.values() if isinstance(value, str)]
    if any(text.lower() in _SUBJECTS for text in texts):
        return "speaks of nobody"
    if any(_SERVERS.search(text.lower()) for text in texts):
        return "is for a server of documentation"
    if claims.get("role") in _PUBLIC_ROLES:
        return "is meant to be public"
    return made_up(signature)
