"""What rules of a policy can ask of an issue, which a check found: those of the fields of findings that it has. A rule
that asks for more is about packages, and is put to none."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from lading.model.advisory import SEVERITY_ORDER
from lading.model.checks import Issue
from lading.model.package import Package
from lading.policy.fields import ImageCase
from lading.policy.known import BASELINE


class IssueCase:
    """One issue as rules see it."""

    def __init__(self, issue: Issue, image: ImageCase) -> None:
        self.issue = issue
        self.on = image

    @property
    def package(self) -> Package | None:
        """The package whose license it is."""
        return self.on.packages.get(self.issue.package) if self.issue.kind == "license" else None

    @property
    def new(self) -> bool | None:
        """Whether the baseline does not have it; None without one."""
        known = any(one.source == BASELINE for one in self.issue.suppressions)
        return not known if self.on.compared else None

    @property
    def origin(self) -> str | None:
        """Whose its layer is; None where that is not known."""
        origin = self.on.image.origin(self.issue.layer)
        return origin.kind if origin.verified else None

    @property
    def secret(self) -> str | None:
        """The kind of secret; None where nobody looked for secrets."""
        if self.issue.kind == "secret":
            return self.issue.id
        return "" if "secrets" in self.on.target.checks else None


def _of_package(get: Callable[[Package], Any]) -> Callable[[IssueCase], Any]:
    """What the package has whose license it is; None for an issue of another kind."""
    return lambda case: get(case.package) if case.package is not None else None


OF_PACKAGE: Final = frozenset(
    {"package", "source", "type", "version", "purl", "direct", "license", "licenses", "license_category"}
)
"""What only issues of licenses have."""

ISSUE: Final[Mapping[str, Callable[[IssueCase], Any]]] = {
    "id": lambda case: case.issue.id,
    "aliases": lambda case: [],
    "kind": lambda case: case.issue.kind,
    "status": lambda case: "affected",
    "severity": lambda case: SEVERITY_ORDER.index(case.issue.severity) or None,
    "hidden": lambda case: bool(case.issue.hidden_reason),
    "new": lambda case: case.new,
    "paths": lambda case: [case.issue.path] if case.issue.path else [],
    "layer": lambda case: case.issue.layer or None,
    "origin": lambda case: case.origin,
    "secret": lambda case: case.secret,
    "controls": lambda case: list(case.issue.controls),
    "deleted": lambda case: bool(case.issue.removed),
    "package": _of_package(lambda package: package.name),
    "source": _of_package(lambda package: package.source or package.name),
    "type": _of_package(lambda package: package.type),
    "version": _of_package(lambda package: package.version),
    "purl": _of_package(lambda package: package.purl or None),
    "direct": _of_package(lambda package: package.relationship == "direct" if package.relationship else None),
    "licenses": _of_package(lambda package: list(package.licenses)),
    "license": lambda case: case.issue.id if case.issue.kind == "license" else None,
    "license_category": lambda case: case.issue.category or None,
}
"""By name, what gives it; None where that is not known."""
