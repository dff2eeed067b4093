"""Python versions: `[N!]N(.N)*[{a|b|rc}N][.postN][.devN][+local]`, and the specifiers over them.

Source: the version specifiers specification of the Python Packaging Authority (once PEP 440); verified against the
packaging library. Pre-releases are admitted by specifiers that their order admits.
"""

import re
from collections.abc import Callable
from typing import Final, cast

from lading.versions.bounds import Alternatives, Bound, Operator
from lading.versions.caching import cached
from lading.versions.numbers import Number, number, successor

Local = tuple[tuple[int, int, str], ...]
Key = tuple[Number, tuple[Number, ...], int, Number, Number, Number, Local]
"""Epoch, release without the zeros that end it, kind of pre-release and its number, post-release, development release,
local part."""

_VERSION: Final = re.compile(
    r"""
    v? (?:(?P<epoch>[0-9]+)!)?
    (?P<release>[0-9]+(?:\.[0-9]+)*)
    (?:[-_.]?(?P<pre>alpha|a|beta|b|preview|pre|c|rc)[-_.]?(?P<prenumber>[0-9]*))?
    (?:-(?P<bare>[0-9]+)|[-_.]?(?P<post>post|rev|r)[-_.]?(?P<postnumber>[0-9]*))?
    (?:[-_.]?(?P<dev>dev)[-_.]?(?P<devnumber>[0-9]*))?
    (?:\+(?P<local>[a-z0-9]+(?:[-_.][a-z0-9]+)*))?
    """,
    re.VERBOSE | re.IGNORECASE | re.ASCII,
)
_WILD: Final = re.compile(r"v?(?:(?P<epoch>[0-9]+)!)?(?P<release>[0-9]+(?:\.[0-9]+)*)\.\*", re.IGNORECASE | re.ASCII)
_CLAUSE: Final = re.compile(r"(?P<operator>===|~=|==?|!=|<=?|>=?)?\s*(?P<version>[^\s,]+)")
_SPACE: Final = " \t\n\r\f\v"
_SEPARATOR: Final = re.compile(r"[-_.]")
_FINAL: Final = 3
_PRE: Final = {"alpha": 0, "a": 0, "beta": 1, "b": 1, "preview": 2, "pre": 2, "c": 2, "rc": 2, "": _FINAL}
_BEFORE_PRE: Final = -1
_NONE: Final[Number] = (-1, "")
_LAST: Final[Number] = (1 << 62, "")
_ZERO: Final[Number] = (0, "")
_MOST_ALTERNATIVES: Final = 64
_AFTER_LOCALS: Final[Local] = ((2, 0, ""),)


@cached
def parse(text: str) -> Key | None:
    """The sort key of a version, None when `text` is not one."""
    match = _VERSION.fullmatch(text.strip(_SPACE))
    if match is None:
        return None
    pre = _PRE[(match["pre"] or "").lower()]
    post = number(match["bare"] or match["postnumber"] or "") if match["bare"] or match["post"] else _NONE
    dev = number(match["devnumber"]) if match["dev"] else _LAST
    if pre == _FINAL and post == _NONE and dev != _LAST:
        pre = _BEFORE_PRE
    release = _release(match["release"])
    return (
        number(match["epoch"] or ""),
        release,
        pre,
        number(match["prenumber"] or ""),
        post,
        dev,
        _local(match["local"]),
    )


def against(version: str, bound: str) -> int | None:
    """How a package's version sorts against an advisory's: its local part counts if that one has one."""
    key, edge = parse(version), parse(bound)
    if key is None or edge is None:
        return None
    if not edge[6]:
        key = (*key[:6], ())
    return int(key > edge) - int(key < edge)


def satisfies(version: str, constraint: str) -> bool | None:
    """Whether a version satisfies a set of specifiers. `=`, and no operator, mean `==`. None when one of them, or the
    version, cannot be read."""
    key = parse(version)
    holds = [_holds(key, version, part.strip(_SPACE)) for part in constraint.split(",") if part.strip(_SPACE)]
    return None if key is None or not holds or None in holds else all(holds)


def alternatives(text: str) -> Alternatives | None:
    """The specifiers as bounds by order alone. What only they treat apart, post-releases and local versions of a bound
    and pre-releases below it, goes where the order puts it: advisories mean no more than that by a bound."""
    admitted: Alternatives = ((),)
    for part in text.split(","):
        clause = _CLAUSE.fullmatch(part.strip(_SPACE))
        found = None if clause is None else _bounds(clause["operator"] or "==", clause["version"])
        if found is None or len(admitted) * len(found) > _MOST_ALTERNATIVES:
            return None
        admitted = tuple((*left, *right) for left in admitted for right in found)
    return admitted


