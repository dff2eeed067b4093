"""The vulnerabilities of a CycloneDX document, with what VEX documents and policies say of them.

Source: https://cyclonedx.org/docs/1.6/json/#vulnerabilities.
"""

import re
from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import Final

from msgspec import Struct, field, structs

from lading.model.advisory import Severity, SeverityLabel
from lading.model.finding import Finding, Justification, Status, VexWord
from lading.safeio.json_text import encode_json
from lading.versions.vers import written

_SEVERITIES: Final[Mapping[SeverityLabel, str]] = {"negligible": "info"}
"""Labels that are called otherwise here."""
_METHODS: Final = (
    ("CVSS:4.", "CVSSv4"), ("CVSS:3.1", "CVSSv31"), ("CVSS:3.0", "CVSSv3"), ("AV:", "CVSSv2"), ("(AV:", "CVSSv2"),
)  # fmt: skip
_STATES: Final[Mapping[Status, str]] = {
    "affected": "exploitable",
    "fixed": "resolved",
    "not_affected": "not_affected",
    "under_investigation": "in_triage",
}
_JUSTIFICATIONS: Final[Mapping[Justification, str]] = {
    "component_not_present": "code_not_present",
    "vulnerable_code_not_present": "code_not_present",
    "vulnerable_code_not_in_execute_path": "code_not_reachable",
    "vulnerable_code_cannot_be_controlled_by_adversary": "requires_environment",
    "inline_mitigations_already_exist": "protected_by_mitigating_control",
}
_VERSION_STATES: Final[Mapping[Status, str]] = {
    "affected": "affected", "fixed": "unaffected", "not_affected": "unaffected", "under_investigation": "unknown",
}  # fmt: skip
_LONGEST_VERSION: Final = 1024
_LONGEST_RANGE: Final = 4096
_ADDRESS: Final = re.compile(r"https?://[!#$&-;=?-\[\]_a-z~%]+")
"""An address that needs no escapes."""


class _Source(Struct, frozen=True, omit_defaults=True):
    name: str


class _Reference(Struct, frozen=True):
    id: str
    source: _Source


class _Rating(Struct, frozen=True, omit_defaults=True):
    source: _Source | None = None
    score: float | None = None
    severity: str = ""
    method: str = ""
    vector: str = ""


class _Advisory(Struct, frozen=True):
    url: str


class _Analysis(Struct, frozen=True, omit_defaults=True):
    state: str = ""
    justification: str = ""
    detail: str = ""


class _Version(Struct, frozen=True, omit_defaults=True, kw_only=True):
    version: str = ""
    range: str = ""
    status: str


class _Affects(Struct, frozen=True):
    ref: str
    versions: tuple[_Version, ...]


class _Property(Struct, frozen=True):
    name: str
    value: str


class Vulnerability(Struct, frozen=True, omit_defaults=True, kw_only=True):
    """One entry: a vulnerability in the packages in which it is of one status, and of one word on it."""

    bom_ref: str = field(name="bom-ref")
    id: str
    source: _Source | None = None
    references: tuple[_Reference, ...] = ()
    ratings: tuple[_Rating, ...] = ()
    cwes: tuple[int, ...] = ()
    description: str = ""
    recommendation: str = ""
    advisories: tuple[_Advisory, ...] = ()
    analysis: _Analysis | None = None
    affects: tuple[_Affects, ...]
    properties: tuple[_Property, ...] = ()


def vulnerabilities_of(
    findings: Sequence[Finding], references: Mapping[str, str], subject: str
) -> tuple[Vulnerability, ...]:
    """Findings in their order. `references` name the components by the ids of their packages, `subject`
    the image, which what is in no package is in."""
    made = [_vulnerability(finding, references.get(finding.package.id, subject)) for finding in findings]
    alike = sorted(made, key=_key)
    together = [_together(list(members)) for _, members in groupby(alike, key=_key)]
    places = {finding.id: number for number, finding in reversed(list(enumerate(findings)))}
    return tuple(sorted(together, key=lambda one: (places[one.id], one.bom_ref)))


def _key(one: Vulnerability) -> bytes:
    return encode_json(structs.replace(one, bom_ref="", affects=()))


def _together(members: list[Vulnerability]) -> Vulnerability:
    affects = tuple(dict.fromkeys(place for one in members for place in one.affects))
    return structs.replace(min(members, key=lambda one: one.bom_ref), affects=affects)


