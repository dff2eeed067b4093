"""Trivy's report in JSON, version 2 of its schema, for programs that read that.

Source: https://trivy.dev/latest/docs/configuration/reporting/#json; pkg/types/report.go and pkg/types/finding.go of
https://github.com/aquasecurity/trivy.
"""

from collections import defaultdict
from collections.abc import Iterator
from typing import Final

from msgspec import UNSET, Struct, UnsetType, field

from lading.formats.cvss_vectors import vectors_of
from lading.formats.finding_texts import address, repo_digests, repo_tags
from lading.formats.issue_texts import issue_address, issue_line
from lading.formats.view import View
from lading.model.advisory import SeverityLabel
from lading.model.checks import Issue, IssueKind
from lading.model.decision import Evaluated
from lading.model.finding import Finding, FixState, Suppression
from lading.model.image import Layer
from lading.model.licenses import UNKNOWN
from lading.model.package import Package
from lading.model.report import Target
from lading.safeio.json_text import iter_document

_SYSTEM: Final = frozenset({"deb", "rpm", "apk", "alpm", "ebuild"})
"""Package URL types of distributions."""
_TYPES: Final = {
    "cargo": "rustbinary", "composer": "composer-vendor", "conda": "conda-pkg", "gem": "gemspec",
    "golang": "gobinary", "maven": "jar", "npm": "node-pkg", "nuget": "dotnet-core", "pypi": "python-pkg",
}  # fmt: skip
"""What Trivy calls the packages of a package URL type, where it calls them otherwise."""
_SEVERITIES: Final[dict[SeverityLabel, str]] = {"negligible": "LOW"}
_LEVELS: Final[dict[SeverityLabel, int]] = {
    "unknown": 0, "negligible": 1, "low": 1, "medium": 2, "high": 3, "critical": 4,
}  # fmt: skip
_CVSS: Final = frozenset("234")
_MODIFIED: Final = "ExperimentalModifiedFindings"
_CLASSES: Final[dict[IssueKind, str]] = {
    "misconfiguration": "config", "secret": "secret", "license": "license", "malware": "config",
}  # fmt: skip
"""Where Trivy has what checks find; it has no class for malware, and "type" tells that apart."""
_LICENSE_FILES: Final = "license-file"
_PLACES: Final = {"license": "", _LICENSE_FILES: "Loose File License(s)"}
"""The targets of classes that are no files; empty for the image."""
_FINDINGS: Final = {
    "config": "misconfiguration", "secret": "secret", "license": "license", _LICENSE_FILES: "license",
}  # fmt: skip
"""What Trivy calls a finding of each of these classes."""
_STATUSES: Final[dict[FixState, str]] = {
    "fixed": "fixed", "wont_fix": "will_not_fix", "deferred": "fix_deferred", "end_of_life": "end_of_life",
}  # fmt: skip


class _Identifier(Struct, omit_defaults=True):
    """`uid` is what Trivy itself finds the package of a vulnerability by."""

    purl: str = field(name="PURL", default="")
    uid: str = field(name="UID", default="")


class _Layer(Struct, omit_defaults=True):
    digest: str = field(name="Digest", default="")
    diff_id: str = field(name="DiffID", default="")


class _Scores(Struct, omit_defaults=True):
    v2_vector: str = field(name="V2Vector", default="")
    v3_vector: str = field(name="V3Vector", default="")
    v4_vector: str = field(name="V40Vector", default="")
    v2_score: float = field(name="V2Score", default=0.0)
    v3_score: float = field(name="V3Score", default=0.0)
    v4_score: float = field(name="V40Score", default=0.0)


