"""Digests in bills of materials: of packages that are one file, and of the files that packages are published as."""

import json
from pathlib import Path

import pytest
from msgspec import structs

from lading.formats.decoders.sbom import parse_sbom
from lading.formats.decoders.statements import parse_statements
from lading.model.image import Image
from lading.model.package import Archive, Inventory, Location, Package
from lading.model.properties import OF_TEXT
from lading.model.report import InventoryResult
from tests.formats.sboms import SHOP, VIEW, WRITERS, cyclonedx, spdx, spdx_package
from tests.formats.test_sbom import errors_of

SHA1, SHA256, SHA512 = "a1" * 20, "b2" * 32, "c3" * 64
ADDRESS = "https://registry.example/left-pad-1.3.0.tgz"
JAR = Package(
    "org.example:shop",
    "1.0",
    "maven",
    purl="pkg:maven/org.example/shop@1.0",
    layer=1,
    licenses=("Apache-2.0",),
    locations=(Location("srv/my shop.jar", 1),),
    properties=dict(OF_TEXT),
    digests={"sha1": SHA1, "sha256": SHA256, "sha512": SHA512},
)
INNER = structs.replace(
    JAR,
    name="org.example:till",
    purl="pkg:maven/org.example/till@1.0",
    properties={"path": "srv/my shop.jar!/till.jar"},
)
PAD = Package(
    "left-pad",
    "1.3.0",
    "npm",
    purl="pkg:npm/left-pad@1.3.0",
    layer=1,
    licenses=("WTFPL",),
    locations=(Location("srv/node_modules/left-pad/package.json", 1),),
    archives=(Archive(ADDRESS, {"sha512": SHA512}),),
)
ODD = structs.replace(PAD, name="odd", purl="pkg:npm/odd@1.3.0", archives=(Archive("", {"sha1": SHA1}),))
MANY = structs.replace(
    PAD, name="six", type="pypi", purl="pkg:pypi/six@1.3.0",
    archives=(Archive(ADDRESS, {"sha256": SHA256}), Archive("", {"md5": "d4" * 16}), Archive(checksum="h1:x")),
)  # fmt: skip
STRANGE = structs.replace(
    PAD, name="tan", purl="pkg:npm/t n@1", archives=(Archive("", {"sha1": SHA1}), Archive(f"{ADDRESS}|", {"crc": "1"}))
)
PACKAGES = (JAR, INNER, PAD, ODD, STRANGE, MANY)
RESULT = InventoryResult(SHOP, Inventory(packages=PACKAGES))
both = pytest.mark.parametrize("format", WRITERS)


@both
def test_nothing_is_lost(format: str, tmp_path: Path) -> None:
    document = WRITERS[format](RESULT, VIEW)
    assert errors_of(format, document, tmp_path) == []
    assert parse_sbom(document, "x").inventory == RESULT.inventory
    of_root = InventoryResult(Image("rootfs", "rootfs"), RESULT.inventory)
    assert parse_sbom(WRITERS[format](of_root, VIEW), "x").inventory == RESULT.inventory


