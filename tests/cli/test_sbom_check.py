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
    assert main(["sbom", "--check", "-o", "json", *author, *options]) == 0
    of_image = json.loads(capfd.readouterr().out)
    assert main(["sbom", "--check", "-o", "json", f"sbom:{tmp_path / 'bom'}"]) == 0
    of_document = json.loads(capfd.readouterr().out)
    assert of_image["elements"] == of_document["elements"]
    assert {one["id"] for one in of_image["elements"] if one["unknown"]} == {"digest", "sha512", "license"}
    assert main(["sbom", "--check", f"sbom:{tmp_path / 'bom'}"]) == 0
    assert "Everything that is asked for is stated, or said to be unknown." in capfd.readouterr().out


def test_what_is_no_bill_is_told(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "x").write_text("{}")
    assert main(["sbom", "--check", f"sbom:{tmp_path / 'x'}"]) == 2
    assert capfd.readouterr().err == f"lading: {tmp_path / 'x'}: neither CycloneDX nor SPDX in JSON\n"


def test_bills_say_what_copyright_files_state(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    for path, text in {
        "etc/os-release": "ID=debian\nVERSION_ID=12\n",
        "var/lib/dpkg/status": "Package: curl\nStatus: install ok installed\nVersion: 7.88-1\nArchitecture: amd64\n\n",
        "usr/share/doc/curl/copyright": "Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/\n\n"
        "Files: *\nCopyright: x\nLicense: Expat\n text\n",
    }.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text)
    assert main(["sbom", f"dir:{tmp_path}"]) == 0
    (_, curl) = json.loads(capfd.readouterr().out)["components"]
    assert curl["licenses"] == [{"expression": "MIT", "acknowledgement": "declared"}]
    assert main(["sbom", "--check", "-o", "json", f"dir:{tmp_path}"]) == 1
    elements = json.loads(capfd.readouterr().out)["elements"]
    assert [one["stated"] for one in elements if one["id"] == "license"] == [1]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--check", "oci:x"], "with --check no SBOM is written; leave one of them out"),
        (["sbom:x.json"], "sbom:x.json is a document, of which the files are not there: name the image"),
        (
            ["-o", "spdx", "-o", "json=x", "oci:x"],
            "json has no place for files: write one of cyclonedx, cyclonedx-1.7, spdx, spdx-3",
        ),
    ],
)
def test_files_where_none_can_be_listed(arguments: list[str], message: str, capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["sbom", "--files", *arguments]) == 2
    assert capfd.readouterr().err == f"lading: --files: {message}\n"


def test_files_are_listed(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    for path, text in {
        "etc/os-release": "ID=debian\nVERSION_ID=12\n",
        "var/lib/dpkg/status": "Package: a\nStatus: install ok installed\nVersion: 1\nArchitecture: amd64\n\n",
        "var/lib/dpkg/info/a.list": "/usr/bin/a\n/usr/bin/gone\n",
        "usr/bin/a": "program",
    }.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text)
    assert main(["sbom", "--files", f"dir:{tmp_path}"]) == 0
    (_, package) = json.loads(capfd.readouterr().out)["components"]
    assert [(one["type"], one["name"]) for one in package["components"]] == [("file", "/usr/bin/a")]
