"""CPE names and versions in the form that advisories and programs share."""

import pytest

from lading.model.cpe import Cpe, parse_cpe, product_version


@pytest.mark.parametrize(
    ("text", "cpe"),
    [
        ("cpe:2.3:a:haxx:curl:8.5.0:*:*:*:*:*:*:*", Cpe("a", "haxx", "curl", "8.5.0")),
        ("cpe:2.3:a:Oracle:JDK:1.8.0:update_292:*:*:*:*:*:*", Cpe("a", "oracle", "jdk", "1.8.0", "update_292")),
        (r"cpe:2.3:a:erlang:erlang\/otp:26.0:*:*:*:*:*:*:*", Cpe("a", "erlang", "erlang/otp", "26.0")),
        (r"cpe:2.3:a:x:a\:b\\c:1\:2:-:*:*:*:*:*:*", Cpe("a", "x", "a:b\\c", "1:2", "-")),
        ("cpe:2.3:a:x:y:*:*:*:*:enterprise:node.js:*:*", Cpe("a", "x", "y", "*", "*", "enterprise", "node.js")),
        ("cpe:2.3:a:x:y:-:*:*:*:-:-:*:*", Cpe("a", "x", "y", "-")),
        ("cpe:2.3:o:linux:linux_kernel", Cpe("o", "linux", "linux_kernel")),
        ("cpe:/a:apache:http_server:2.4.1", Cpe("a", "apache", "http_server", "2.4.1")),
        ("cpe:/a:joomla:joomla%21:3.1", Cpe("a", "joomla", "joomla!", "3.1")),
        ("cpe:2.3:a:*:y:1", None),
        ("cpe:2.3:a:x", None),
        ("pkg:generic/curl", None),
        ("", None),
        ("cpe:2.3:a:x:" + "y" * 1000, None),
    ],
)
def test_cpes_are_read(text: str, cpe: Cpe | None) -> None:
    assert parse_cpe(text) == cpe


@pytest.mark.parametrize(
    ("key", "version", "update", "expected"),
    [
        ("haxx:curl", "8.5.0", "*", "8.5.0"),
        ("haxx:curl", "8.5.0", "-", "8.5.0"),
        ("google:tensorflow", "2.9.0", "rc0", "2.9.0-rc0"),
        ("x:y", "2.0", "rc_1", "2.0-rc1"),
        ("sudo_project:sudo", "1.9.5", "patch1", "1.9.5p1"),
        ("sudo_project:sudo", "1.9.5", "p1", "1.9.5p1"),
        ("ntp:ntp", "4.2.8", "p15", "4.2.8p15"),
        ("samba:samba", "3.0.14", "a", "3.0.14a"),
        ("siemens:vesys", "2019.1", "sp1912", "2019.1-sp1912"),
        ("openbsd:openssh", "9.6p1", "", "9.6"),
        ("openbsd:openssh", "9.3", "p2", "9.3p2"),
        ("oracle:jdk", "1.8.0", "update_292", "8.0.292"),
        ("oracle:jdk", "1.8.0", "update292", "8.0.292"),
        ("oracle:openjdk", "8", "update292", "8.0.292"),
        ("oracle:openjdk", "8u292", "", "8.0.292"),
        ("sun:jre", "1.6.0_06", "", "6.0.6"),
        ("oracle:jdk", "1.7.0", "-", "7"),
        ("oracle:jdk", "11.0.11+9", "", "11.0.11"),
        ("ibm:java", "8.0.6.25", "", "8.0.6.25"),
        ("x:y", "1.8.0_292", "", "1.8.0_292"),
    ],
)
def test_versions_take_the_update_in(key: str, version: str, update: str, expected: str) -> None:
    assert product_version(key, version, update) == expected
