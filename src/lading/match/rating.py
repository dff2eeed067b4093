"""How severe a finding is: everything that is known of its vulnerability, whatever package has it."""

from collections.abc import Sequence

from msgspec import structs

from lading.match.risk import risk_score
from lading.match.severities import DEFAULT_ORDER, choose_severity
from lading.match.ssvc import decide
from lading.model.advisory import VulnerabilityRecords
from lading.model.finding import Finding

_NVD = "https://nvd.nist.gov/vuln/detail/"


def rate(finding: Finding, known: VulnerabilityRecords, order: Sequence[str] = DEFAULT_ORDER) -> Finding:
    """The finding with its severity by the sources in `order`, its weaknesses, the likelihood that it is exploited,
    and its risk."""
    names = (finding.id, *finding.aliases)
    exploited = next((known.exploited[name] for name in names if name in known.exploited), None)
    chance = max((known.epss[name] for name in names if name in known.epss), key=lambda one: one.epss, default=None)
    facts = [known.nvd[name] for name in names if name in known.nvd]
    points = next((found for name in names if name in known.cve and (found := known.cve[name].ssvc)), None)
    severities = finding.severities
    cwes = finding.cwes
    if facts:
        severities = tuple(dict.fromkeys((*severities, *(one for fact in facts for one in fact.severities))))
        cwes = tuple(sorted({*cwes, *(cwe for fact in facts for cwe in fact.cwes)}))
    severity = choose_severity(severities, finding.basis.shard, tuple(order))
    risk = risk_score(
        severity,
        chance.epss if chance else None,
        exploited=exploited is not None,
        ransomware=exploited is not None and exploited.ransomware,
        kind=finding.kind,
    )
    return structs.replace(
        finding,
        severity=severity,
        severities=severities,
        cwes=cwes,
        known_exploited=exploited,
        epss=chance.epss if chance else None,
        percentile=chance.percentile if chance else None,
        ssvc=decide(points) if points is not None else None,
        summary=finding.summary or next((fact.summary for fact in facts), ""),
        url=finding.url or next((f"{_NVD}{name}" for name in names if name.startswith("CVE-")), ""),
        risk=risk,
    )
