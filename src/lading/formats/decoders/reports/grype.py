"""Grype's report in JSON (`grype -o json`).

Source: grype/presenter/models of https://github.com/anchore/grype.
"""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct, field

from lading.formats.decoders.reports.rows import check_rows, other_names, package_named, path_of, severity_of
from lading.formats.sbom.document import decode
from lading.formats.syft_types import TYPES
from lading.model.foreign import ForeignReport, ForeignRow


class _Fix(Struct):
    versions: list[str] | None = None
    state: str = ""


class _Vulnerability(Struct):
    id: str = ""
    namespace: str = ""
    severity: str = ""
    description: str = ""
    fix: _Fix | None = None


class _Annotations(Struct):
    evidence: str = ""


class _Location(Struct):
    path: str = ""
    annotations: _Annotations | None = None


class _Artifact(Struct):
    name: str = ""
    version: str = ""
    type: str = ""
    purl: str = ""
    locations: list[_Location] | None = None


class _Rule(Struct, rename="kebab"):
    vulnerability: str = ""
    reason: str = ""
    fix_state: str = ""
    vex_status: str = ""
    vex_justification: str = ""


class _Match(Struct, rename="camel"):
    vulnerability: _Vulnerability
    artifact: _Artifact
    related_vulnerabilities: list[_Vulnerability] | None = None
    applied_ignore_rules: list[_Rule] | None = None


class _Layer(Struct):
    digest: str = ""


class _Target(Struct, rename="camel"):
    user_input: str = ""
    image_id: str = field(default="", name="imageID")
    layers: list[_Layer] | None = None


class _Source(Struct):
    # A directory's is its path.
    target: _Target | str | None = None


class _Configuration(Struct, rename="kebab"):
    only_fixed: bool = False


class _Descriptor(Struct):
    version: str = ""
    timestamp: str = ""
    configuration: _Configuration | None = None


class _Report(Struct, rename="camel"):
    matches: list[_Match] | None = None
    ignored_matches: list[_Match] | None = None
    source: _Source | None = None
    descriptor: _Descriptor = field(default_factory=_Descriptor)


def parse_grype(data: bytes, where: str) -> ForeignReport:
    """A report; fields that are not known are passed over. `where` is its name. Raises FormatError."""
    report = decode(data, _Report, where, "Grype's report")
    rows = [_row(one, "") for one in report.matches or ()]
    rows += [_row(one, _rules(one.applied_ignore_rules or ())) for one in report.ignored_matches or ()]
    named = report.source.target if report.source is not None else None
    target = named if isinstance(named, _Target) else _Target(named or "")
    configuration = report.descriptor.configuration
    return ForeignReport(
        tool=f"Grype {report.descriptor.version}".strip(),
        rows=check_rows(rows, where),
        target=target.user_input,
        created=report.descriptor.timestamp,
        config_digest=target.image_id,
        diff_ids=tuple(layer.digest for layer in target.layers or ()),
        only_fixed=configuration is not None and configuration.only_fixed,
    )


def _row(match: _Match, left_out: str) -> ForeignRow:
    vulnerability, artifact = match.vulnerability, match.artifact
    fix = vulnerability.fix or _Fix()
    return ForeignRow(
        id=vulnerability.id,
        package=package_named(artifact.purl, TYPES.get(artifact.type, ""), artifact.name, artifact.version),
        aliases=other_names(vulnerability.id, (one.id for one in match.related_vulnerabilities or ())),
        paths=_paths(artifact.locations or ()),
        fixed_version=", ".join(fix.versions or ()) if fix.state == "fixed" else "",
        severity=severity_of(vulnerability.severity),
        source=vulnerability.namespace,
        left_out=left_out,
        withdrawn=vulnerability.description.lower().startswith(("withdrawn", "rejected", "** reject")),
    )


def _paths(locations: Sequence[_Location]) -> tuple[str, ...]:
    """Where a package was seen; without what only supports that, where one is told from the other."""
    primary = [one for one in locations if one.annotations is not None and one.annotations.evidence == "primary"]
    return tuple(dict.fromkeys(path_of(one.path) for one in primary or locations if one.path))


def _rules(rules: Sequence[_Rule]) -> str:
    said = []
    for rule in rules:
        asked = (rule.vulnerability, rule.fix_state, rule.vex_status, rule.vex_justification, rule.reason)
        said.append(" ".join(filter(None, asked)))
    return f"ignored by a rule ({'; '.join(dict.fromkeys(filter(None, said)))})" if any(said) else "ignored by a rule"
