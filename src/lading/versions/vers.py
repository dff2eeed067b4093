"""Version ranges in the notation of package URLs, for every scheme: `vers:npm/>=1.0|<2.0|!=1.5`.

Source: https://github.com/package-url/vers-spec. Its bar is neither and nor or: the bounds lie on a line, and each pair
of a lower and an upper one encloses versions.
"""

import re
from collections.abc import Iterable
from typing import Any, Final, cast

from lading.model.advisory import Range
from lading.versions.bounds import Alternatives, Bound, Conjunction, Operator
from lading.versions.schemes import rules

_PREFIX: Final = "vers:"
_OPERATORS: Final = ("!=", "<=", ">=", "<", ">", "=")
_ESCAPE: Final = re.compile(r"%([0-7][0-9A-Fa-f])")
_UNSAFE: Final = re.compile(r"[^A-Za-z0-9._~+^:-]")
_OTHER_NAMES: Final = {"alpine": "apk", "arch": "alpm", "ebuild": "portage"}


def is_vers(text: str) -> bool:
    """Whether a constraint is in this notation."""
    return text[: len(_PREFIX)].lower() == _PREFIX


def alternatives(scheme: str, text: str) -> Alternatives | None:
    """The range as bounds; None when it cannot be read, or when it is for versions of another scheme."""
    name, slash, listed = "".join(text[len(_PREFIX) :].split()).partition("/")
    name = _OTHER_NAMES.get(name.lower(), name.lower())
    if not slash or (rules(name) is not None and rules(name) is not rules(scheme)):
        return None
    if listed == "*":
        return () if name == "none" else ((),)
    bounds = [_bound(part) for part in listed.strip("|").split("|")]
    if any(bound is None or _key(scheme, bound) is None for bound in bounds):
        return None
    return _alternatives(sorted(cast(list[Bound], bounds), key=lambda bound: _key(scheme, bound)))


def written(scheme: str, span: Range) -> str:
    """A range in this notation; empty for one that cannot be written: of versions that no notation holds."""
    bounds = (
        (">=", span.introduced), (">", span.after), ("<", span.fixed), ("<", span.before), ("<=", span.last_affected)
    )  # fmt: skip
    versions = [(operator, version) for operator, version in bounds if version]
    if not all(version.isascii() and version.isprintable() for _, version in versions):
        return ""
    listed = "|".join(
        operator + _UNSAFE.sub(lambda found: f"%{ord(found[0]):02X}", version) for operator, version in versions
    )
    return f"{_PREFIX}{scheme}/{listed or '*'}"


def _bound(text: str) -> Bound | None:
    operator = next((one for one in _OPERATORS if text.startswith(one)), "")
    version = _ESCAPE.sub(lambda escape: chr(int(escape[1], 16)), text[len(operator) :])
    return Bound(cast(Operator, operator or "="), version) if version else None


def _key(scheme: str, bound: Bound) -> Any:
    found = rules(scheme)
    return None if found is None else found.parse(bound.version)


def _alternatives(bounds: list[Bound]) -> Alternatives:
    without = tuple(bound for bound in bounds if bound.operator == "!=")
    single = tuple((bound,) for bound in bounds if bound.operator == "=")
    spans = tuple((*span, *without) for span in _spans(bound for bound in bounds if bound.operator not in ("=", "!=")))
    return (*single, *spans) or (without,)


def _spans(bounds: Iterable[Bound]) -> Iterable[Conjunction]:
    """Of several lower bounds in a row the first counts, of several upper ones the last."""
    lower: Bound | None = None
    upper: Bound | None = None
    for bound in bounds:
        if bound.operator in ("<", "<="):
            upper = bound
            continue
        if upper is not None:
            yield (upper,) if lower is None else (lower, upper)
            lower = upper = None
        lower = lower or bound
    if lower or upper:
        yield tuple(bound for bound in (lower, upper) if bound is not None)
