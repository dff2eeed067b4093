"""Bitnami: exact packages and exact diagnostics."""

import json

from lading.inventory.catalogers import bitnami
from lading.inventory.catalogers.cataloger import CatalogerResult, FoundPackage
from lading.model.diagnostic import Diagnostic
from tests.inventory.catalogers.parsing import damaged, expected_keys, facts, fixture, keys, left_out

COMPONENTS = "opt/bitnami/.bitnami_components.json"
SPDX = "opt/bitnami/redis/.spdx-redis.spdx"
MAIN = FoundPackage(
    type="bitnami",
    name="redis",
    version="7.4.1-0",
    arch="arm64",
    licenses=("RSALv2",),
    files=("opt/bitnami/redis/",),
    cpes=("cpe:2.3:*:redis:redis:7.4.1:*:*:*:*:*:*:*",),
    purl="pkg:bitnami/redis@7.4.1-0?arch=arm64&distro=debian-12",
)
TAGGED = """SPDXVersion: SPDX-2.3
Creator: Organization: VMware, Inc.
PackageName: redis
PackageVersion: 7.4.1-0
PackageLicenseConcluded: RSALv2
PackageLicenseDeclared: NOASSERTION
ExternalRef: SECURITY cpe23Type cpe:2.3:*:redis:redis:7.4.1:*:*:*:*:*:*:*
ExternalRef: PACKAGE-MANAGER purl pkg:bitnami/redis@7.4.1-0?arch=arm64&distro=debian-12
ExternalRef: odd
"""


def spdx_package(name: str, version: str, purl: str, **more: object) -> dict[str, object]:
    return {
        "name": name,
        "versionInfo": version,
        "externalRefs": [{"referenceType": "purl", "referenceLocator": purl, "referenceCategory": "PACKAGE-MANAGER"}],
        **more,
    }


def test_components() -> None:
    text = (
        '{"b": {"arch": "amd64", "distro": "debian-12", "type": "NAMI", "version": "1.0-2+x"}, "a": {"version": "1"}}'
    )
    assert facts(bitnami.CATALOGER, COMPONENTS, text) == CatalogerResult(
        packages=(
            FoundPackage("bitnami", "a", "1", files=("opt/bitnami/a/",), purl="pkg:bitnami/a@1"),
            FoundPackage(
                type="bitnami",
                name="b",
                version="1.0-2+x",
                arch="amd64",
                files=("opt/bitnami/b/",),
                purl="pkg:bitnami/b@1.0-2%2Bx?arch=amd64&distro=debian-12",
            ),
        )
    )


def test_spdx_as_json() -> None:
    cpe = {"referenceType": "cpe23Type", "referenceLocator": "cpe:2.3:*:redis:redis:7.4.1:*:*:*:*:*:*:*"}
    main = spdx_package(
        "redis",
        "7.4.1-0",
        "pkg:bitnami/redis@7.4.1-0?arch=arm64&distro=debian-12",
        licenseConcluded="RSALv2",
        licenseDeclared="NONE",
    )
    main["externalRefs"] = [cpe, *main["externalRefs"]]  # type: ignore[misc]
    library = spdx_package("geos", "3.13.0", "pkg:bitnami/geos@3.13.0")
    foreign = spdx_package("a:b", "1", "pkg:maven/a/b@1")
    document = json.dumps({"spdxVersion": "SPDX-2.3", "packages": [main, library, foreign]})
    assert facts(bitnami.CATALOGER, SPDX, document).packages == (
        MAIN,
        FoundPackage("bitnami", "geos", "3.13.0", evidence="bundled", purl="pkg:bitnami/geos@3.13.0"),
    )


def test_spdx_as_tags_and_values() -> None:
    assert facts(bitnami.CATALOGER, SPDX, TAGGED) == CatalogerResult(packages=(MAIN,))


def test_what_cannot_be_read_is_told() -> None:
    message = "not a list of Bitnami's components: nothing was read from it"
    for path, text in ((COMPONENTS, "[]"), (COMPONENTS, ""), (SPDX, "{"), (SPDX, ""), (SPDX, '{"packages": 3}')):
        assert facts(bitnami.CATALOGER, path, text) == CatalogerResult(
            diagnostics=(Diagnostic("incomplete", "broken-package-database", message, path),)
        )
    assert facts(bitnami.CATALOGER, COMPONENTS, '{"a": {}}').diagnostics == (
        left_out(COMPONENTS, "component a has no version"),
    )
    assert facts(bitnami.CATALOGER, "opt/bitnami/a/other.spdx", "junk") == CatalogerResult()


def test_damage_never_raises() -> None:
    for data in damaged(TAGGED.encode()):
        facts(bitnami.CATALOGER, SPDX, data)
    for data in damaged(b'{"packages": [{"name": "a", "externalRefs": [{"referenceType": "purl"}]}]}'):
        facts(bitnami.CATALOGER, SPDX, data)
        facts(bitnami.CATALOGER, COMPONENTS, data)


def test_fixture() -> None:
    found, expected = fixture("bitnami", "components-json-mongodb", bitnami.CATALOGER)
    assert keys(found) == expected_keys(expected)
    assert sorted(one.purl for one in found) == sorted(one["purl"] for one in expected)
