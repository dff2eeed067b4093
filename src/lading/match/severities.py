"""Which of several severities is shown and gated on."""

from collections.abc import Iterable

from lading.model.advisory import SEVERITY_ORDER, Severity, SeverityLabel


def rank(label: SeverityLabel) -> int:
    """0 for "unknown" up to 5 for "critical"."""
    return SEVERITY_ORDER.index(label)


def choose_severity(severities: Iterable[Severity], shard: str) -> Severity:
    """The distribution's own word where it has one (it knows how the package is built and used), else the gravest
    of the others. `shard` is "debian-12" for a severity whose source is "debian"."""
    family = shard.partition("-")[0]
    rated = [severity for severity in severities if severity.label != "unknown"]
    own = [severity for severity in rated if severity.source == family]
    return max(own or rated, key=_gravity, default=Severity("unknown", family))


def _gravity(severity: Severity) -> tuple[int, float, str]:
    return rank(severity.label), severity.score, severity.source
