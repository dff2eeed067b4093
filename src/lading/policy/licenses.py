"""Licenses by the categories of a policy, which say what of them is an issue."""

from collections.abc import Iterator, Sequence

from msgspec import structs

from lading.formats.licenses.categories import Categories
from lading.formats.licenses.packages import license_issues
from lading.model.advisory import SeverityLabel
from lading.model.checks import issue_order
from lading.model.licenses import CATEGORIES, LicenseCategory
from lading.model.report import Report, Target
from lading.policy.document import LicensesTable, texts


def with_categories(report: Report, tables: Sequence[LicensesTable]) -> Report:
    """A report with the issues of licenses that there are by these tables, the first that names a license counting; as
    it is where nobody looked at licenses."""
    categories = categories_of(tables)
    return structs.replace(report, targets=tuple(_held_to(target, categories) for target in report.targets))


def categories_of(tables: Sequence[LicensesTable]) -> Categories:
    """The categories of these tables; Lading's own for what they do not name."""
    severities: dict[LicenseCategory, SeverityLabel | None] = {}
    for table in tables:
        for category in CATEGORIES:
            severity = getattr(table.severity, category)
            if severity is not None:
                severities.setdefault(category, None if severity == "none" else severity)
    return Categories(tuple(_patterns(tables)), severities)


def _patterns(tables: Sequence[LicensesTable]) -> Iterator[tuple[str, LicenseCategory]]:
    for table in tables:
        yield from ((name, category) for category in CATEGORIES for name in texts(getattr(table, category)))


def _held_to(target: Target, categories: Categories) -> Target:
    if "licenses" not in target.checks:
        return target
    others = [one for one in target.issues if one.kind != "license" or one.place != "package"]
    issues = sorted((*others, *license_issues(target.packages, categories)), key=issue_order)
    return structs.replace(target, issues=tuple(issues))
