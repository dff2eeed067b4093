"""The list of vulnerabilities that packages do not have."""

from lading.match.exclusions import Exclusion, exclusion_of, exclusions_by_vulnerability
from lading.model.package import Package

ZLIB = Exclusion(("CVE-1", "CVE-2"), ("deb", "apk"), ("zlib1g", "zlib-*"), "r", "s")
BZIP2 = Exclusion(("CVE-1",), ("generic",), ("bzip2",), "r", "s", evidence="static")
TABLE = exclusions_by_vulnerability([ZLIB, BZIP2])


def test_by_vulnerability() -> None:
    assert TABLE == {"CVE-1": (ZLIB, BZIP2), "CVE-2": (ZLIB,)}


def test_everything_that_is_stated_must_hold() -> None:
    deb = Package("zlib1g", "1", "deb")
    assert exclusion_of(deb, ["GHSA-1", "CVE-2"], TABLE) == ZLIB
    assert exclusion_of(Package("zlib-dev", "1", "apk"), ["CVE-1"], TABLE) == ZLIB
    assert exclusion_of(deb, ["CVE-3"], TABLE) is None
    assert exclusion_of(Package("zlib1g", "1", "rpm"), ["CVE-1"], TABLE) is None
    assert exclusion_of(Package("minizip", "1", "deb"), ["CVE-1"], TABLE) is None


def test_evidence() -> None:
    assert exclusion_of(Package("bzip2", "1", "generic", evidence="static"), ["CVE-1"], TABLE) == BZIP2
    assert exclusion_of(Package("bzip2", "1", "generic", evidence="binary"), ["CVE-1"], TABLE) is None
