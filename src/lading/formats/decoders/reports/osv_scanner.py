"""OSV-Scanner's report in JSON (`osv-scanner scan image --format json`).

Source: https://google.github.io/osv-scanner/output/#json; pkg/models/results.go of
https://github.com/google/osv-scanner; https://ossf.github.io/osv-schema/.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from msgspec import Struct, field

from lading.formats.decoders.osv.ecosystems import ecosystem_of
from lading.formats.decoders.reports.rows import check_rows, other_names, path_of, severity_of, severity_of_score
from lading.formats.sbom.document import decode
from lading.model.advisory import SeverityLabel
from lading.model.foreign import ForeignPackage, ForeignReport, ForeignRow


class _Named(Struct):
    name: str = ""
    os_package_name: str = ""
    version: str = ""
    ecosystem: str = ""


class _Event(Struct):
    fixed: str = ""


class _Range(Struct):
    type: str = ""
    events: list[_Event] | None = None


class _AffectedPackage(Struct):
    name: str = ""
    ecosystem: str = ""


class _Affected(Struct):
    package: _AffectedPackage | None = None
    ranges: list[_Range] | None = None


class _Specific(Struct):
    severity: object = None


class _Vulnerability(Struct):
    id: str = ""
    aliases: list[str] | None = None
    upstream: list[str] | None = None
    related: list[str] | None = None
    withdrawn: str | None = None
    affected: list[_Affected] | None = None
    database_specific: _Specific | None = None


class _Analysis(Struct):
    called: bool = True
    unimportant: bool = False


class _Group(Struct):
    ids: list[str] | None = None
    aliases: list[str] | None = None
    max_severity: str = ""
    experimental_analysis: dict[str, _Analysis] | None = None


class _Package(Struct):
    package: _Named
    vulnerabilities: list[_Vulnerability] | None = None
    groups: list[_Group] | None = None


class _Source(Struct):
    path: str = ""
    type: str = ""


class _Result(Struct):
    source: _Source = field(default_factory=_Source)
    packages: list[_Package] | None = None


class _Layer(Struct):
    diff_id: str = ""


class _Image(Struct):
    layer_metadata: list[_Layer] | None = None


class _Report(Struct):
    results: list[_Result] | None = None
    image_metadata: _Image | None = None


def parse_osv_scanner(data: bytes, where: str) -> ForeignReport:
    """A report; fields that are not known are passed over. `where` is its name. Raises FormatError."""
    report = decode(data, _Report, where, "OSV-Scanner's report")
    held = [(result, one) for result in report.results or () for one in result.packages or ()]
    layers = (report.image_metadata and report.image_metadata.layer_metadata) or ()
    # With --all-packages it lists those without a vulnerability too.
    lists_all = any(not one.vulnerabilities for _, one in held)
    return ForeignReport(
        tool="OSV-Scanner",
        rows=check_rows([row for result, one in held for row in _rows(result.source, one)], where),
        packages=tuple(_package(one.package) for _, one in held) if lists_all else None,
        # An instruction without a layer of its own has the empty layer's, or none.
        diff_ids=tuple(layer.diff_id for layer in layers if layer.diff_id),
    )


def _rows(source: _Source, package: _Package) -> Iterator[ForeignRow]:
    """One for each group of names that mean one vulnerability."""
    known = {one.id: one for one in package.vulnerabilities or ()}
    groups = package.groups or [_Group([one]) for one in known]
    for group in groups:
        members = [known[id] for id in group.ids or () if id in known]
        if not group.ids or not members:
            continue
        first = group.ids[0]
        is_system = ecosystem_of(package.package.ecosystem).distribution
        further = [name for one in members for name in _names(one, is_system=is_system)]
        yield ForeignRow(
            id=first,
            package=_package(package.package),
            aliases=other_names(first, (*group.ids, *(group.aliases or ()), *further)),
            paths=(path_of(source.path),) if source.path and source.type != "os" else (),
            fixed_version=", ".join(dict.fromkeys(_fixes(members, package.package))),
            severity=_severity(group, members),
            source=first.partition("-")[0],
            left_out=_left_out(group),
            withdrawn=all(one.withdrawn for one in members),
        )


def _names(one: _Vulnerability, *, is_system: bool) -> Sequence[str]:
    """A distribution's record is an advisory, and names what it is about as `upstream`, or in older ones `related`."""
    return (*(one.aliases or ()), *(one.upstream or ()), *((one.related or ()) if is_system else ()))


def _package(named: _Named) -> ForeignPackage:
    return ForeignPackage(ecosystem_of(named.ecosystem).type, named.os_package_name or named.name, named.version)


def _fixes(members: Sequence[_Vulnerability], named: _Named) -> Iterator[str]:
    for one in members:
        for affected in one.affected or ():
            of = affected.package
            if of is None or (of.name, of.ecosystem) == (named.name, named.ecosystem):
                spans = [span for span in affected.ranges or () if span.type != "GIT"]
                yield from (event.fixed for span in spans for event in span.events or () if event.fixed)


def _severity(group: _Group, members: Sequence[_Vulnerability]) -> SeverityLabel:
    try:
        return severity_of_score(float(group.max_severity))
    except ValueError:
        words = (one.database_specific.severity for one in members if one.database_specific is not None)
        return next((severity_of(word) for word in words if isinstance(word, str)), "unknown")


def _left_out(group: _Group) -> str:
    analysis = (group.experimental_analysis or {}).values()
    if analysis and not any(one.called for one in analysis):
        return "not called, by its call analysis"
    return "unimportant" if any(one.unimportant for one in analysis) else ""
