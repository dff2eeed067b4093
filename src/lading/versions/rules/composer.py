"""Composer versions: up to four numbers or a date, a stability with a number, `-dev`; and branches, `dev-main`.

Source: composer/semver (VersionParser, Constraint) and PHP's `version_compare`, which orders what the former makes of a
version; verified with composer/semver 3.3.2. Branches have no order: here they come before every other version, by
their names, and no bound admits them.
"""

import re
from collections.abc import Callable
from typing import Final

from lading.versions.bounds import Alternatives
from lading.versions.caching import cached
from lading.versions.composer_constraints import MODIFIER, Clause, clauses, plain
from lading.versions.numbers import number

Key = tuple[int | str, ...]

_BRANCH: Final = "dev-"
_ALIAS: Final = re.compile(r"([^,\s]+) +as +[^,\s]+")
_FLAG: Final = re.compile(r"@(?:stable|rc|beta|alpha|dev)\Z", re.IGNORECASE)
_BUILD: Final = re.compile(r"([^,\s+]+)\+\S+")
_CLASSIC: Final = re.compile(rf"v?([0-9]{{1,5}})((?:\.[0-9]+){{0,3}}){MODIFIER}", re.IGNORECASE)
_DATE: Final = re.compile(
    rf"v?([0-9]{{4}}(?:[.:-]?[0-9]{{2}}){{1,6}}(?:[.:-]?[0-9]{{1,3}}){{0,2}}){MODIFIER}", re.IGNORECASE
)
_NUMERIC_BRANCH: Final = re.compile(r"v?([0-9]+)((?:\.(?:[0-9]+|[x*])){0,3})[.-]?dev", re.IGNORECASE)
_PART: Final = re.compile(r"[0-9]+|[a-z]+", re.IGNORECASE)
_STABILITIES: Final = {"a": "alpha", "b": "beta", "p": "patch", "pl": "patch", "rc": "RC"}

# What may stand at one place of a version, in ascending order.
_UNKNOWN, _DEV, _ALPHA, _BETA, _RC, _END, _NUMBER, _PATCH = range(8)
_WORDS: Final = {"dev": _DEV, "alpha": _ALPHA, "beta": _BETA, "RC": _RC, "rc": _RC, "patch": _PATCH}
_BEFORE_ALL: Final = -1


@cached
def parse(text: str) -> Key | None:
    """The sort key of a version, None when `text` is not one."""
    normal = normalize(text)
    return None if normal is None else _key(normal)


def against(version: str, bound: str) -> int | None:
    """How a package's version sorts against an advisory's: where a branch stands cannot be told."""
    key, edge = parse(version), parse(bound)
    if key is None or edge is None or (key != edge and _BEFORE_ALL in (key[0], edge[0])):
        return None
    return int(key > edge) - int(key < edge)


def satisfies(version: str, constraint: str) -> bool | None:
    """Whether a version satisfies a Composer constraint. None when either cannot be read."""
    normal, found = normalize(version), clauses(constraint, normalize)
    if normal is None or found is None:
        return None
    return any(all(_holds(normal, clause) for clause in conjunction) for conjunction in found)


def alternatives(text: str) -> Alternatives | None:
    """A constraint as bounds. To Composer `<2.0` and `>=2.0` part before the pre-releases of 2.0. Here they part after
    them: advisories mean that release and no branch point by such a bound."""
    found = clauses(text, normalize)
    return None if found is None else plain(found)


def normalize(text: str) -> str | None:
    """A version as Composer writes it: four numbers or a date, stability, `-dev`. None when it is not a version."""
    text = text.strip()
    alias = _ALIAS.fullmatch(text)
    text = _FLAG.sub("", alias[1] if alias else text)
    if text in ("master", "trunk", "default"):
        text = _BRANCH + text
    if text[:4].lower() == _BRANCH:
        return _BRANCH + text[4:] if text[4:].isprintable() and " " not in text else None
    build = _BUILD.fullmatch(text)
    text = build[1] if build else text
    match = _CLASSIC.fullmatch(text)
    if match is not None:
        return f"{match[1]}{match[2]}{'.0' * (3 - match[2].count('.'))}" + _modifiers(match[3], match[4], match[5])
    match = _DATE.fullmatch(text)
    if match is not None:
        return re.sub(r"[.:-]", ".", match[1]) + _modifiers(match[2], match[3], match[4])
    return _numeric_branch(text)


def _modifiers(stability: str | None, digits: str | None, dev: str | None) -> str:
    if stability == "stable":
        return ""
    written = ""
    if stability:
        lower = stability.lower()
        written = f"-{_STABILITIES.get(lower, lower)}{(digits or '').lstrip('.-')}"
    return written + ("-dev" if dev else "")


def _numeric_branch(text: str) -> str | None:
    """`1.x-dev` is beyond every release of 1."""
    match = _NUMERIC_BRANCH.fullmatch(text)
    if match is None:
        return None
    parts = [match[1], *match[2].split(".")[1:]]
    parts += ["x"] * (4 - len(parts))
    return ".".join("9999999" if part in ("x", "X", "*") else part for part in parts) + "-dev"


@cached
def _key(normal: str) -> Key:
    if normal.startswith(_BRANCH):
        return _BEFORE_ALL, normal
    key: list[int | str] = []
    for part in _PART.findall(normal):
        if part[0] <= "9":
            key += (_NUMBER, *number(part))
        else:
            key.append(_WORDS.get(part, _UNKNOWN))
    return (*key, _END)


def _holds(normal: str, clause: Clause) -> bool:
    """A branch satisfies its own name, and what is said not to be another."""
    if normal.startswith(_BRANCH) or clause.version.startswith(_BRANCH):
        named = normal == clause.version
        return named if clause.operator == "=" else clause.operator == "!=" and not named
    return _COMPARISONS[clause.operator](_key(normal), _key(clause.version))


_COMPARISONS: Final[dict[str, Callable[[Key, Key], bool]]] = {
    "=": lambda key, edge: key == edge,
    "!=": lambda key, edge: key != edge,
    "<": lambda key, edge: key < edge,
    "<=": lambda key, edge: key <= edge,
    ">": lambda key, edge: key > edge,
    ">=": lambda key, edge: key >= edge,
}
