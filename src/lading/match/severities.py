"""Which of several severities is shown and gated on. All are kept beside it."""

from functools import lru_cache
from typing import Final

from lading.model.advisory import SEVERITY_ORDER, Severity, SeverityLabel
from lading.model.distributions import shard_info

DEFAULT_ORDER: Final = ("distribution", "cvss4", "cvss3", "cvss2", "record", "nvd", "cna")
"""Whose word counts, first come first served.

"distribution" is the word of whoever matches the package: a distribution knows how it is built and used. "cvss4",
"cvss3" and "cvss2" are vectors of that version in the advisory itself, "record" is any word in it. "nvd" is what the
NVD's analysts say, "cna" what others have entered there. Beside these words the name of any source may stand in an
order ("redhat", "github", "cna:github.com"). What an order does not name comes after it, by the default one.
"""

_CVSS: Final = ("cvss4", "cvss3", "cvss2")


def rank(label: SeverityLabel) -> int:
    """0 for "unknown" up to 5 for "critical"."""
    return SEVERITY_ORDER.index(label)


@lru_cache(maxsize=16384)
def choose_severity(severities: tuple[Severity, ...], shard: str, order: tuple[str, ...] = DEFAULT_ORDER) -> Severity:
    """The severity of the first source in `order` that rated the vulnerability: one label with the score that belongs
    to it, 0 where that source gave none. `shard` is the name of the shard that matches ("debian-12", "oval-rhel-9").

    Of several by one source the newest version of CVSS counts, then the most severe. A label "unknown" is no rating;
    without any rating the answer is "unknown".
    """
    own = _sources_of(shard)
    rated = [severity for severity in severities if severity.label != "unknown"]
    for name in (*order, *DEFAULT_ORDER):
        named = [severity for severity in rated if _is_named(severity.source, name, own)]
        if named:
            return max(named, key=_weight)
    return max(rated, key=_weight, default=Severity("unknown"))


def cvss_version(severity: Severity) -> int:
    """The major version of the CVSS vector that a severity comes from, 0 for a word."""
    if severity.text.startswith("CVSS:"):
        return int(severity.text[5]) if severity.text[5:6].isdecimal() else 0
    return 2 if severity.text.startswith("AV:") else 0


def _sources_of(shard: str) -> frozenset[str]:
    info = shard_info(shard)
    return frozenset((*shard.split("-"), *(info.severity_sources if info is not None else ())))


def _is_named(source: str, name: str, own: frozenset[str]) -> bool:
    if name == "distribution":
        return source in own
    if name == "cna":
        return source.startswith("cna:")
    if name == "record":
        return source not in _CVSS and source != "nvd" and not source.startswith("cna:")
    return source == name


def _weight(severity: Severity) -> tuple[int, int, float, str, str]:
    return cvss_version(severity), rank(severity.label), severity.score, severity.source, severity.text
