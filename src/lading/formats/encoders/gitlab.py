"""GitLab's reports of container scanning and of dependency scanning
(https://gitlab.com/gitlab-org/security-products/security-report-schemas, container-scanning-report-format.json and
dependency-scanning-report-format.json)."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from itertools import chain
from typing import Final
from uuid import UUID

from msgspec import UNSET, Struct, UnsetType

from lading.formats.cvss_vectors import vectors_of
from lading.formats.finding_texts import address, advice, headline
from lading.formats.issue_texts import issue_address, issue_place, issue_said
from lading.formats.view import View
from lading.model.advisory import SeverityLabel
from lading.model.decision import STALE, Evaluated
from lading.model.finding import Finding
from lading.model.image import Layer
from lading.model.package import DISTRIBUTED, Package
from lading.model.report import Target
from lading.model.rows import Row, rows_of
from lading.safeio.json_text import iter_document

_VERSION: Final = "15.2.1"
_SEVERITIES: Final[dict[SeverityLabel, str]] = {
    "unknown": "Unknown", "negligible": "Info", "low": "Low", "medium": "Medium", "high": "High",
    "critical": "Critical",
}  # fmt: skip
_MANAGERS: Final = {
    "cargo": "cargo", "composer": "composer", "conan": "conan", "gem": "bundler", "golang": "go", "maven": "maven",
    "npm": "npm", "nuget": "nuget", "pypi": "pip",
}  # fmt: skip
_NO_DAY: Final = "1970-01-01"
_LONGEST_NAME: Final = 255
_LONGEST_SOLUTION: Final = 7_000
_LONGEST_DESCRIPTION: Final = 100_000
_LONGEST_VECTOR: Final = 128
_MOST_VECTORS: Final = 10
_CVSS: Final = frozenset({"2.0", "3.0", "3.1"})
"""Versions that the schema has patterns for."""


class _Vendor(Struct):
    name: str


class _Program(Struct):
    id: str
    name: str
    version: str
    vendor: _Vendor


class _Message(Struct):
    level: str
    value: str


class _Scan(Struct):
    analyzer: _Program
    scanner: _Program
    type: str
    status: str
    start_time: str
    end_time: str
    messages: tuple[_Message, ...]


class _Identifier(Struct, omit_defaults=True):
    type: str
    name: str
    value: str
    url: str = ""


class _Link(Struct):
    url: str


class _Package(Struct):
    name: str


class _Dependency(Struct, omit_defaults=True):
    package: _Package
    version: str
    direct: bool = False


class _InImage(Struct):
    dependency: _Dependency
    operating_system: str
    image: str


class _InFile(Struct):
    file: str
    dependency: _Dependency


class _File(Struct):
    path: str
    package_manager: str
    dependencies: list[_Dependency]


class _FileLocation(Struct):
    type: str
    name: str
    file_name: str
    line_start: int
    line_end: int


class _Vector(Struct):
    vendor: str
    vector: str


class _Vulnerability(Struct, omit_defaults=True, kw_only=True):
    id: str
    name: str
    description: str
    severity: str
    solution: str
    identifiers: tuple[_Identifier, ...]
    links: tuple[_Link, ...] = ()
    location: _InImage | _InFile
    details: dict[str, _FileLocation] = {}
    cvss_vectors: tuple[_Vector, ...] = ()


class _Report(Struct):
    version: str
    scan: _Scan
    vulnerabilities: tuple[_Vulnerability, ...] = ()
    dependency_files: tuple[_File, ...] | UnsetType = UNSET


def encode_gitlab(evaluated: Evaluated, view: View) -> Iterator[bytes]:
    """The open rows of each image that nobody suppressed, and what checks found. The times are the day of the decision:
    a report has no clock."""
    found = (one for target in evaluated.report.targets for one in chain(_in_images(target), _issues(target)))
    document = _Report(_VERSION, _scan("container_scanning", evaluated, view))
    return iter_document(document, 1, (("vulnerabilities", _once(found)),))


def encode_gitlab_dependencies(evaluated: Evaluated, view: View) -> Iterator[bytes]:
    """The same of the packages of languages alone, by the files that they were found in."""
    targets = evaluated.report.targets
    found = (one for target in targets for one in _in_files(target))
    files = tuple(file for target in targets for file in _files(target))
    document = _Report(_VERSION, _scan("dependency_scanning", evaluated, view), dependency_files=files)
    return iter_document(document, 1, (("vulnerabilities", _once(found)),))


def _in_images(target: Target) -> Iterator[_Vulnerability]:
    for row in rows_of(target.findings):
        yield _vulnerability(row, target, _in_image(row.finding.package, target))


def _in_files(target: Target) -> Iterator[_Vulnerability]:
    for row in rows_of(target.findings):
        if row.finding.package.type not in DISTRIBUTED:
            yield _vulnerability(row, target, _in_file(row.finding, target))


def _once(vulnerabilities: Iterable[_Vulnerability]) -> Iterator[_Vulnerability]:
    """Each of several images once."""
    seen: set[str] = set()
    for one in vulnerabilities:
        if one.id not in seen:
            seen.add(one.id)
            yield one


def _scan(type: str, evaluated: Evaluated, view: View) -> _Scan:
    name, _, version = view.tool.partition(" ")
    program = _Program(name, name.capitalize(), version, _Vendor("Lading"))
    time = f"{evaluated.decision.day or _NO_DAY}T00:00:00"
    messages = tuple(
        _Message(
            "warn" if one.level == "incomplete" or one.code == STALE else "info", f"{one.message} {one.where}".strip()
        )
        for said in (evaluated.doubts, *(target.diagnostics for target in evaluated.report.targets))
        for one in said
        if one.message
    )
    return _Scan(program, program, type, "success", time, time, messages)


def _in_image(package: Package, target: Target) -> _InImage:
    return _InImage(_dependency(package), _system(target), target.image.name or "unknown")


def _system(target: Target) -> str:
    system = target.distribution
    return (system.pretty or system.id if system else "") or "unknown"


def _in_file(finding: Finding, target: Target) -> _InFile:
    return _InFile(_file_of(finding.package, target), _dependency(finding.package))


def _files(target: Target) -> Iterator[_File]:
    """The packages of languages by the files that they were found in."""
    found: dict[tuple[str, str], list[_Dependency]] = defaultdict(list)
    for package in target.packages:
        if package.type not in DISTRIBUTED:
            manager = _MANAGERS.get(package.type, package.type)
            found[_file_of(package, target), manager].append(_dependency(package))
    for (path, manager), dependencies in sorted(found.items()):
        yield _File(path, manager, dependencies)


def _file_of(package: Package, target: Target) -> str:
    return package.locations[0].path if package.locations else target.image.name or "unknown"


def _dependency(package: Package) -> _Dependency:
    return _Dependency(_Package(package.name), package.version, package.relationship == "direct")


def _vulnerability(row: Row, target: Target, location: _InImage | _InFile) -> _Vulnerability:
    finding = row.finding
    url = address(finding)
    return _Vulnerability(
        id=str(UUID(hex=finding.occurrence)),
        name=finding.id[:_LONGEST_NAME],
        description=(finding.summary or headline(finding))[:_LONGEST_DESCRIPTION],
        severity=_SEVERITIES[finding.severity.label],
        solution=advice(row)[:_LONGEST_SOLUTION],
        identifiers=tuple(_identifier(one, url if one == finding.id else "") for one in (finding.id, *finding.aliases))
        + tuple(_identifier(one, "") for one in finding.cwes),
        links=(_Link(url),) if url else (),
        location=location,
        details=_details(target.image.layer(finding.package.layer), target.image.dockerfile),
        cvss_vectors=tuple(
            _Vector(one.source or "unknown", one.vector)
            for one in vectors_of(finding)
            if one.version in _CVSS and len(one.vector) <= _LONGEST_VECTOR
        )[:_MOST_VECTORS],
    )


def _issues(target: Target) -> Iterator[_Vulnerability]:
    """What checks found and counts. The place stands where the package of a vulnerability does: the schema has no other
    for it."""
    packages = {one.id: one for one in target.packages} if target.issues else {}
    for issue in target.issues:
        if not issue.counts:
            continue
        package, url = packages.get(issue.package), issue_address(issue)
        place = _dependency(package) if package else _Dependency(_Package(issue_place(issue)), "")
        names = (issue.id, *issue.controls)
        line = issue.dockerfile_line
        yield _Vulnerability(
            id=str(UUID(hex=issue.occurrence)),
            name=issue.title[:_LONGEST_NAME],
            description=f"{issue_said(issue)} ({issue_place(issue)})"[:_LONGEST_DESCRIPTION],
            severity=_SEVERITIES[issue.severity],
            solution=issue.fix[:_LONGEST_SOLUTION],
            identifiers=tuple(
                _Identifier(f"lading_{issue.kind}", one, one, url if one == issue.id else "") for one in names
            ),
            links=(_Link(url),) if url else (),
            location=_InImage(place, _system(target), target.image.name or "unknown"),
            details=_details(Layer(0, line=line, last_line=line), target.image.dockerfile)
            or _details(target.image.layer(issue.layer), target.image.dockerfile),
        )


def _details(layer: Layer | None, dockerfile: str) -> dict[str, _FileLocation]:
    """The instruction of the Dockerfile that introduced the package, where it is known."""
    if layer is None or not layer.line or not dockerfile:
        return {}
    return {"dockerfile": _FileLocation("file-location", "Introduced by", dockerfile, layer.line, layer.last_line)}


def _identifier(name: str, url: str) -> _Identifier:
    """The value of a weakness is its number, as GitLab's own analyzers write it."""
    kind, _, number = name.partition("-")
    kind = kind.lower() or "other"
    return _Identifier(kind, name, number if kind == "cwe" and number else name, url)
