"""Which licences a text holds or grants: licence files, headers of sources, copyright files in free words.

A licence is known by sentences that only it has (data/phrases.json), the GNU licences by how they are granted. What is
not surely a licence's own words is not taken for it.
"""

import re
from collections.abc import Iterator, Mapping
from functools import cache
from hashlib import sha256
from itertools import pairwise
from pkgutil import get_data
from typing import Final

import msgspec
from msgspec import Struct

_LONGEST: Final = 400_000
_REACH: Final = 3000
_MOST: Final = 40
_MARKS: Final = re.compile(r"[^a-z0-9+]+")
_OWNER: Final = re.compile(r"(?im)^[^\w\n]*(?:copyright|\(c\)|©)[^\n]*$|^[^\w\n]*all rights reserved[^\w\n]*$")
_TAG: Final = re.compile(r"SPDX-License-Identifier:[ \t]*([^\n\r*<>\"']{1,200})")
_GRANTED: Final = re.compile(
    r"gnu (?P<family>lesser |library |affero |free documentation |lesser or library |library or lesser )?"
    r"(?:general public )?licen[cs]e(?: a?l?gpl| fdl)?(?: v\d+)? (?P<tail>.{0,150})"
)
_VERSION: Final = re.compile(
    r"(?:(?:as )?published by the (?:free software foundation|fsf)(?: inc)? )?(?:either |under the terms of |in )?"
    r"(?:the )?(?:version|v|ver) ?(?P<major>[123])(?: (?P<minor>[0-3])\b)?(?P<after>.{0,80})"
)
_PUBLISHED: Final = ("published by", "as published")
_UNDER: Final = re.compile(r"\b(?:under|terms|covered|licensed|distributable|permission|license is|subject to)\b")
_LATER: Final = re.compile(
    r"^ ?(?:of the licen[cs]e |only )?(?:or |and )?(?:at your (?:option|choice) )?(?:any )?(?:later|newer)|^ ?\+"
)
_COMMON: Final = re.compile(
    r"usr share common licenses (?P<family>a?l?gpl|gfdl)(?: (?P<major>[123])(?: (?P<minor>[0-3])\b)?)?"
)
_TITLE: Final = re.compile(
    r"gnu (?P<family>lesser |library |affero |free documentation )?(?:general public )?license version (?P<major>[123])"
    r"(?: (?P<minor>[0-3]))? \d* ?(?:june|february|november|july|march|\d)"
)
_APPENDIX: Final = (
    "how to apply these terms",
    "how to use this license for your documents",
    "how to apply this license",
)
_FAMILIES: Final[Mapping[str, str]] = {
    "": "GPL", "lesser": "LGPL", "library": "LGPL", "affero": "AGPL", "free documentation": "GFDL", "gpl": "GPL",
    "lesser or library": "LGPL", "library or lesser": "LGPL", "lgpl": "LGPL", "agpl": "AGPL", "gfdl": "GFDL",
}  # fmt: skip
_KNOWN: Final = frozenset({
    "GPL-1.0", "GPL-2.0", "GPL-3.0", "LGPL-2.0", "LGPL-2.1", "LGPL-3.0", "AGPL-3.0", "GFDL-1.1", "GFDL-1.2", "GFDL-1.3",
})  # fmt: skip


class Phrase(Struct, frozen=True, rename={"with_": "with"}, forbid_unknown_fields=True):
    """A licence is there where `start` is, and within `reach` characters from there on, but before it begins again, all
    of `with`, one of `any` and none of `without`; `before` stands within as many characters before it. All in plain
    words, without capitals and marks. `hides` are the licences that its own text speaks of."""

    license: str
    start: str
    with_: tuple[str, ...] = ()
    any: tuple[str, ...] = ()
    without: tuple[str, ...] = ()
    before: str = ""
    hides: tuple[str, ...] = ()
    reach: int = _REACH


def licenses_in(text: str) -> tuple[str, ...]:
    """The licences that a text holds or grants, as SPDX expressions, in the order of the text; empty for none that are
    known."""
    words = plain_words(text[:_LONGEST])
    found = sorted((*_by_phrase(words), *_gnu(words)))
    hidden = {other for _, one in found for other in _hidden().get(one, ())}
    return tuple(dict.fromkeys(one for _, one in found if one not in hidden))


def known_text(text: str) -> str:
    """The license of SPDX whose whole text this is, whoever holds the copyright; empty for none."""
    return _digests().get(text_digest(text), "")


