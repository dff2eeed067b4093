"""Which resources are wanted: by their labels and their namespaces.

Source: Kubernetes documentation, "Labels and Selectors".
"""

import re
from collections.abc import Mapping, Sequence
from fnmatch import fnmatchcase
from typing import Final

from msgspec import Struct

from lading.model.errors import UsageError
from lading.net.address import printable

_LABEL: Final = r"[A-Za-z0-9](?:[A-Za-z0-9_./-]*[A-Za-z0-9])?"
_VALUE: Final = r"[A-Za-z0-9_.-]*"
_TERM: Final = re.compile(
    rf"\s*(?:(?P<set>{_LABEL})\s+(?P<how>in|notin)\s*\((?P<values>[^()]*)\)|(?P<absent>!)?\s*(?P<key>{_LABEL})"
    rf"(?:\s*(?P<operator>==|=|!=)\s*(?P<value>{_VALUE}))?)\s*(?:,|$)"
)
_VALUES: Final = re.compile(rf"\s*{_VALUE}\s*(?:,\s*{_VALUE}\s*)*")
_NAMESPACE: Final = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")
_PATTERN: Final = re.compile(r"!?[a-z0-9*?\[\]!-]{1,253}")
_NOT: Final = "!"


class Term(Struct, frozen=True):
    """What one label must be: one of the `values`, or with `negated` none of them (a resource without the label has
    none); without values, there (or not)."""

    key: str
    values: tuple[str, ...] | None
    negated: bool

    def holds(self, labels: Mapping[str, str]) -> bool:
        """Whether labels are so."""
        if self.values is None:
            return (self.key in labels) != self.negated
        return (labels.get(self.key) in self.values) != self.negated


def parse_selector(text: str) -> tuple[Term, ...]:
    """The terms of a label selector, of which all must hold: `app=web,tier in (a, b),!old`. Raises UsageError."""
    terms: list[Term] = []
    position = 0
    while position < len(text):
        found = _TERM.match(text, position)
        values = found["values"] if found is not None else None
        if found is None or (values is not None and not _VALUES.fullmatch(values)):
            raise UsageError(
                f'--selector {printable(text, 200)!r}: no selector of labels; write "app=web,tier in (a, b),!old"'
            )
        position = found.end()
        if values is not None:
            listed = tuple(one.strip() for one in values.split(","))
            terms.append(Term(found["set"], listed, found["how"] == "notin"))
        elif found["operator"]:
            terms.append(Term(found["key"], (found["value"],), found["operator"] == "!="))
        else:
            terms.append(Term(found["key"], None, bool(found["absent"])))
    return tuple(terms)


class Namespaces(Struct, frozen=True):
    """The namespaces that are wanted: those that one of the `patterns` without a "!" matches, or all where there is
    none of these, and none that one with it matches."""

    patterns: tuple[str, ...] = ()

    @property
    def named(self) -> tuple[str, ...]:
        """The namespaces, where each is named in full, so that nothing else need be asked for; none where patterns or
        all are wanted."""
        are_names = all(_NAMESPACE.fullmatch(one) for one in self.patterns)
        return tuple(dict.fromkeys(self.patterns)) if are_names else ()

    def has(self, namespace: str) -> bool:
        """Whether one is wanted."""
        wanted = [one for one in self.patterns if not one.startswith(_NOT)] or ["*"]
        unwanted = [one.removeprefix(_NOT) for one in self.patterns if one.startswith(_NOT)]
        return any(fnmatchcase(namespace, one) for one in wanted) and not any(
            fnmatchcase(namespace, one) for one in unwanted
        )


def parse_namespaces(patterns: Sequence[str]) -> Namespaces:
    """Namespaces by names and patterns. Raises UsageError for what can be neither."""
    for one in patterns:
        if not _PATTERN.fullmatch(one):
            raise UsageError(f"--namespace {printable(one, 80)!r}: no name of a namespace, and no pattern of names")
    return Namespaces(tuple(patterns))
