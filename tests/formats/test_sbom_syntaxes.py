"""Bills of materials in XML and in tags, as the tools of both formats write them from documents of ours."""

import json
from pathlib import Path

import pytest
from cyclonedx.model.bom import Bom
from cyclonedx.output import make_outputter
from cyclonedx.schema import OutputFormat, SchemaVersion
from msgspec import structs
from spdx_tools.spdx.parser.parse_anything import parse_file
from spdx_tools.spdx.writer.write_anything import write_file

from lading.formats.decoders.sbom import parse_sbom
from lading.formats.decoders.statements import parse_statements
from lading.formats.encoders.cyclonedx import encode_cyclonedx
from lading.formats.encoders.spdx import encode_spdx
from lading.formats.view import View
from lading.model.errors import FormatError
from lading.model.report import InventoryResult
from tests.formats.sboms import DIAGNOSTICS, INVENTORY, SHOP

VIEW = View(tool="lading 1.0", author="Example Ltd <sbom@example.com>")
RESULT = InventoryResult(SHOP, INVENTORY, DIAGNOSTICS)


def test_tags_say_what_json_says(tmp_path: Path) -> None:
    (tmp_path / "x.spdx.json").write_bytes(encode_spdx(RESULT, VIEW))
    write_file(parse_file(str(tmp_path / "x.spdx.json")), str(tmp_path / "x.spdx"), validate=False)
    tags = (tmp_path / "x.spdx").read_bytes()
    assert parse_sbom(tags, "x") == RESULT
    in_json = parse_statements((tmp_path / "x.spdx.json").read_bytes(), "x")
    assert structs.replace(parse_statements(tags, "x"), components=()) == structs.replace(in_json, components=())
    assert set(parse_statements(tags, "x").components) == set(in_json.components)


def test_xml_says_what_json_says() -> None:
    document = encode_cyclonedx(RESULT, VIEW)
    bom = Bom.from_json(json.loads(document))  # type: ignore[attr-defined]
    xml = make_outputter(bom, OutputFormat.XML, SchemaVersion.V1_6).output_as_string(indent=2).encode()
    assert parse_sbom(xml, "x") == RESULT
    stated = parse_statements(xml, "x")
    assert (stated.format, stated.author, stated.address) == ("CycloneDX 1.6", "Example Ltd", "sbom@example.com")
    assert (stated.phase, stated.subject) == ("post-build", SHOP.name)
    of_json = parse_statements(document, "x")
    assert {one.name: one.supplier for one in stated.components} == {
        one.name: one.supplier for one in of_json.components
    }


TAGS = b"# a comment\nSPDXVersion: SPDX-2.3\nSPDXID: SPDXRef-DOCUMENT\n"


@pytest.mark.parametrize(
    ("document", "message"),
    [
        (TAGS + b"PackageName: <text>a\nb", "x: line 4: the text of PackageName does not end"),
        (TAGS + b"\xff", "x: cannot be read as SPDX in tags: it is not UTF-8 (byte 59)"),
        (TAGS + b"nonsense", "x: line 4: 'nonsense' is no tag with a value"),
        (b"SPDXVersion: SPDX-9", "x: 'SPDX-9' is not read; SPDX-2.2 and SPDX-2.3 are"),
        (
            b'<!DOCTYPE x><bom xmlns="http://cyclonedx.org/schema/bom/1.6"/>',
            "x: cannot be read as CycloneDX in XML: a document type is not allowed",
        ),
        (
            b'<x><bom xmlns="http://cyclonedx.org/schema/bom/1.6"/></x>',
            "x: no CycloneDX: its root is 'x'",
        ),
    ],
)
def test_what_cannot_be_read_is_one_line(document: bytes, message: str) -> None:
    with pytest.raises(FormatError) as raised:
        parse_sbom(document, "x")
    assert str(raised.value) == message


def test_tags_of_another_tool() -> None:
    document = TAGS + (
        b"DocumentName: shop\nCreator: Tool: syft-1\nCreated: 2024-01-01T00:00:00Z\n\n"
        b"FileName: ./a\nSPDXID: SPDXRef-File\n\n"
        b"PackageName: left-pad\nSPDXID: SPDXRef-1\nPackageVersion: 1.3.0\nPackageSupplier: Person: Ann (a@b.c)\n"
        b"PackageChecksum: SHA256: " + b"ab" * 32 + b"\nPackageLicenseDeclared: LicenseRef-x\n"
        b"PackageSummary: <text>two\nlines</text>\nExternalRef: PACKAGE-MANAGER purl pkg:npm/left-pad@1.3.0\n\n"
        b"LicenseID: LicenseRef-x\nExtractedText: <text>mine\n</text>\n\n"
        b"Relationship: SPDXRef-DOCUMENT DESCRIBES SPDXRef-1\nRelationship: broken\n"
    )
    result = parse_sbom(document, "x")
    [package] = result.inventory.packages
    assert (package.name, package.version, package.type) == ("left-pad", "1.3.0", "npm")
    assert (package.maintainer, package.licenses) == ("Ann <a@b.c>", ("mine\n",))
    assert package.digests == {"sha256": "ab" * 32}
    assert result.image.name == "shop"