def _vulnerability(finding: Finding, reference: str) -> Vulnerability:
    fixed = finding.fixed_version[:_LONGEST_VERSION]
    package = finding.package
    versions = [_Version(version=package.version[:_LONGEST_VERSION], status=_VERSION_STATES[finding.status])]
    if fixed and fixed != package.version and finding.status == "affected":
        versions.append(_Version(version=fixed, status="unaffected"))
    span = written(package.type, finding.basis.range) if finding.basis.range is not None and package.type else ""
    if span and finding.status == "affected" and len(span) <= _LONGEST_RANGE:
        versions.append(_Version(range=span, status="affected"))
    what = package.source or package.name
    names = dict.fromkeys((*finding.aliases, *finding.notices))
    return Vulnerability(
        bom_ref=f"vulnerability:{finding.occurrence}",
        id=finding.id,
        source=_Source(finding.basis.shard) if finding.basis.shard else None,
        references=tuple(_Reference(name, _Source(_publisher(name))) for name in names),
        ratings=tuple(_ratings(finding)),
        cwes=tuple(sorted({int(one[4:]) for one in finding.cwes if one[:4] == "CWE-" and one[4:].isdecimal()} - {0})),
        description=finding.summary,
        recommendation=f"Upgrade {what} to {fixed} or later." if fixed and finding.is_open else "",
        advisories=(_Advisory(finding.url),) if _ADDRESS.fullmatch(finding.url) else (),
        analysis=_analysis(finding),
        affects=(_Affects(reference, tuple(versions)),),
        properties=tuple(_Property(f"lading:{name}", text) for name, text in _facts(finding).items() if text),
    )


def _publisher(name: str) -> str:
    """Who gives out names of this form: what stands before the first hyphen or colon."""
    return name.replace(":", "-").partition("-")[0] or name


def _ratings(finding: Finding) -> list[_Rating]:
    """The rating that counts first, then all others that are known."""
    known = list(dict.fromkeys((finding.severity, *finding.severities)))
    return [_rating(one) for one in known if one.source or one.label != "unknown" or len(known) == 1]


def _rating(severity: Severity) -> _Rating:
    method = next((method for prefix, method in _METHODS if severity.text.startswith(prefix)), "")
    return _Rating(
        source=_Source(severity.source) if severity.source else None,
        score=severity.score or None,
        severity=_SEVERITIES.get(severity.label, severity.label),
        method=method or "other",
        vector=severity.text if method else "",
    )


def _analysis(finding: Finding) -> _Analysis | None:
    """What was found out: by a VEX statement that decides, by the upstream, or why somebody lets it not count. That it
    is there is no analysis yet."""
    word = next((one for one in finding.vex if one.outcome == "applied"), None)
    if word is not None:
        return _word(word)
    detail = "; ".join(filter(None, (one.reason or one.where or one.source for one in finding.suppressions)))
    stated = next((one for one in finding.suppressions if one.status), None)
    if stated is not None and stated.status:
        justification = _JUSTIFICATIONS.get(stated.justification, "") if stated.status == "not_affected" else ""
        return _Analysis(_STATES[stated.status], justification, detail)
    if finding.status == "affected":
        return _Analysis(detail=detail) if detail else None
    return _Analysis(_STATES[finding.status], detail=detail or finding.reason)


def _word(word: VexWord) -> _Analysis:
    justification = _JUSTIFICATIONS.get(word.justification, "") if word.status == "not_affected" else ""
    return _Analysis(_STATES[word.status], justification, "; ".join(filter(None, (word.text, word.author))))


def _facts(finding: Finding) -> dict[str, str]:
    return {
        "status": finding.status,
        "kind": finding.kind if finding.kind != "vulnerability" else "",
        "fix-state": finding.fix_state,
        "fixed-version": finding.fixed_version,
        "fix-date": finding.fix_date,
        "note": finding.note,
        "hidden": finding.hidden_reason,
        "suppressed": ", ".join(dict.fromkeys(one.source for one in finding.suppressions)),
        "epss": "" if finding.epss is None else f"{finding.epss:g}",
        "kev": finding.known_exploited.added if finding.known_exploited is not None else "",
        "risk": f"{finding.risk:g}",
        "advisory": finding.basis.advisory,
        "fingerprint": finding.fingerprint,
    }
