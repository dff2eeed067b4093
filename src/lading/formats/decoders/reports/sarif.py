"""What Trivy, Grype and OSV-Scanner write as SARIF 2.1.0. The format has no field for a package: each of them says it
in a sentence of its own.

Source: https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html; pkg/report/sarif.go of
https://github.com/aquasecurity/trivy; grype/presenter/sarif of https://github.com/anchore/grype;
internal/output/sarif.go of https://github.com/google/osv-scanner.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Final
from urllib.parse import unquote

from msgspec import Struct, field, structs

from lading.formats.decoders.reports.rows import (
    check_rows,
    other_names,
    package_named,
    path_of,
    severity_of,
    severity_of_score,
)
from lading.formats.sbom.document import decode
from lading.formats.syft_types import TYPES
from lading.model.errors import FormatError
from lading.model.foreign import ForeignPackage, ForeignReport, ForeignRow


class _Message(Struct):
    text: str = ""


class _ArtifactLocation(Struct):
    uri: str = ""


class _Physical(Struct, rename="camel"):
    artifact_location: _ArtifactLocation | None = None


class _Logical(Struct):
    name: str = ""


class _Location(Struct, rename="camel"):
    physical_location: _Physical | None = None
    logical_locations: list[_Logical] | None = None


class _Suppression(Struct):
    kind: str = ""
    status: str = "accepted"
    justification: str = ""


class _Result(Struct, rename="camel"):
    rule_id: str = ""
    message: _Message = field(default_factory=_Message)
    locations: list[_Location] | None = None
    suppressions: list[_Suppression] | None = None


class _Properties(Struct, rename="kebab"):
    purls: list[str] | None = None
    security_severity: str | float = ""


class _Rule(Struct, rename="camel"):
    id: str = ""
    name: str = ""
    help: _Message | None = None
    deprecated_ids: list[str] | None = None
    properties: _Properties | None = None


class _Driver(Struct, rename="camel"):
    name: str = ""
    version: str = ""
    semantic_version: str = ""
    rules: list[_Rule] | None = None


class _Tool(Struct):
    driver: _Driver


class _RunProperties(Struct, rename="camel"):
    image_name: str = ""
    image_id: str = field(default="", name="imageID")


class _Run(Struct):
    tool: _Tool
    results: list[_Result] | None = None
    properties: _RunProperties = field(default_factory=_RunProperties)


class _Log(Struct):
    version: str = ""
    runs: list[_Run] | None = None


def parse_sarif(data: bytes, where: str) -> ForeignReport:
    """A log of one of the three; of several runs those that are theirs. `where` is its name. Raises FormatError."""
    log = decode(data, _Log, where, "SARIF")
    if log.version != "2.1.0":
        raise FormatError(f"{where}: SARIF {log.version[:20]!r} is not read; 2.1.0 is")
    known = [run for run in log.runs or () if run.tool.driver.name.lower() in _READERS]
    if not known:
        names = ", ".join(sorted({run.tool.driver.name[:40] for run in log.runs or ()})) or "nobody"
        raise FormatError(f"{where}: SARIF by {names}; that of Trivy, Grype and OSV-Scanner is read")
    rows: list[ForeignRow] = []
    skipped = 0
    for run in known:
        driver = run.tool.driver
        _, reader = _READERS[driver.name.lower()]
        rules = {rule.id: rule for rule in driver.rules or ()}
        read = [_row(result, rules.get(result.rule_id, _Rule()), reader) for result in run.results or ()]
        rows += [row for row in read if row is not None]
        skipped += read.count(None)
    driver, about = known[0].tool.driver, known[0].properties
    name, _ = _READERS[driver.name.lower()]
    return ForeignReport(
        tool=f"{name} {driver.semantic_version or driver.version}".strip(),
        rows=check_rows(rows, where),
        target=about.image_name,
        config_digest=about.image_id,
        skipped=skipped,
    )


def _row(result: _Result, rule: _Rule, read: _Read) -> ForeignRow | None:
    row = read(result, rule)
    return structs.replace(row, left_out=_left_out(result)) if row is not None else None


def _left_out(result: _Result) -> str:
    """Why a result counts no more: a suppression that was accepted (SARIF, 3.35)."""
    accepted = [one for one in result.suppressions or () if one.status == "accepted"]
    if not accepted:
        return ""
    why = "; ".join(one.justification for one in accepted if one.justification)
    return f"suppressed ({why})" if why else "suppressed"


def _trivy(result: _Result, rule: _Rule) -> ForeignRow | None:
    if rule.name not in ("", "OsPackageVulnerability", "LanguageSpecificPackageVulnerability"):
        return None
    stated = dict(line.partition(": ")[::2] for line in _text(result).split("\n"))
    if "Package" not in stated or "Installed Version" not in stated:
        return None
    paths = _paths(result) if rule.name == "LanguageSpecificPackageVulnerability" else ()
    return ForeignRow(
        id=result.rule_id,
        package=ForeignPackage("", stated["Package"], stated["Installed Version"]),
        paths=tuple(path for path in paths if "/" in path),
        fixed_version=stated.get("Fixed Version", ""),
        severity=severity_of(stated.get("Severity", "")),
    )


_GRYPE: Final = re.compile(r"A (\w+) vulnerability in (\S*) package: (.+?), version (.*?) was found (?:in|at|from)\b")


def _grype(result: _Result, rule: _Rule) -> ForeignRow | None:
    match = _GRYPE.match(_text(result))
    if match is None:
        return None
    severity, kind, name, version = match.groups()
    help = dict(line.partition(": ")[::2] for line in (rule.help.text if rule.help else "").split("\n"))
    # A rule is one vulnerability in one name; of its package URLs one may be of another version.
    purls = (rule.properties.purls if rule.properties else None) or ("",)
    paths = [logical.name for one in result.locations or () for logical in one.logical_locations or ()]
    return ForeignRow(
        id=result.rule_id.removesuffix(f"-{name}"),
        package=package_named(purls[0], TYPES.get(kind, ""), name, version),
        paths=tuple(dict.fromkeys(path_of(path) for path in paths if path)),
        fixed_version=help.get("Fix Version", ""),
        severity=severity_of(severity),
        source=help.get("Data Namespace", ""),
    )


_OSV: Final = re.compile(r"Package '([^']+)@([^'@]*)' is vulnerable to '([^']+)'")


def _osv(result: _Result, rule: _Rule) -> ForeignRow | None:
    match = _OSV.match(_text(result))
    if match is None:
        return None
    name, version, id = match.groups()
    return ForeignRow(
        id=id,
        package=ForeignPackage("", name, version),
        aliases=other_names(id, rule.deprecated_ids or ()),
        paths=_paths(result),
        severity=severity_of_score(_score(rule)),
    )


_Read = Callable[[_Result, _Rule], ForeignRow | None]
_READERS: Final[Mapping[str, tuple[str, _Read]]] = {
    "grype": ("Grype", _grype),
    "osv-scanner": ("OSV-Scanner", _osv),
    "trivy": ("Trivy", _trivy),
}
"""By the name in the log, in lower case: what the tool is called, and what reads one result of it."""
_LONGEST: Final = 10_000
"""Characters of a message that are looked at."""


def _text(result: _Result) -> str:
    return result.message.text[:_LONGEST]


def _paths(result: _Result) -> tuple[str, ...]:
    found = []
    for one in result.locations or ():
        place = one.physical_location.artifact_location if one.physical_location is not None else None
        if place is not None and place.uri:
            uri = place.uri
            found.append(path_of(unquote(uri.removeprefix("file://") if uri.startswith("file:") else uri)))
    return tuple(dict.fromkeys(found))


def _score(rule: _Rule) -> float:
    try:
        return float(rule.properties.security_severity) if rule.properties is not None else 0.0
    except ValueError:
        return 0.0
