"""Verdicts: one finding per flaw and installed package, by source package and source version."""

import pytest
from msgspec import structs

from lading.match.packages import match_packages
from lading.model.advisory import Advisory, Range, ShardName, State
from lading.model.finding import Finding
from lading.model.package import Package
from tests.samples import DEBIAN_12, FakeStore, apk, deb, fixed_flaw, open_flaw, rated, shop, shop_store


def match(packages: list[Package], *advisories: Advisory, shard: str = "debian-12") -> tuple[Finding, ...]:
    scheme = "deb" if shard.startswith("debian") else "apk"
    return match_packages(packages, ShardName(shard), scheme, FakeStore({shard: advisories}))


def test_binaries_are_judged_by_their_source_package() -> None:
    libssl3 = deb("libssl3", "3.0.9-1", source="openssl")
    (finding,) = match([libssl3], fixed_flaw("CVE-2023-5363", "openssl", "3.0.11-1", rated("high")))
    assert finding == Finding(
        id="CVE-2023-5363",
        package=structs.replace(libssl3, files=()),
        verdict="affected",
        state="affected",
        severity=rated("high"),
        severities=(rated("high"),),
        advisory="CVE-2023-5363",
        shard="debian-12",
        fixed_version="3.0.11-1",
    )


def test_a_binary_is_not_judged_by_a_source_that_has_its_name() -> None:
    assert match([deb("openssl", "1", source="other")], open_flaw("CVE-1-1", "openssl")) == ()


@pytest.mark.parametrize(
    ("installed", "source_version", "affected"),
    [
        ("5.2.15-2+b2", "5.2.15-2", True),  # a binary rebuild sorts above the fix, its source does not
        ("1:4.0-1", "5.2.15-2+b1", False),  # a binary with its own version
        ("5.2.15-1", "5.2.15-2+b1", False),
    ],
)
def test_the_version_compared_is_that_of_the_source(installed: str, source_version: str, affected: bool) -> None:
    bash = deb("bash", installed, source_version=source_version)
    assert bool(match([bash], fixed_flaw("CVE-1-1", "bash", "5.2.15-2+b1"))) is affected


def test_alpine_is_judged_by_origin() -> None:
    found = match(
        [apk("libcrypto3", "3.1.4-r0", "openssl"), apk("busybox", "1.36.1-r15")],
        fixed_flaw("CVE-2023-5678", "openssl", "3.1.4-r1"),
        fixed_flaw("CVE-2023-42363", "busybox", "1.36.1-r15"),
        shard="alpine-3.18",
    )
    assert [(finding.package.name, finding.id) for finding in found] == [("libcrypto3", "CVE-2023-5678")]


@pytest.mark.parametrize(
    "advisory",
    [
        Advisory("CVE-1-1", "tar", state="not-affected", ranges=(Range(),)),
        Advisory("CVE-1-1", "tar", state="not-affected"),
        fixed_flaw("CVE-1-1", "tar", "0"),
        fixed_flaw("CVE-1-1", "tar", "1.2"),
        Advisory("CVE-1-1", "tar", ranges=(Range(introduced="2.0"),)),
    ],
)
def test_what_is_not_affected_or_fixed_is_no_finding(advisory: Advisory) -> None:
    assert match([deb("tar", "1.2")], advisory) == ()


def test_fixed_in_zero_means_never_even_for_versions_below_zero() -> None:
    assert match([deb("tar", "0~git2020")], fixed_flaw("CVE-1-1", "tar", "0")) == ()


@pytest.mark.parametrize(
    ("state", "quiet"),
    [
        ("affected", ""),
        ("minor", "minor"),
        ("postponed", "postponed"),
        ("wont-fix", "wont-fix"),
        ("end-of-life", ""),
    ],
)
def test_states_without_a_fix(state: State, quiet: str) -> None:
    (finding,) = match([deb("tar", "1.2")], structs.replace(open_flaw("CVE-1-1", "tar"), state=state))
    assert (finding.verdict, finding.state, finding.quiet, finding.fixed_version) == ("affected", state, quiet, "")


def test_what_can_be_fixed_is_shown_however_small() -> None:
    minor = structs.replace(fixed_flaw("CVE-1-1", "tar", "1.3", rated("negligible")), state="minor")
    (finding,) = match([deb("tar", "1.2")], minor)
    assert (finding.quiet, finding.fixed_version) == ("", "1.3")


def test_negligible_without_a_fix_is_folded() -> None:
    (finding,) = match([deb("tar", "1.2")], open_flaw("CVE-1-1", "tar", rated("negligible")))
    assert finding.quiet == "negligible"


