"""One number by which findings are ordered: how likely a vulnerability is used, times how bad that would be."""

from math import sqrt
from typing import Final

from lading.model.advisory import Kind, Severity, SeverityLabel

_LEAST: Final[dict[SeverityLabel, float]] = {
    "unknown": 0.4, "negligible": 0.0, "low": 0.1, "medium": 0.4, "high": 0.7, "critical": 0.9,
}  # fmt: skip
"""The least CVSS score with a label, as a part of ten. What nobody rated counts as medium."""
_UNSCORED: Final = 0.01
_NO_VULNERABILITY: Final = frozenset({"unmaintained", "unsound", "notice"})


def risk_score(
    severity: Severity,
    epss: float | None = None,
    *,
    exploited: bool = False,
    ransomware: bool = False,
    kind: Kind = "vulnerability",
) -> float:
    """The risk of a vulnerability, 0 to 100, with one decimal:

        risk = 100 x threat x (0.3 + 0.7 x impact)

    `threat` is 1 for malware and for what ransomware campaigns use, 0.95 for what is known to be exploited (KEV), else
    0.2 + 0.75 x the square root of `epss`: the probability of exploitation is below one in a hundred for most
    vulnerabilities, and the root keeps them apart. Without EPSS (None) it counts as 0.01.

    `impact` is 1 for malware, else the CVSS score divided by 10, but no less than the least score with the severity's
    label (critical 0.9, high 0.7, medium 0.4, low 0.1, negligible 0), which stands alone where there is no score (0).
    An unrated vulnerability counts as medium; an unrated notice, such as of an unmaintained package, as low.

    The risk never falls when EPSS, the score or a label that is known rises, or when the vulnerability becomes known to
    be exploited. Whether there is a fix plays no part. docs/risk.md says the same for users.
    """
    threat = 1.0 if kind == "malware" else _threat(epss, exploited, ransomware)
    impact = 1.0 if kind == "malware" else _impact(severity, kind)
    return round(100 * threat * (0.3 + 0.7 * impact), 1)


def _threat(epss: float | None, exploited: bool, ransomware: bool) -> float:
    if ransomware:
        return 1.0
    if exploited:
        return 0.95
    return 0.2 + 0.75 * sqrt(min(max(_UNSCORED if epss is None else epss, 0.0), 1.0))


def _impact(severity: Severity, kind: Kind) -> float:
    least = _LEAST[severity.label]
    if severity.label == "unknown" and kind in _NO_VULNERABILITY:
        least = _LEAST["low"]
    return min(max(severity.score / 10, least), 1.0)
