"""The risk score."""

from itertools import pairwise, product

import pytest

from lading.match.risk import risk_score
from lading.model.advisory import SEVERITY_ORDER, Kind, Severity, SeverityLabel

RATED = SEVERITY_ORDER[1:]
SCORES = (0.0, 0.1, 2.5, 5.0, 7.4, 9.8, 10.0)
EPSS = (0.0, 0.0001, 0.01, 0.3, 0.97, 1.0)


@pytest.mark.parametrize(
    ("label", "score", "epss", "risk"),
    [
        ("critical", 9.8, 0.0004, 21.2),
        ("critical", 9.8, 0.81, 86.3),
        ("critical", 0.0, None, 25.6),
        ("medium", 0.0, None, 16.0),
        ("unknown", 0.0, None, 16.0),
        ("negligible", 0.0, 0.0, 6.0),
        ("critical", 10.0, 1.0, 95.0),
    ],
)
def test_scores(label: SeverityLabel, score: float, epss: float | None, risk: float) -> None:
    assert risk_score(Severity(label, "x", score), epss) == risk


def test_exploited() -> None:
    low = Severity("low", "x")
    assert risk_score(low, 0.001, exploited=True) == 35.1
    assert risk_score(low, 0.001, exploited=True, ransomware=True) == 37.0
    assert risk_score(Severity("critical", "x", 10.0), exploited=True) == 95.0
    assert risk_score(Severity("critical", "x", 10.0), exploited=True, ransomware=True) == 100.0


def test_what_is_no_vulnerability() -> None:
    unrated = Severity("unknown")
    assert risk_score(unrated, kind="malware") == 100.0
    assert risk_score(Severity("low", "x", 1.0), 0.0, kind="malware") == 100.0
    kinds: tuple[Kind, ...] = ("unmaintained", "unsound", "notice")
    assert [risk_score(unrated, kind=kind) for kind in kinds] == [10.2, 10.2, 10.2]
    assert risk_score(Severity("high", "x", 7.5), kind="unsound") == risk_score(Severity("high", "x", 7.5))


def test_odd_numbers_stay_inside() -> None:
    assert risk_score(Severity("low", "x", 99.0), 7.0) == 95.0
    assert risk_score(Severity("low", "x", -5.0), -7.0) == 7.4


def risk(label: SeverityLabel, score: float, epss: float, exploited: bool, ransomware: bool) -> float:
    return risk_score(Severity(label, "x", score), epss, exploited=exploited, ransomware=ransomware)


def test_it_never_falls_when_anything_rises() -> None:
    flags = ((False, False), (True, False), (True, True))
    for label, score, epss, flag in product(RATED, SCORES, EPSS, flags):
        assert 0 <= risk(label, score, epss, *flag) <= 100
    for (less, more), score, epss, flag in product(pairwise(RATED), SCORES, EPSS, flags):
        assert risk(less, score, epss, *flag) <= risk(more, score, epss, *flag)
    for label, (lower, higher), epss, flag in product(RATED, pairwise(SCORES), EPSS, flags):
        assert risk(label, lower, epss, *flag) <= risk(label, higher, epss, *flag)
    for label, score, (rarer, likelier), flag in product(RATED, SCORES, pairwise(EPSS), flags):
        assert risk(label, score, rarer, *flag) <= risk(label, score, likelier, *flag)
    for label, score, epss, (calm, worse) in product(RATED, SCORES, EPSS, pairwise(flags)):
        assert risk(label, score, epss, *calm) <= risk(label, score, epss, *worse)
