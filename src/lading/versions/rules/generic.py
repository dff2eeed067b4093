"""Versions of programs that belong to no ecosystem: those that NVD names, and those found in binaries by their text.

There is no authority. What upstreams write alike is read: numbers in the order of their values, letters after them
(OpenSSL's `1.0.2k`, then `1.0.2za`), pre-releases before and patches after the release they belong to (`9.6rc1`,
`4.2.8p15`, `7.1.0-19`). Anything else is not compared.
"""

import re
from typing import Final

from lading.versions.caching import cached
from lading.versions.semantic import Numbers, numbers_key

Suffix = tuple[int, Numbers]

_RANKS: Final = {
    "dev": 0, "a": 1, "alpha": 1, "b": 2, "beta": 2, "m": 3, "milestone": 3, "pre": 4, "preview": 4, "rc": 5, "cr": 5,
    "p": 7, "patch": 7, "pl": 7, "sp": 7, "u": 7, "update": 7, "": 7,
}  # fmt: skip
_END: Final[Suffix] = (6, ())
_WORDS: Final = "|".join(sorted(filter(None, _RANKS), key=len, reverse=True))
_SUFFIX: Final = re.compile(
    rf"[-_.~: ]?(?P<word>{_WORDS})(?![a-z])[-_. ]?(?P<number>(?:[0-9]+(?:\.[0-9]+)*)?)"
    r"|[-_](?P<patch>[0-9]+(?:\.[0-9]+)*)"
)
_HEAD: Final = re.compile(r"v?(?P<numbers>[0-9]+(?:\.[0-9]+)*)(?P<letters>(?:z?[a-z](?![a-z0-9]))?)")
_SEMANTIC: Final = re.compile(r"v?[0-9]+\.[0-9]+\.[0-9]")
_BUILD: Final = re.compile(r"[0-9a-z.-]+")


@cached
def parse(text: str) -> tuple[Numbers, str, tuple[Suffix, ...]] | None:
    """The sort key of a version, None when `text` is not one or may be read in several ways. Letters of either case
    are the same; build metadata of a semantic version (`1.15.2+ent`) does not count."""
    plain, plus, build = text.strip(" ").lower().partition("+")
    if plus and not (_SEMANTIC.match(plain) and _BUILD.fullmatch(build)):
        return None
    head = _HEAD.match(plain)
    if head is None:
        return None
    suffixes: list[Suffix] = []
    position = head.end()
    while position < len(plain):
        match = _SUFFIX.match(plain, position)
        if match is None:
            return None
        suffixes.append((_RANKS[match["word"] or ""], numbers_key(match["number"] or match["patch"] or "0")))
        position = match.end()
    return numbers_key(head["numbers"]), head["letters"], (*suffixes, _END)
