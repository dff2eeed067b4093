"""Whose vectors findings have."""

import pytest

from lading.formats.cvss_vectors import vectors_of
from lading.model.advisory import Severity
from lading.model.finding import Finding, MatchBasis
from lading.model.package import Package

_NEW, _OLD = "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H", "AV:N/AC:M/Au:N/C:P/I:P/A:P"


@pytest.mark.parametrize(
    ("basis", "severity", "expected"),
    [
        (MatchBasis("npm", "GHSA-1"), Severity("critical", "cvss3", 9.8, _NEW), ("ghsa", "3.1", _NEW, 9.8)),
        (MatchBasis("pypi", "PYSEC-1"), Severity("critical", "cvss3", 9.8, _NEW), ("pypi", "3.1", _NEW, 9.8)),
        (MatchBasis("debian-12", "CVE-1"), Severity("critical", "nvd", 9.8, _NEW), ("nvd", "3.1", _NEW, 9.8)),
        (MatchBasis("nvd", "CVE-1"), Severity("medium", "nvd", 6.8, f"({_OLD})"), ("nvd", "2.0", _OLD, 6.8)),
        (
            MatchBasis("nvd", "CVE-1"),
            Severity("medium", "nvd", 0.0, "CVSS:4.0/AV:N"),
            ("nvd", "4.0", "CVSS:4.0/AV:N", 0),
        ),
        (MatchBasis("debian-12", "CVE-1"), Severity("high", "debian", 0.0, "high"), None),
    ],
)
def test_the_source_of_a_vector(
    basis: MatchBasis, severity: Severity, expected: tuple[str, str, str, float] | None
) -> None:
    finding = Finding("CVE-1", Package("a", "1", "npm"), "affected", basis, severity, severities=(severity,))
    found = [(one.source, one.version, one.vector, one.score) for one in vectors_of(finding)]
    assert found == ([] if expected is None else [expected])