class _Vulnerability(Struct, omit_defaults=True, rename="pascal", kw_only=True):
    vulnerability_id: str = field(name="VulnerabilityID")
    vendor_ids: tuple[str, ...] = field(name="VendorIDs", default=())
    pkg_id: str = field(name="PkgID")
    pkg_name: str
    pkg_path: str = ""
    pkg_identifier: _Identifier
    installed_version: str
    fixed_version: str = ""
    status: str
    layer: _Layer
    severity_source: str = ""
    primary_url: str = field(name="PrimaryURL", default="")
    title: str = ""
    description: str = ""
    severity: str
    cwe_ids: tuple[str, ...] = field(name="CweIDs", default=())
    vendor_severity: dict[str, int] = {}
    cvss: dict[str, _Scores] = field(name="CVSS", default_factory=dict)
    references: tuple[str, ...] = ()


class _Package(Struct, omit_defaults=True, rename="pascal", kw_only=True):
    id: str = field(name="ID")
    name: str
    identifier: _Identifier
    version: str
    arch: str = ""
    src_name: str = ""
    src_version: str = ""
    licenses: tuple[str, ...] = ()
    maintainer: str = ""
    depends_on: tuple[str, ...] = ()
    layer: _Layer
    file_path: str = ""


class _Cause(Struct, omit_defaults=True, rename="pascal"):
    resource: str = ""
    start_line: int = 0
    end_line: int = 0


class _Misconfiguration(Struct, omit_defaults=True, rename="pascal", kw_only=True):
    type: str
    id: str = field(name="ID")
    title: str
    message: str
    resolution: str
    severity: str
    primary_url: str = field(name="PrimaryURL", default="")
    references: tuple[str, ...] = ()
    status: str
    layer: _Layer
    cause_metadata: _Cause


class _Code(Struct, rename="pascal"):
    lines: None = None


class _Secret(Struct, rename="pascal"):
    rule_id: str = field(name="RuleID")
    category: str
    severity: str
    title: str
    start_line: int
    end_line: int
    code: _Code
    match: str
    layer: _Layer


class _License(Struct, rename="pascal"):
    severity: str
    category: str
    pkg_name: str
    file_path: str
    name: str
    text: str
    confidence: float
    link: str


class _Tally(Struct, rename="pascal"):
    successes: int
    failures: int


_Issue = _Misconfiguration | _Secret | _License


class _Modified(Struct, omit_defaults=True, rename="pascal"):
    type: str
    status: str
    statement: str
    source: str
    finding: _Vulnerability | _Issue


class _Result(Struct, omit_defaults=True, rename="pascal", kw_only=True):
    target: str
    klass: str = field(name="Class")
    type: str = ""
    packages: tuple[_Package, ...] | UnsetType = UNSET
    vulnerabilities: tuple[_Vulnerability, ...] | UnsetType = UNSET
    misconf_summary: _Tally | None = None
    misconfigurations: tuple[_Misconfiguration, ...] = ()
    secrets: tuple[_Secret, ...] = ()
    licenses: tuple[_License, ...] = ()
    modified: tuple[_Modified, ...] | UnsetType = field(name=_MODIFIED, default=UNSET)


class _System(Struct, rename="pascal"):
    family: str
    name: str


class _Metadata(Struct, omit_defaults=True, kw_only=True):
    os: _System | None = field(name="OS", default=None)
    image_id: str = field(name="ImageID", default="")
    diff_ids: tuple[str, ...] = field(name="DiffIDs", default=())
    repo_tags: tuple[str, ...] = field(name="RepoTags", default=())
    repo_digests: tuple[str, ...] = field(name="RepoDigests", default=())


class _Report(Struct, rename="pascal"):
    schema_version: int
    created_at: str
    artifact_name: str
    artifact_type: str
    metadata: _Metadata
    results: tuple[_Result, ...]


def encode_trivy(evaluated: Evaluated, view: View) -> Iterator[bytes]:
    """Every package and what is open of it, by its type, then what checks found, in the classes that Trivy has for it;
    what is suppressed as modified. Of several images the metadata are those of the first. The time is the day of the
    decision: a report has no clock."""
    targets = evaluated.report.targets
    created = f"{evaluated.decision.day or '1970-01-01'}T00:00:00Z"
    name = targets[0].image.name if targets else ""
    metadata = _metadata(targets[0]) if targets else _Metadata()
    results = [result for target in targets for result in (*_results(target), *_checked(target))]
    report = _Report(2, created, name, "container_image", metadata, tuple(result for result, _ in results))
    return iter_document(report, 3, (array for _, arrays in results for array in arrays))


