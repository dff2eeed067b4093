"""What bills of materials state, ours in every format and those of others, and what of that guidelines ask for."""

import json
from collections.abc import Callable

import pytest
from msgspec import structs

from lading.formats.decoders.statements import parse_statements
from lading.formats.encoders.cyclonedx import encode_cyclonedx, encode_cyclonedx_17
from lading.formats.encoders.spdx import encode_spdx
from lading.formats.encoders.spdx3 import encode_spdx3
from lading.formats.encoders.text.completeness import encode_completeness_table
from lading.formats.view import View
from lading.model.completeness import SbomStatements
from lading.model.errors import FormatError
from lading.model.package import Inventory, Location, Package
from lading.model.report import InventoryResult
from lading.policy.completeness import completeness_of
from tests.formats.sboms import SHOP
from tests.samples import BOOKWORM

Writer = Callable[[InventoryResult, View], bytes]
VIEW = View(tool="lading 1.0", author="Example Ltd <sbom@example.com>", supplier="Example Ltd")
WHOLE = Package(
    "left-pad",
    "1.3.0",
    "npm",
    purl="pkg:npm/left-pad@1.3.0",
    maintainer="Somebody",
    licenses=("WTFPL",),
    digests={"sha512": "ab" * 64},
    locations=(Location("srv/node_modules/left-pad/package.json", 1),),
)
BARE = Package("thing", "", "generic")
RESULT = InventoryResult(SHOP, Inventory(BOOKWORM, (BARE, WHOLE)))


@pytest.mark.parametrize(
    ("write", "format", "phase"),
    [
        (encode_cyclonedx, "CycloneDX 1.6", "post-build"),
        (encode_cyclonedx_17, "CycloneDX 1.7", "post-build"),
        (encode_spdx, "SPDX 2.3", "post-build"),
        (encode_spdx3, "SPDX 3.0.1", "analyzed"),
    ],
)
def test_what_ours_state(write: Writer, format: str, phase: str) -> None:
    stated = parse_statements(write(RESULT, VIEW), "x")
    assert (stated.format, stated.phase, stated.subject) == (format, phase, SHOP.name)
    assert stated.author.startswith("Example Ltd")
    assert (stated.address, stated.tool.replace("-", " ")) == ("sbom@example.com", "lading 1.0"[: len(stated.tool)])
    assert stated.time == "2024-05-06T07:08:07Z"
    assert stated.identity
    bare, whole = stated.components
    assert (whole.name, whole.version, whole.supplier) == ("left-pad", "1.3.0", "Somebody")
    assert (whole.identifiers, whole.digests, whole.related) == ((WHOLE.purl,), frozenset({"sha512"}), True)
    assert len(whole.licenses) == 1
    assert (bare.name, bare.version, bare.supplier, bare.identifiers, bare.licenses) == ("thing", "", "", (), ())
    assert not bare.digests
    assert whole.paths == ("srv/node_modules/left-pad/package.json",)
    assert whole.no_assertion == frozenset({"file-kind"})
    assert bare.no_assertion == {"digest", "file", "license", "sha512", "supplier", "version"}


def test_what_nobody_states_is_missing() -> None:
    completeness = completeness_of(SbomStatements("CycloneDX 1.4"), "x")
    assert not completeness.is_whole
    assert [one.id for one in completeness.elements if not one.is_whole] == [
        "author", "author-address", "time", "tool", "context", "identity", "subject", "extent",
    ]  # fmt: skip


def test_what_is_whole() -> None:
    jar = structs.replace(WHOLE, type="maven", locations=(Location("app/left-pad.jar", 1),))
    result = structs.replace(RESULT, inventory=Inventory(packages=(jar,)))
    completeness = completeness_of(parse_statements(encode_cyclonedx(result, VIEW), "x"), "x")
    assert [one.id for one in completeness.elements if not one.is_whole] == []
    assert (
        encode_completeness_table(completeness, View(100))
        .decode()
        .endswith("\nEverything that is asked for is stated.\n")
    )


def test_the_table() -> None:
    document = {
        "bomFormat": "CycloneDX",
        "specVersion": "1.5",
        "serialNumber": "urn:uuid:1",
        "metadata": {"tools": [{"name": "trivy"}], "component": {"name": "shop"}, "authors": [{"name": "Ann"}]},
        "components": [
            {"bom-ref": str(number), "name": f"p{number}", "version": "1", "purl": "pkg:npm/p@1"} for number in range(8)
        ],
        "dependencies": [{"ref": "0", "dependsOn": ["1"]}, {"ref": "1"}],
    }
    completeness = completeness_of(parse_statements(json.dumps(document).encode(), "x"), "bom.json")
    lines = encode_completeness_table(completeness, View(200)).decode().splitlines()
    asked, without = "NTIA 2021, CISA 2025, BSI TR-03183-2", "without: p0 1, p1 1, p2 1, p3 1, p4 1 and 3 more"
    but_two = "without: p2 1, p3 1, p4 1, p5 1, p6 1 and 1 more"
    assert lines == [
        "bom.json",
        "CycloneDX 1.5 · 8 components",
        "",
        "── The document " + "─" * 84,
        f"author of the SBOM                 stated  {asked}",
        "the author's mail or web address  missing  BSI TR-03183-2",
        f"time of the SBOM                  missing  {asked}",
        "tool that made it                  stated  CISA 2025",
        "phase in which it was made        missing  CISA 2025",
        "identifier of the document         stated  BSI TR-03183-2",
        f"what it is a bill of               stated  {asked}",
        "whether it is whole               missing  CISA 2025, BSI TR-03183-2",
        "",
        "── Its components " + "─" * 82,
        f"name                      8 of 8  {asked}",
        f"version                   8 of 8  {asked}",
        f"supplier                  0 of 8  {asked}  {without}",
        f"package URL, CPE or SWID  8 of 8  {asked}",
        f"relationship to others    2 of 8  {asked}  {but_two}",
        f"digest                    0 of 8  CISA 2025                             {without}",
        f"SHA-512 digest            0 of 8  BSI TR-03183-2                        {without}",
        f"license                   0 of 8  CISA 2025, BSI TR-03183-2             {without}",
        f"file                      0 of 8  BSI TR-03183-2                        {without}",
        "",
        "── Result " + "─" * 90,
        "Missing or not everywhere: the author's mail or web address, time of the SBOM, phase in which it was made, "
        "whether it is whole, supplier, relationship to others, digest, SHA-512 digest, license, file.",
    ]
    supplier = next(one for one in completeness.elements if one.id == "supplier")
    assert (supplier.stated, supplier.all, supplier.missing) == (0, 8, tuple(f"p{number} 1" for number in range(5)))
    assert next(one for one in completeness.elements if one.id == "relationships").stated == 2


@pytest.mark.parametrize(
    "document",
    [
        b"",
        b"[]",
        b"{}",
        b"<bom/>",
        b'{"bomFormat": "CycloneDX", "dependencies": [{"dependsOn": 3}]}',
        b'{"spdxVersion": "SPDX-2.3", "creationInfo": {"creators": 3}}',
        b'{"@graph": [{"type": "CreationInfo", "createdBy": 3}]}',
        b'{"bomFormat": "CycloneDX", "x": ' + b"[" * 100_000 + b"]" * 100_000 + b"}",
    ],
)
def test_what_cannot_be_read_is_one_line(document: bytes) -> None:
    with pytest.raises(FormatError, match=r"^x: [^\n]+$"):
        parse_statements(document, "x")
