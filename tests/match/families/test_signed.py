"""Signed packages by the sources that their code comes from. The versions are those of the packages themselves, and of
what their `Built-Using` names."""

import pytest

from lading.match.families.signed import unsigned_source
from lading.model.advisory import Range
from lading.model.package import Package
from tests.match.test_packages import match
from tests.samples import deb, fixed_vulnerability


@pytest.mark.parametrize(
    ("source", "source_version", "version", "expected"),
    [
        ("linux-signed-amd64", "6.1.27+1", "6.1.27-1", ("linux", "6.1.27-1")),
        ("linux-signed-arm64", "5.10.223+1", "5.10.223-1", ("linux", "5.10.223-1")),
        ("linux-signed-6.12-amd64", "6.12.115+2~deb12u1", "6.12.115-2~deb12u1", ("linux-6.12", "6.12.115-2~deb12u1")),
        ("linux-signed", "5.15.0-91.101", "5.15.0-91.101", ("linux", "5.15.0-91.101")),
        ("linux-signed-aws", "6.8.0-1008.8", "6.8.0-1008.8", ("linux-aws", "6.8.0-1008.8")),
        ("linux-signed-hwe-6.5", "6.5.0-14.14+1", "6.5.0-14.14", ("linux-hwe-6.5", "6.5.0-14.14+1")),
        ("grub-efi-amd64-signed", "1+2.06+8", "1+2.06+8", ("grub2", "2.06-8")),
        ("grub-efi-amd64-signed", "1+2.06+13+deb12u2", "1+2.06+13+deb12u2", ("grub2", "2.06-13+deb12u2")),
        ("grub-efi-ia32-signed", "1+2.02+dfsg1+20+deb10u4", "-", ("grub2", "2.02+dfsg1-20+deb10u4")),
        ("shim-helpers-amd64-signed", "1+16.1+2~deb12u1", "1+16.1+2~deb12u1", ("shim", "16.1-2~deb12u1")),
        ("fwupd-amd64-signed", "1:1.4+1", "1:1.4+1", ("fwupd-efi", "1:1.4-1")),
        ("fwupd-amd64-signed", "1.5.7+4", "1.5.7+4", ("fwupd", "1.5.7-4")),
        ("shim-signed", "1.51~1+deb12u1", "1.51~1+deb12u1+16.1-2~deb12u1", ("shim", "16.1-2~deb12u1")),
        ("shim-signed", "1.39+15.7-1", "1.39+15.7-1", ("shim", "15.7-1")),
        ("shim-signed", "1.40.10", "1.40.10+15.8-0ubuntu1", ("shim", "15.8-0ubuntu1")),
        ("shim-signed", "1.33", "1.33+15+1533136590.3beb971-7", ("shim", "15+1533136590.3beb971-7")),
        ("shim-signed", "1.51~1+deb12u1", "1.51~1+deb12u1", None),
        ("grub2-signed", "1.187.6", "1.187.6+2.06-2ubuntu14.4", ("grub2-unsigned", "2.06-2ubuntu14.4")),
        ("fwupd-signed", "1.51.1~22.04.1", "1.51.1~22.04.1+1.4-0ubuntu0.1", ("fwupd-efi", "1.4-0ubuntu0.1")),
        ("fwupd-signed", "1.27.1ubuntu7", "1.27.1ubuntu7+1.7.9-1~20.04.1", ("fwupd", "1.7.9-1~20.04.1")),
        ("s390-tools-signed", "2.31.0-0ubuntu5", "2.31.0-0ubuntu5", ("s390-tools", "2.31.0-0ubuntu5")),
        ("linux", "6.1.27-1", "6.1.27-1", None),
        ("designed", "1.0-1", "1.0-1", None),
        ("python-signedjson", "1.1.4-1", "1.1.4-1", None),
        ("rust-unsigned-varint", "0.7.1-1", "0.7.1-1", None),
    ],
)  # fmt: skip
def test_the_source_that_the_code_comes_from(
    source: str, source_version: str, version: str, expected: tuple[str, str] | None
) -> None:
    assert unsigned_source("deb", source, source_version, version) == expected


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("kernel-signed-x86_64", "kernel"),
        ("kernel-azure-signed-aarch64", "kernel-azure"),
        ("grub2-efi-binary-signed-x86_64", "grub2"),
        ("edk2-hvloader-signed-x86_64", "edk2"),
    ],
)
def test_sources_of_azure_linux(source: str, expected: str) -> None:
    assert unsigned_source("rpm", source, "5.15.131.1-2.cm2", "5.15.131.1-2.cm2") == (expected, "5.15.131.1-2.cm2")


def test_a_signed_kernel_has_the_vulnerabilities_of_the_kernel() -> None:
    image = deb("linux-image-6.1.0-9-amd64", "6.1.27-1", source="linux-signed-amd64", source_version="6.1.27+1")
    older = fixed_vulnerability("CVE-2023-0001", "linux", "6.1.27-1")
    (found,) = match([image], fixed_vulnerability("CVE-2023-2156", "linux", "6.1.37-1"), older)
    assert (found.id, found.fixed_version, found.hidden_reason) == ("CVE-2023-2156", "6.1.37-1", "")
    assert (found.basis.name, found.basis.version) == ("linux", "6.1.27-1")
    assert found.basis.range == Range(fixed="6.1.37-1")


def test_the_signed_package_may_be_known_by_its_own_name_as_well() -> None:
    grub = Package(
        "grub-efi-amd64-signed", "1.187.6+2.06-2ubuntu14.4", "deb", "amd64",
        source="grub2-signed", source_version="1.187.6",
    )  # fmt: skip
    own = fixed_vulnerability("CVE-2024-1", "grub2-signed", "1.187.7")
    code = fixed_vulnerability("CVE-2024-1", "grub2-unsigned", "2.06-2ubuntu14.5")
    assert [one.id for one in match([grub], own, code)] == ["CVE-2024-1"]
