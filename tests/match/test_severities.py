"""Which severity is shown."""

import pytest

from lading.match.severities import DEFAULT_ORDER, choose_severity, cvss_version, rank
from lading.model.advisory import SEVERITY_ORDER, Severity

DEBIAN = Severity("low", "debian", text="low")
REDHAT = Severity("medium", "redhat", text="Moderate")
FEDORA = Severity("medium", "fedora", text="moderate")
CVSS4 = Severity("medium", "cvss4", 6.9, "CVSS:4.0/AV:N")
CVSS3 = Severity("critical", "cvss3", 9.8, "CVSS:3.1/AV:N")
CVSS2 = Severity("high", "cvss2", 7.5, "AV:N/AC:L")
GITHUB = Severity("high", "github", text="HIGH")
NVD3 = Severity("high", "nvd", 8.1, "CVSS:3.1/AV:N")
NVD2 = Severity("critical", "nvd", 10.0, "AV:N/AC:L")
CNA = Severity("low", "cna:github.com", 3.1, "CVSS:3.1/AV:L")
ALL = [NVD2, CNA, NVD3, GITHUB, CVSS2, CVSS3, CVSS4, REDHAT, DEBIAN]


def test_ranks() -> None:
    assert [rank(label) for label in SEVERITY_ORDER] == [0, 1, 2, 3, 4, 5]


@pytest.mark.parametrize(
    ("shard", "severities", "chosen"),
    [
        ("debian-12", ALL, DEBIAN),
        ("osv-debian-12", ALL, DEBIAN),
        ("rhel-9", ALL, REDHAT),
        ("oval-rhel-9", ALL, REDHAT),
        ("rhel-containers", ALL, REDHAT),
        ("hummingbird", ALL, REDHAT),
        ("epel-9", [*ALL, FEDORA], FEDORA),
        ("pypi", ALL, CVSS4),
        ("github-npm", ALL, GITHUB),
        ("pypi", [NVD3, GITHUB, CVSS2, CVSS3], CVSS3),
        ("pypi", [NVD3, GITHUB, CVSS2], CVSS2),
        ("pypi", [NVD3, GITHUB], GITHUB),
        ("nvd", [CNA, NVD2, NVD3], NVD3),
        ("debian-12", [Severity("unknown", "debian"), CNA], CNA),
        ("debian-12", [], Severity("unknown")),
    ],
)
def test_the_default_order(shard: str, severities: list[Severity], chosen: Severity) -> None:
    assert choose_severity(tuple(severities), shard) == chosen
    assert choose_severity(tuple(reversed(severities)), shard) == chosen


@pytest.mark.parametrize(
    ("order", "chosen"),
    [
        (("nvd",), NVD3),
        (("cvss3", "distribution"), CVSS3),
        (("github",), GITHUB),
        (("cna:github.com",), CNA),
        (("cna",), CNA),
        (("redhat",), REDHAT),
        (("nobody",), DEBIAN),
        ((), DEBIAN),
        (DEFAULT_ORDER, DEBIAN),
    ],
)
def test_an_order_of_ones_own(order: tuple[str, ...], chosen: Severity) -> None:
    assert choose_severity(tuple(ALL), "debian-12", order) == chosen


def test_of_equals_the_gravest() -> None:
    words = (Severity("low", "osv", text="LOW"), Severity("high", "osv", text="HIGH"), Severity("medium", "osv"))
    assert choose_severity(words, "pypi") == words[1]


def test_versions_of_cvss() -> None:
    assert [cvss_version(one) for one in (CVSS4, NVD3, NVD2, GITHUB)] == [4, 3, 2, 0]
    assert cvss_version(Severity("low", "x", text="CVSS:")) == 0
