"""The CVSS vectors that are known of a finding, for documents that have a place for them."""

from typing import Final

from msgspec import Struct

from lading.model.finding import Finding

_KINDS: Final = frozenset({"cvss2", "cvss3", "cvss4"})
"""The sources of severities that say what kind they are, and not whose."""


class CvssVector(Struct, frozen=True):
    """One vector. `version` is that of CVSS ("2.0", "3.1"), `source` who gave it ("nvd"), `score` the base score, 0
    where none is known."""

    source: str
    version: str
    vector: str
    score: float


def vectors_of(finding: Finding) -> tuple[CvssVector, ...]:
    """The vectors of a finding, each once, that of the severity shown first."""
    found: dict[str, CvssVector] = {}
    for severity in (finding.severity, *finding.severities):
        version = _version(severity.text)
        if version:
            vector = severity.text.removeprefix("CVSS:2.0/").strip("()")
            source = _giver(finding) if severity.source in _KINDS else severity.source
            found.setdefault(vector, CvssVector(source, version, vector, severity.score))
    return tuple(found.values())


def _giver(finding: Finding) -> str:
    """Who gave the vector of the advisory that decided: "ghsa", or the ecosystem or distribution of its shard."""
    basis = finding.basis
    return "ghsa" if basis.advisory.startswith("GHSA-") else basis.shard.partition("-")[0]


def _version(text: str) -> str:
    """That of a vector; empty for words."""
    if text.startswith("CVSS:"):
        return text[5:].partition("/")[0]
    return "2.0" if text.startswith(("AV:", "(AV:")) else ""
