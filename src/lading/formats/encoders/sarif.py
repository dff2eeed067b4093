"""SARIF 2.1.0 (https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html), within what GitHub takes
(https://docs.github.com/en/code-security/code-scanning/integrating-with-code-scanning/sarif-support-for-code-scanning).

One run for each image, one rule for each vulnerability, one result for each row. Neither the tag of the image nor the
version of the package is part of a fingerprint, so that alerts outlive both.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from posixpath import normpath
from typing import Final, Literal
from urllib.parse import quote

from msgspec import UNSET, Struct, UnsetType, field

from lading.formats.finding_texts import address, advice, headline, score_of, untagged, use_word, worse
from lading.formats.instructions import instruction
from lading.formats.issue_texts import issue_text
from lading.formats.view import View
from lading.model.advisory import Severity, SeverityLabel
from lading.model.checks import Issue
from lading.model.decision import STALE, Evaluated
from lading.model.diagnostic import Diagnostic
from lading.model.finding import Finding, Suppression
from lading.model.image import Image
from lading.model.report import Target
from lading.model.rows import Row, rows_of, suppressed_rows_of
from lading.safeio.json_text import iter_document

_SCHEMA: Final = "https://json.schemastore.org/sarif-2.1.0.json"
_MOST_RESULTS: Final = 25_000
"""Results of one run that GitHub takes."""
_MOST_LOCATIONS: Final = 100
_MOST_TAGS: Final = 10
_LONGEST: Final = 1_000
"""Characters of one text: GitHub cuts them, and refuses files of more than 10 MB."""
_MOST_NOTES: Final = 1_000

_Level = Literal["none", "note", "warning", "error"]
_LEVELS: Final[dict[SeverityLabel, _Level]] = {"critical": "error", "high": "error", "medium": "warning"}


class _Text(Struct):
    text: str


class _RuleProperties(Struct, omit_defaults=True):
    tags: tuple[str, ...]
    security_severity: str = field(name="security-severity", default="")
    precision: str = ""


class _Rule(Struct, omit_defaults=True, rename="camel", kw_only=True):
    id: str
    short_description: _Text
    full_description: _Text
    help: _Text
    help_uri: str = ""
    properties: _RuleProperties


class _Driver(Struct, rename="camel"):
    name: str
    version: str
    information_uri: str
    rules: list[_Rule]


class _Tool(Struct):
    driver: _Driver


class _Artifact(Struct):
    uri: str


class _Region(Struct, frozen=True, rename="camel", omit_defaults=True):
    start_line: int
    end_line: int = 0


class _Physical(Struct, rename="camel"):
    artifact_location: _Artifact
    region: _Region = _Region(1)


class _Logical(Struct, rename="camel"):
    fully_qualified_name: str
    kind: str


class _Location(Struct, omit_defaults=True, rename="camel"):
    physical_location: _Physical
    logical_locations: tuple[_Logical, ...] = ()
    message: _Text | None = None


class _Suppression(Struct, omit_defaults=True):
    kind: str
    status: str
    justification: str = ""


class _Result(Struct, rename="camel", kw_only=True):
    rule_id: str
    rule_index: int
    level: _Level
    message: _Text
    locations: tuple[_Location, ...]
    related_locations: tuple[_Location, ...] | UnsetType = UNSET
    partial_fingerprints: dict[str, str]
    suppressions: tuple[_Suppression, ...]
    properties: dict[str, str]


class _Notification(Struct):
    level: _Level
    message: _Text


class _Invocation(Struct, rename="camel"):
    execution_successful: bool
    tool_execution_notifications: tuple[_Notification, ...]


class _Automation(Struct):
    id: str


class _Run(Struct, rename="camel", kw_only=True):
    tool: _Tool
    automation_details: _Automation
    invocations: tuple[_Invocation, ...]
    column_kind: str = "utf16CodeUnits"
    results: list[_Result]
    properties: dict[str, str]


class _Log(Struct):
    schema: str = field(name="$schema")
    version: str
    runs: tuple[_Run, ...]


def encode_sarif(evaluated: Evaluated, view: View) -> Iterator[bytes]:
    """The open rows of each image, the suppressed ones as suppressed; what could not be looked at as notifications."""
    targets = evaluated.report.targets
    ids = _ids(targets)
    runs = tuple(_run(one, view, evaluated.doubts, id) for one, id in zip(targets, ids, strict=True))
    return iter_document(
        _Log(_SCHEMA, "2.1.0", tuple(run for run, _ in runs)), 3, (("results", results) for _, results in runs)
    )


def _ids(targets: Sequence[Target]) -> list[str]:
    """What GitHub tells analyses apart by: all in front of the last slash. Alerts are closed when they are missing in
    another analysis of the same ID, and it refuses a file of two."""
    platforms = [f"/{one.image.platform}" if len(targets) > 1 and one.image.platform else "" for one in targets]
    seen: Counter[str] = Counter()
    ids = []
    for target, platform in zip(targets, platforms, strict=True):
        name = f"lading/{_name(target.image)}{platform}"
        seen[name] += 1
        ids.append(f"{name}/{seen[name]}/" if seen[name] > 1 else f"{name}/")
    return ids


def _name(image: Image) -> str:
    """What an image is called on every machine: its name without the tag and the digest, and of a path what does not
    lie above the working directory; of an absolute one only the last part."""
    name = untagged(image.name)
    if name.startswith("/"):
        name = name.rstrip("/").rpartition("/")[2]
    elif name.startswith("."):
        name = "/".join(part for part in normpath(name).split("/") if part not in (".", ".."))
    return name.strip("/") or "image"


def _run(target: Target, view: View, doubts: Sequence[Diagnostic], id: str) -> tuple[_Run, Iterator[_Result]]:
    """The run of an image without its results, and those."""
    program, _, version = view.tool.partition(" ")
    kept, left = _worst([*rows_of(target.findings), *suppressed_rows_of(target.findings)])
    issues = [issue for issue in target.issues if not issue.hidden_reason][: max(_MOST_RESULTS - len(kept), 0)]
    rules = _rules(kept) | {issue.id: _issue_rule(issue) for issue in issues}
    places = {id: index for index, id in enumerate(rules)}
    seen: Counter[str] = Counter()
    image = target.image
    run = _Run(
        tool=_Tool(_Driver(program, version, "https://lading.dev", list(rules.values()))),
        automation_details=_Automation(id),
        invocations=(_Invocation(True, _notifications((*doubts, *target.diagnostics), left)),),
        results=[],
        properties={name: value for name, value in (("image", image.name), ("digest", image.digest)) if value},
    )
    found = (_result(row, target, places[row.finding.id], seen) for row in kept)
    of_checks = (_issue_result(issue, target, places[issue.id], seen) for issue in issues)
    return run, chain(found, of_checks)


def _worst(rows: list[Row]) -> tuple[list[Row], int]:
    """As many rows as a run may have, in their order, and how many were left out: the least severe ones."""
    if len(rows) <= _MOST_RESULTS:
        return rows, 0
    order = sorted(
        range(len(rows)), key=lambda index: (bool(rows[index].finding.suppressions), -score_of(_severity(rows[index])))
    )
    return [rows[index] for index in sorted(order[:_MOST_RESULTS])], len(rows) - _MOST_RESULTS


def _severity(row: Row) -> Severity:
    return row.finding.severity


def _rules(rows: Iterable[Row]) -> dict[str, _Rule]:
    """One rule for each vulnerability, as bad as the worst of its rows."""
    found: dict[str, tuple[Finding, Severity]] = {}
    for row in rows:
        finding = row.finding
        first, worst = found.get(finding.id, (finding, finding.severity))
        found[finding.id] = (first if first.summary else finding, worse(worst, finding.severity))
    return {id: _rule(finding, severity) for id, (finding, severity) in found.items()}


def _rule(finding: Finding, severity: Severity) -> _Rule:
    score = score_of(severity)
    summary = _cut(finding.summary) or finding.id
    names = ", ".join((*finding.aliases, *finding.notices))
    tags = ("security", "vulnerability" if finding.kind == "vulnerability" else finding.kind, severity.label)
    exploited = ("known-exploited",) if finding.known_exploited else ()
    return _Rule(
        id=finding.id,
        short_description=_Text(finding.id),
        full_description=_Text(summary),
        help=_Text(_cut(f"{summary}{f' Also known as {names}.' if names else ''} {address(finding)}".strip())),
        help_uri=quote(address(finding), safe=":/?#[]@!$&'()*+,;=%-._~"),
        properties=_RuleProperties(
            tags=tuple(dict.fromkeys((*tags, *exploited, *finding.cwes)))[:_MOST_TAGS],
            security_severity=f"{score:.1f}" if score else "",
            precision="very-high",
        ),
    )


def _result(row: Row, target: Target, rule: int, seen: Counter[str]) -> _Result:
    finding = row.finding
    seen[finding.fingerprint] += 1
    name = f"{finding.fingerprint}:{seen[finding.fingerprint]}"
    state = {
        "status": finding.status,
        "severity": finding.severity.label,
        "severitySource": finding.severity.source,
        "fixedVersion": row.fixed_version,
        "purl": finding.package.purl,
        "hiddenReason": row.hidden_reason,
        "inUse": use_word(row),
    }
    quiet = row.hidden_reason or finding.status == "under_investigation"
    places, lines = _locations(row, target), _lines(row, target)
    return _Result(
        rule_id=finding.id,
        rule_index=rule,
        level="note" if quiet else _LEVELS.get(finding.severity.label, "note"),
        message=_Text(_cut(f"{headline(finding)} ({finding.severity.label}). {advice(row)}")),
        locations=lines or places,
        related_locations=places if lines else UNSET,
        partial_fingerprints={"primaryLocationLineHash": name, "lading/v1": name},
        suppressions=tuple(map(_suppression, finding.suppressions)),
        properties={key: value for key, value in state.items() if value},
    )


def _issue_rule(issue: Issue) -> _Rule:
    """One rule for each check."""
    score = score_of(Severity(issue.severity))
    return _Rule(
        id=issue.id,
        short_description=_Text(_cut(issue.title) or issue.id),
        full_description=_Text(_cut(issue.title) or issue.id),
        help=_Text(_cut(f"{issue.title}. {issue.fix} {issue.url}".strip())),
        help_uri=quote(issue.url, safe=":/?#[]@!$&'()*+,;=%-._~") if issue.url.startswith("https://") else "",
        properties=_RuleProperties(
            tags=tuple(dict.fromkeys(("security", issue.kind, issue.severity, *issue.controls)))[:_MOST_TAGS],
            security_severity=f"{score:.1f}" if score else "",
            precision="high",
        ),
    )


def _issue_result(issue: Issue, target: Target, rule: int, seen: Counter[str]) -> _Result:
    seen[issue.fingerprint] += 1
    name = f"{issue.fingerprint}:{seen[issue.fingerprint]}"
    layer = target.image.layer(issue.layer)
    said = _Text(_cut(f"{_name(target.image)}{f', layer {issue.layer}' if issue.layer else ''}"))
    uri = _uri(issue.path) or _uri(_name(target.image))
    places = (_Location(_Physical(_Artifact(uri), _Region(max(issue.line, 1))), (), said),)
    lines: tuple[_Location, ...] = ()
    if layer is not None and layer.line and _uri(target.image.dockerfile):
        region = _Region(layer.line, layer.last_line)
        lines = (_Location(_Physical(_Artifact(_uri(target.image.dockerfile)), region), (), said),)
    elif issue.dockerfile_line and _uri(target.image.dockerfile):
        region = _Region(issue.dockerfile_line)
        lines = (_Location(_Physical(_Artifact(_uri(target.image.dockerfile)), region), (), said),)
    state = {"severity": issue.severity, "kind": issue.kind, "place": issue.place, "instruction": issue.instruction}
    return _Result(
        rule_id=issue.id,
        rule_index=rule,
        level=_LEVELS.get(issue.severity, "note"),
        message=_Text(_cut(issue_text(issue))),
        locations=lines or places,
        related_locations=places if lines else UNSET,
        partial_fingerprints={"primaryLocationLineHash": name, "lading/v1": name},
        suppressions=tuple(map(_suppression, issue.suppressions)),
        properties={key: _cut(value) for key, value in state.items() if value},
    )


def _locations(row: Row, target: Target) -> tuple[_Location, ...]:
    """Where the packages were seen, each place once; where that is not known, the image without its tag."""
    found: dict[str, _Location] = {}
    for finding in row.findings:
        package = finding.package
        logical = (_Logical(_cut(package.purl or f"{package.name}@{package.version}"), "package"),)
        for one in package.locations:
            layer = f", layer {one.layer}" if one.layer else ""
            said = _Text(_cut(f"{package.name} {package.version} in {_name(target.image)}{layer}"))
            uri = _uri(one.path)
            if uri:
                found.setdefault(uri, _Location(_Physical(_Artifact(uri)), logical, said))
    nowhere = _Location(_Physical(_Artifact(_uri(_name(target.image)))))
    return tuple(found.values())[:_MOST_LOCATIONS] or (nowhere,)


def _lines(row: Row, target: Target) -> tuple[_Location, ...]:
    """The instructions of the Dockerfile that introduced the packages, each once, where they are known."""
    found: dict[int, _Location] = {}
    for finding in row.findings:
        layer = target.image.layer(finding.package.layer)
        if layer is not None and layer.line and _uri(target.image.dockerfile):
            said = _Text(_cut(f"{instruction(layer.created_by) or 'FROM'}, layer {layer.index}"))
            region = _Region(layer.line, layer.last_line)
            place = _Physical(_Artifact(_uri(target.image.dockerfile)), region)
            found.setdefault(layer.line, _Location(place, (), said))
    return tuple(found.values())


def _uri(path: str) -> str:
    """A path as a relative reference (https://www.rfc-editor.org/rfc/rfc3986#section-4.2)."""
    return quote(path.lstrip("/").encode("utf-8", "backslashreplace"), safe="/")


def _suppression(one: Suppression) -> _Suppression:
    where = f"{one.source} {one.where}".strip()
    until = f", until {one.expires}" if one.expires else ""
    return _Suppression("external", "accepted", _cut(": ".join(filter(None, (where + until, one.reason)))))


def _notifications(diagnostics: Sequence[Diagnostic], left: int) -> tuple[_Notification, ...]:
    notes = [
        _Notification(
            "warning" if one.level == "incomplete" or one.code == STALE else "note",
            _Text(_cut(f"{one.message}{f' ({one.where})' if one.where else ''}")),
        )
        for one in diagnostics[:_MOST_NOTES]
    ]
    if left:
        notes.insert(0, _Notification("warning", _Text(f"{left} results of the least severity are left out.")))
    return tuple(notes)


def _cut(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _LONGEST else line[: _LONGEST - 1] + "…"
