"""Programs and libraries that came from no package manager, told by their name and by what their bytes say.

The rules are data, in classifiers.json beside this module; each record is a `Rule`.
"""

import re
from collections.abc import Iterator
from functools import cache
from itertools import islice
from pkgutil import get_data

import msgspec

from lading.inventory.catalogers.cataloger import FoundPackage
from lading.model.reader import Content
from lading.safeio.content import iter_matches

_LETTERS = re.compile("[0-9]?[A-Za-z]*")
_SPECIAL = re.compile("[^A-Za-z0-9._-]")
_NEAR = 256
_MOST_PLACES = 64
# Counts are bounded, so that no content makes a search quadratic.
_MACROS = {
    "{version}": r"(?P<version>[0-9]{1,8}(?:\.[0-9]{1,8}){1,3}"
    r"(?:[-.~]?(?:alpha|beta|rc|dev|pre|ALPHA|BETA|RC)[-.]?[0-9]{0,8})?)",
    "{so}": r"(?:-[0-9A-Za-z._]+)?\.so(?:\.[0-9A-Za-z._]+)?",
}


class Rule(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How one product is told.

    `files` are regular expressions for the whole file name; each begins with all the letters that the name begins
    with (after a digit, if it begins with one), since rules are found by those. The first of `patterns` that occurs
    in the content gives the version, in its group of that name; without patterns, the file name does. All of
    `requires` must occur and none of `excludes`. With `near`, a pattern is sought only around the places where that
    text stands: for patterns that begin with nothing fixed. `unique` is for patterns that any library's version would
    match: all their matches must say the same. `cpes` are pairs of vendor and product.
    """

    name: str
    files: tuple[str, ...]
    patterns: tuple[str, ...]
    cpes: tuple[tuple[str, str], ...]
    requires: tuple[str, ...] = ()
    excludes: tuple[str, ...] = ()
    near: str = ""
    unique: bool = False
    type: str = "generic"


def classify(path: str, content: Content) -> tuple[FoundPackage, ...]:
    """The products that the program or library at `path` is, by the rules; mostly none or one."""
    name = path[path.rfind("/") + 1 :]
    candidates = _rules_by_letters().get(_beginning(name))
    if candidates is None:
        return ()
    found = {}
    for file, rule in candidates:
        match = file.fullmatch(name)
        if match is not None and rule.name not in found:
            version = _version(rule, content) if rule.patterns else match["version"]
            version = version if version and _has_company(rule, content) else ""
            if version:
                found[rule.name] = _package(rule, version)
    return tuple(found.values())


def product(name: str, content: Content) -> tuple[FoundPackage, ...]:
    """The product of the rule of that name where the content says its version, whatever the file is called."""
    rule = next((one for one in rules() if one.name == name), None)
    version = _version(rule, content) if rule is not None and _has_company(rule, content) else ""
    return (_package(rule, version),) if rule is not None and version else ()


@cache
def rules() -> tuple[Rule, ...]:
    """All rules, in the order in which they are tried."""
    table = get_data(__package__, "classifiers.json") or b""
    return msgspec.json.decode(table, type=tuple[Rule, ...])


@cache
def _rules_by_letters() -> dict[str, list[tuple[re.Pattern[str], Rule]]]:
    table: dict[str, list[tuple[re.Pattern[str], Rule]]] = {}
    for rule in rules():
        for file in rule.files:
            table.setdefault(_beginning(file), []).append((re.compile(_expanded(file)), rule))
    return table


def _beginning(name: str) -> str:
    match = _LETTERS.match(name)
    return match[0] if match is not None else ""


@cache
def _compiled(pattern: str) -> re.Pattern[bytes]:
    return re.compile(_expanded(pattern).encode())


def _expanded(pattern: str) -> str:
    for macro, meaning in _MACROS.items():
        pattern = pattern.replace(macro, meaning)
    return pattern


def _version(rule: Rule, content: Content) -> str:
    """What the first pattern that occurs says, empty when none does or its matches disagree."""
    for pattern in rule.patterns:
        versions = {match["version"] for match in islice(_iter_matches(rule, pattern, content), _most(rule))}
        if versions:
            return versions.pop().decode("ascii", "replace") if len(versions) == 1 else ""
    return ""


def _most(rule: Rule) -> int:
    return _MOST_PLACES if rule.unique else 1


def _iter_matches(rule: Rule, pattern: str, content: Content) -> Iterator[re.Match[bytes]]:
    compiled = _compiled(pattern)
    for start, end in _places(rule, content):
        yield from iter_matches(compiled, content, start, end)


def _places(rule: Rule, content: Content) -> Iterator[tuple[int, int]]:
    """The stretches of the content in which to search."""
    if not rule.near:
        yield 0, len(content)
        return
    needle = rule.near.encode()
    place = content.find(needle)
    for _ in range(_MOST_PLACES):
        if place < 0:
            return
        yield max(0, place - _NEAR), place + len(needle) + _NEAR
        place = content.find(needle, place + 1)


def _has_company(rule: Rule, content: Content) -> bool:
    return all(content.find(one.encode()) >= 0 for one in rule.requires) and all(
        content.find(one.encode()) < 0 for one in rule.excludes
    )


def _package(rule: Rule, version: str) -> FoundPackage:
    return FoundPackage(
        type=rule.type,
        name=rule.name,
        version=version,
        evidence="binary",
        cpes=tuple(
            f"cpe:2.3:a:{_escaped(vendor)}:{_escaped(product)}:{_escaped(version)}:*:*:*:*:*:*:*"
            for vendor, product in rule.cpes
        ),
    )


def _escaped(text: str) -> str:
    """As a component of a CPE 2.3 formatted string (NISTIR 7695)."""
    return _SPECIAL.sub(r"\\\g<0>", text)
