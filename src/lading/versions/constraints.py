"""Whether a version satisfies a constraint, and which ranges a constraint stands for.

Every scheme understands the common dialect: comma means and, `||` means or; the operators are `=` (also none, also
`==`), `!=`, `<`, `<=`, `>` and `>=`, with or without a space. Where a scheme has a dialect of its own, that one goes
first. A range that begins with `vers:` is read by its specification. A constraint of no text admits every version.
"""

from collections.abc import Iterable
from typing import Final

from lading.model.advisory import Range
from lading.versions.bounds import Alternatives, Bound, parse_conjunction
from lading.versions.intervals import Interval, as_range, complement, intervals
from lading.versions.schemes import against, native, particular, rules
from lading.versions.vers import alternatives as vers_alternatives
from lading.versions.vers import is_vers

_LONGEST: Final = 100_000  # characters of a constraint; longer ones nobody wrote


def satisfies(scheme: str, version: str, constraint: str) -> bool | None:
    """Whether `version` satisfies `constraint`; None when that cannot be told: the scheme is not known, or a version or
    constraint cannot be read. A certain yes outweighs what cannot be told, and what cannot be told outweighs a no."""
    found = rules(scheme)
    if found is None or found.parse(version) is None or len(constraint) > _LONGEST:
        return None
    if not constraint.strip():
        return True
    if is_vers(constraint):
        return _inside(scheme, version, vers_alternatives(scheme, constraint))
    return _any(_holds(scheme, version, part.strip()) for part in constraint.split("||"))


def ranges_of(scheme: str, constraint: str) -> tuple[Range, ...] | None:
    """The versions that a constraint admits, ascending and without overlap: none at all are no range, all are one
    without bounds. None when the constraint cannot be read."""
    spans = _spans(scheme, constraint)
    return None if spans is None else tuple(map(as_range, spans))


def outside(scheme: str, constraints: Iterable[str]) -> tuple[Range, ...] | None:
    """The versions that satisfy none of the constraints, in the same form. None when one of them cannot be read."""
    together: list[Interval] = []
    for constraint in constraints:
        spans = _spans(scheme, constraint)
        if spans is None:
            return None
        together += spans
    return tuple(map(as_range, complement(together)))


def _spans(scheme: str, constraint: str) -> list[Interval] | None:
    found = rules(scheme)
    if found is None or len(constraint) > _LONGEST:
        return None
    if not constraint.strip():
        return complement([])
    if is_vers(constraint):
        alternatives = vers_alternatives(scheme, constraint)
        return None if alternatives is None else intervals(found, alternatives)
    together: list[Interval] = []
    for part in constraint.split("||"):
        alternatives = _alternatives(scheme, part.strip())
        spans = None if alternatives is None else intervals(found, alternatives)
        if spans is None:
            return None
        together += spans
    return complement(complement(together))


def _holds(scheme: str, version: str, constraint: str) -> bool | None:
    special = particular(scheme)
    told = None if special is None else special.satisfies(version, constraint)
    if told is not None:
        return told
    return _inside(scheme, version, _alternatives(scheme, constraint))


def _inside(scheme: str, version: str, alternatives: Alternatives | None) -> bool | None:
    if alternatives is None:
        return None
    return _any(_all(_on_side(scheme, version, bound) for bound in bounds) for bounds in alternatives)


def _alternatives(scheme: str, constraint: str) -> Alternatives | None:
    own = native(scheme)
    alternatives = None if own is None else own.alternatives(constraint)
    if alternatives is not None:
        return alternatives
    bounds = parse_conjunction(constraint)
    return None if bounds is None else (bounds,)


def _on_side(scheme: str, version: str, bound: Bound) -> bool | None:
    order = against(scheme, version, bound.version)
    if order is None:
        return None
    match bound.operator:
        case "=":
            return order == 0
        case "!=":
            return order != 0
        case "<":
            return order < 0
        case "<=":
            return order <= 0
        case ">":
            return order > 0
        case ">=":
            return order >= 0


def _any(answers: Iterable[bool | None]) -> bool | None:
    unsure = False
    for answer in answers:
        if answer:
            return True
        unsure = unsure or answer is None
    return None if unsure else False


def _all(answers: Iterable[bool | None]) -> bool | None:
    unsure = False
    for answer in answers:
        if answer is False:
            return False
        unsure = unsure or answer is None
    return None if unsure else True
