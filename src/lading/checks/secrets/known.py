"""Texts that have the form of a secret and are nobody's: examples of documentation, placeholders, made-up values."""

import re
from collections import Counter
from functools import cache
from hashlib import sha256
from math import log2
from typing import Final

import msgspec

_MARKS: Final = re.compile(
    rb"example|sample|dummy|placeholder|change.?me|change.?this|replace|redacted|insert|your[-_. ]|^your|-here|_here"
    rb"|foo.?bar|lorem|not.?a.?real|not.?real|fake|xxxx|\*\*\*|\.\.\.|deadbeef|0{10}|1{10}|<[a-z][a-z _-]*>",
    re.IGNORECASE,
)
_TEMPLATE: Final = re.compile(
    rb"^(?:[$%@#!]|\{\{|<|\[|\()|[$#][{(]|\{\{|\}\}|%\(|%[sd]\b|%%|<[^>]*>|\{[a-z_0-9.]*\}|\\\(|^(?:os\.|env\.|process\.|self\.|this\.|var\.|local\.)"
    rb"|\$[A-Za-z_]|getenv|environ",
    re.IGNORECASE,
)
_NAME: Final = re.compile(rb"[a-z]+(?:[A-Z][a-z]+)+|[a-z]+(?:_[a-z]+)+|[A-Z]+(?:_[A-Z]+)+")
"""What is called like a variable, and is one, or stands for one."""
_SEQUENCES: Final = (b"0123456789abcdef", b"abcdefghijklmnopqrstuvwxyz", b"zyxwvutsrqponmlkjihgfedcba", b"9876543210",
                     b"12345678901234567890", b"qwertyuiop", b"fedcba9876543210")  # fmt: skip
_IN_SEQUENCE: Final = 8
_SHORTEST_BLOCK, _FEWEST = 12, 6
_WORDS: Final = frozenset(
    (
        b"admin administrator anonymous default demo guest hidden hunter2 letmein login mysecret mypass "
        b"mypassword mytoken none null nil true false oauth2 test tests testing testpass testpassword token "
        b"user username userpass usr pass passw passwd password password1 passphrase pwd qwerty root "
        b"rootpassword sa secret secretpassword some somepassword something string supersecret topsecret tiger toor "
        b"value welcome postgres mysql mariadb mongo redis rabbitmq foo bar baz abc abcd abc123 123 1234 12345 "
        b"123456 1234567 12345678 123456789 pass123 password123 passwort my-secret-pw my-password "
        b"my_password user_password db_password undefined required optional yes no"
    ).split()
)


_LETTERS: Final = bytes.maketrans(b"013457@$!", b"oleastasi")
"""What is written in place of letters."""


def made_up(value: bytes) -> str:
    """Why a random text cannot be a secret, from its look; empty for one that may be."""
    if _MARKS.search(value):
        return "says that it is an example"
    lower = value.lower()
    for sequence in _SEQUENCES:
        for start in range(len(sequence) - _IN_SEQUENCE + 1):
            if sequence[start : start + _IN_SEQUENCE] in lower:
                return "is made of a sequence"
    if len(value) >= _SHORTEST_BLOCK and len(set(value)) < _FEWEST:
        return "is made of few characters"
    if len(value) >= _SHORTEST_BLOCK and value in (value + value)[1:-1]:
        return "repeats itself"
    return "is an example of documentation" if is_known(value) else ""


def is_template(value: bytes) -> bool:
    """Whether something else is to be put in its place."""
    return _TEMPLATE.search(value) is not None


def is_word(value: bytes) -> bool:
    """Whether it is what people write where no secret is meant, also with digits and signs in place of letters."""
    bare = value.strip(b"'\"")
    lower = bare.lower()
    is_common = lower in _WORDS or lower.translate(_LETTERS) in _WORDS
    return is_common or not value.strip(b"*xX.-_") or _NAME.fullmatch(bare) is not None


def entropy(value: bytes) -> float:
    """Bits for each byte, by how often each occurs."""
    size = len(value)
    return -sum(count / size * log2(count / size) for count in Counter(value).values()) if size else 0.0


def is_known(value: bytes) -> bool:
    """Whether it is one of the values of documentation and test suites in `data/known.json`."""
    return sha256(value).hexdigest() in _known()


@cache
def _known() -> frozenset[str]:
    from pkgutil import get_data

    table = msgspec.json.decode(get_data(__package__, "data/known.json") or b"", type=dict[str, tuple[str, ...]])
    return frozenset(digest for digests in table.values() for digest in digests)
