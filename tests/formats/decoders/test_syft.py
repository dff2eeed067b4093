"""Syft's own JSON."""

import json

import pytest

from lading.formats.decoders.sbom import parse_sbom
from lading.model.errors import FormatError

DOCUMENT = {
    "artifacts": [
        {
            "id": "1",
            "name": "libssl3",
            "version": "3.0.9-1",
            "type": "deb",
            "purl": "pkg:deb/debian/libssl3@3.0.9-1?arch=amd64&upstream=openssl&distro=debian-12",
            "licenses": [{"value": "OpenSSL", "spdxExpression": ""}],
            "cpes": [{"cpe": "cpe:2.3:a:libssl3:libssl3:3.0.9-1:*:*:*:*:*:*:*", "source": "syft-generated"}],
            "locations": [{"path": "/var/lib/dpkg/status"}],
        },
        {"id": "2", "name": "curl", "version": "7.88", "purl": "pkg:deb/debian/curl@7.88?arch=amd64", "cpes": ["x"]},
        {"id": "3", "name": "mystery", "version": "1"},
    ],
    "artifactRelationships": [
        {"parent": "1", "child": "2", "type": "dependency-of"},
        {"parent": "2", "child": "3", "type": "contains"},
    ],
    "distro": {"id": "debian", "versionID": "12", "prettyName": "Debian 12", "versionCodename": "bookworm"},
    "source": {"name": "shop", "metadata": {"userInput": "shop:1", "manifestDigest": "sha256:" + "ab" * 32}},
    "schema": {"version": "16.0.0"},
}


def test_what_it_lists() -> None:
    result = parse_sbom(json.dumps(DOCUMENT).encode(), "x")
    curl, libssl, mystery = sorted(result.inventory.packages, key=lambda one: one.name)
    assert (libssl.type, libssl.version, libssl.source, libssl.licenses) == ("deb", "3.0.9-1", "openssl", ("OpenSSL",))
    assert [place.path for place in libssl.locations] == ["var/lib/dpkg/status"]
    assert curl.depends_on == (libssl.id,)
    assert (mystery.type, mystery.depends_on) == ("generic", ())
    assert result.inventory.distribution is not None
    assert (result.inventory.distribution.release, result.inventory.distribution.pretty) == ("debian-12", "Debian 12")
    assert (result.image.name, result.image.digest) == ("shop:1", "sha256:" + "ab" * 32)
    assert [one.code for one in result.diagnostics] == ["unidentified-components"]


@pytest.mark.parametrize("document", [{"artifacts": [3]}, {"artifacts": [{"name": 3}]}])
def test_what_cannot_be_read(document: object) -> None:
    with pytest.raises(FormatError, match=r"^x: cannot be read as Syft's JSON: "):
        parse_sbom(json.dumps(document).encode(), "x")