def _metadata(target: Target) -> _Metadata:
    system = target.distribution
    return _Metadata(
        os=_System(system.id, system.version_id) if system else None,
        image_id=target.image.config_digest,
        diff_ids=tuple(layer.diff_id for layer in target.image.layers if layer.diff_id),
        repo_tags=repo_tags(target.image),
        repo_digests=repo_digests(target.image),
    )


_Arrays = list[tuple[str, Iterator[object]]]
"""The arrays of a result that are written as they are made, as `iter_document` takes them."""


def _results(target: Target) -> list[tuple[_Result, _Arrays]]:
    grouped: dict[str, list[Finding]] = defaultdict(list)
    for finding in target.findings:
        if finding.is_open:
            grouped[finding.package.type].append(finding)
    packages: dict[str, list[Package]] = defaultdict(list)
    for package in target.packages:
        packages[package.type].append(package)
    types = sorted({*grouped, *packages})
    return [_result(type, packages[type], grouped[type], target) for type in types]


def _result(type: str, packages: list[Package], findings: list[Finding], target: Target) -> tuple[_Result, _Arrays]:
    system = target.distribution
    word = _TYPES.get(type, type)
    is_system = type in _SYSTEM and system is not None
    open = [one for one in findings if not one.suppressions]
    suppressed = [one for one in findings if one.suppressions]
    arrays: _Arrays = []
    if packages:
        names = {one.id: _name(one) for one in packages}
        arrays.append(("Packages", (_package(one, names, target, is_system) for one in packages)))
    if open:
        arrays.append(("Vulnerabilities", (_vulnerability(one, target, is_system) for one in open)))
    if suppressed:
        arrays.append((_MODIFIED, (_modified(one, target, is_system) for one in suppressed)))
    result = _Result(
        target=f"{target.image.name} ({system.id} {system.version_id})" if is_system and system else word,
        klass="os-pkgs" if is_system else "lang-pkgs",
        type=system.id if is_system and system else word,
        packages=() if packages else UNSET,
        vulnerabilities=() if open else UNSET,
        modified=() if suppressed else UNSET,
    )
    return result, arrays


def _name(package: Package) -> str:
    return f"{package.name}@{package.version}"


def _package(package: Package, names: dict[str, str], target: Target, is_system: bool) -> _Package:
    """A package; `names` are those of its kind by their IDs."""
    layer = target.image.layer(package.layer) or Layer(0)
    return _Package(
        id=_name(package),
        name=package.name,
        identifier=_Identifier(package.purl, package.id),
        version=package.version,
        arch=package.arch,
        src_name=package.source,
        src_version=package.source_version,
        licenses=package.licenses,
        maintainer=package.maintainer,
        depends_on=tuple(sorted({names[one] for one in package.depends_on if one in names})),
        layer=_Layer(layer.digest, layer.diff_id),
        file_path=_path(package, is_system),
    )


def _path(package: Package, is_system: bool) -> str:
    return package.locations[0].path if package.locations and not is_system else ""


def _vulnerability(finding: Finding, target: Target, is_system: bool) -> _Vulnerability:
    package = finding.package
    layer = target.image.layer(package.layer) or Layer(0)
    return _Vulnerability(
        vulnerability_id=finding.id,
        vendor_ids=finding.notices,
        pkg_id=_name(package),
        pkg_name=package.name,
        pkg_path=_path(package, is_system),
        pkg_identifier=_Identifier(package.purl, package.id),
        installed_version=package.version,
        fixed_version=finding.fixed_version,
        status=finding.status if finding.status != "affected" else _STATUSES.get(finding.fix_state, "affected"),
        layer=_Layer(layer.digest, layer.diff_id),
        severity_source=finding.severity.source,
        primary_url=address(finding),
        title=finding.summary,
        description=finding.summary,
        severity=_SEVERITIES.get(finding.severity.label, finding.severity.label.upper()),
        cwe_ids=finding.cwes,
        vendor_severity={
            one.source: _LEVELS[one.label] for one in reversed((finding.severity, *finding.severities)) if one.source
        },
        cvss=_scores(finding),
        references=(address(finding),) if address(finding) else (),
    )


