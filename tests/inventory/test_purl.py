"""Package URLs: by type, and held against packageurl-python."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from packageurl import PackageURL

from lading.inventory.catalogers.cataloger import FoundPackage
from lading.inventory.purl import candidate_urls, package_url
from lading.model.package import Distribution

DEBIAN = Distribution("debian", "12", "bookworm", "Debian 12", "debian-12")


@pytest.mark.parametrize(
    ("found", "purl"),
    [
        (
            FoundPackage("deb", "libstdc++6", "12.2-14", "amd64", "gcc-12", "12.2-14"),
            "pkg:deb/debian/libstdc%2B%2B6@12.2-14?arch=amd64&distro=debian-12&upstream=gcc-12",
        ),
        (
            FoundPackage("deb", "libacl1", "2.3.1-3+b1", "amd64", "acl", "2.3.1-3"),
            "pkg:deb/debian/libacl1@2.3.1-3%2Bb1?arch=amd64&distro=debian-12&upstream=acl%402.3.1-3",
        ),
        (
            FoundPackage("rpm", "bash", "1:5.1-2", "x86_64", properties={"sourcerpm": "bash-5.1-2.src.rpm"}),
            "pkg:rpm/debian/bash@5.1-2?arch=x86_64&distro=debian-12&epoch=1&upstream=bash-5.1-2.src.rpm",
        ),
        (FoundPackage("npm", "@babel/core", "7.1.0"), "pkg:npm/%40babel/core@7.1.0"),
        (
            FoundPackage("vscode-extension", "Red-Hat.java.x", "1", properties={"platform": "linux-x64"}),
            "pkg:vscode-extension/red-hat/java.x@1?platform=linux-x64",
        ),
        (FoundPackage("maven", "org.a:b", "1"), "pkg:maven/org.a/b@1"),
        (FoundPackage("maven", "b", "1"), "pkg:maven/b@1"),
        (FoundPackage("golang", "github.com/a/b/v3", "v3.1.0"), "pkg:golang/github.com/a/b/v3@v3.1.0"),
        (FoundPackage("pypi", "zope.interface", "5"), "pkg:pypi/zope.interface@5"),
        (FoundPackage("composer", "Vendor/Name", "1"), "pkg:composer/vendor/name@1"),
        (FoundPackage("cocoapods", "Core/Sub", "1"), "pkg:cocoapods/Core@1#Sub"),
        (FoundPackage("gem", "nokogiri", "1", properties={"platform": "java"}), "pkg:gem/nokogiri@1?platform=java"),
        (FoundPackage("generic", "a b", ""), "pkg:generic/a%20b"),
        (FoundPackage("maven", "a:", "1"), ""),
        (FoundPackage("generic", "x", "1", purl="pkg:other/y@1"), "pkg:other/y@1"),
    ],
)
def test_the_rules_of_each_type(found: FoundPackage, purl: str) -> None:
    assert package_url(found, DEBIAN) == purl


TEXT = st.text(st.characters(blacklist_categories=["Cs"]), max_size=12)


@given(name=st.text(st.characters(codec="ascii", categories=["L", "N", "P", "S"]), min_size=1), version=TEXT, arch=TEXT)
def test_what_the_library_would_write(name: str, version: str, arch: str) -> None:
    if not name.strip("/ ") or "/" in name or arch.strip() != arch or version.strip() != version or "/" in version:
        return
    found = FoundPackage("generic", name, version, arch)
    expected = PackageURL("generic", None, name, version or None, {"arch": arch} if arch else None)
    assert package_url(found, None) == expected.to_string()


def test_what_a_package_may_be() -> None:
    found = FoundPackage("maven", "atlas", "1.4", candidates=("org.apache.atlas:atlas", "com.btmatthews.atlas:atlas"))
    assert candidate_urls(found) == ("pkg:maven/com.btmatthews.atlas/atlas@1.4", "pkg:maven/org.apache.atlas/atlas@1.4")
