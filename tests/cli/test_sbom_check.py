"""`lading sbom --check`."""

import json
from pathlib import Path

import pytest

from lading.cli.demo import build_demo
from lading.cli.main import main


def test_an_image_and_its_bill_are_alike_in_what_they_lack(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    build_demo(tmp_path / "image")
    options = ["--platform", "linux/amd64", f"oci:{tmp_path}/image:demo"]
    author = ["--sbom-author", "Example <sbom@example.com>"]
    assert main(["sbom", *author, "-o", f"cyclonedx={tmp_path / 'bom'}", *options]) == 0
    capfd.readouterr()
    assert main(["sbom", "--check", "-o", "json", *author, *options]) == 1
    of_image = json.loads(capfd.readouterr().out)
    assert main(["sbom", "--check", "-o", "json", f"sbom:{tmp_path / 'bom'}"]) == 1
    of_document = json.loads(capfd.readouterr().out)
    assert of_image["elements"] == of_document["elements"]
    assert {one["id"] for one in of_image["elements"] if one["stated"] < one["all"]} == {"digest", "sha512", "license"}
    assert main(["sbom", "--check", f"sbom:{tmp_path / 'bom'}"]) == 1
    assert "SHA-512 digest" in capfd.readouterr().out


def test_what_is_no_bill_is_told(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "x").write_text("{}")
    assert main(["sbom", "--check", f"sbom:{tmp_path / 'x'}"]) == 2
    assert capfd.readouterr().err == f"lading: {tmp_path / 'x'}: neither CycloneDX nor SPDX in JSON\n"
