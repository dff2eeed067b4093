"""The category of a licence: data/categories.json, and what a policy has in its place."""

from collections.abc import Iterable, Mapping
from fnmatch import fnmatchcase
from functools import cache
from pkgutil import get_data
from typing import Final

import msgspec

from lading.formats.licenses.expressions import fold
from lading.model.advisory import SeverityLabel
from lading.model.licenses import SEVERITIES, LicenseCategory

_ORDER: Final[tuple[LicenseCategory, ...]] = (
    "unencumbered", "permissive", "notice", "unknown", "reciprocal", "restricted", "forbidden",
)  # fmt: skip
"""The least that is asked for first: of a choice the first counts, of what holds together the last."""


class Categories:
    """Categories with those of a policy: `patterns` are names of licences (`*` stands for anything, in any case) by
    category, the first that fits counts; `severities` those of categories, None for what is no issue."""

    def __init__(
        self,
        patterns: Iterable[tuple[str, LicenseCategory]] = (),
        severities: Mapping[LicenseCategory, SeverityLabel | None] | None = None,
    ) -> None:
        self._patterns = tuple((pattern.upper(), category) for pattern, category in patterns)
        self._severities = {**SEVERITIES, **(severities or {})}
        self._known: dict[str, LicenseCategory] = {}

    def of(self, expression: str) -> LicenseCategory:
        """The category of an expression: what is chosen among alternatives is what asks for the least."""
        if expression not in self._known:
            self._known[expression] = self._of(expression)
        return self._known[expression]

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
