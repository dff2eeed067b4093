"""Statuses: one finding per vulnerability and installed package, by source package and source version."""

from collections.abc import Iterable

import pytest
from msgspec import structs

from lading.match.conditions import ImageContext
from lading.match.packages import finding_order, match_packages
from lading.match.rating import rate
from lading.model.advisory import Advisory, Condition, Range, ShardName, State, VulnerabilityRecords
from lading.model.finding import Finding, FixState, MatchBasis
from lading.model.package import Package
from lading.policy.visibility import with_visibility
from tests.samples import FakeStore, apk, deb, fixed_vulnerability, open_vulnerability, rated, shop, shop_store


def match(packages: list[Package], *advisories: Advisory, shard: str = "debian-12") -> tuple[Finding, ...]:
    return by(packages, FakeStore({shard: advisories}), shard)


def by(packages: Iterable[Package], store: FakeStore, *shards: str) -> tuple[Finding, ...]:
    """The findings that are open, in their order, with what hides them."""
    held = [provenance for shard in shards if (provenance := store.provenance(ShardName(shard)))]
    found = [rate(finding, VulnerabilityRecords()) for finding in match_packages(packages, held, ImageContext(), store)]
    return with_visibility(sorted((finding for finding in found if finding.is_open), key=finding_order))


def test_binaries_are_matched_by_their_source_package() -> None:
    libssl3 = deb("libssl3", "3.0.9-1", source="openssl")
    (finding,) = match([libssl3], fixed_vulnerability("CVE-2023-5363", "openssl", "3.0.11-1", rated("high")))
    assert finding == Finding(
        id="CVE-2023-5363",
        package=libssl3,
        status="affected",
        basis=MatchBasis(
            "debian-12", "CVE-2023-5363", "openssl", "3.0.9-1", "deb", Range(fixed="3.0.11-1"), listed=False
        ),
        severity=rated("high"),
        severities=(rated("high"),),
        fix_state="fixed",
        fixed_version="3.0.11-1",
        url="https://nvd.nist.gov/vuln/detail/CVE-2023-5363",
        risk=21.7,
    )


def test_a_binary_is_not_matched_by_a_source_that_has_its_name() -> None:
    assert match([deb("openssl", "1", source="other")], open_vulnerability("CVE-1-1", "openssl")) == ()


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
    assert bool(match([bash], fixed_vulnerability("CVE-1-1", "bash", "5.2.15-2+b1"))) is affected


@pytest.mark.parametrize(
    ("lesser", "statuses"),
    [
        ((), ["under_investigation"]),
        ((fixed_vulnerability("CVE-1-1", "tar", "1.1"),), []),
        ((fixed_vulnerability("CVE-1-1", "tar", "1.3"),), ["affected"]),
        ((Advisory("CVE-1-1", "tar", "under_investigation"),), ["under_investigation"]),
    ],
)
def test_where_only_a_later_fix_is_known_a_lesser_source_decides(
    lesser: tuple[Advisory, ...], statuses: list[str]
) -> None:
    later = Advisory("CVE-1-1", "tar", "under_investigation", ranges=(Range(fixed="1.5"),))
    store = FakeStore({"debian-12": (later,), "osv-debian-12": lesser})
    found = by([deb("tar", "1.2")], store, "debian-12", "osv-debian-12")
    assert [finding.status for finding in found] == statuses
    assert by([deb("tar", "1.5")], store, "debian-12") == ()


def test_alpine_is_matched_by_origin() -> None:
    found = match(
        [apk("libcrypto3", "3.1.4-r0", "openssl"), apk("busybox", "1.36.1-r15")],
        fixed_vulnerability("CVE-2023-5678", "openssl", "3.1.4-r1"),
        fixed_vulnerability("CVE-2023-42363", "busybox", "1.36.1-r15"),
        shard="alpine-3.18",
    )
    assert [(finding.package.name, finding.id) for finding in found] == [("libcrypto3", "CVE-2023-5678")]


