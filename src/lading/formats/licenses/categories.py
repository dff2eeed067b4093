"""The category of a licence: data/categories.json, and what a policy has in its place."""

from collections.abc import Mapping
from fnmatch import fnmatchcase
from functools import cache
from pkgutil import get_data
from typing import Final

import msgspec

from lading.formats.licenses.expressions import fold
from lading.model.advisory import SeverityLabel
from lading.model.licenses import NO_TERMS, SEVERITIES, UNKNOWN, UNSTATED, LicenseCategory, LicenseTerms

_ORDER: Final[tuple[LicenseCategory, ...]] = (
    "unencumbered", "permissive", "notice", "unknown", "reciprocal", "restricted", "forbidden",
)  # fmt: skip
"""The least that is asked for first: of a choice the first counts, of what holds together the last."""


class Categories:
    """Categories with those of a policy, whose names are in any case."""

    def __init__(self, terms: LicenseTerms = NO_TERMS) -> None:
        self._patterns = tuple((name.upper(), category) for name, category in terms.names)
        self._severities = {**SEVERITIES, **dict(terms.severities)}
        self._known: dict[str, LicenseCategory] = {}

    def of(self, expression: str) -> LicenseCategory:
        """The category of an expression: what is chosen among alternatives is what asks for the least."""
        if expression not in self._known:
            self._known[expression] = self._of(expression)
        return self._known[expression]

    def of_license(self, expression: str, stated: str) -> LicenseCategory:
        """The category of an expression, or of words that are not known (`expression` is empty), which a policy may
        name, or all such."""
        if not expression:
            return self.named(stated) or self.named(UNKNOWN) or "unknown"
        return (self.named(UNSTATED) or "unknown") if expression == UNSTATED else self.of(expression)

    def severity(self, category: LicenseCategory) -> SeverityLabel | None:
        """How severe licences of a category are; None where they are no issue."""
        return self._severities.get(category)

    def named(self, name: str) -> LicenseCategory | None:
        """The category that the policy has for a name; None where it has none."""
        return next((category for pattern, category in self._patterns if fnmatchcase(name.upper(), pattern)), None)

    def _of(self, expression: str) -> LicenseCategory:
        if found := self.named(expression):
            return found
        if " " not in expression:
            return listed_categories().get(expression, "unknown")
        return _ORDER[fold(expression, self._rank)]

    def _rank(self, license: str) -> int:
        for name in (license, license.partition(" WITH ")[0]):
            if found := self.named(name) or listed_categories().get(name):
                return _ORDER.index(found)
        return _ORDER.index("unknown")


@cache
def default_categories() -> Categories:
    """Those of the table alone."""
    return Categories()


@cache
def listed_categories() -> Mapping[str, LicenseCategory]:
    """By licence, the category of each that the table has."""
    table = msgspec.json.decode(
        get_data(__package__, "data/categories.json") or b"", type=dict[LicenseCategory, tuple[str, ...]]
    )
    return {name: category for category, names in table.items() for name in names}
