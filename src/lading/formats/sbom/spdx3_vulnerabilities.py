"""The vulnerabilities of an SPDX 3 document: their severities, how likely they are exploited, and what holds of each
package (VEX).

Source: https://spdx.github.io/spdx-spec/v3.0.1/model/Security/Security/.
"""

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Final

from lading.formats.sbom.spdx3_graph import Element, Graph, extended, identified
from lading.model.advisory import Severity, SeverityLabel
from lading.model.finding import Finding, Justification, Status, VexWord

_ASSESSMENT: Final = "VulnAssessmentRelationship"
_VEX: Final[Mapping[Status, tuple[str, str]]] = {
    "affected": ("VexAffected", "affects"),
    "fixed": ("VexFixed", "fixedIn"),
    "not_affected": ("VexNotAffected", "doesNotAffect"),
    "under_investigation": ("VexUnderInvestigation", "underInvestigationFor"),
}
_JUSTIFICATIONS: Final[Mapping[Justification, str]] = {
    "component_not_present": "componentNotPresent",
    "vulnerable_code_not_present": "vulnerableCodeNotPresent",
    "vulnerable_code_not_in_execute_path": "vulnerableCodeNotInExecutePath",
    "vulnerable_code_cannot_be_controlled_by_adversary": "vulnerableCodeCannotBeControlledByAdversary",
    "inline_mitigations_already_exist": "inlineMitigationsAlreadyExist",
}
_METHODS: Final = (("CVSS:4.", "CvssV4"), ("CVSS:3.", "CvssV3"), ("AV:", "CvssV2"), ("(AV:", "CvssV2"))
_SEVERITIES: Final[Mapping[SeverityLabel, str]] = {"negligible": "none", "unknown": "none"}
_KEV: Final = "https://www.cisa.gov/known-exploited-vulnerabilities-catalog"
_ADDRESS: Final = re.compile(r"https?://[!#$&-;=?-\[\]_a-z~%]+")
"""An address that needs no escapes."""


def add_vulnerabilities(graph: Graph, findings: Sequence[Finding], packages: Mapping[str, str], subject: str) -> None:
    """An element for each vulnerability, and what is known of it in each package. `packages` are the elements of
    packages by their ids, `subject` that of the image, which what is in no package is in."""
    by_name: dict[str, list[Finding]] = defaultdict(list)
    for finding in findings:
        by_name[finding.id].append(finding)
    for name, members in by_name.items():
        places = [packages.get(one.package.id, subject) for one in members]
        vulnerability = _add_vulnerability(graph, name, members)
        _add_ratings(graph, vulnerability, members, places)
        for finding, place in zip(members, places, strict=True):
            _add_status(graph, vulnerability, finding, place)


def _add_vulnerability(graph: Graph, name: str, members: Sequence[Finding]) -> str:
    first = members[0]
    names = dict.fromkeys(one for finding in members for one in (*finding.aliases, *finding.notices))
    urls = dict.fromkeys(finding.url for finding in members if _ADDRESS.fullmatch(finding.url))
    identifiers = [identified("cve" if one.startswith("CVE-") else "securityOther", one) for one in (name, *names)]
    references = [{"type": "ExternalRef", "externalRefType": "securityAdvisory", "locator": [url]} for url in urls]
    weaknesses = dict.fromkeys(one for finding in members for one in finding.cwes)
    fields = {
        "name": name,
        "description": first.summary,
        "externalIdentifier": identifiers,
        "externalRef": references,
        "extension": extended(("lading:cwe", one) for one in weaknesses),
    }
    return graph.add("security_Vulnerability", "vulnerability", fields)


def _add_ratings(graph: Graph, vulnerability: str, members: Sequence[Finding], places: Sequence[str]) -> None:
    """Each rating once, with the packages that it is of."""
    rated: dict[Severity, list[str]] = defaultdict(list)
    for finding, place in zip(members, places, strict=True):
        for severity in dict.fromkeys((finding.severity, *finding.severities)):
            rated[severity].append(place)
    for severity, to in rated.items():
        _add_assessment(graph, *_rating(severity), vulnerability, to)
    first = members[0]
    everywhere = list(dict.fromkeys(places))
    if first.epss is not None:
        fields: dict[str, object] = {"security_probability": first.epss, "security_percentile": first.percentile or 0.0}
        _add_assessment(graph, "Epss", fields, vulnerability, everywhere)
    if first.known_exploited is not None:
        fields = {"security_catalogType": "kev", "security_exploited": True, "security_locator": _KEV}
        _add_assessment(graph, "ExploitCatalog", fields, vulnerability, everywhere)


def _rating(severity: Severity) -> tuple[str, dict[str, object]]:
    """The kind of an assessment and what it says; none for a severity that is no rating by CVSS, and a word alone."""
    kind = next((kind for prefix, kind in _METHODS if severity.text.startswith(prefix)), "")
    if not kind:
        return "", {}
    fields: dict[str, object] = {"security_score": severity.score, "security_vectorString": severity.text.strip("()")}
    if kind != "CvssV2":
        fields["security_severity"] = _SEVERITIES.get(severity.label, severity.label)
    return kind, fields


def _add_assessment(
    graph: Graph, kind: str, fields: Mapping[str, object], vulnerability: str, to: Sequence[str]
) -> None:
    if kind:
        related = {"from": vulnerability, "relationshipType": "hasAssessmentFor", "to": list(dict.fromkeys(to))}
        graph.add(f"security_{kind}{_ASSESSMENT}", "assessment", {**related, **fields})


def _add_status(graph: Graph, vulnerability: str, finding: Finding, place: str) -> None:
    word = next((one for one in finding.vex if one.outcome == "applied"), None)
    status = finding.status if word is None else word.status
    kind, relationship = _VEX[status]
    fields: Element = {
        "from": vulnerability,
        "relationshipType": relationship,
        "to": [place],
        "security_statusNotes": _notes(finding, word),
        "extension": extended((f"lading:{name}", text) for name, text in _facts(finding).items() if text),
    }
    if status == "affected":
        fields["security_actionStatement"] = _action(finding)
    if status == "not_affected":
        justification = _JUSTIFICATIONS.get(word.justification, "") if word is not None else ""
        fields["security_justificationType"] = justification
        fields["security_impactStatement"] = "" if justification else _notes(finding, word) or "not affected"
    graph.add(f"security_{kind}{_ASSESSMENT}", "status", fields)


def _action(finding: Finding) -> str:
    what = finding.package.source or finding.package.name
    if finding.fixed_version:
        return f"Upgrade {what} to {finding.fixed_version} or later."
    return f"No version of {what} without it is known."


def _notes(finding: Finding, word: VexWord | None) -> str:
    if word is not None:
        return "; ".join(filter(None, (word.text, word.author)))
    detail = "; ".join(filter(None, (one.reason or one.where or one.source for one in finding.suppressions)))
    return detail or finding.reason


def _facts(finding: Finding) -> dict[str, str]:
    severity = finding.severity
    return {
        "severity": severity.label,
        "severity-source": severity.source,
        "fix-state": finding.fix_state,
        "fixed-version": finding.fixed_version,
        "hidden": finding.hidden_reason,
        "suppressed": ", ".join(dict.fromkeys(one.source for one in finding.suppressions)),
        "risk": f"{finding.risk:g}",
        "shard": finding.basis.shard,
        "advisory": finding.basis.advisory,
        "fingerprint": finding.fingerprint,
    }
