"""The files of packages in bills of materials: those that are there, as they are there, and what packages state."""

import base64
import hashlib
import json
from pathlib import Path
from typing import Any

import pytest
from msgspec import structs

from lading import Environment, StarterDatabase
from lading.engine.options import ScanOptions
from lading.engine.scan import inventory_for_bill, without_files
from lading.formats.decoders.sbom import parse_sbom
from lading.formats.decoders.statements import parse_statements
from lading.formats.encoders.registry import FORMATS
from lading.formats.sbom.files import PackageFile, files_by_package, iter_files
from lading.model.report import InventoryResult
from lading.safeio.limits import Limits
from tests.formats.sboms import VIEW
from tests.formats.test_sbom import errors_of
from tests.inventory.test_assemble import DEBIAN, status
from tests.support.images import write_image
from tests.tars import Directory, Entry, File, Hardlink, Symlink

INFO = "var/lib/dpkg/info"
PATHS = (
    "/.\n/bin\n/bin/a\n/usr/share/a/kept\n/usr/share/a/gone\n/usr/share/a/new\n/usr/share/a/link\n/usr/share/a/twin\n"
    "/usr/share/a/never\n/usr/share/b/all\n/usr/share/c/file\n/usr/share/d/file\n"
)


def md5(content: bytes) -> str:
    return hashlib.md5(content, usedforsecurity=False).hexdigest()


def digests(content: bytes) -> dict[str, str]:
    return {name: hashlib.new(name, content).hexdigest() for name in ("sha1", "sha256", "sha512")}


SUMS = "".join(
    f"{md5(content)}  {path}\n"
    for path, content in (("bin/a", b"program"), ("usr/share/a/kept", b"kept"), ("usr/share/a/new", b"old"))
)
CODE = b"print(1)\n"
SHA256 = base64.urlsafe_b64encode(hashlib.sha256(CODE).digest()).rstrip(b"=").decode()
RECORD = f'tool.py,sha256={SHA256},9\n"a, b.py",sha256={SHA256},9\n../outside,,\n../../../../../evil,,\ngone.py,,\n'
LAYERS: tuple[list[Entry], ...] = (
    [
        DEBIAN,
        status("a=1", "b=1"),
        Symlink("bin", "usr/bin"),
        File("usr/bin/a", b"program", mode=0o755),
        File("usr/share/a/kept", b"kept"),
        File("usr/share/a/gone", b"gone"),
        File("usr/share/a/new", b"old"),
        File("usr/share/a/link", b"file"),
        Hardlink("usr/share/a/twin", "usr/share/a/kept"),
        File("usr/share/b/all", b"all"),
        File("usr/share/c/file", b"1"),
        File("usr/share/d/file", b"1"),
        File("usr/share/nobody", b"of no package"),
        File(f"{INFO}/a.list", PATHS.encode()),
        File(f"{INFO}/a.md5sums", SUMS.encode()),
        File(f"{INFO}/b.list", b"/usr/share/a/kept\n/usr/share/b/own\n"),
        File("usr/share/b/own", b""),
    ],
    [
        File("usr/share/a/.wh.gone"),
        File("usr/share/a/new", b"new"),
        Symlink("usr/share/a/link", "kept"),
        File("usr/share/.wh.b"),
        File("usr/share/c/.wh..wh..opq"),
        Directory("usr/share/d"),
        File("srv/lib/tool-1.0.dist-info/METADATA", b"Metadata-Version: 2.1\nName: tool\nVersion: 1.0\n"),
        File("srv/lib/tool-1.0.dist-info/RECORD", RECORD.encode()),
        File("srv/lib/tool.py", CODE),
        File("srv/lib/a, b.py", b"other"),
        File("srv/outside", b"outside"),
        File("evil", b"evil"),
    ],
)  # fmt: skip


def listed(target: str, *, files: bool = True) -> InventoryResult:
    return inventory_for_bill(target, None, Environment(database=StarterDatabase()), files=files)


def files_of(result: InventoryResult) -> dict[str, list[PackageFile]]:
    held = files_by_package(result)
    return {one.name: list(iter_files(held.get(one.id))) for one in result.inventory.packages}


EXPECTED = {
    "a": [
        PackageFile("usr/bin/a", digests(b"program")),
        PackageFile("usr/share/a/kept", digests(b"kept")),
        PackageFile("usr/share/a/new", digests(b"new"), {"md5": md5(b"old")}),
        PackageFile("usr/share/a/twin", digests(b"kept")),
        PackageFile("usr/share/d/file", digests(b"1")),
    ],
    "b": [],
    "tool": [
        PackageFile("srv/lib/a, b.py", digests(b"other"), {"sha256": hashlib.sha256(CODE).hexdigest()}),
        PackageFile("srv/lib/tool.py", digests(CODE)),
        PackageFile("srv/outside", digests(b"outside")),
    ],
}


