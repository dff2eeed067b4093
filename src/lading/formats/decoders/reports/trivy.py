"""Trivy's report in JSON (`trivy image --format json`), version 2 of its schema.

Source: https://trivy.dev/latest/docs/configuration/reporting/#json; pkg/types/report.go, pkg/types/finding.go and
pkg/fanal/types/const.go of https://github.com/aquasecurity/trivy.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from msgspec import Struct, field

from lading.formats.decoders.reports.rows import check_rows, package_named, path_of, severity_of
from lading.formats.sbom.document import decode
from lading.model.distributions import distribution_id, distribution_info
from lading.model.errors import FormatError
from lading.model.foreign import ForeignPackage, ForeignReport, ForeignRow

_TYPES: Final = {
    type: purl_type
    for purl_type, types in {
        "cargo": ("cargo", "rustbinary"),
        "cocoapods": ("cocoapods",),
        "composer": ("composer", "composer-vendor"),
        "conan": ("conan",),
        "conda": ("conda-environment", "conda-pkg"),
        "gem": ("bundler", "gemspec"),
        "golang": ("gobinary", "gomod"),
        "hex": ("hex",),
        "julia": ("julia",),
        "maven": ("gradle", "jar", "pom", "sbt"),
        "npm": ("bun", "javascript", "node-pkg", "npm", "pnpm", "yarn"),
        "nuget": ("dotnet-core", "nuget", "packages-props"),
        "pub": ("pub",),
        "pypi": ("pip", "pipenv", "poetry", "pylock", "python-pkg", "uv"),
        "swift": ("swift",),
    }.items()
    for type in types
}
"""Package URL types by what Trivy calls a file of packages."""


class _Identifier(Struct, rename="upper"):
    purl: str = ""


class _Vulnerability(Struct, rename="pascal"):
    vulnerability_id: str = field(default="", name="VulnerabilityID")
    vendor_ids: list[str] | None = field(default=None, name="VendorIDs")
    pkg_name: str = ""
    pkg_path: str = ""
    pkg_identifier: _Identifier | None = None
    installed_version: str = ""
    fixed_version: str = ""
    severity: str = ""
    title: str = ""
    data_source: _Source | None = None


class _Source(Struct):
    id: str = field(default="", name="ID")


class _Package(Struct, rename="pascal"):
    name: str = ""
    version: str = ""
    identifier: _Identifier | None = None


class _Modified(Struct, rename="pascal"):
    type: str = ""
    status: str = ""
    statement: str = ""
    source: str = ""
    finding: _Vulnerability | None = None


class _Result(Struct, rename="pascal"):
    type: str = ""
    # "Target" is the file of a program or a lock file, and a word ("Java") for packages that have a path each.
    target: str = ""
    klass: str = field(default="", name="Class")
    packages: list[_Package] | None = None
    vulnerabilities: list[_Vulnerability] | None = None
    modified: list[_Modified] | None = field(default=None, name="ExperimentalModifiedFindings")
    misconfigurations: list[object] | None = None
    secrets: list[object] | None = None
    licenses: list[object] | None = None


class _Metadata(Struct, rename="pascal"):
    image_id: str = field(default="", name="ImageID")
    diff_ids: list[str] | None = field(default=None, name="DiffIDs")


class _Tool(Struct, rename="pascal"):
    version: str = ""


class _Report(Struct, rename="pascal"):
    schema_version: int = 0
    trivy: _Tool = field(default_factory=_Tool)
    created_at: str = ""
    artifact_name: str = ""
    metadata: _Metadata = field(default_factory=_Metadata)
    results: list[_Result] | None = None


def parse_trivy(data: bytes, where: str) -> ForeignReport:
    """A report; fields that are not known are passed over. `where` is its name. Raises FormatError."""
    report = decode(data, _Report, where, "Trivy's report")
    if report.schema_version != 2:
        raise FormatError(f"{where}: Trivy's schema {report.schema_version} is not read; 2 is")
    results = report.results or []
    rows = [row for result in results for row in _rows(result)]
    return ForeignReport(
        tool=f"Trivy {report.trivy.version}".strip(),
        rows=check_rows(rows, where),
        target=report.artifact_name,
        created=report.created_at,
        packages=_packages(results),
        config_digest=report.metadata.image_id,
        diff_ids=tuple(report.metadata.diff_ids or ()),
        skipped=sum(len(part or ()) for one in results for part in (one.misconfigurations, one.secrets, one.licenses)),
    )


def _rows(result: _Result) -> Iterator[ForeignRow]:
    for one in result.vulnerabilities or ():
        yield _row(result, one, "")
    for change in result.modified or ():
        if change.type == "vulnerability" and change.finding is not None and change.status in _LEFT_OUT:
            said = ", ".join(filter(None, (change.source, change.statement)))
            yield _row(result, change.finding, f"{_LEFT_OUT[change.status]} ({said})" if said else change.status)


_LEFT_OUT: Final = {"ignored": "ignored", "not_affected": "not affected", "fixed": "fixed"}


def _row(result: _Result, one: _Vulnerability, left_out: str) -> ForeignRow:
    identifier = one.pkg_identifier
    purl = identifier.purl if identifier is not None else ""
    package = package_named(purl, _type(result.type), one.pkg_name, one.installed_version)
    # Only programs and lock files are what "Target" names.
    path = one.pkg_path or (result.target if result.klass == "lang-pkgs" and "/" in result.target else "")
    return ForeignRow(
        id=one.vulnerability_id,
        package=package,
        aliases=tuple(one.vendor_ids or ()),
        paths=(path_of(path),) if path else (),
        fixed_version=one.fixed_version,
        severity=severity_of(one.severity),
        source=one.data_source.id if one.data_source is not None else "",
        left_out=left_out,
        withdrawn=_is_withdrawn(one.title),
    )


def _is_withdrawn(title: str) -> bool:
    words = title.lower()
    return words.startswith(("withdrawn", "rejected", "** reject", "duplicate advisory"))


def _packages(results: list[_Result]) -> tuple[ForeignPackage, ...] | None:
    """Every package that was seen, None where the report was made without them."""
    if not any(result.packages for result in results):
        return None
    return tuple(
        package_named(one.identifier.purl if one.identifier else "", _type(result.type), one.name, one.version)
        for result in results
        for one in result.packages or ()
    )


def _type(type: str) -> str:
    """The package URL type of a result; the packages of a distribution have that of its package manager."""
    if type in _TYPES:
        return _TYPES[type]
    info = distribution_info(distribution_id(type))
    return info.package_type if info is not None else ""
