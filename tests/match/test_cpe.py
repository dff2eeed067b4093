"""Programs by their CPE names."""

import pytest

from lading.match.cpe import CpeName, cpe_names, is_matched_by_cpe, other_software, vendor_groups
from lading.model.advisory import Advisory, Condition
from lading.model.package import Evidence, Package

VENDORS = vendor_groups([["f5:nginx", "nginx:nginx", "igor_sysoev:nginx"], ["oracle:jdk", "sun:jdk"]])


def package(*cpes: str, version: str = "1.0", kind: str = "generic", evidence: Evidence = "binary") -> Package:
    return Package("x", version, kind, evidence=evidence, cpes=tuple(f"cpe:2.3:a:{cpe}:*:*:*:*:*:*" for cpe in cpes))


@pytest.mark.parametrize("kind", ["deb", "apk", "rpm", "golang", "composer", "npm", "bitnami", "maven"])
def test_what_has_advisories_of_its_own_is_not_matched_by_cpe(kind: str) -> None:
    assert not is_matched_by_cpe(package("haxx:curl:1:*", kind=kind))


def test_programs_are_matched_when_a_name_can_be_read() -> None:
    assert is_matched_by_cpe(package("haxx:curl:1:*"))
    assert is_matched_by_cpe(package("haxx:curl:1:*", evidence="static"))
    assert not is_matched_by_cpe(package())
    assert not is_matched_by_cpe(Package("x", "1", "generic", cpes=("junk",)))


def test_names_of_every_vendor() -> None:
    assert cpe_names(package("f5:nginx:1.25.3:*", "nginx:nginx:1.25.3:*"), VENDORS) == (
        CpeName("f5:nginx", "1.25.3"),
        CpeName("igor_sysoev:nginx", "1.25.3"),
        CpeName("nginx:nginx", "1.25.3"),
    )


def test_the_version_is_written_as_advisories_write_it() -> None:
    assert cpe_names(package("oracle:jdk:1.8.0:update292"), VENDORS) == (
        CpeName("oracle:jdk", "8.0.292"),
        CpeName("sun:jdk", "8.0.292"),
    )
    assert cpe_names(package("openbsd:openssh:9.6p1:*"), VENDORS) == (CpeName("openbsd:openssh", "9.6"),)


def test_a_name_without_version_takes_the_packages() -> None:
    assert cpe_names(package("haxx:curl:*:*", version="8.5.0"), VENDORS) == (CpeName("haxx:curl", "8.5.0"),)
    assert cpe_names(package("haxx:curl:*:*", version=""), VENDORS) == (CpeName("haxx:curl", ""),)


def test_every_name_of_a_group_knows_the_others() -> None:
    assert VENDORS["sun:jdk"] == ("oracle:jdk",)
    assert VENDORS["nginx:nginx"] == ("f5:nginx", "igor_sysoev:nginx")


def advisory(target: str = "", edition: str = "", key: str = "x:y") -> Advisory:
    return Advisory("CVE-2024-1", key, condition=Condition(target=target, edition=edition))


@pytest.mark.parametrize(
    ("target", "language", "reason"),
    [
        ("", "", ""),
        ("linux", "", ""),
        ("linux_kernel", "", ""),
        ("something_new", "", ""),
        ("windows", "", "it is about the product on windows"),
        ("windows_server_2022", "", "it is about the product on windows_server_2022"),
        ("macos", "", "it is about the product on macos"),
        ("node.js", "", "it is about a library for node.js"),
        ("rust", "python", "it is about a library for rust"),
        ("python", "python", ""),
        ("python", "ruby", "it is about a library for python"),
        ("ruby", "ruby", ""),
        ("wordpress", "php", "it is about an extension of wordpress"),
    ],
)
def test_target_software(target: str, language: str, reason: str) -> None:
    assert other_software(advisory(target), "1.0", language) == reason


def test_without_condition_it_is_the_product() -> None:
    assert other_software(Advisory("CVE-2024-1", "x:y"), "1.0") == ""


@pytest.mark.parametrize(
    ("key", "edition", "version", "reason"),
    [
        ("hashicorp:vault", "enterprise", "1.15.2", "it is about the enterprise edition"),
        ("hashicorp:vault", "enterprise", "1.15.2+ent", ""),
        ("hashicorp:vault", "community", "1.15.2", ""),
        ("gitlab:gitlab", "enterprise", "16.1.0", ""),
    ],
)
def test_editions_that_a_version_names(key: str, edition: str, version: str, reason: str) -> None:
    assert other_software(advisory(edition=edition, key=key), version) == reason
