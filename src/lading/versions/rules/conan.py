"""Conan versions: numbers and words with dots between them, a pre-release after a dash, a build after a plus; and its
version ranges, `[>1 <2.0]`, `[~1.2]`, `[^1.2]`.

Source: "Version ranges" in Conan 2's documentation, and its classes Version and VersionRange; verified with 2.34. As
for other packages, ranges admit pre-releases (Conan with `core.version_ranges:resolve_prereleases`).

Conan compares a number with a word as texts, and so goes round in circles: 2 < 10 < 1a < 2. Here a word that begins
with digits comes right after their number, and any other after all numbers.
"""

import re
from collections.abc import Callable
from typing import Final, NamedTuple, cast

from lading.versions.bounds import Alternatives, Bound, Operator
from lading.versions.caching import cached
from lading.versions.numbers import Number, number, successor

Item = tuple[int, Number, str]
Items = tuple[Item, ...]
Key = tuple[Items, bool, Items, bool, Items]
"""Items without the zeros that end them, whether it is a release, items of the pre-release, whether there is a build,
items of the build."""

_VERSION: Final = re.compile(r"[0-9A-Za-z_][0-9A-Za-z_.+-]*")
_ITEM: Final = re.compile(r"([0-9]*)(.*)")
_EMPTY, _NUMBERED, _WORD = range(3)
_ZERO: Final[Item] = (_NUMBERED, number(""), "")
_CLAUSE: Final = re.compile(rf"(?P<operator>>=?|<=?|[=~^])?(?P<version>{_VERSION.pattern})(?P<wild>\*)?")
_SEPARATE_OPERATOR: Final = re.compile(r"([<>=~^])\s+")
_OPTION: Final = re.compile(r"\s*include_prerelease(?:=[A-Za-z]*)?\s*")


class _Clause(NamedTuple):
    operator: Operator
    version: str
    written: str


@cached
def parse(text: str) -> Key | None:
    """The sort key of a version, None when `text` is not one."""
    text = text.strip()
    if not _VERSION.fullmatch(text):
        return None
    rest, plus, build = text.rpartition("+") if "+" in text else (text, "", "")
    main, dash, pre = rest.partition("-")
    return _items(main), not dash, _items(pre) if dash else (), bool(plus), _items(build) if plus else ()


def satisfies(version: str, constraint: str) -> bool | None:
    """Whether a version satisfies a range. None when either cannot be read."""
    key, found = parse(version), _clauses(constraint)
    if key is None or found is None:
        return None
    return all(_COMPARISONS[clause.operator](key, cast(Key, parse(clause.version))) for clause in found)


def alternatives(text: str) -> Alternatives | None:
    """A range as bounds. To Conan `<2.0` and `>=2.0` part before the pre-releases of 2.0. Here they part after them:
    advisories mean that release by such a bound."""
    found = _clauses(text)
    return None if found is None else (tuple(Bound(clause.operator, clause.written) for clause in found),)


def _items(text: str) -> Items:
    items = [_item(part) for part in text.split(".")]
    while items and items[-1] == _ZERO:
        items.pop()
    return tuple(items)


def _item(text: str) -> Item:
    match = _ITEM.fullmatch(text)
    digits, rest = match.groups() if match is not None else ("", text)
    if digits:
        return _NUMBERED, number(digits), rest
    return _WORD if rest else _EMPTY, number(""), rest


def _clauses(text: str) -> list[_Clause] | None:
    """The clauses of a range, with its brackets or without: one of several may have lost either."""
    text, comma, options = text.strip().removeprefix("[").removesuffix("]").partition(",")
    if comma and not _OPTION.fullmatch(options):
        return None
    found: list[_Clause] = []
    for term in _SEPARATE_OPERATOR.sub(r"\1", text).split():
        if term == "*":
            continue
        added = _term(term)
        if added is None:
            return None
        found += added
    return found


def _term(text: str) -> list[_Clause] | None:
    match = _CLAUSE.fullmatch(text)
    if match is None:
        return None
    operator, version = match["operator"] or "=", match["version"]
    if match["wild"]:
        prefix = version.rstrip(".").split(".")
        return _between(".".join(prefix), prefix) if operator == "=" and version.endswith(".") else None
    if operator not in ("~", "^"):
        return [_clause(cast(Operator, operator), version)]
    numbers = version.partition("+")[0].partition("-")[0].split(".")
    if operator == "~":
        return _between(version, numbers[:2])
    kept = next((place for place, digits in enumerate(numbers, 1) if digits.strip("0")), None)
    return _between(version, numbers[:kept]) if kept else None


def _between(low: str, prefix: list[str]) -> list[_Clause] | None:
    """From one version on, less than all whose numbers come after those that begin with the prefix."""
    if not prefix[-1].isdecimal():
        return None
    high = ".".join([*prefix[:-1], successor(prefix[-1])]) + "-"
    return [_clause(">=", low), _Clause("<", high, high)]


def _clause(operator: Operator, version: str) -> _Clause:
    """`-` at the end names the place before the first pre-release."""
    before = operator in ("<", ">=") and "-" not in version and "+" not in version
    return _Clause(operator, f"{version}-" if before else version, version)


_COMPARISONS: Final[dict[str, Callable[[Key, Key], bool]]] = {
    "=": lambda key, edge: key == edge,
    "<": lambda key, edge: key < edge,
    "<=": lambda key, edge: key <= edge,
    ">": lambda key, edge: key > edge,
    ">=": lambda key, edge: key >= edge,
}