def _scores(finding: Finding) -> dict[str, _Scores]:
    """The vectors by who gave them, the first of each version."""
    found: dict[str, _Scores] = defaultdict(_Scores)
    for one in vectors_of(finding):
        scores, version = found[one.source or "unknown"], one.version[0]
        if version in _CVSS and not getattr(scores, f"v{version}_vector"):
            setattr(scores, f"v{version}_vector", one.vector)
            setattr(scores, f"v{version}_score", one.score)
    return dict(found)


def _modified(finding: Finding, target: Target, is_system: bool) -> _Modified:
    by = finding.suppressions[0]
    return _said_otherwise("vulnerability", by, _vulnerability(finding, target, is_system))


def _said_otherwise(type: str, by: Suppression, found: _Vulnerability | _Issue) -> _Modified:
    status = by.status or ("not_affected" if by.source == "vex" else "ignored")
    return _Modified(type, status, by.reason, f"{by.source} {by.where}".strip(), found)


def _checked(target: Target) -> Iterator[tuple[_Result, _Arrays]]:
    """What checks found and is not hidden, by what has it: a file, a package, or the image."""
    packages = {one.id: one for one in target.packages} if target.issues else {}
    grouped: dict[tuple[str, str], list[Issue]] = defaultdict(list)
    for issue in target.issues:
        if not issue.hidden_reason:
            klass = _LICENSE_FILES if issue.family == "license-files" else _CLASSES[issue.kind]
            place = _PLACES.get(klass, issue.path)
            grouped[klass, place or target.image.name].append(issue)
    for (klass, place), issues in grouped.items():
        counting = [_issue(one, target, packages.get(one.package)) for one in issues if not one.suppressions]
        misconfigurations = tuple(one for one in counting if isinstance(one, _Misconfiguration))
        suppressed = tuple(
            _said_otherwise(_FINDINGS[klass], one.suppressions[0], _issue(one, target, packages.get(one.package)))
            for one in issues
            if one.suppressions
        )
        result = _Result(
            target=place,
            klass=klass,
            misconf_summary=_Tally(0, len(misconfigurations)) if klass == "config" else None,
            misconfigurations=misconfigurations,
            secrets=tuple(one for one in counting if isinstance(one, _Secret)),
            licenses=tuple(one for one in counting if isinstance(one, _License)),
            modified=suppressed or UNSET,
        )
        yield result, []


def _issue(issue: Issue, target: Target, package: Package | None) -> _Issue:
    layer = target.image.layer(issue.layer) or Layer(0)
    severity = _SEVERITIES.get(issue.severity, issue.severity.upper())
    held, url = _Layer(layer.digest, layer.diff_id), issue_address(issue)
    if issue.kind == "secret":
        found = issue.evidence or issue.message
        return _Secret(issue.id, "lading", severity, issue.title, issue.line, issue.line, _Code(), found, held)
    if issue.kind == "license":
        named = package.name if package else ""
        name = issue.evidence if issue.id == UNKNOWN else issue.id
        return _License(severity, issue.category or UNKNOWN, named, "" if named else issue.path, name, "", 1.0, url)
    return _Misconfiguration(
        type=issue.kind,
        id=issue.id,
        title=issue.title,
        message=": ".join(filter(None, (issue.message, issue.evidence))) or issue.title,
        resolution=issue.fix,
        severity=severity,
        primary_url=url,
        references=(url,) if url else (),
        status="FAIL",
        layer=held,
        cause_metadata=_Cause(issue_line(issue, target.image) or issue.instruction, issue.line, issue.line),
    )