def test_cyclonedx_has_a_place_for_each() -> None:
    jar, inner, pad, odd, strange, many = json.loads(WRITERS["cyclonedx"](RESULT, VIEW))["components"]
    hashes = [
        {"alg": "SHA-1", "content": SHA1},
        {"alg": "SHA-256", "content": SHA256},
        {"alg": "SHA-512", "content": SHA512},
    ]
    image = json.loads(WRITERS["cyclonedx"](RESULT, VIEW))["metadata"]["component"]["purl"]
    assert jar["hashes"] == inner["hashes"] == hashes
    assert jar["externalReferences"] == [
        {"type": "distribution", "url": f"{image}#srv/my%20shop.jar", "hashes": hashes}
    ]
    assert "externalReferences" not in inner
    assert [one for one in jar["properties"] if one["name"].startswith("bsi:")] == [
        {"name": "bsi:component:filename", "value": "my shop.jar"},
        {"name": "bsi:component:executable", "value": "executable"},
        {"name": "bsi:component:archive", "value": "archive"},
        {"name": "bsi:component:structured", "value": "structured"},
    ]
    assert jar["licenses"] == [{"expression": "Apache-2.0", "acknowledgement": "concluded"}]
    assert pad["licenses"] == [{"expression": "WTFPL", "acknowledgement": "declared"}]
    sha512 = [{"alg": "SHA-512", "content": SHA512}]
    assert pad["externalReferences"] == [{"type": "distribution", "url": ADDRESS, "hashes": sha512}]
    assert odd["externalReferences"] == [{"type": "distribution", "url": ODD.purl, "hashes": hashes[:1]}]
    assert [one["url"] for one in many["externalReferences"]] == [ADDRESS, MANY.purl]
    assert "externalReferences" not in strange
    assert not any("hashes" in one for one in (pad, odd, strange, many))


def test_spdx_has_a_place_for_each() -> None:
    _, jar, inner, pad, odd, strange, many = json.loads(WRITERS["spdx"](RESULT, VIEW))["packages"]
    assert [one["packageFileName"] for one in (jar, inner)] == ["srv/my shop.jar", "srv/my shop.jar!/till.jar"]
    assert [one["algorithm"] for one in jar["checksums"]] == ["SHA1", "SHA256", "SHA512"]
    assert (jar["licenseConcluded"], jar["licenseDeclared"]) == ("Apache-2.0", "NOASSERTION")
    assert (pad["licenseConcluded"], pad["licenseDeclared"]) == ("NOASSERTION", "WTFPL")
    assert (pad["downloadLocation"], pad["checksums"]) == (ADDRESS, [{"algorithm": "SHA512", "checksumValue": SHA512}])
    assert (odd["downloadLocation"], odd["checksums"]) == (
        "NOASSERTION",
        [{"algorithm": "SHA1", "checksumValue": SHA1}],
    )
    for one in (strange, many):  # of which of them it is made nothing says
        assert one["downloadLocation"] == "NOASSERTION"
        assert "checksums" not in one


def test_spdx_3_names_the_file() -> None:
    elements = json.loads(WRITERS["spdx-3"](RESULT, VIEW))["@graph"]
    named = {one.get("spdxId"): one for one in elements}
    made = [one for one in elements if one.get("relationshipType") == "hasDistributionArtifact"]
    files = [named[one["to"][0]] for one in made]
    assert [(named[one["from"]]["name"], one["completeness"]) for one in made] == [
        ("org.example:shop", "complete"),
        ("org.example:till", "complete"),
    ]
    assert [one["name"] for one in files] == ["srv/my shop.jar", "srv/my shop.jar!/till.jar"]
    assert files[0]["software_additionalPurpose"] == ["executable", "archive", "container"]
    assert [one["algorithm"] for one in files[0]["verifiedUsing"]] == ["sha1", "sha256", "sha512"]
    [pad] = [one for one in elements if one.get("name") == "left-pad"]
    assert pad["software_downloadLocation"] == ADDRESS
    concluded = [one for one in elements if one.get("relationshipType") == "hasConcludedLicense"]
    assert [named[one["from"]]["name"] for one in concluded] == ["org.example:shop"]


@both
def test_what_the_check_finds(format: str) -> None:
    stated = {
        one.name.rpartition(":")[2]: one for one in parse_statements(WRITERS[format](RESULT, VIEW), "x").components
    }
    assert stated["shop"].digests == stated["till"].digests == {"sha1", "sha256", "sha512"}
    assert all(stated[name].is_file and stated[name].file_kind for name in ("shop", "till"))
    assert stated["left-pad"].digests == {"sha512"}
    assert not stated["left-pad"].file_kind


