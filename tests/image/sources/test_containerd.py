"""What containerd keeps: names in its database, content by digest."""

import subprocess
from pathlib import Path
from typing import Any

import pytest

from lading.image.containerd_store import CONTENT
from lading.image.open import OpenOptions, open_image
from lading.image.places import engine_files
from lading.image.writer import LayerSpec, write_oci_layout
from lading.model.errors import LadingError
from lading.model.image import Platform
from lading.net.engines import EngineHosts
from lading.net.network import Network
from lading.safeio.tar_writer import NewEntry
from tests.image.images import APP, BASE, Blobs, contents, write_files
from tests.safeio.test_bolt import inline, leaf, meta
from tests.support.containerd import serve_containerd

_DATABASE = "io.containerd.metadata.v1.bolt/meta.db"


def _target(descriptor: dict[str, Any]) -> bytes:
    size = descriptor["size"] << 1
    number = b""
    while size > 0x7F:
        number += bytes([size & 0x7F | 0x80])
        size >>= 7
    elements = [
        (b"digest", descriptor["digest"].encode(), False),
        (b"mediatype", descriptor["mediaType"].encode(), False),
        (b"size", number + bytes([size]), False),
    ]
    return inline([(b"target", inline(elements), True)])


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A containerd that has `app:1` in two namespaces, as different images, and `only:2` in one."""
    blobs = Blobs()
    first, second = blobs.image((BASE,)), blobs.image()
    files = {
        name.removeprefix("blobs/"): data for name, data in blobs.files(first).items() if name.startswith("blobs/")
    }
    write_files(tmp_path / "root" / CONTENT / "blobs", files)
    images = [
        (b"apps", inline([(b"images", inline([(b"docker.io/library/only:2", _target(second), True)]), True)]), True),
        (b"default", inline([(b"images", inline([(b"docker.io/library/app:1", _target(first), True)]), True)]), True),
        (b"k8s.io", inline([(b"images", inline([(b"docker.io/library/app:1", _target(second), True)]), True)]), True),
    ]
    database = tmp_path / "root" / _DATABASE
    database.parent.mkdir(parents=True)
    pages = meta(0, 2, 1) + meta(1, 2, 0) + leaf([(b"v1", inline(images), True)], 2, 4096)
    database.write_bytes(pages)
    return tmp_path / "root"


def _options(root: Path, namespace: str = "") -> OpenOptions:
    hosts = EngineHosts(containerd_roots=(root.parent / "none", root), containerd_namespace=namespace)
    return OpenOptions(platform="linux/amd64", network=Network(engines=hosts), places=("containerd",))


@pytest.mark.parametrize(
    ("name", "namespace", "tars"),
    [
        ("app:1", "", [BASE]),
        ("docker.io/library/app:1", "", [BASE]),
        ("app:1", "k8s.io", [BASE, APP]),
        ("k8s.io/app:1", "", [BASE, APP]),
        ("default/app:1", "k8s.io", [BASE]),
        ("only:2", "", [BASE, APP]),
    ],
)
def test_an_image_by_its_name(root: Path, name: str, namespace: str, tars: list[bytes]) -> None:
    for reference in (f"containerd:{name}", f"containerd:[{root}]{name}", *([name] if "/" not in name else [])):
        opened = open_image(reference, _options(root, namespace))
        assert opened.image.source == "containerd"
        assert len(opened.layers) == len(tars)
        assert all(layer.cache_key == layer.layer.diff_id for layer in opened.layers)
        contents(opened)
        opened.close()


def _refused(reference: str, options: OpenOptions) -> str:
    with pytest.raises(LadingError) as raised:
        open_image(reference, options)
    return str(raised.value)


def test_what_is_refused(root: Path) -> None:
    options = _options(root)
    assert _refused("none:1", options) == f"none:1: no such image in containerd ({root})"
    assert _refused("app:1", _options(root / "none")) == (
        "app:1: there is no containerd here whose content may be read"
    )
    blobs = root / CONTENT / "blobs/sha256"
    opened = open_image("containerd:app:1", options)
    (blobs / opened.image.layers[0].digest.removeprefix("sha256:")).unlink()
    assert _refused("containerd:app:1", options) == (
        f"app:1 in containerd (default): blob {opened.image.layers[0].digest} is missing: the image is damaged: "
        "fetch it again; containerd keeps unpacked layers alone where discard_unpacked_layers is set: scan its registry"
    )
    (root / _DATABASE).write_bytes(b"no database")
    assert _refused("containerd:app:1", options) == (
        f"{root}/{_DATABASE}: not a bbolt database, or a damaged one (no sound meta page)"
    )
    assert engine_files("containerd:app:1", (), options.network.engines) == (root,)
    assert engine_files(f"containerd:[{root}]app:1", (), EngineHosts()) == (root,)


@pytest.mark.debian("docker.io")
def test_what_containerd_keeps(tmp_path: Path) -> None:
    layers = (LayerSpec("ADD base /", (NewEntry("etc/motd", data=b"hello\n"),)),)
    digest = write_oci_layout(tmp_path / "layout", layers, tag="1", platform=Platform("linux", "amd64"))
    subprocess.run(["tar", "-cf", tmp_path / "image.tar", "-C", tmp_path / "layout", "."], check=True)
    with serve_containerd(tmp_path) as socket:
        command = ["ctr", "-a", socket, "-n", "shop", "images", "import", "--no-unpack", "--base-name", "a.example/app"]
        subprocess.run([*command, tmp_path / "image.tar"], capture_output=True, check=True)
        opened = open_image("containerd:a.example/app:1", _options(tmp_path / "root"))
        assert (opened.image.digest, [one.created_by for one in opened.image.layers]) == (digest, ["ADD base /"])
        contents(opened)
        opened.close()
