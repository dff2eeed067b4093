"""Packages that install nothing a vulnerability could be in."""

import pytest

from lading.inventory.contents import marked
from lading.model.finding import Finding, MatchBasis
from lading.model.package import Package
from lading.model.properties import NO_CODE
from lading.policy.visibility import hidden_reason


@pytest.mark.parametrize(
    ("files", "without"),
    [
        (("usr/share/doc/krb5-locales/copyright", "usr/share/locale/de/LC_MESSAGES/mit-krb5.mo"), True),
        (("./", "usr/", "usr/share", "usr/share/doc/", "usr/share/doc/a/copyright"), True),
        (("usr/share/doc/libssl-dev/copyright", "usr/include/openssl/ssl.h"), True),
        (("usr/include/openssl/ssl.h", "usr/lib/x86_64-linux-gnu/libssl.a"), False),
        (("usr/share/doc/a/copyright", "usr/bin/a"), False),
        (("usr/share/perl5/A.pm",), False),
        (("etc/a.conf",), False),
        (("usr/share/document/a",), False),
        ((), False),
    ],
)
def test_what_counts_as_code(files: tuple[str, ...], without: bool) -> None:
    (package,) = marked([Package("a", "1", "deb", files=files, properties={"a": "b"})])
    assert package.properties == ({"a": "b"} | NO_CODE if without else {"a": "b"})


def test_vulnerabilities_in_them_are_hidden() -> None:
    package = Package("krb5-locales", "1", "deb", properties={**NO_CODE})
    finding = Finding("CVE-1", package, "affected", MatchBasis("debian-12", "CVE-1"), fixed_version="1.1")
    assert hidden_reason(finding) == "no_code"
