"""CISA's decisions."""

import pytest

from lading.match.rating import rate
from lading.match.ssvc import decide
from lading.model.advisory import Ssvc, VulnerabilityRecord, VulnerabilityRecords
from lading.model.finding import Finding, MatchBasis, SsvcDecision
from tests.samples import deb


@pytest.mark.parametrize(
    ("points", "decision"),
    [
        ("none no partial", "track"), ("none yes total", "track"), ("poc no partial", "track"),
        ("poc no total", "track*"), ("poc yes partial", "track"), ("poc yes total", "track*"),
        ("active no partial", "track"), ("active no total", "attend"), ("active yes partial", "attend"),
        ("active yes total", "act"),
    ],
)  # fmt: skip
def test_decisions(points: str, decision: str) -> None:
    stated = points.split()
    assert decide(Ssvc(*stated)) == SsvcDecision(decision, *stated)  # type: ignore[arg-type]


def test_without_a_point_there_is_no_decision() -> None:
    assert decide(Ssvc("active", "", "total")) == SsvcDecision("", "active", "", "total")


def test_a_finding_has_the_decision_of_any_of_its_names() -> None:
    finding = Finding("GHSA-x", deb("a", "1"), "affected", MatchBasis("pypi", "GHSA-x"), aliases=("CVE-2026-1",))
    record = VulnerabilityRecord("CVE-2026-1", ssvc=Ssvc("active", "yes", "total"))
    assert rate(finding, VulnerabilityRecords(cve={"CVE-2026-1": record})).ssvc == decide(record.ssvc or Ssvc())
    assert rate(finding, VulnerabilityRecords()).ssvc is None
