"""All platforms of an image in one run."""

import json
from pathlib import Path

import pytest

from lading import Environment, StarterDatabase, inventory, scan
from lading.engine.options import ScanOptions
from lading.engine.scan import scan_inventories
from lading.image.open import OpenOptions, list_platforms
from lading.model.errors import ImageError, LadingError, UsageError
from lading.safeio.tar_writer import NewEntry, build_tar
from tests.image.images import AMD64, ARM64, Blobs, pack, tagged, write_files
from tests.support.program import Lading

_ALL = ScanOptions(platform="all")


def _module(name: str, version: str) -> NewEntry:
    data = json.dumps({"name": name, "version": version}).encode()
    return NewEntry(f"app/node_modules/{name}/package.json", data=data)


_SHARED = build_tar([_module("lodash", "4.17.20")])
_ONE = build_tar([_module("minimist", "1.2.5")])
_OTHER = build_tar([_module("minimist", "1.2.8")])


@pytest.fixture
def layout(tmp_path: Path) -> Path:
    blobs = Blobs()
    amd, arm = blobs.image((_SHARED, _ONE), AMD64), blobs.image((_SHARED, _OTHER), ARM64)
    attestation = blobs.image((_ONE,), {"architecture": "unknown", "os": "unknown"})
    index = blobs.index(
        {**arm, "platform": ARM64},
        {**amd, "platform": AMD64},
        {**attestation, "platform": {"architecture": "unknown", "os": "unknown"}},
    )
    return write_files(tmp_path / "layout", blobs.files(tagged(index, "1")))


def _environment(cache: Path) -> Environment:
    return Environment(database=StarterDatabase(), layer_cache=cache)


def test_every_platform_is_a_target(layout: Path, tmp_path: Path) -> None:
    assert list_platforms(f"oci:{layout}:1", OpenOptions()) == ("linux/arm64", "linux/amd64")
    listed, report = scan_inventories(f"oci:{layout}:1", _ALL, _environment(tmp_path / "cache"))
    assert [str(one.image.platform) for one in listed] == ["linux/arm64", "linux/amd64"]
    assert [str(one.image.platform) for one in report.targets] == ["linux/arm64", "linux/amd64"]
    versions = [[(one.name, one.version) for one in target.packages] for target in report.targets]
    assert versions == [
        [("lodash", "4.17.20"), ("minimist", "1.2.8")],
        [("lodash", "4.17.20"), ("minimist", "1.2.5")],
    ]
    for number, name in enumerate(("linux/arm64", "linux/amd64")):
        alone = scan(f"oci:{layout}:1", ScanOptions(platform=name), _environment(tmp_path / "other"))
        assert report.targets[number] == alone.targets[0]


def test_a_layer_of_several_platforms_is_kept_once(layout: Path, tmp_path: Path) -> None:
    scan_inventories(f"oci:{layout}:1", _ALL, _environment(tmp_path / "cache"))
    assert len(list((tmp_path / "cache").rglob("*.layer"))) == 3 + 2  # three layers, two images


def test_an_image_of_one_platform(tmp_path: Path) -> None:
    blobs = Blobs()
    path = tmp_path / "image.tar"
    path.write_bytes(pack(blobs.files(tagged(blobs.image((_SHARED,)), "1"))))
    _, report = scan_inventories(str(path), _ALL, _environment(tmp_path / "cache"))
    assert [str(one.image.platform) for one in report.targets] == ["linux/amd64"]


def test_what_is_refused(layout: Path, tmp_path: Path) -> None:
    environment = _environment(tmp_path / "cache")
    for reference, kind, message in [
        (f"oci:{layout}:2", ImageError, f"{layout}: no image with the tag '2': there is 1"),
        ("-", UsageError, "-: is read once, for one platform: name a file to scan all that there are"),
    ]:
        with pytest.raises(kind) as raised:
            scan_inventories(reference, _ALL, environment)
        assert str(raised.value) == message
    (tmp_path / "root").mkdir()
    with pytest.raises(UsageError, match="is a root filesystem, which has no platform: leave --platform out"):
        scan_inventories(str(tmp_path / "root"), _ALL, environment)
    with pytest.raises(LadingError) as refused:
        inventory(f"oci:{layout}:1", _ALL, environment)
    assert str(refused.value) == (
        f"{layout}:1: --platform all is for lading scan; here there is linux/arm64, linux/amd64"
    )


def test_the_table_shows_in_what_platforms_differ(layout: Path, lading: Lading) -> None:
    shown = lading("scan", "--starter", "--platform", "all", f"oci:{layout}:1", status=None).stdout
    start = shown.index("Differences between platforms")
    assert "2 platforms; 2 packages in some of them only" in shown[start:]
    refused = lading("scan", "--starter", "--platform", "all", "-o", "cyclonedx", f"oci:{layout}:1", status=2).stderr
    assert refused == (
        "lading: --platform all: -o cyclonedx holds one image: name a platform, or write another format\n"
    )
