"""Reports of our own, as `formats/documents/report.py` writes them (docs/schema/report-2.json)."""

from typing import Final

import msgspec
from msgspec import Struct

from lading.formats.documents.findings import BasisDocument, FindingDocument, SeverityDocument, parsed_issue
from lading.formats.documents.report import REPORT_SCHEMA, PackageDocument, ReportDocument, TargetDocument
from lading.model.advisory import Range, Severity
from lading.model.errors import FormatError
from lading.model.finding import Finding, MatchBasis
from lading.model.package import Package
from lading.model.report import Report, Target

_FAMILY: Final = REPORT_SCHEMA.rpartition("-")[0]


class _Named(Struct):
    schema: str = ""


def is_report(data: bytes) -> bool:
    """Whether this is a report of ours, of whatever version, by the schema it names."""
    return _schema(data).startswith(f"{_FAMILY}-")


def parse_report(data: bytes, where: str) -> Report:
    """A report as `report_json` gives it, with its suppressions. What was decided on it is left out:
    another policy decides otherwise. Written again it gives the same bytes. `where` is its name. Raises FormatError."""
    try:
        document = msgspec.json.decode(data.removeprefix(b"\xef\xbb\xbf"), type=ReportDocument)
    except (msgspec.MsgspecError, UnicodeError, RecursionError) as error:
        raise FormatError(f"{where}: {_unreadable(data)}: {error}") from error
    if document.schema != REPORT_SCHEMA:
        raise FormatError(f"{where}: {_unreadable(data)}")
    targets = tuple(_target(target, where) for target in document.targets)
    return Report(document.tool, targets, document.database, document.starter, document.pinned)


def _schema(data: bytes) -> str:
    try:
        return msgspec.json.decode(data.removeprefix(b"\xef\xbb\xbf"), type=_Named).schema
    except (msgspec.MsgspecError, UnicodeError, RecursionError):
        return ""


def _unreadable(data: bytes) -> str:
    schema = _schema(data)
    if schema == REPORT_SCHEMA:
        return "cannot be read as Lading's report"
    if schema.startswith(f"{_FAMILY}-"):
        return f"is a report of another version of Lading ({schema[:100]!r}); this one reads {REPORT_SCHEMA}"
    return "not a report of Lading's (lading scan -o json)"


def _target(document: TargetDocument, where: str) -> Target:
    packages = {one.id: _package(one) for one in document.packages}
    try:
        findings = tuple(_finding(one, packages[one.package]) for one in document.findings)
    except KeyError as error:
        raise FormatError(f"{where}: a finding names the package {str(error)[:100]}, which it does not have") from error
    return Target(
        image=document.image,
        distribution=document.distribution,
        packages=tuple(packages.values()),
        unmanaged=document.unmanaged,
        findings=findings,
        coverage=document.coverage,
        diagnostics=document.diagnostics,
        vex=document.vex,
        checks=document.checks,
        issues=tuple(map(parsed_issue, document.issues)),
        attached=document.attached,
        container=document.container,
    )


_PACKAGE_FIELDS: Final = tuple(name for name in PackageDocument.__struct_fields__ if name != "id")


def _package(document: PackageDocument) -> Package:
    return Package(**{name: getattr(document, name) for name in _PACKAGE_FIELDS})


_SAME: Final = tuple(
    name
    for name in FindingDocument.__struct_fields__
    if name in Finding.__struct_fields__ and name not in ("package", "basis", "severity", "severities", "risk")
)
"""The fields that a finding and its document have alike."""


def _finding(document: FindingDocument, package: Package) -> Finding:
    return Finding(
        package=package,
        basis=_basis(document.basis),
        severity=_severity(document.severity) if document.severity is not None else Severity("unknown"),
        severities=tuple(map(_severity, document.severities)),
        risk=document.risk or 0.0,
        **{name: getattr(document, name) for name in _SAME},
    )


def _severity(document: SeverityDocument) -> Severity:
    return Severity(document.label, document.source, document.score or 0.0, document.text)


def _basis(document: BasisDocument) -> MatchBasis:
    span = document.range
    held = None if span is None else Range(span.introduced, span.fixed, span.last_affected, span.after, span.before)
    return MatchBasis(
        document.shard, document.advisory, document.name, document.version, document.scheme, held, document.listed
    )
