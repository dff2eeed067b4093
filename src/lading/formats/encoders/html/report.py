"""The report as one HTML page that needs nothing else: style, program and data stand in it.

The data travel compressed and are unpacked by the browser. A content security policy
(https://www.w3.org/TR/CSP3/) names the hashes of the one style and the one program, so that no text of a report can
run or load anything, whatever it holds.
"""

from base64 import b64encode
from collections.abc import Iterable, Sequence
from hashlib import sha256
from html import escape
from importlib.resources import files
from string import Template

from msgspec import Struct

from lading.formats.documents.findings import FindingDocument, IssueDocument, finding_document, issue_document
from lading.formats.documents.report import (
    ComplianceDocument,
    DecisionDocument,
    PackageDocument,
    compliance_document,
    decision_document,
    package_document,
)
from lading.formats.view import View
from lading.model.checks import Family
from lading.model.decision import Evaluated
from lading.model.diagnostic import Diagnostic
from lading.model.finding import Finding
from lading.model.package import Distribution
from lading.model.report import Coverage, Extent, Target
from lading.model.rows import Row, Section, rows_of, suppressed_rows_of
from lading.safeio.json_text import encode_json
from lading.safeio.zlib_bytes import deflate_zlib


class ImageData(Struct, frozen=True):
    """What names an image."""

    name: str
    digest: str
    dockerfile: str


class RowData(Struct, frozen=True):
    """A row as people count them: `finding` is the place of the worst of its `members` among the findings."""

    finding: int
    members: tuple[int, ...]
    section: Section
    fixed_version: str
    suppressed: bool


class TargetData(Struct, frozen=True):
    """One image: its findings that are open, and the packages that have any."""

    image: ImageData
    distribution: Distribution | None
    extent: Extent
    packages: tuple[PackageDocument, ...]
    findings: tuple[FindingDocument, ...]
    rows: tuple[RowData, ...]
    coverage: tuple[Coverage, ...]
    diagnostics: tuple[Diagnostic, ...]
    checks: tuple[Family, ...]
    issues: tuple[IssueDocument, ...]
    compliance: ComplianceDocument | None


class PageData(Struct, frozen=True):
    """What page.js draws."""

    tool: str
    database: str
    starter: bool
    incomplete: bool
    decision: DecisionDocument
    targets: tuple[TargetData, ...]


def encode_report_html(evaluated: Evaluated, view: View) -> bytes:
    """The report as a page (UTF-8, ending in a newline)."""
    report = evaluated.report
    targets = tuple(_target(one, view.compliance) for one in report.targets)
    data = PageData(
        tool=report.tool,
        database=report.database,
        starter=report.starter,
        incomplete=evaluated.decision.incomplete,
        decision=decision_document(evaluated.decision),
        targets=targets,
    )
    style, script = _asset("page.css"), _asset("page.js")
    page = Template(_asset("page.html")).substitute(
        title=escape(_printable(", ".join(target.image.name for target in report.targets))),
        plain=escape(_plain(targets)),
        style=style,
        style_hash=_hash(style),
        script=script,
        script_hash=_hash(script),
        data=b64encode(deflate_zlib(encode_json(data))).decode(),
    )
    return page.encode("utf-8", "backslashreplace")


def _target(target: Target, benchmark: str) -> TargetData:
    held = [finding for finding in target.findings if finding.is_open]
    places = {id(finding): place for place, finding in enumerate(held)}
    concerned = {finding.package.id for finding in held}
    rows = [*_rows(rows_of(held), places, suppressed=False), *_rows(suppressed_rows_of(held), places, suppressed=True)]
    return TargetData(
        image=ImageData(target.image.name, target.image.digest, target.image.dockerfile),
        distribution=target.distribution,
        extent=target.extent,
        packages=tuple(package_document(package) for package in target.packages if package.id in concerned),
        findings=tuple(finding_document(finding, target.image) for finding in held),
        rows=tuple(rows),
        coverage=target.coverage,
        diagnostics=target.diagnostics,
        checks=target.checks,
        issues=tuple(issue_document(one, target.image) for one in target.issues),
        compliance=compliance_document(target, benchmark),
    )


def _rows(rows: Sequence[Row], places: dict[int, int], *, suppressed: bool) -> Iterable[RowData]:
    def place(finding: Finding) -> int:
        return places[id(finding)]

    for row in rows:
        members = tuple(map(place, row.findings))
        yield RowData(place(row.finding), members, row.section, row.fixed_version, suppressed)


def _plain(targets: Iterable[TargetData]) -> str:
    """What browsers say that run no program."""
    rows = sum(not row.suppressed and row.section != "hidden" for target in targets for row in target.rows)
    return f"{rows:,} to look at. This page shows them where JavaScript is allowed; `-o table` is the same as text."


def _printable(text: str) -> str:
    return "".join(one if one.isprintable() else one.encode("unicode_escape").decode() for one in text)


def _asset(name: str) -> str:
    return files(__package__).joinpath(name).read_text("utf-8").strip()


def _hash(text: str) -> str:
    return b64encode(sha256(text.encode()).digest()).decode()