def test_documents_of_others() -> None:
    reference = {"type": "distribution", "url": ADDRESS, "hashes": [{"alg": "SHA-512", "content": SHA512}]}
    vcs = {"type": "vcs", "url": "https://git.example/left-pad"}
    component = {"type": "library", "name": "left-pad", "version": "1.3.0", "purl": PAD.purl}
    document = cyclonedx({**component, "externalReferences": [None, reference, vcs, {"type": "distribution"}]})
    [package] = parse_sbom(document, "x").inventory.packages
    assert (package.archives, package.digests) == (PAD.archives, {})
    sums = [{"algorithm": "SHA512", "checksumValue": SHA512}]
    document = spdx(spdx_package("left-pad", "1.3.0", PAD.purl, checksums=sums, downloadLocation=ADDRESS))
    [package] = parse_sbom(document, "x").inventory.packages
    assert (package.archives, package.digests) == (PAD.archives, {})
    document = spdx(spdx_package("left-pad", "1.3.0", PAD.purl, checksums=sums, downloadLocation="NOASSERTION"))
    [package] = parse_sbom(document, "x").inventory.packages
    assert (package.archives, package.digests) == ((), {"sha512": SHA512})


@both
def test_digests_that_are_none(format: str, tmp_path: Path) -> None:
    hashes = [("SHA-1", SHA1.upper()), ("SHA-256", "../../etc"), ("SHA-512", SHA256), ("MD5", "")]
    reference = {"type": "distribution", "url": ADDRESS, "hashes": [{"alg": "SHA-1", "content": "<script>"}]}
    component = {
        "type": "library",
        "name": "left-pad",
        "version": "1.3.0",
        "purl": PAD.purl,
        "hashes": [{"alg": algorithm, "content": content} for algorithm, content in hashes],
        "externalReferences": [reference],
    }
    found = parse_sbom(cyclonedx(component), "x")
    assert found.inventory.packages[0].digests == {"sha1": SHA1, "sha256": "../../etc", "sha512": SHA256, "md5": ""}
    document = WRITERS[format](InventoryResult(SHOP, found.inventory), VIEW)
    assert errors_of(format, document, tmp_path) == []
    assert parse_sbom(document, "x").inventory == found.inventory
    [stated] = parse_statements(document, "x").components
    assert stated.digests == {"sha1"}


@pytest.mark.parametrize(
    ("name", "address"),
    [
        ("github.com/spf13/cobra", "https://github.com/spf13/cobra"),
        ("github.com/go-playground/validator/v10", "https://github.com/go-playground/validator"),
        ("gitlab.com/a/b/c", "https://gitlab.com/a/b"),
        ("golang.org/x/crypto", "https://go.googlesource.com/crypto"),
        ("gopkg.in/yaml.v3", ""),
        ("github.com/alone", ""),
        ("github.com/a b/c", ""),
        ("stdlib", ""),
    ],
)
def test_where_source_is_kept(name: str, address: str, tmp_path: Path) -> None:
    module = Package(name, "v1.0.0", "golang", purl=f"pkg:golang/{name}@v1.0.0".replace(" ", "%20"))
    result = InventoryResult(SHOP, Inventory(packages=(module,)))
    expected = [address] if address else []
    document = WRITERS["cyclonedx"](result, VIEW)
    assert errors_of("cyclonedx", document, tmp_path) == []
    [component] = json.loads(document)["components"]
    stated = component.get("externalReferences", [])
    assert [(one["type"], one["url"]) for one in stated] == [("vcs", one) for one in expected]
    document = WRITERS["spdx-3"](result, VIEW)
    assert errors_of("spdx-3", document, tmp_path) == []
    elements = json.loads(document)["@graph"]
    [element] = [one for one in elements if (one["type"], one.get("name")) == ("software_Package", name)]
    assert [one["locator"] for one in element.get("externalRef", [])] == [[one] for one in expected]
    assert parse_sbom(document, "x").inventory == result.inventory
