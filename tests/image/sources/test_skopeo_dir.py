"""Directories of skopeo's transport `dir:`."""

import platform
import subprocess
from pathlib import Path

import pytest

from lading.image.open import OpenOptions, open_image
from lading.image.writer import LayerSpec, write_oci_layout
from lading.model.errors import ImageError, SafeIOError
from lading.model.image import Layer, Platform
from lading.safeio.tar_writer import NewEntry, build_gzip
from tests.image.images import AMD64, APP, ARM64, BASE, Blobs, Json, contents, sha256, write_files

_AMD64 = OpenOptions(platform="linux/amd64")
_VERSION = b"Directory Transport Version: 1.1\n"


@pytest.fixture(autouse=True)
def machine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(platform, "machine", lambda: "x86_64")


def _write(tmp_path: Path, blobs: Blobs, top: Json, *others: Json) -> str:
    files = {digest.partition(":")[2]: data for digest, data in blobs.held.items()}
    files["manifest.json"] = files.pop(top["digest"].partition(":")[2])
    for other in others:
        name = other["digest"].partition(":")[2]
        files[f"{name}.manifest.json"] = files.pop(name)
    return str(write_files(tmp_path / "image", {**files, "version": _VERSION}))


def _refused(reference: str) -> str:
    with pytest.raises(ImageError) as raised:
        open_image(reference, OpenOptions())
    return str(raised.value)


@pytest.mark.parametrize("prefix", ["", "skopeo-dir:", "dir:"])
def test_image(tmp_path: Path, prefix: str) -> None:
    blobs = Blobs()
    manifest = blobs.image()
    path = _write(tmp_path, blobs, manifest)
    opened = open_image(f"{prefix}{path}", OpenOptions())
    image = opened.image
    assert (image.name, image.source, image.digest) == (path, "skopeo-dir", manifest["digest"])
    assert image.layers == (
        Layer(1, sha256(BASE), sha256(build_gzip(BASE)), len(build_gzip(BASE)), "RUN step 1"),
        Layer(2, sha256(APP), sha256(build_gzip(APP)), len(build_gzip(APP)), "RUN step 2"),
    )
    assert contents(opened) == [build_gzip(BASE), build_gzip(APP)]


def test_list_of_images(tmp_path: Path) -> None:
    blobs = Blobs()
    amd, arm = blobs.image((BASE,)), blobs.image((APP,), ARM64)
    top = blobs.index({**amd, "platform": AMD64}, {**arm, "platform": ARM64})
    path = _write(tmp_path, blobs, top, amd, arm)
    for wanted, image in (("linux/amd64", amd), ("linux/arm64", arm)):
        opened = open_image(path, OpenOptions(platform=wanted))
        assert opened.image.digest == image["digest"]
        opened.close()


def test_what_is_refused(tmp_path: Path) -> None:
    blobs = Blobs()
    path = _write(tmp_path, blobs, blobs.image())
    assert _refused(f"{path}:1") == f"{path}: is a directory of one name, which has no tag '1'"
    assert _refused(f"skopeo-dir:{tmp_path}") == f"{tmp_path}: is not a directory as skopeo copy writes it to dir:PATH"
    Path(path, "manifest.json").unlink()
    assert _refused(path) == f"{path}: manifest.json is missing: the image is incomplete: copy it again"


def test_a_blob_of_another_digest(tmp_path: Path) -> None:
    blobs = Blobs()
    path = _write(tmp_path, blobs, blobs.image((BASE,)))
    blob = build_gzip(BASE)
    Path(path, sha256(blob).partition(":")[2]).write_bytes(blob[:-1] + b"\xff")
    opened = open_image(path, OpenOptions())
    with pytest.raises(SafeIOError, match=r"layer 1 \(sha256:\w{12}\): its digest is sha256:\w+, expected sha256:"):
        contents(opened)


def test_a_file_named_version_makes_no_image(tmp_path: Path) -> None:
    (tmp_path / "version").write_text("1.0")
    assert open_image(str(tmp_path), OpenOptions()).image.source == "rootfs"


@pytest.mark.debian("skopeo")
@pytest.mark.parametrize("options", [(), ("--all",)])
def test_what_skopeo_writes(tmp_path: Path, options: tuple[str, ...]) -> None:
    layers = (LayerSpec("ADD base /", (NewEntry("etc/motd", data=b"hello\n"),)),)
    digest = write_oci_layout(tmp_path / "layout", layers, tag="1", platform=Platform("linux", "amd64"))
    command = [
        "skopeo",
        "--insecure-policy",
        "copy",
        "--quiet",
        *options,
        f"oci:{tmp_path}/layout:1",
        f"dir:{tmp_path}/d",
    ]
    subprocess.run(command, check=True)
    opened = open_image(f"{tmp_path}/d", _AMD64)
    assert (opened.image.source, opened.image.digest) == ("skopeo-dir", digest)
    assert [layer.created_by for layer in opened.image.layers] == ["ADD base /"]
    assert len(contents(opened)) == 1
