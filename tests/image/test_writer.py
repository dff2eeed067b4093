"""The layout writer: valid by the OCI image specification, and always the same bytes."""

import gzip
import hashlib
import io
import json
import tarfile
from pathlib import Path
from typing import Any

import pytest

from lading.image.writer import LayerSpec, write_oci_layout
from lading.model.errors import ImageError
from lading.model.image import Platform
from lading.safeio.tar_writer import NewEntry

_LAYERS = (
    LayerSpec(
        "COPY / /",
        (
            NewEntry("etc", "directory"),
            NewEntry("etc/motd", data=b"hi\n"),
            NewEntry("m", "symlink", linkname="etc/motd"),
        ),
    ),
    LayerSpec('CMD ["cat", "/m"]'),
)


def test_layout_refers_to_blobs_by_their_digest_and_size(tmp_path: Path) -> None:
    digest = _write(tmp_path / "layout")
    index = _json(tmp_path / "layout" / "index.json")
    (described,) = index["manifests"]
    manifest = json.loads(_blob(tmp_path / "layout", described))
    config = json.loads(_blob(tmp_path / "layout", manifest["config"]))
    (layer,) = manifest["layers"]
    tar = gzip.decompress(_blob(tmp_path / "layout", layer))

    assert described["digest"] == digest
    assert described["annotations"] == {"org.opencontainers.image.ref.name": "demo"}
    assert _json(tmp_path / "layout" / "oci-layout") == {"imageLayoutVersion": "1.0.0"}
    assert config["rootfs"] == {"type": "layers", "diff_ids": [f"sha256:{hashlib.sha256(tar).hexdigest()}"]}
    assert [(step["created_by"], step.get("empty_layer")) for step in config["history"]] == [
        ("COPY / /", None),
        ('CMD ["cat", "/m"]', True),
    ]
    assert (config["os"], config["architecture"], config["variant"]) == ("linux", "arm64", "v8")
    with tarfile.open(fileobj=io.BytesIO(tar)) as archive:
        assert [(m.name, m.isdir(), m.linkname, m.mode, m.mtime, m.uid) for m in archive] == [
            ("etc", True, "", 0o755, 0, 0),
            ("etc/motd", False, "", 0o644, 0, 0),
            ("m", False, "etc/motd", 0o644, 0, 0),
        ]


def test_same_input_gives_the_same_bytes(tmp_path: Path) -> None:
    _write(tmp_path / "one")
    _write(tmp_path / "two")
    assert _contents(tmp_path / "one") == _contents(tmp_path / "two")


def test_a_directory_that_holds_a_layout_is_left_alone(tmp_path: Path) -> None:
    _write(tmp_path)
    with pytest.raises(ImageError, match=r"already holds an image layout; give an empty directory"):
        _write(tmp_path)


def test_a_path_that_cannot_be_written_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ImageError, match=r"file/layout: cannot write an image layout here \(Not a directory\)"):
        _write(tmp_path / "file" / "layout")


def _write(path: Path) -> str:
    return write_oci_layout(path, _LAYERS, tag="demo", platform=Platform("linux", "arm64", "v8"), command=("cat", "/m"))


def _json(path: Path) -> Any:
    return json.loads(path.read_bytes())


def _blob(layout: Path, descriptor: dict[str, Any]) -> bytes:
    digest: str = descriptor["digest"]
    data = (layout / "blobs" / "sha256" / digest.removeprefix("sha256:")).read_bytes()
    assert len(data) == descriptor["size"]
    assert f"sha256:{hashlib.sha256(data).hexdigest()}" == digest
    return data


def _contents(root: Path) -> dict[str, bytes]:
    return {str(path.relative_to(root)): path.read_bytes() for path in root.rglob("*") if path.is_file()}
