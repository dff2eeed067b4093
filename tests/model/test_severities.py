"""Words and vectors for severities."""

import pytest

from lading.model.advisory import Severity
from lading.model.severities import cvss_severity, score_severity, word_severity

V3 = "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"
V4 = "CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N"
NOTHING = "CVSS:3.1/AV:L/AC:L/PR:L/UI:R/S:U/C:N/I:N/A:N"
V2 = "AV:N/AC:L/Au:N/C:P/I:P/A:P"


@pytest.mark.parametrize(
    ("vector", "expected"),
    [
        (V3, Severity("critical", "cvss3", 9.8, V3)),
        (f" {V3}\n", Severity("critical", "cvss3", 9.8, V3)),
        (V4, Severity("critical", "cvss4", 9.3, V4)),
        (V2, Severity("high", "cvss2", 7.5, V2)),
        (f"({V2})", Severity("high", "cvss2", 7.5, V2)),
        (NOTHING, Severity("negligible", "cvss3", 0.0, NOTHING)),
        *[(junk, None) for junk in ("", "7.5", "CVSS:3.1/", "CVSS:4.0/AV:N", "CVSS:9/AV:N", "x" * 100_000)],
    ],
)
def test_vectors(vector: str, expected: Severity | None) -> None:
    assert cvss_severity(vector) == expected


@pytest.mark.parametrize(
    ("word", "label"),
    [("Important", "high"), ("MODERATE", "medium"), (" low ", "low"), ("Critical", "critical"), ("none", "negligible")],
)
def test_words(word: str, label: str) -> None:
    found = word_severity(word, "redhat")
    assert found is not None and (found.label, found.source, found.text) == (label, "redhat", word.strip())


@pytest.mark.parametrize("word", ["", "unheard", None, 5, ["low"]])
def test_what_is_no_word(word: object) -> None:
    assert word_severity(word, "redhat") is None


@pytest.mark.parametrize(
    ("score", "source", "expected"),
    [
        ("9.8", "cvss3", Severity("critical", "cvss3", 9.8)),
        ("7", "cvss4", Severity("high", "cvss4", 7.0)),
        ("0", "cvss3", Severity("negligible", "cvss3", 0.0)),
        ("9.8", "cvss2", Severity("high", "cvss2", 9.8)),
        ("3.9", "cvss2", Severity("low", "cvss2", 3.9)),
        ("11", "cvss3", None),
        ("-1", "cvss3", None),
        ("nan", "cvss3", None),
        ("high", "cvss3", None),
        ("", "cvss3", None),
    ],
)
def test_scores(score: str, source: str, expected: Severity | None) -> None:
    assert score_severity(score, source) == expected