def text_digest(text: str) -> str:
    """The digest of a license's text: its words without lines that say whose copyright it is."""
    words = plain_words(_OWNER.sub("", text[:_LONGEST]))
    return sha256(words.encode()).hexdigest()[:16]


def tags_in(text: str) -> tuple[str, ...]:
    """The expressions after `SPDX-License-Identifier:` in a text, each once."""
    return tuple(dict.fromkeys(match.strip().rstrip("-/ ;.") for match in _TAG.findall(text)))


def plain_words(text: str) -> str:
    """A text without capitals, marks and breaks of lines."""
    return _MARKS.sub(" ", text.lower()).strip()


def _by_phrase(words: str) -> Iterator[tuple[int, str]]:
    find = words.find
    for start, phrases in _phrases().items():
        place = find(start)
        if place < 0:  # as most are
            continue
        places = [*_places(words, start, place), len(words)]
        for phrase in phrases:
            for at, after in pairwise(places):
                if _holds(phrase, words, at, min(after, at + phrase.reach)):
                    yield at, phrase.license
                    break


def _holds(phrase: Phrase, words: str, start: int, end: int) -> bool:
    within = words[start:end]
    return (
        all(one in within for one in phrase.with_)
        and (not phrase.any or any(one in within for one in phrase.any))
        and not any(one in within for one in phrase.without)
        and (not phrase.before or phrase.before in words[max(0, start - phrase.reach) : start])
    )


def _places(words: str, start: str, place: int) -> Iterator[int]:
    for _ in range(_MOST):
        if place < 0:
            return
        yield place
        place = words.find(start, place + len(start))


def _gnu(words: str) -> Iterator[tuple[int, str]]:
    """Grants under GNU licences; a licence's whole text where nothing grants it, and Debian's copies where nothing says
    more."""
    if "gnu" not in words and "common licenses" not in words:
        return
    granted: dict[str, int] = {}
    titles: dict[str, int] = {}
    for match in _TITLE.finditer(words):
        titles.setdefault(_named(match, later=False), match.start())
    end = (
        min((place for one in _APPENDIX if (place := words.find(one)) >= 0), default=len(words))
        if titles
        else len(words)
    )
    for match in _GRANTED.finditer(words, 0, end):
        version = _VERSION.match(match["tail"])
        if version is None or _TITLE.match(words, match.start()):
            continue
        if not match["tail"].lstrip().startswith(_PUBLISHED) and not _UNDER.search(
            words, max(0, match.start() - 60), match.start()
        ):
            continue
        later = _LATER.match(version["after"]) is not None
        family = _FAMILIES[(match["family"] or "").strip()]
        granted.setdefault(_spelled(family, version["major"], version["minor"], later=later), match.start())
    families = {one.partition("-")[0] for one in granted}
    for one, place in titles.items():
        if one.partition("-")[0] not in families:
            granted[one] = place
    families = {one.partition("-")[0] for one in granted}
    for match in _COMMON.finditer(words):
        if _FAMILIES[match["family"]] not in families:
            granted.setdefault(_named(match, later=match["major"] is None), match.start())
    yield from ((place, one) for one, place in granted.items() if one)


def _named(match: re.Match[str], *, later: bool) -> str:
    return _spelled(_FAMILIES[(match["family"] or "").strip()], match["major"], match["minor"], later=later)


def _spelled(family: str, major: str | None, minor: str | None, *, later: bool) -> str:
    if major is None:
        major, minor = {"GPL": ("1", "0"), "LGPL": ("2", "0"), "AGPL": ("3", "0"), "GFDL": ("1", "1")}[family]
    name = f"{family}-{major}.{minor or '0'}"
    return f"{name}-{'or-later' if later else 'only'}" if name in _KNOWN else ""


@cache
def _digests() -> Mapping[str, str]:
    table = msgspec.json.decode(get_data(__package__, "data/digests.json") or b"", type=dict[str, tuple[str, ...]])
    return {digest: license for license, digests in table.items() for digest in digests}


@cache
def _hidden() -> Mapping[str, tuple[str, ...]]:
    return {one.license: one.hides for phrases in _phrases().values() for one in phrases if one.hides}


@cache
def _phrases() -> Mapping[str, tuple[Phrase, ...]]:
    """By their starts."""
    every = msgspec.json.decode(get_data(__package__, "data/phrases.json") or b"", type=tuple[Phrase, ...])
    by_start: dict[str, tuple[Phrase, ...]] = {}
    for one in every:
        by_start[one.start] = (*by_start.get(one.start, ()), one)
    return by_start
