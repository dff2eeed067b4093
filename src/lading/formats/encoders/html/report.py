"""The report as one HTML page that needs nothing else: style, program and data stand in it.

The data travel compressed and are unpacked by the browser. A content security policy
(https://www.w3.org/TR/CSP3/) names the hashes of the one style and the one program, so that no text of a report can
run or load anything, whatever it holds.
"""

from base64 import b64encode
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from hashlib import sha256
from html import escape
from importlib.resources import files
from itertools import islice
from string import Template
from typing import Final

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
from lading.safeio.zlib_bytes import iter_deflated
from lading.versions.extremes import newest


class ImageData(Struct, frozen=True):
    """What names an image."""

    name: str
    digest: str
    dockerfile: str


class RowData(Struct, frozen=True):
    """A row as people count them: `finding` is the place of the worst of its `members` among the findings. `upgrade` is
    the version that fixes all rows of its package that can be fixed."""

    finding: int
    members: tuple[int, ...]
    section: Section
    fixed_version: str
    upgrade: str
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
    """What the program of the page draws."""

    tool: str
    database: str
    starter: bool
    incomplete: bool
    decision: DecisionDocument
    targets: tuple[TargetData, ...]


def encode_report_html(evaluated: Evaluated, view: View) -> Iterator[bytes]:
    """The report as a page (UTF-8, ending in a newline), in pieces."""
    report = evaluated.report
    style, script = _asset("page.css"), _script()
    page = Template(_asset("page.html")).substitute(
        title=escape(_printable(", ".join(target.image.name for target in report.targets))),
        plain=escape(_plain(report.targets)),
        style=style,
        style_hash=_hash(style),
        script=script,
        script_hash=_hash(script),
        data=_MARK,
    )
    before, _, after = page.rpartition(_MARK)
    yield before.encode("utf-8", "backslashreplace")
    yield from _base64(iter_deflated(_iter_data(evaluated, view.compliance)))
    yield after.encode("utf-8", "backslashreplace")


_MARK: Final = "\0"
"""Stands where the data will; the page has no such character."""
_BATCH: Final = 1000
_NO_FINDINGS, _NO_ROWS = b'"findings":[]', b'"rows":[]'
"""In no text are quotation marks that are not escaped, and nothing before them in a target has these names."""


def _iter_data(evaluated: Evaluated, benchmark: str) -> Iterator[bytes]:
    """PageData as JSON. Findings and rows are written some at a time: their documents take more memory than all
    else."""
    report = evaluated.report
    whole = encode_json(
        PageData(
            tool=report.tool,
            database=report.database,
            starter=report.starter,
            incomplete=evaluated.decision.incomplete,
            decision=decision_document(evaluated.decision),
            targets=(),
        )
    )
    yield whole[: -len(b"]}")]
    for place, target in enumerate(report.targets):
        if place:
            yield b","
        yield from _iter_target(target, benchmark)
    yield b"]}"


def _iter_target(target: Target, benchmark: str) -> Iterator[bytes]:
    rest = encode_json(_target(target, benchmark))
    held = [finding for finding in target.findings if finding.is_open]
    documents = (finding_document(finding, target.image) for finding in held)
    for mark, values in ((_NO_FINDINGS, documents), (_NO_ROWS, _target_rows(held))):
        before, _, rest = rest.partition(mark)
        yield before + mark[:-1]
        yield from _iter_members(values)
        yield b"]"
    yield rest


def _iter_members(values: Iterable[object]) -> Iterator[bytes]:
    """The members of an array, with the commas between them."""
    remaining, lead = iter(values), b""
    while batch := list(islice(remaining, _BATCH)):
        yield lead + encode_json(batch)[1:-1]
        lead = b","


def _base64(pieces: Iterable[bytes]) -> Iterator[bytes]:
    left = b""
    for piece in pieces:
        left += piece
        whole = len(left) - len(left) % 3
        yield b64encode(left[:whole])
        left = left[whole:]
    yield b64encode(left)


def _target(target: Target, benchmark: str) -> TargetData:
    """All but the findings and rows."""
    concerned = {finding.package.id for finding in target.findings if finding.is_open}
    concerned |= {issue.package for issue in target.issues}
    return TargetData(
        image=ImageData(target.image.name, target.image.digest, target.image.dockerfile),
        distribution=target.distribution,
        extent=target.extent,
        packages=tuple(package_document(package) for package in target.packages if package.id in concerned),
        findings=(),
        rows=(),
        coverage=target.coverage,
        diagnostics=target.diagnostics,
        checks=target.checks,
        issues=tuple(issue_document(one, target.image) for one in target.issues),
        compliance=compliance_document(target, benchmark),
    )


def _target_rows(held: Sequence[Finding]) -> Iterator[RowData]:
    places = {id(finding): place for place, finding in enumerate(held)}
    yield from _rows(rows_of(held), places, suppressed=False)
    yield from _rows(suppressed_rows_of(held), places, suppressed=True)


def _rows(rows: Sequence[Row], places: dict[int, int], *, suppressed: bool) -> Iterator[RowData]:
    def place(finding: Finding) -> int:
        return places[id(finding)]

    upgrades = _upgrades(rows)
    for row in rows:
        members = tuple(map(place, row.findings))
        upgrade = upgrades[row.finding.row[:3]]
        yield RowData(place(row.finding), members, row.section, row.fixed_version, upgrade, suppressed)


def _upgrades(rows: Sequence[Row]) -> dict[tuple[str, ...], str]:
    """By type, source and version of packages the version that fixes all that can be fixed; empty for none."""
    fixed: defaultdict[tuple[str, ...], set[str]] = defaultdict(set)
    for row in rows:
        fixed[row.finding.row[:3]] |= {row.fixed_version} - {""}
    return {package: newest(package[0], versions) for package, versions in fixed.items()}


def _plain(targets: Sequence[Target]) -> str:
    """What browsers say that run no program."""
    rows = sum(row.section != "hidden" for target in targets for row in rows_of(target.findings))
    partial = " Not everything was read and matched." if any(one.is_partial for one in targets) else ""
    shown = "This page shows them where JavaScript is allowed; `-o table` is the same as text."
    return f"{rows:,} to look at.{partial} {shown}"


def _printable(text: str) -> str:
    return "".join(one if one.isprintable() else one.encode("unicode_escape").decode() for one in text)


def _script() -> str:
    """The parts of the program as one, with names that nobody else sees."""
    parts = "\n\n".join(_asset(f"page/{part}.js") for part in _PARTS)
    return f"(() => {{\n{parts}\n}})();"


_PARTS: Final = ("elements", "rows", "decision", "charts", "detail", "findings", "checks", "start")


def _asset(name: str) -> str:
    return files(__package__).joinpath(name).read_text("utf-8").strip()


def _hash(text: str) -> str:
    return b64encode(sha256(text.encode()).digest()).decode()