@pytest.fixture(scope="module")
def image(tmp_path_factory: pytest.TempPathFactory) -> str:
    return f"oci:{write_image(tmp_path_factory.mktemp('files') / 'image', LAYERS)}"


def test_what_the_container_sees(image: str) -> None:
    result = listed(image)
    assert files_of(result) == EXPECTED
    assert files_of(listed(image, files=False)) == {"a": [], "b": [], "tool": []}
    assert result.inventory == listed(image, files=False).inventory


def test_a_directory(tmp_path: Path) -> None:
    for path, content in {
        "etc/os-release": DEBIAN.content,
        "var/lib/dpkg/status": status("a=1").content,
        f"{INFO}/a.list": b"/usr/share/a/kept\n/usr/share/a/gone\n",
        "usr/share/a/kept": b"kept",
    }.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_bytes(content)
    assert files_of(listed(f"dir:{tmp_path}")) == {"a": [PackageFile("usr/share/a/kept", digests(b"kept"))]}


def test_what_is_too_large_is_told(tmp_path: Path) -> None:
    target = f"oci:{write_image(tmp_path / 'image', [[*LAYERS[0], File('usr/share/c/file', bytes(9000))]])}"
    options = ScanOptions(limit=structs.replace(Limits(), spool=8000))
    result = inventory_for_bill(target, options, Environment(database=StarterDatabase()), files=True)
    assert [(one.code, one.where) for one in result.diagnostics if one.code == "file-too-large"] == [
        ("file-too-large", "usr/share/c/file")
    ]
    assert "usr/share/c/file" not in {one.path for one in files_of(result)["a"]}


@pytest.mark.parametrize("format", ["cyclonedx", "spdx", "spdx-3"])
def test_every_format_has_a_place_for_them(format: str, image: str, tmp_path: Path) -> None:
    result = listed(image)
    [encoder] = [one for one in FORMATS if (one.id, one.subject) == (format, "inventory")]
    document = encoder.encode(result, VIEW)
    assert errors_of(format, document, tmp_path) == []
    assert parse_sbom(document, "x").inventory == without_files(result.inventory)
    plain = encoder.encode(listed(image, files=False), VIEW)
    assert len(parse_statements(document, "x").components) == len(parse_statements(plain, "x").components)
    assert encoder.encode(result, VIEW) == document != plain
    assert _READERS[format](json.loads(document)) == {
        name: [(one.path, one.digests["sha1"], bool(one.stated)) for one in files]
        for name, files in EXPECTED.items()
        if files
    }


def _of_cyclonedx(document: dict[str, Any]) -> dict[str, list[tuple[str, str, bool]]]:
    return {
        one["name"]: [
            (file["name"][1:], file["hashes"][0]["content"], "properties" in file) for file in one["components"]
        ]
        for one in document["components"]
        if "components" in one
    }


def _of_spdx(document: dict[str, Any]) -> dict[str, list[tuple[str, str, bool]]]:
    files = {one["SPDXID"]: one for one in document["files"]}
    names = {one["SPDXID"]: one["name"] for one in document["packages"]}
    found: dict[str, list[tuple[str, str, bool]]] = {}
    for one in document["relationships"]:
        if one["relatedSpdxElement"] in files:
            file = files[one["relatedSpdxElement"]]
            row = (file["fileName"][2:], file["checksums"][0]["checksumValue"], "comment" in file)
            found.setdefault(names[one["spdxElementId"]], []).append(row)
    [analyzed] = [one for one in document["packages"] if one["name"] == "tool"]
    sums = "".join(sorted(sha1 for _, sha1, _ in found["tool"]))
    code = hashlib.sha1(sums.encode(), usedforsecurity=False).hexdigest()
    assert analyzed["packageVerificationCode"] == {"packageVerificationCodeValue": code}
    return found


def _of_spdx3(document: dict[str, Any]) -> dict[str, list[tuple[str, str, bool]]]:
    named = {one["spdxId"]: one for one in document["@graph"] if "spdxId" in one}
    found = {}
    for one in document["@graph"]:
        files = [named[to] for to in one.get("to", ()) if named.get(to, {}).get("type") == "software_File"]
        if one.get("relationshipType") == "contains" and files:
            rows = [(file["name"], file["verifiedUsing"][0]["hashValue"], "comment" in file) for file in files]
            found[named[one["from"]]["name"]] = rows
    return found


_READERS = {"cyclonedx": _of_cyclonedx, "spdx": _of_spdx, "spdx-3": _of_spdx3}
