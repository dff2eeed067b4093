"""CSV for spreadsheets (https://www.rfc-editor.org/rfc/rfc4180).

No cell starts as a formula does (https://owasp.org/www-community/attacks/CSV_Injection).
"""

import csv
from io import StringIO
from typing import Final

from lading.formats.finding_texts import address, line_text, one_line
from lading.formats.view import View
from lading.model.decision import Evaluated
from lading.model.finding import Finding
from lading.model.report import Target

_HEAD: Final = (
    "image", "vulnerability", "severity", "score", "status", "package", "type", "version", "fixed_version",
    "fix_state", "risk", "epss", "known_exploited", "hidden", "suppressed", "layer", "path", "purl", "fingerprint",
    "url", "summary", "line",
)  # fmt: skip
_FORMULA: Final = tuple("=+-@")


def encode_csv(evaluated: Evaluated, view: View) -> bytes:
    """A line for every finding, of whatever status; lines end in CR LF."""
    text = StringIO()
    writer = csv.writer(text)
    writer.writerow(_HEAD)
    for target in evaluated.report.targets:
        writer.writerows(map(_cell, _values(finding, target)) for finding in target.findings)
    return text.getvalue().encode("utf-8", "backslashreplace")


def _values(finding: Finding, target: Target) -> tuple[str, ...]:
    package = finding.package
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
        "; ".join(f"{one.source} {one.where} {one.reason}".strip() for one in finding.suppressions),
        str(package.layer or ""),
        package.locations[0].path if package.locations else "",
        package.purl,
        finding.fingerprint,
        address(finding),
        finding.summary,
        line_text(package, target.image),
    )


def _cell(text: str) -> str:
    """One line without control characters, which no program takes for a formula."""
    line = one_line(text)
    return f"'{line}" if line.startswith(_FORMULA) else line