@pytest.mark.parametrize(
    "advisory",
    [
        Advisory("CVE-1-1", "tar", state="not_affected", ranges=(Range(),)),
        Advisory("CVE-1-1", "tar", state="not_affected"),
        fixed_vulnerability("CVE-1-1", "tar", "0"),
        fixed_vulnerability("CVE-1-1", "tar", "1.2"),
        Advisory("CVE-1-1", "tar", ranges=(Range(introduced="2.0"),)),
    ],
)
def test_what_is_not_affected_or_fixed_is_no_finding(advisory: Advisory) -> None:
    assert match([deb("tar", "1.2")], advisory) == ()


def test_fixed_in_zero_means_never_even_for_versions_below_zero() -> None:
    assert match([deb("tar", "0~git2020")], fixed_vulnerability("CVE-1-1", "tar", "0")) == ()


@pytest.mark.parametrize(
    ("state", "fix_state", "hidden_reason"),
    [
        ("affected", "not_fixed", ""),
        ("minor", "minor", "minor"),
        ("deferred", "deferred", "deferred"),
        ("wont_fix", "wont_fix", "wont_fix"),
        ("end_of_life", "end_of_life", ""),
    ],
)
def test_states_without_a_fix(state: State, fix_state: FixState, hidden_reason: str) -> None:
    (finding,) = match([deb("tar", "1.2")], structs.replace(open_vulnerability("CVE-1-1", "tar"), state=state))
    assert (finding.status, finding.fix_state, finding.hidden_reason, finding.fixed_version) == (
        "affected",
        fix_state,
        hidden_reason,
        "",
    )


def test_what_can_be_fixed_is_shown_however_small() -> None:
    minor = structs.replace(fixed_vulnerability("CVE-1-1", "tar", "1.3", rated("negligible")), state="minor")
    (finding,) = match([deb("tar", "1.2")], minor)
    assert (finding.hidden_reason, finding.fixed_version) == ("", "1.3")


def test_negligible_without_a_fix_is_hidden() -> None:
    (finding,) = match([deb("tar", "1.2")], open_vulnerability("CVE-1-1", "tar", rated("negligible")))
    assert finding.hidden_reason == "negligible"


@pytest.mark.parametrize(
    ("name", "hidden_reason"),
    [
        ("linux-libc-dev", "kernel_headers"),
        ("linux-headers-6.1.0-10-amd64", "kernel_headers"),
        ("linux-kbuild-6.1", "kernel_headers"),
        ("linux-doc-6.1", "kernel_headers"),
        ("linux-image-6.1.0-10-amd64", ""),
    ],
)
def test_packages_without_kernel_code_are_hidden_even_with_a_fix(name: str, hidden_reason: str) -> None:
    (finding,) = match([deb(name, "6.1.38-1", source="linux")], fixed_vulnerability("CVE-1-1", "linux", "6.1.52-1"))
    assert (finding.status, finding.hidden_reason) == ("affected", hidden_reason)


def test_upstream_undecided_is_undetermined_and_hidden() -> None:
    (finding,) = match([deb("tar", "1.2")], Advisory("CVE-1-1", "tar", state="under_investigation"))
    assert (finding.status, finding.hidden_reason) == ("under_investigation", "under_investigation")
    assert finding.reason == "debian-12 has not decided yet whether it is affected"


def test_a_version_that_cannot_be_compared_is_undetermined_and_shown() -> None:
    (finding,) = match([deb("tar", "not a version!")], fixed_vulnerability("CVE-1-1", "tar", "1.3"))
    assert (finding.status, finding.hidden_reason, finding.fixed_version) == ("under_investigation", "", "")
    assert finding.reason == ('the installed version "not a version!" cannot be compared by the deb rules with "1.3"')


