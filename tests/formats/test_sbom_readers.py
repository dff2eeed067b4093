"""Bills of materials, read and written again by the tools of their formats, and read by another scanner: nothing is
lost that these can hold."""

import json
import shutil
import subprocess
from collections import Counter
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest
from cyclonedx.model.bom import Bom
from cyclonedx.output.json import JsonV1Dot6, JsonV1Dot7
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from spdx_tools.spdx.parser.parse_anything import parse_file
from spdx_tools.spdx.writer.write_anything import write_file

from lading.formats.decoders.sbom import parse_sbom
from lading.formats.encoders.cyclonedx import (
    encode_cyclonedx,
    encode_cyclonedx_17,
    encode_cyclonedx_scan,
    encode_cyclonedx_scan_17,
)
from lading.formats.encoders.spdx import encode_spdx
from lading.formats.encoders.spdx3 import encode_spdx3, encode_spdx3_scan
from lading.formats.view import View
from lading.model.report import InventoryResult
from tests.formats.encoders.test_golden import scanned
from tests.formats.sboms import DIAGNOSTICS, INVENTORY, SHOP
from tests.formats.test_sbom import model_errors, schema_errors

VIEW = View(tool="lading 1.0")
RESULT = InventoryResult(SHOP, INVENTORY, DIAGNOSTICS)
WRITERS = {
    "cyclonedx-1.6": encode_cyclonedx, "cyclonedx-1.7": encode_cyclonedx_17, "spdx": encode_spdx,
    "spdx-3": encode_spdx3,
}  # fmt: skip


@pytest.mark.parametrize("version", ["1.6", "1.7"])
def test_the_library_of_cyclonedx_gives_back_all(version: str) -> None:
    writer: Any = {"1.6": JsonV1Dot6, "1.7": JsonV1Dot7}[version]
    document = json.loads(WRITERS[f"cyclonedx-{version}"](RESULT, VIEW))
    written = writer(Bom.from_json(document)).output_as_string()  # type: ignore[attr-defined]
    assert parse_sbom(written.encode(), "x") == RESULT


@pytest.mark.parametrize("form", ["spdx.json", "spdx"])
def test_the_tools_of_spdx_give_back_all(form: str, tmp_path: Path) -> None:
    before, after = tmp_path / "before.spdx.json", tmp_path / f"after.{form}"
    before.write_bytes(encode_spdx(RESULT, VIEW))
    write_file(parse_file(str(before)), str(after), validate=True)
    assert parse_sbom(after.read_bytes(), "x") == RESULT


@pytest.mark.parametrize("version", ["1.6", "1.7"])
def test_bills_with_vulnerabilities_are_valid_whatever_they_name(version: str) -> None:
    write = {"1.6": encode_cyclonedx_scan, "1.7": encode_cyclonedx_scan_17}[version]
    schema = {"1.6": SchemaVersion.V1_6, "1.7": SchemaVersion.V1_7}[version]
    document = write(scanned(), VIEW)
    assert JsonStrictValidator(schema).validate_str(document.decode()) is None
    assert Bom.from_json(json.loads(document))  # type: ignore[attr-defined]


def test_spdx_3_with_vulnerabilities_is_valid_whatever_it_names() -> None:
    document = encode_spdx3_scan(scanned(), VIEW)
    assert schema_errors(document, "3.0") == []
    assert model_errors(document) == []


@pytest.mark.parametrize("format", WRITERS)
def test_syft_reads_all_that_it_can_hold(format: str, tmp_path: Path) -> None:
    syft = shutil.which("syft")
    if syft is None:
        pytest.skip("Syft is not installed")
    document = tmp_path / "sbom.json"
    document.write_bytes(WRITERS[format](RESULT, VIEW))
    command = [syft, "convert", str(document), "-o", "syft-json"]
    done = subprocess.run(command, capture_output=True, env={"HOME": str(tmp_path)}, check=False)
    assert done.returncode == 0, done.stderr
    read = json.loads(done.stdout)
    held = [one for one in read["artifacts"] if one["purl"]]
    assert Counter(unquote(one["purl"]) for one in held) == Counter(unquote(one.purl) for one in INVENTORY.packages)
    assert sum(bool(one["licenses"]) for one in held) == sum(bool(one.licenses) for one in INVENTORY.packages)
    assert (read["distro"]["id"], read["distro"]["versionID"]) == ("debian", "12")
