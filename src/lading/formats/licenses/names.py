"""Names of licences, as packages write them, in SPDX's words.

Sources: the SPDX licence list 3.28 with its older identifiers and full names (data/names.json, and license-expression,
which is imported only when it is used); Debian's machine-readable copyright format; Fedora's, Alpine's and Gentoo's
older short names; Python's classifiers; CPAN::Meta::Spec; Cabal; the names and pages in Maven's POMs; npm's
package.json; Linux's include/linux/module.h for what "Dual MIT/GPL" means.
"""

import re
from collections.abc import Iterator, Mapping
from functools import cache
from pkgutil import get_data
from typing import Any, Final, NamedTuple

import msgspec


class Meaning(NamedTuple):
    """The SPDX expression that a name means, and whether it says so for certain: "BSD" does not say which, and is taken
    for the one it mostly is. What SPDX does not list is a `LicenseRef-…`."""

    expression: str
    exact: bool = True


_REFERENCE: Final = re.compile(r"(?:DocumentRef-[A-Za-z0-9.-]+:)?LicenseRef-(?!Callaway-)[A-Za-z0-9.-]+")
_EMPTY_WORDS: Final = re.compile(r"\b(?:the|licen[cs](?:es?|ed|ing)|version)\b|\bv(?:er)?\.? ?(?=\d)|v(?=\d)")
_OTHER_MARKS: Final = re.compile(r"[^a-z0-9.+]+")
_GLUED: Final = re.compile(r"(?<=[a-z])(?=\d)")
_PREFIX: Final = re.compile(
    r"(?i)^(?:License :: (?:OSI Approved :: )?|custom: ?|SPDX-License-Identifier: ?|"
    r"(?:(?:released|distributed|available|licen[cs]ed|published|this software is) )?(?:licen[cs]ed )?"
    r"under (?:the )?(?:terms of )?(?:the )?)"
)
_FAMILIES: Final = (
    (re.compile(r"^gnu "), ""),
    (re.compile(r"^affero (?:gpl|(?:gnu )?general public)"), "agpl"),
    (re.compile(r"^(?:lesser|library or lesser|library|lesser or library) (?:gpl|(?:gnu )?general public)"), "lgpl"),
    (re.compile(r"^general public"), "gpl"),
    (re.compile(r"^free documentation"), "gfdl"),
    (re.compile(r"^([al]?gpl|gfdl) (?:\1) ?"), r"\1 "),
)
_GNU: Final = re.compile(
    r"([al]?gpl|gfdl|fdl)(?: ?([123])(?:[ .]([0-3]))?(?:\.0)?)?"
    r" ?(\+|(?:or )?(?:\(?at your option\)? )?(?:any )?(?:later|newer|greater|above|higher)(?: at your option)?|only)?"
)
_NUMBERS: Final = {"agpl": "13", "lgpl": "23", "gpl": "123", "gfdl": "1"}
_PARENTHESES: Final = re.compile(r"(.*\S)\s*[(\[<]([^()\[\]<>]+)[)\]>]\.?|(.*\S)\s*[-:,;]\s*(https?://\S+)")
_COMPARED: Final = re.compile(r"[<>=~]")
_REMARK: Final = re.compile(r"(?i)(?:the )?[\"'“”]*(?:licen[cs]e|see .*|https?://\S+)[\"'“”]*")
_OPEN_END: Final = re.compile(r"(?i)(?:\b(?:and|or|with)|[|/&,+])\s*$")
_PAGE: Final = re.compile(r"(?i)(?:https?://|www\.|[a-z0-9-]+(?:\.[a-z0-9-]+)+/)\S+")
_LISTING: Final = re.compile(r"(?:spdx\.org|opensource\.org|choosealicense\.com)/licenses?/([a-z0-9.+-]+)")
_CREATIVE: Final = re.compile(r"creativecommons\.org/licenses/(by(?:-nc)?(?:-sa|-nd)?)/(\d\.\d)(?:/.*)?")
_DEEPEST: Final = 4


def meaning_of_name(text: str) -> Meaning | None:
    """What one name means, without operators; None when that is not known."""
    text = text.strip().strip("\"'`").strip()
    if text in _identifiers():
        return Meaning(text)
    if _REFERENCE.fullmatch(text):
        return _table().get(_key(text)) or Meaning(text)
    if _PAGE.fullmatch(text):
        return _of_page(text)
    return _of_words(text, 0)


def is_exception(identifier: str) -> bool:
    """Whether an identifier is that of an exception (`WITH …`)."""
    return identifier in _exceptions()


def listed() -> Any:
    """What license-expression knows: its parser, with the licences and exceptions of SPDX."""
    return _licensing()


def _of_words(text: str, depth: int) -> Meaning | None:
    for key in () if _COMPARED.search(text) else _keys(text):
        if found := _table().get(key) or _of_gnu(key):
            return found
    shorter = _PREFIX.sub("", text)
    if shorter != text and depth < _DEEPEST:
        return meaning_of_name(shorter) if _PAGE.fullmatch(shorter) else _of_words(shorter, depth + 1)
    split = _PARENTHESES.fullmatch(text)
    if split is None or depth == _DEEPEST:
        return None
    name, short = (split[1], split[2]) if split[1] else (split[3], split[4])
    return None if _OPEN_END.search(name) else _of_both(name, short, depth)