def test_aliases_are_one_row_named_by_the_cve() -> None:
    (finding,) = match(
        [deb("tar", "1.2")],
        structs.replace(fixed_vulnerability("GHSA-x", "tar", "1.4"), aliases=("CVE-2020-1",)),
        structs.replace(fixed_vulnerability("PYSEC-1", "tar", "1.3"), aliases=("GHSA-x",)),
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
    (finding,) = match([deb("tar", "1.2")], open_vulnerability("CVE-1-1", "tar", *ratings))
    assert finding.severity == rated("low", "debian")
    assert finding.severities == ratings


def test_where_the_distribution_is_silent_the_advisory_rates_before_the_nvd() -> None:
    ratings = (rated("unknown", "debian"), rated("medium", "cvss3", 5.0), rated("high", "nvd", 7.1))
    (finding,) = match([deb("tar", "1.2")], open_vulnerability("CVE-1-1", "tar", *ratings))
    assert finding.severity == rated("medium", "cvss3", 5.0)


def test_the_order_is_what_can_be_done_first() -> None:
    found = by(shop().packages, shop_store(), "debian-12")
    assert [(finding.id, finding.package.name) for finding in found if not finding.hidden_reason] == [
        ("CVE-2023-38545", "curl"),
        ("CVE-2023-5363", "libssl3"),
        ("CVE-2023-5363", "openssl"),
        ("CVE-2023-3817", "libssl3"),
        ("CVE-2023-3817", "openssl"),
        ("CVE-2024-13176", "libssl3"),
        ("CVE-2024-13176", "openssl"),
        ("CVE-2005-2541", "tar"),
    ]
    assert found == by(reversed(shop().packages), shop_store(), "debian-12")


def test_ids_are_ordered_by_number() -> None:
    ids = ["CVE-2019-9999", "CVE-2019-10000", "CVE-2020-1"]
    found = match([deb("tar", "1")], *(open_vulnerability(id, "tar") for id in reversed(ids)))
    assert [finding.id for finding in found] == ids


def test_texts_come_from_the_store() -> None:
    found = {finding.id: finding for finding in by(shop().packages, shop_store(), "debian-12")}
    assert found["CVE-2023-38545"].summary == "curl overflows a heap buffer in the SOCKS5 handshake."
    assert found["CVE-2023-5363"].url == "https://x"


def python(name: str, version: str) -> Package:
    return Package(name, version, "pypi", purl=f"pkg:pypi/{name}@{version}")


def matched_against(first: Advisory | None, second: Advisory | None) -> tuple[Finding, ...]:
    shards: dict[str, tuple[Advisory, ...]] = {
        "pypi": (first,) if first else (),
        "gitlab-pypi": (second,) if second else (),
    }
    store = FakeStore(shards, schemes={"pypi": "pep440", "gitlab-pypi": "pep440"})
    return by([python("Django", "4.2.1")], store, "pypi", "gitlab-pypi")


def test_names_are_looked_up_as_the_ecosystem_normalises_them() -> None:
    (finding,) = matched_against(fixed_vulnerability("PYSEC-1", "django", "4.2.2"), None)
    assert finding.package.name == "Django"


def test_of_two_shards_the_first_decides_and_the_second_adds_what_it_knows() -> None:
    ours = structs.replace(fixed_vulnerability("PYSEC-1", "django", "4.2.2"), aliases=("CVE-2023-1",))
    theirs = Advisory(
        "CVE-2023-1",
        "django",
        ranges=(Range(fixed="5.0"),),
        aliases=("GHSA-1",),
        severities=(rated("high", "cvss3", 7.5),),
        cwes=("CWE-79",),
        note="X-1",
    )
    (finding,) = matched_against(ours, theirs)
    assert (finding.id, finding.aliases, finding.notices) == ("CVE-2023-1", ("PYSEC-1", "GHSA-1"), ("X-1",))
    assert (finding.fixed_version, finding.basis.shard, finding.basis.advisory) == ("4.2.2", "pypi", "PYSEC-1")
    assert (finding.severity, finding.cwes) == (rated("high", "cvss3", 7.5), ("CWE-79",))


@pytest.mark.parametrize(
    "first",
    [
        fixed_vulnerability("CVE-2023-1", "django", "4.2.1"),
        Advisory("CVE-2023-1", "django", state="not_affected"),
        structs.replace(fixed_vulnerability("PYSEC-1", "django", "4.0"), aliases=("CVE-2023-1",)),
    ],
)
def test_what_the_first_shard_clears_the_second_does_not_raise(first: Advisory) -> None:
    assert matched_against(first, open_vulnerability("CVE-2023-1", "django")) == ()


def test_what_only_the_second_shard_knows_is_found() -> None:
    (finding,) = matched_against(
        fixed_vulnerability("CVE-2023-2", "django", "4.0"), fixed_vulnerability("CVE-2023-1", "django", "4.3")
    )
    assert (finding.id, finding.basis.shard) == ("CVE-2023-1", "gitlab-pypi")


@pytest.mark.parametrize(
    ("label", "module", "found"),
    [
        ("nodejs:18:8080020230:63b34585:x86_64", "nodejs:18", True),
        ("nodejs:20:8080020230:63b34585:x86_64", "nodejs:18", False),
        ("nodejs:18:8080020230:63b34585:x86_64", "", False),
        ("", "nodejs:18", False),
        ("", "", True),
    ],
)
def test_modules_are_matched_by_their_own_stream(label: str, module: str, found: bool) -> None:
    condition = Condition(module=module) if module else None
    advisory = structs.replace(fixed_vulnerability("CVE-1-1", "nodejs", "2"), condition=condition)
    package = Package("nodejs", "1", "rpm", arch="x86_64", properties={"modularity": label})
    store = FakeStore({"rhel-8": (advisory,)}, schemes={"rhel-8": "rpm"}, names={"rhel-8": "both"})
    assert bool(by([package], store, "rhel-8")) is found


def test_a_module_build_without_a_label_is_matched_by_any_stream() -> None:
    advisory = structs.replace(fixed_vulnerability("CVE-1-1", "nodejs", "2"), condition=Condition(module="nodejs:18"))
    package = Package("nodejs", "1-1.module+el8.5.0+1", "rpm", arch="x86_64")
    store = FakeStore({"oracle-8": (advisory,)}, schemes={"oracle-8": "rpm"}, names={"oracle-8": "binary"})
    assert len(by([package], store, "oracle-8")) == 1


@pytest.mark.parametrize(
    ("build", "found"), [("4010+x", True), ("4011+x", False), ("4012+x", False), ("4013+x", False)]
)
def test_every_build_of_a_module_is_a_fix(build: str, found: bool) -> None:
    ranges = tuple(Range(fixed=f"2-1.module_el8.10.0+{number}+x") for number in (4013, 4012, 4011))
    advisory = structs.replace(fixed_vulnerability("CVE-1-1", "nodejs", "2"), ranges=ranges)
    package = Package("nodejs", f"2-1.module_el8.10.0+{build}", "rpm", arch="x86_64")
    package = structs.replace(package, properties={"modularity": "nodejs:18"})
    advisory = structs.replace(advisory, condition=Condition(module="nodejs:18"))
    store = FakeStore({"almalinux-8": (advisory,)}, schemes={"almalinux-8": "rpm"}, names={"almalinux-8": "binary"})
    assert bool(by([package], store, "almalinux-8")) is found


@pytest.mark.parametrize(
    ("version", "fixed"),
    [
        ("1.3.1-36.el8_10", "1.3.1-39.el8"),
        ("1.3.1-37.el8_10", "1.3.1-39.el8"),
        ("1.3.1-38.el8_10", ""),
        ("1.3.1-37.el8_8", ""),
    ],
)
def test_a_further_advisory_for_a_minor_release_repairs_what_the_first_had_not(version: str, fixed: str) -> None:
    fixes = ("RHSA-1", "1.3.1-37.el8_10"), ("RHSA-2", "1.3.1-38.el8_10"), ("RHSA-3", "1.3.1-37.el8_8")
    advisories = tuple(
        structs.replace(fixed_vulnerability("CVE-1-1", "pam", build), note=note)
        for note, build in (*fixes, ("RHSA-4", "1.3.1-39.el8"))
    )
    store = FakeStore({"almalinux-8": advisories}, schemes={"almalinux-8": "rpm"}, names={"almalinux-8": "binary"})
    found = by([Package("pam", version, "rpm", arch="x86_64")], store, "almalinux-8")
    assert [finding.fixed_version for finding in found] == ([fixed] if fixed else [])


@pytest.mark.parametrize(
    ("arches", "found"),
    [((), True), (("x86_64",), True), (("aarch64",), False), (("src",), False), (("binary",), True)],
)
def test_architectures(arches: tuple[str, ...], found: bool) -> None:
    advisory = structs.replace(fixed_vulnerability("CVE-1-1", "curl", "2"), condition=Condition(arches=arches))
    package = Package("curl", "1", "rpm", arch="x86_64", source="other", source_version="1")
    store = FakeStore({"rhel-9": (advisory,)}, schemes={"rhel-9": "rpm"}, names={"rhel-9": "both"})
    assert bool(by([package], store, "rhel-9")) is found


def test_an_advisory_on_a_source_reaches_all_its_binaries_where_a_shard_goes_by_both() -> None:
    advisory = structs.replace(fixed_vulnerability("CVE-1-1", "curl", "2"), condition=Condition(arches=("src",)))
    package = Package("libcurl", "1", "rpm", arch="x86_64", source="curl", source_version="1")
    store = FakeStore({"rhel-9": (advisory,)}, schemes={"rhel-9": "rpm"}, names={"rhel-9": "both"})
    assert len(by([package], store, "rhel-9")) == 1


def test_a_source_whose_epoch_is_not_known_is_compared_without() -> None:
    advisory = fixed_vulnerability("CVE-1-1", "perl", "4:5.32.1-480")
    errno = Package("perl-Errno", "1.30-481", "rpm", source="perl", source_version="5.32.1-481")
    store = FakeStore({"azurelinux-3.0": (advisory,)}, schemes={"azurelinux-3.0": "rpm"})
    assert by([errno], store, "azurelinux-3.0") == ()
    older = structs.replace(errno, source_version="5.32.1-479")
    assert len(by([older], store, "azurelinux-3.0")) == 1


def test_oracles_ksplice_builds_have_a_line_of_their_own() -> None:
    fixed = fixed_vulnerability("CVE-1-1", "glibc", "2:2.28-251.0.3.ksplice1.el8")
    store = FakeStore({"oracle-8": (fixed,)}, schemes={"oracle-8": "rpm"}, names={"oracle-8": "binary"})
    assert by([Package("glibc", "2.28-251.0.2.el8", "rpm")], store, "oracle-8") == ()
    ksplice = Package("glibc", "2:2.28-251.0.2.ksplice1.el8", "rpm")
    assert len(by([ksplice], store, "oracle-8")) == 1


def test_the_builds_of_rockys_cloud_group_have_a_line_of_their_own() -> None:
    fixed = fixed_vulnerability("CVE-1-1", "kernel", "4.18.0-425.10.1.el8_7.cloud")
    store = FakeStore({"rocky-linux-8": (fixed,)}, schemes={"rocky-linux-8": "rpm"})
    assert by([Package("kernel", "4.18.0-425.10.1.el8_7", "rpm")], store, "rocky-linux-8") == ()
    assert len(by([Package("kernel", "4.18.0-425.3.1.el8_7.cloud", "rpm")], store, "rocky-linux-8")) == 1
