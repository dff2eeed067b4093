"""Licenses by the categories of a policy, which say what of them is an issue."""

from collections.abc import Iterator, Sequence

from msgspec import structs

from lading.formats.licenses.categories import Categories
from lading.formats.licenses.packages import file_issues, license_issues
from lading.model.advisory import SeverityLabel
from lading.model.checks import issue_order
from lading.model.licenses import CATEGORIES, LicenseCategory, LicenseTerms
from lading.model.report import Report, Target
from lading.policy.document import LicensesTable, texts


def with_categories(report: Report, tables: Sequence[LicensesTable]) -> Report:
    """A report with the issues of licenses that there are by these tables, the first that names a license counting; as
    it is where nobody looked at licenses."""
    categories = Categories(terms_of(tables))
    return structs.replace(report, targets=tuple(_held_to(target, categories) for target in report.targets))


def terms_of(tables: Sequence[LicensesTable]) -> LicenseTerms:
    """What these tables say together."""
    severities: dict[LicenseCategory, SeverityLabel | None] = {}
    for table in tables:
        for category in CATEGORIES:
            severity = getattr(table.severity, category)
            if severity is not None:
                severities.setdefault(category, None if severity == "none" else severity)
    return LicenseTerms(tuple(_names(tables)), tuple(severities.items()))


def _names(tables: Sequence[LicensesTable]) -> Iterator[tuple[str, LicenseCategory]]:
    for table in tables:
        yield from ((name, category) for category in CATEGORIES for name in texts(getattr(table, category)))


def _held_to(target: Target, categories: Categories) -> Target:
    if "licenses" not in target.checks:
        return target
    others = [one for one in target.issues if one.kind != "license"]
    files = [one for one in target.issues if one.kind == "license" and one.place == "file"]
    again = (*license_issues(target.packages, categories), *file_issues(files, categories))
    issues = sorted((*others, *again), key=issue_order)
    return structs.replace(target, issues=tuple(issues))
