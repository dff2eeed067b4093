"""Secrets that are known by where they stand: what is assigned to a setting, a part of a URL, a command's option."""

import re
from typing import Final

from lading.checks.secrets.candidate import Candidate, Confirmed, as_it_is
from lading.checks.secrets.known import entropy, is_template, is_word, made_up
from lading.checks.secrets.tokens import unpacked

_LEAST_BITS: Final = 3.0
_NOWHERE: Final = re.compile(
    rb"@(?:[0-9a-z-]+[.])*(?:example(?:[.](?:com|org|net|edu))?|test|invalid|host(?:name)?|server|domain|proxy(?:server)?|"
    rb"my[a-z]+|some[a-z]+|foo|bar|your[a-z-]+|[a-z_]*dsn|host[0-9a-z_-]*|ip[-_]address|1[.]2[.]3[.]4|0[.]0[.]0[.]0|"
    rb"(?:192[.]0[.]2|198[.]51[.]100|203[.]0[.]113)[.][0-9]{1,3})(?=[^0-9A-Za-z-]|$)",
    re.IGNORECASE,
)
"""Names that nobody has (RFC 2606, RFC 6761), networks of documentation (RFC 5737), and what is written for any."""
_NO_SECRET: Final = re.compile(
    rb"[./~][^:@]*|[0-9.,:_-]+|[a-z]+://[^@]*|true|false|enabled|disabled|[a-z]{1,12}(?:[-_.][a-z]{1,12}){0,3}|[A-Z_]+|/.*|sha\d+[:-].*",
)
_BREAKS: Final = {ord(char): None for char in "\n\r\t"}
_QUOTES: Final = b"\"'`,;"


def check_assigned(candidate: Candidate) -> Confirmed | None:
    """Any value but what stands for one."""
    value = candidate.value.strip(_QUOTES)
    if len(value) < 3 or is_template(value):
        return None
    return as_it_is(candidate, unreal="is a word that stands for a secret" if is_word(value) else made_up(value))


def check_random(candidate: Candidate) -> Confirmed | None:
    """A value that no person thought of."""
    value = candidate.value
    if is_template(value) or not any(byte in b"0123456789" for byte in value):
        return None
    return as_it_is(candidate, unreal=made_up(value)) if entropy(value) >= _LEAST_BITS else None


def check_basic(candidate: Candidate) -> Confirmed | None:
    """A name and a password in Base64 (RFC 7617)."""
    inner = unpacked(candidate.value)
    try:
        name, colon, password = inner.decode().partition(":")
    except UnicodeDecodeError:
        return None
    if not colon or not name or not password or not (name + password).translate(_BREAKS).isprintable():
        return None
    text = password.encode()
    if is_template(text):
        return None
    unreal = "is a word that stands for a secret" if is_word(text) else made_up(text)
    return as_it_is(candidate, unreal=unreal)


def check_url(candidate: Candidate) -> Confirmed | None:
    """The password in a URL."""
    value = candidate.value
    if is_template(value) or b"%s" in value or value.startswith((b"{", b"$", b"<", b"[")):
        return None
    after = candidate.data[candidate.end : candidate.end + 100]
    unreal = "is a word that stands for a secret" if is_word(value) else made_up(value)
    if not unreal and _NOWHERE.match(after):
        unreal = "is for a server of documentation"
    return as_it_is(candidate, unreal=unreal)


def check_django(candidate: Candidate) -> Confirmed | None:
    """A secret key of Django, which its own tools make of 50 characters."""
    value = candidate.value
    if is_template(value) or b" " in value or entropy(value) < 4.0:
        return None
    if value.startswith(b"django-insecure-"):
        return Confirmed(candidate.start, candidate.end, value, "is marked as insecure", "medium")
    if not any(byte in b"!@#$%^&*(_=+)-" for byte in value) or not any(byte in b"0123456789" for byte in value):
        return None
    return as_it_is(candidate, unreal=made_up(value))


def check_variable(candidate: Candidate) -> Confirmed | None:
    """What a variable is set to that is named as a secret: no path, number, address or switch."""
    value = candidate.value.strip(_QUOTES)
    if _NO_SECRET.fullmatch(value) or len(value) < 6:
        return None
    return check_assigned(candidate)


def check_form(candidate: Candidate) -> Confirmed | None:
    """What has the form, unless somebody made it up."""
    return as_it_is(candidate, unreal=made_up(candidate.value))