def _release(text: str) -> tuple[Number, ...]:
    numbers = [number(digits) for digits in text.split(".")]
    while numbers and numbers[-1] == _ZERO:
        numbers.pop()
    return tuple(numbers)


def _local(text: str | None) -> Local:
    """Numbers sort after words, and words regardless of case."""
    if text is None:
        return ()
    parts = _SEPARATOR.split(text.lower())
    return tuple((1, *number(part)) if part.isdecimal() else (0, 0, part) for part in parts)


def _holds(key: Key | None, version: str, part: str) -> bool | None:
    clause = _CLAUSE.fullmatch(part)
    if clause is None or key is None:
        return None
    operator, bound = clause["operator"] or "==", clause["version"]
    if operator == "===":
        return version.strip(_SPACE).lower() == bound.lower()
    wild = _WILD.fullmatch(bound) if operator in ("=", "==", "!=") else None
    if wild is not None:
        return _begins(key, wild["epoch"], wild["release"].split(".")) is (operator != "!=")
    edge = parse(bound)
    if edge is None:
        return None
    if operator == "~=":
        release = _VERSION.fullmatch(bound)
        parts = [] if release is None else release["release"].split(".")[:-1]
        return key >= edge and _begins(key, release["epoch"], parts) if release is not None and parts else None
    return _COMPARISONS[operator](key, edge)


def _begins(key: Key, epoch: str | None, release: list[str]) -> bool:
    """Whether the release begins with these numbers; zeros that it lacks are there."""
    padded = key[1][: len(release)] + (_ZERO,) * (len(release) - len(key[1]))
    return key[0] == number(epoch or "") and padded == tuple(number(digits) for digits in release)


def _is_equal(key: Key, edge: Key) -> bool:
    """A bound without a local part takes in the versions with one."""
    return key == edge or (not edge[6] and key[:6] == edge[:6])


def _is_less(key: Key, edge: Key) -> bool:
    """Pre-releases of the bound are not below it unless it is a pre-release itself."""
    epoch, release, pre, prenumber, post, dev, local = edge
    if dev == _LAST and pre == _FINAL and not local:
        edge = (epoch, release, _BEFORE_PRE if post == _NONE else pre, prenumber, post, _ZERO, ())
    return key < edge


def _is_at_most(key: Key, edge: Key) -> bool:
    return key <= (*edge[:6], edge[6] or _AFTER_LOCALS)


def _is_greater(key: Key, edge: Key) -> bool:
    """The post-releases and the local versions of the bound are not above it."""
    epoch, release, pre, prenumber, post, dev, local = edge
    if dev == _LAST and post == _NONE and not local:
        post = _LAST
    return key > (epoch, release, pre, prenumber, post, dev, local or _AFTER_LOCALS)


_COMPARISONS: Final[dict[str, Callable[[Key, Key], bool]]] = {
    "=": _is_equal,
    "==": _is_equal,
    "!=": lambda key, edge: not _is_equal(key, edge),
    "<": _is_less,
    "<=": _is_at_most,
    ">": _is_greater,
    ">=": lambda key, edge: key >= edge,
}


def _bounds(operator: str, text: str) -> Alternatives | None:
    wild = _WILD.fullmatch(text) if operator in ("=", "==", "!=") else None
    if wild is not None:
        epoch, release = wild["epoch"], wild["release"].split(".")
        low, high = f"{_written(epoch, release)}.dev0", _behind(epoch, release)
        if operator == "!=":
            return (Bound("<", low),), (Bound(">=", high),)
        return ((Bound(">=", low), Bound("<", high)),)
    match = _VERSION.fullmatch(text)
    if match is None:
        return None
    if operator == "~=":
        release = match["release"].split(".")[:-1]
        return ((Bound(">=", text), Bound("<", _behind(match["epoch"], release))),) if release else None
    return ((Bound("=" if operator in ("==", "===") else cast(Operator, operator), text),),)


def _behind(epoch: str | None, release: list[str]) -> str:
    """The least version after all whose release begins with these numbers."""
    return f"{_written(epoch, [*release[:-1], successor(release[-1])])}.dev0"


def _written(epoch: str | None, release: list[str]) -> str:
    return f"{epoch}!{'.'.join(release)}" if epoch else ".".join(release)