@pytest.mark.parametrize(
    ("name", "quiet"),
    [
        ("linux-libc-dev", "kernel-headers"),
        ("linux-headers-6.1.0-10-amd64", "kernel-headers"),
        ("linux-kbuild-6.1", "kernel-headers"),
        ("linux-doc-6.1", "kernel-headers"),
        ("linux-image-6.1.0-10-amd64", ""),
    ],
)
def test_packages_without_kernel_code_are_folded_even_with_a_fix(name: str, quiet: str) -> None:
    (finding,) = match([deb(name, "6.1.38-1", source="linux")], fixed_flaw("CVE-1-1", "linux", "6.1.52-1"))
    assert (finding.verdict, finding.quiet) == ("affected", quiet)


def test_upstream_undecided_is_undetermined_and_folded() -> None:
    (finding,) = match([deb("tar", "1.2")], Advisory("CVE-1-1", "tar", state="undetermined"))
    assert (finding.verdict, finding.quiet) == ("undetermined", "undetermined")
    assert finding.reason == "debian-12 has not decided yet whether it is affected"


def test_a_version_that_cannot_be_compared_is_undetermined_and_shown() -> None:
    (finding,) = match([deb("tar", "not a version!")], fixed_flaw("CVE-1-1", "tar", "1.3"))
    assert (finding.verdict, finding.quiet, finding.fixed_version) == ("undetermined", "", "")
    assert finding.reason == ('the installed version "not a version!" cannot be compared by the deb rules with "1.3"')


def test_aliases_are_one_row_named_by_the_cve() -> None:
    (finding,) = match(
        [deb("tar", "1.2")],
        structs.replace(fixed_flaw("GHSA-x", "tar", "1.4"), aliases=("CVE-2020-1",)),
        structs.replace(fixed_flaw("PYSEC-1", "tar", "1.3"), aliases=("GHSA-x",)),
    )
    assert (finding.id, finding.aliases, finding.fixed_version) == ("CVE-2020-1", ("GHSA-x", "PYSEC-1"), "1.4")


def test_the_fix_is_that_of_the_range_the_version_is_in() -> None:
    advisory = Advisory("CVE-1-1", "tar", ranges=(Range("", "1.2.9"), Range("1.3", "1.3.4"), Range("1.4", "1.4.1")))
    (finding,) = match([deb("tar", "1.3.1")], advisory)
    assert finding.fixed_version == "1.3.4"


def test_a_version_listed_by_name_gets_the_next_fix() -> None:
    advisory = Advisory("CVE-1-1", "tar", ranges=(Range("1.10", "1.11"), Range("1.8", "1.9")), versions=("1.2",))
    (finding,) = match([deb("tar", "1.2")], advisory)
    assert finding.fixed_version == "1.9"


def test_the_distribution_rates_before_others_and_all_ratings_are_kept() -> None:
    ratings = (rated("critical", "nvd", 9.8), rated("low", "debian"), rated("medium", "cvss3", 5.0))
    (finding,) = match([deb("tar", "1.2")], open_flaw("CVE-1-1", "tar", *ratings))
    assert finding.severity == rated("low", "debian")
    assert finding.severities == ratings


def test_where_the_distribution_is_silent_the_gravest_counts() -> None:
    ratings = (rated("unknown", "debian"), rated("medium", "cvss3", 5.0), rated("high", "nvd", 7.1))
    (finding,) = match([deb("tar", "1.2")], open_flaw("CVE-1-1", "tar", *ratings))
    assert finding.severity == rated("high", "nvd", 7.1)


def test_the_order_is_what_can_be_done_first() -> None:
    found = match_packages(shop().packages, DEBIAN_12, "deb", shop_store())
    assert [(finding.id, finding.package.name) for finding in found if not finding.quiet] == [
        ("CVE-2023-38545", "curl"),
        ("CVE-2023-5363", "libssl3"),
        ("CVE-2023-5363", "openssl"),
        ("CVE-2023-3817", "libssl3"),
        ("CVE-2023-3817", "openssl"),
        ("CVE-2005-2541", "tar"),
        ("CVE-2024-13176", "libssl3"),
        ("CVE-2024-13176", "openssl"),
    ]
    assert found == match_packages(reversed(shop().packages), DEBIAN_12, "deb", shop_store())


def test_ids_are_ordered_by_number() -> None:
    ids = ["CVE-2019-9999", "CVE-2019-10000", "CVE-2020-1"]
    found = match([deb("tar", "1")], *(open_flaw(id, "tar") for id in reversed(ids)))
    assert [finding.id for finding in found] == ids


def test_texts_and_known_exploitation_come_from_the_store() -> None:
    found = {finding.id: finding for finding in match_packages(shop().packages, DEBIAN_12, "deb", shop_store())}
    curl = found["CVE-2023-38545"]
    assert curl.known_exploited is not None
    assert curl.known_exploited.added == "2023-11-21"
    assert curl.summary == "curl overflows a heap buffer in the SOCKS5 handshake."
    assert found["CVE-2023-5363"].url == "https://x"
