"""Layers of layouts: absent ones, empty ones, the same one twice, and sizes that do not hold."""

from pathlib import Path

import pytest

from lading.image.open import OpenOptions, open_image
from lading.model.errors import ImageError, SafeIOError
from tests.image.images import BASE, LAYER, Blobs, Json, contents, sha256, write_files

_OPTIONS = OpenOptions(platform="linux/amd64")
_TAR = "application/vnd.oci.image.layer.v1.tar"


def _layout(tmp_path: Path, blobs: Blobs, *entries: Json) -> str:
    return str(write_files(tmp_path / "layout", blobs.files(*entries)))


def test_a_layer_that_its_publisher_keeps(tmp_path: Path) -> None:
    blobs = Blobs()
    kind = "application/vnd.oci.image.layer.nondistributable.v1.tar+gzip"
    layer = {**blobs.add(BASE, kind), "urls": ["https://a.example/base", None]}
    image = blobs.image((BASE,), layers=[layer])
    path = _layout(tmp_path, blobs, image)
    assert contents(open_image(path, _OPTIONS)) == [BASE]
    Path(path, "blobs", sha256(BASE).replace(":", "/")).unlink()
    with pytest.raises(ImageError) as raised:
        open_image(path, _OPTIONS)
    assert str(raised.value) == (
        f"{path}: layer 1 is not distributed with the image: its publisher keeps it at https://a.example/base; "
        "an image without it cannot be scanned"
    )


def test_an_empty_blob_and_one_that_comes_twice(tmp_path: Path) -> None:
    blobs = Blobs()
    empty, base = blobs.add(b"", _TAR), blobs.add(BASE, _TAR)
    path = _layout(tmp_path, blobs, blobs.image((b"", BASE, BASE), layers=[empty, base, base]))
    opened = open_image(path, _OPTIONS)
    assert [(layer.index, layer.digest) for layer in opened.image.layers] == [
        (1, sha256(b"")),
        (2, sha256(BASE)),
        (3, sha256(BASE)),
    ]
    assert contents(opened) == [b"", BASE, BASE]


@pytest.mark.parametrize(
    ("size", "message"),
    [
        (len(BASE) - 1, f"goes on after the {len(BASE) - 1:,} bytes expected"),
        (len(BASE) + 1, f"ends after {len(BASE):,} bytes, expected {len(BASE) + 1:,}"),
        (0, "goes on after the 0 bytes expected"),
    ],
)
def test_a_blob_of_another_size(tmp_path: Path, size: int, message: str) -> None:
    blobs = Blobs()
    image = blobs.image((BASE,), layers=[{**blobs.add(BASE, LAYER), "size": size}])
    path = _layout(tmp_path, blobs, image)
    opened = open_image(path, _OPTIONS)
    with pytest.raises(SafeIOError) as raised:
        contents(opened)
    where = f"{path}: layer 1 ({sha256(BASE)[:19]})"
    assert str(raised.value) == f"{where}: {message}: the image is damaged: fetch it again"