def _of_both(name: str, short: str, depth: int) -> Meaning | None:
    """What a name and the short one in brackets behind it mean: what both say, or the one that is known."""
    inner = meaning_of_name(short) if _PAGE.fullmatch(short) else _of_words(short, depth + 1)
    outer = _of_words(name, depth + 1)
    if inner is None or outer is None:
        known = inner or outer
        is_remark = inner is None and _REMARK.fullmatch(short.strip()) is not None
        return known if known is None or is_remark else Meaning(known.expression, exact=False)
    if outer.exact == inner.exact:
        return outer if outer.expression == inner.expression or not outer.exact else _less(outer, inner)
    return outer if outer.exact else inner


def _less(outer: Meaning, inner: Meaning) -> Meaning | None:
    """Of two that differ the one that says more: "GPL v2 or later (GPL)"."""
    if inner.expression == "GPL-1.0-or-later" or inner.expression.startswith("LGPL-2.0-or-later"):
        return outer
    return inner if outer.expression in ("GPL-1.0-or-later", "LGPL-2.0-or-later") else None


def _of_gnu(key: str) -> Meaning | None:
    """GPL, LGPL, AGPL and GFDL in whatever words. Without a version it is any: by section 9 of the GPL itself (13 of
    the LGPL)."""
    for pattern, word in _FAMILIES:
        key = pattern.sub(word, key)
    gnu = _GNU.fullmatch(key)
    if gnu is None:
        return None
    family = {"fdl": "gfdl"}.get(gnu[1], gnu[1])
    later = bool(gnu[4]) and gnu[4] != "only"
    if gnu[2] is None:
        name = {"agpl": "AGPL-3.0", "lgpl": "LGPL-2.0", "gpl": "GPL-1.0", "gfdl": "GFDL-1.1"}[family]
        return Meaning(f"{name}-or-later", family in ("gpl", "lgpl"))
    name = f"{family.upper()}-{gnu[2]}.{gnu[3] or '0'}-{'or-later' if later else 'only'}"
    return Meaning(name) if name in _identifiers() else None


def _of_page(text: str) -> Meaning | None:
    address = re.sub(r"(?i)^(?:https?:/+)?(?:www\.)?", "", text).rstrip("/.,;>)").lower()
    address = re.sub(r"\.(?:html?|txt|php|md|mkd|en\.html)$", "", re.sub(r"[#?](?!link).*$", "", address)).rstrip("/")
    if known := _pages().get(address):
        return known
    if creative := _CREATIVE.fullmatch(address):
        return _table().get(_key(f"CC-{creative[1]}-{creative[2]}"))
    one = _LISTING.fullmatch(address)
    return _of_words(one[1], _DEEPEST) if one is not None else None


def _keys(text: str) -> Iterator[str]:
    """The forms under which a name may be known, the nearest first."""
    key = _key(text)
    yield key
    apart = " ".join(_GLUED.sub(" ", key).split())
    for one in dict.fromkeys((key, apart)):
        if one != key:
            yield one
        head, _, last = one.rpartition(" ")
        if last.isdecimal() and head:
            yield f"{head} {last}.0"
        elif last.endswith(".0") and head:
            yield f"{head} {last[:-2]}"


def _key(text: str) -> str:
    """A name without what people spell in different ways."""
    words = _OTHER_MARKS.sub(" ", _EMPTY_WORDS.sub(" ", text.lower())).split()
    return " ".join(word for one in words if (word := one.strip(".")))


@cache
def _table() -> Mapping[str, Meaning]:
    """All names that are known, by their keys. What is certain stands over what is likely."""
    names = msgspec.json.decode(get_data(__package__, "data/names.json") or b"")
    table: dict[str, Meaning] = {_key(one): Meaning(one) for one in sorted(_identifiers() | _exceptions())}
    table |= {_key(name): Meaning(one) for one, name in names["listed"].items() if _key(name) not in table}
    for part in ("exact", "deprecated"):
        table |= {_key(name): Meaning(one) for one, many in names[part].items() for name in many}
    return {_key(name): Meaning(one, exact=False) for one, many in names["likely"].items() for name in many} | table


@cache
def _pages() -> Mapping[str, Meaning]:
    pages = msgspec.json.decode(get_data(__package__, "data/addresses.json") or b"")
    return {
        address: Meaning(one, part == "exact")
        for part in ("likely", "exact")
        for one, many in pages[part].items()
        for address in many
    }


@cache
def _identifiers() -> frozenset[str]:
    """The licences of SPDX, without those it has given other names since."""
    names = msgspec.json.decode(get_data(__package__, "data/names.json") or b"")
    older = {name for many in names["deprecated"].values() for name in many}
    symbols = _licensing().known_symbols
    listed_ = {name for name, one in symbols.items() if not one.is_exception and not name.startswith("LicenseRef-")}
    return frozenset((listed_ | names["listed"].keys()) - older - _exceptions())


@cache
def _exceptions() -> frozenset[str]:
    names = msgspec.json.decode(get_data(__package__, "data/names.json") or b"")
    symbols = _licensing().known_symbols
    known = {name for name, one in symbols.items() if one.is_exception}
    return frozenset(known | {name for name in names["listed"] if "-exception" in name}) - frozenset(
        name for many in names["deprecated"].values() for name in many
    )


@cache
def _licensing() -> Any:
    from license_expression import LicenseSymbol, get_spdx_licensing

    licensing = get_spdx_licensing()
    licensing.known_symbols["Net-SNMP"] = LicenseSymbol("Net-SNMP")  # which SPDX lists, and the library renames
    return licensing
