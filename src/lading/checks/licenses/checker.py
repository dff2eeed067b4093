"""Licences: what the packages of an image are under, by category."""

from lading.checks.licenses.beside import with_texts
from lading.checks.licenses.copyright import COPYRIGHT, with_copyright
from lading.checks.licenses.files import ARCHIVES, FILES
from lading.formats.licenses.categories import default_categories, listed_categories
from lading.formats.licenses.packages import FIXES, license_issues, title_of
from lading.model.checks import Case, Checker, CheckResult, CheckText
from lading.model.licenses import SEVERITIES, UNKNOWN, UNSTATED, LicenseCategory
from lading.model.package import Package


def run(case: Case) -> CheckResult:
    """The issues of an image."""
    return CheckResult(license_issues(case.packages, default_categories()))


def texts() -> tuple[CheckText, ...]:
    """What each licence is that is an issue unless a policy says otherwise, and the two that stand for none."""
    rows = [(name, category) for name, category in sorted(listed_categories().items()) if category in SEVERITIES]
    return tuple(_text(id, category) for id, category in (*rows, (UNKNOWN, "unknown"), (UNSTATED, "unknown")))


def _text(id: str, category: LicenseCategory) -> CheckText:
    address = (f"https://spdx.org/licenses/{id}.html",) if id not in (UNKNOWN, UNSTATED) else ()
    is_reference = id.startswith("LicenseRef-")
    return CheckText(
        id,
        "licenses",
        SEVERITIES[category],
        title_of(id, category),
        _WHY[category],
        FIXES[category],
        references=() if is_reference else address,
    )


_WHY: dict[LicenseCategory, str] = {
    "forbidden": "It grants no rights, or none to use it for a trade or over a network as other software may be used, "
    "or its words are too loose to rely on.",
    "restricted": "Whoever passes on an image with it must offer the source of it, and of what is combined with it, "
    "under the same license, or may not change it.",
    "reciprocal": "Whoever passes on changed files of it must offer their source under the same license.",
    "unknown": "Without a license nobody may use or pass on what another has written; with one that is not known "
    "nobody can tell.",
}


def complete(case: Case) -> tuple[Package, ...]:
    """The packages with the licences that stand beside them."""
    return with_texts(case, with_copyright(case))


CHECKER = Checker("licenses", (COPYRIGHT, FILES, ARCHIVES), run, compares=False, texts=texts, complete=complete)
