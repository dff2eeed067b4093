"""CSV for spreadsheets (https://www.rfc-editor.org/rfc/rfc4180).

No cell starts as a formula does (https://owasp.org/www-community/attacks/CSV_Injection).
"""

import csv
from collections.abc import Iterable, Iterator
from io import StringIO
from itertools import chain, islice
from typing import Final

from lading.formats.finding_texts import address, advice, line_text, one_line, use_word
from lading.formats.issue_texts import issue_address, issue_line, issue_said
from lading.formats.view import View
from lading.model.checks import Issue
from lading.model.decision import Evaluated
from lading.model.finding import Finding, Suppression
from lading.model.package import Package
from lading.model.report import Target
from lading.model.rows import Row

_HEAD: Final = (
    "image", "vulnerability", "severity", "score", "status", "package", "type", "version", "fixed_version",
    "fix_state", "risk", "epss", "known_exploited", "hidden", "suppressed", "layer", "path", "purl", "fingerprint",
    "url", "summary", "line", "kind", "file_line", "fix", "in_use",
)  # fmt: skip
_FORMULA: Final = tuple("=+-@")
_BATCH: Final = 1000
"""Lines that are in memory at a time."""


def encode_csv(evaluated: Evaluated, view: View) -> Iterator[bytes]:
    """A line for every finding, of whatever status, and for every issue that checks found, the check as its
    `vulnerability`; lines end in CR LF."""
    lines = chain((_HEAD,), chain.from_iterable(map(_lines, evaluated.report.targets)))
    while batch := tuple(islice(lines, _BATCH)):
        text = StringIO()
        csv.writer(text).writerows(batch)
        yield text.getvalue().encode("utf-8", "backslashreplace")


def _lines(target: Target) -> Iterator[tuple[str, ...]]:
    packages = {one.id: one for one in target.packages} if target.issues else {}
    found = (_values(finding, target) for finding in target.findings)
    issues = (_issue(one, target, packages.get(one.package)) for one in target.issues)
    return (tuple(map(_cell, line)) for line in chain(found, issues))


def _values(finding: Finding, target: Target) -> tuple[str, ...]:
    package, row = finding.package, Row(finding, (finding,))
    return (
        target.image.name,
        finding.id,
        finding.severity.label,
        f"{finding.severity.score:.1f}" if finding.severity.score else "",
        finding.status,
        package.name,
        package.type,
        package.version,
        finding.fixed_version,
        finding.fix_state,
        f"{finding.risk:.1f}",
        "" if finding.epss is None else f"{finding.epss:.5f}",
        "yes" if finding.known_exploited else "",
        finding.hidden_reason,
        _suppressed(finding.suppressions),
        str(package.layer or ""),
        package.locations[0].path if package.locations else "",
        package.purl,
        finding.fingerprint,
        address(finding),
        finding.summary,
        line_text(package, target.image),
        finding.kind,
        "",
        advice(row) if finding.is_open else "",
        use_word(row),
    )


def _issue(issue: Issue, target: Target, package: Package | None) -> tuple[str, ...]:
    """An issue in the same columns; `package` is what has it, None for what is no package's."""
    named = (package.name, package.type, package.version) if package else ("", "", "")
    return (
        *(target.image.name, issue.id, issue.severity, "", "affected", *named, "", "", "", "", ""),
        issue.hidden_reason,
        _suppressed(issue.suppressions),
        str(issue.layer or ""),
        issue.path or issue.instruction,
        package.purl if package else "",
        issue.fingerprint,
        issue_address(issue),
        issue_said(issue),
        issue_line(issue, target.image),
        issue.kind,
        str(issue.line or ""),
        issue.fix,
        "",
    )


def _suppressed(suppressions: Iterable[Suppression]) -> str:
    return "; ".join(f"{one.source} {one.where} {one.reason}".strip() for one in suppressions)


def _cell(text: str) -> str:
    """One line without control characters, which no program takes for a formula."""
    line = one_line(text)
    return f"'{line}" if line.startswith(_FORMULA) else line
