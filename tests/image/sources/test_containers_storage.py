"""What Podman, CRI-O and Buildah keep on disk, read in place."""

import json
import os
import shutil
import subprocess
from base64 import b64encode
from pathlib import Path
from typing import Any

import pytest

from lading.engine.inventory import take_inventory
from lading.image.open import OpenOptions, open_image
from lading.image.opened import Opened
from lading.image.places import engine_files
from lading.image.writer import LayerSpec, write_oci_layout
from lading.model.errors import LadingError
from lading.model.image import Platform
from lading.model.package import Inventory
from lading.model.ports import NoProgress
from lading.net.engines import EngineHosts
from lading.net.network import Network
from lading.safeio.limits import Limits
from lading.safeio.tar_writer import NewEntry
from tests.image.images import sha256

_STATUS = "Package: {}\nStatus: install ok installed\nVersion: 1.0-1\nArchitecture: amd64\n\n"
_RELEASE = "ID=debian\nVERSION_ID=12\n"
_PACKAGE = '{"name": "%s", "version": "1.0.0"}'


def _options(root: Path, *conf: Path) -> OpenOptions:
    hosts = EngineHosts(storage_root=root, storage_conf=conf, is_root=True)
    return OpenOptions(platform="linux/amd64", network=Network(engines=hosts), places=("containers-storage",))


class _Store:
    """A store of the driver overlay, made by hand."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.images: list[dict[str, Any]] = []
        self.layers: list[dict[str, Any]] = []

    def layer(self, name: str, parent: str, files: dict[str, str]) -> str:
        """A layer of these files; gives its ID."""
        identity = sha256(name.encode())[7:]
        for path, content in files.items():
            place = self.root / "overlay" / identity / "diff" / path
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_text(content)
        self.layers.append({"id": identity, "parent": parent, "diff-digest": sha256(name.encode())})
        return identity

    def image(self, names: list[str], layers: list[str]) -> str:
        """An image of these layers; gives its ID."""
        document = {
            "architecture": "amd64",
            "os": "linux",
            "rootfs": {"type": "layers", "diff_ids": [f"sha256:{one}" for one in layers]},
            "history": [{"created_by": f"RUN step {number}"} for number, _ in enumerate(layers, 1)],
        }
        data = json.dumps(document).encode()
        identity = sha256(data)[7:]
        place = self.root / "overlay-images" / identity
        place.mkdir(parents=True)
        (place / f"={b64encode(f'sha256:{identity}'.encode()).decode()}").write_bytes(data)
        self.images.append({"id": identity, "names": names, "layer": layers[-1]})
        return identity

    def write(self) -> "_Store":
        (self.root / "overlay-images").mkdir(parents=True, exist_ok=True)
        (self.root / "overlay-layers").mkdir(parents=True, exist_ok=True)
        (self.root / "overlay-images/images.json").write_text(json.dumps(self.images))
        (self.root / "overlay-layers/layers.json").write_text(json.dumps(self.layers))
        return self

    def diff(self, layer: str) -> Path:
        return self.root / "overlay" / layer / "diff"


def _taken(opened: Opened, cache: Path | None = None) -> Inventory:
    try:
        return take_inventory(opened, cache=cache, limits=Limits(), progress=NoProgress())[0]
    finally:
        opened.close()


def _refused(reference: str, options: OpenOptions) -> str:
    with pytest.raises(LadingError) as raised:
        open_image(reference, options)
    return str(raised.value)


def _module(name: str) -> dict[str, str]:
    return {f"app/node_modules/{name}/package.json": _PACKAGE % name}


@pytest.fixture
def store(tmp_path: Path) -> _Store:
    made = _Store(tmp_path / "storage")
    base = made.layer("base", "", {"etc/os-release": _RELEASE, **_module("gone"), **_module("kept"), **_module("old")})
    top = made.layer("top", base, {**_module("new"), "app/node_modules/.wh.old": ""})
    made.image(["docker.io/library/app:1", "localhost/mine:latest"], [base, top])
    return made.write()


@pytest.mark.parametrize("name", ["app:1", "docker.io/library/app:1", "mine", "localhost/mine"])
def test_an_image_by_its_names(store: _Store, name: str, tmp_path: Path) -> None:
    for reference in (f"containers-storage:{name}", f"containers-storage:[overlay@{store.root}]{name}", name):
        opened = open_image(reference, _options(store.root))
        assert (opened.image.source, opened.image.config_digest) == (
            "containers-storage",
            f"sha256:{store.images[0]['id']}",
        )
        assert [(one.diff_id, one.created_by) for one in opened.image.layers] == [
            (sha256(b"base"), "RUN step 1"),
            (sha256(b"top"), "RUN step 2"),
        ]
        found = _taken(opened, tmp_path / "cache")
        assert sorted((one.name, one.locations[0].layer) for one in found.packages) == [
            ("gone", 1),
            ("kept", 1),
            ("new", 2),
        ]
    assert not (tmp_path / "cache").exists()


def test_an_image_by_its_id(store: _Store) -> None:
    identity = store.images[0]["id"]
    for name in (identity, f"sha256:{identity}", identity[:12]):
        open_image(f"containers-storage:{name}", _options(store.root)).close()


def test_devices_and_attributes_hide_what_lies_below(store: _Store) -> None:
    diff = store.diff(store.layers[1]["id"])
    try:
        os.mknod(diff / "app/node_modules/gone", 0o600 | 0o020000, os.makedev(0, 0))
    except PermissionError:
        pytest.skip("no right to make devices")
    found = _taken(open_image("containers-storage:app:1", _options(store.root)))
    assert sorted(one.name for one in found.packages) == ["kept", "new"]
    try:
        os.setxattr(diff / "app/node_modules", "user.overlay.opaque", b"y")
    except OSError:
        pytest.skip("no attributes of users in this file system")
    found = _taken(open_image("containers-storage:app:1", _options(store.root)))
    assert sorted(one.name for one in found.packages) == ["new"]


def test_layers_in_another_store(store: _Store, tmp_path: Path) -> None:
    shared = _Store(tmp_path / "shared")
    shared.layers = store.layers[:1]
    base = store.layers[0]["id"]
    shutil.move(store.root / "overlay" / base, shared.write().root / "overlay" / base)
    store.layers = store.layers[1:]
    store.write()
    conf = tmp_path / "storage.conf"
    conf.write_text(
        f'[storage]\ngraphroot = "{store.root}"\n[storage.options]\nadditionalimagestores = ["{shared.root}"]\n'
    )
    options = _options(tmp_path / "nowhere", conf)
    assert sorted(one.name for one in _taken(open_image("app:1", options)).packages) == ["gone", "kept", "new"]
    assert engine_files("app:1", options.places, options.network.engines) == (conf, store.root, shared.root)


def test_what_is_refused(store: _Store, tmp_path: Path) -> None:
    options = _options(store.root)
    base, top = (one["id"] for one in store.layers)
    assert _refused("containers-storage:app:2", options) == (
        f"app:2: no such image in containers-storage ({store.root})"
    )
    assert _refused("app:1", _options(tmp_path / "nowhere")) == (
        "app:1: there is no containers-storage here, or it is empty"
    )
    arm = OpenOptions(platform="linux/arm64", network=options.network)
    assert _refused("containers-storage:app:1", arm) == (
        "app:1: is for linux/amd64 only, not for linux/arm64: --platform linux/amd64 takes it"
    )
    shutil.rmtree(store.diff(top))
    assert _refused("containers-storage:app:1", options) == (
        f"app:1 in containers-storage: the files of layer 2 are not at {store.diff(top)}, or may not be read"
    )
    store.layers[0]["diff-digest"] = sha256(b"other")
    store.write()
    assert _refused("containers-storage:app:1", options) == (
        "app:1 in containers-storage: its layers are not those of its configuration: pull it again"
    )
    store.layers[0]["parent"] = top
    store.write()
    assert "its layers are each other's parents; refused" in _refused("containers-storage:app:1", options)
    store.layers = store.layers[1:]
    store.write()
    assert _refused("containers-storage:app:1", options) == (
        f"app:1 in containers-storage: its layer {base[:19]} is in none of the stores: pull it again"
    )
    (store.root / "overlay-images/images.json").write_text("{")
    assert "images.json: cannot be read: Expected `array`, got `object`" in _refused(
        "containers-storage:app:1", options
    )
    (tmp_path / "btrfs/btrfs-images").mkdir(parents=True)
    (tmp_path / "btrfs/btrfs-images/images.json").write_text("[]")
    assert _refused(f"containers-storage:[{tmp_path}/btrfs]app", options) == (
        f"{tmp_path}/btrfs: is kept by the driver btrfs, which is not read: podman save the image"
    )


_LAYERS = (
    LayerSpec(
        "ADD base /",
        (
            NewEntry("etc/os-release", data=_RELEASE.encode()),
            NewEntry("var/lib/dpkg/status", data=(_STATUS.format("zlib1g") + _STATUS.format("bash")).encode()),
            *(NewEntry(path, data=text.encode()) for path, text in (_module("gone") | _module("kept")).items()),
            NewEntry("opt/node_modules/hidden/package.json", data=(_PACKAGE % "hidden").encode()),
        ),
    ),
    LayerSpec(
        "RUN rm",
        (
            NewEntry("app/node_modules/.wh.gone"),
            NewEntry("opt/node_modules", kind="directory"),
            NewEntry("opt/node_modules/.wh..wh..opq"),
            NewEntry("opt/node_modules/seen/package.json", data=(_PACKAGE % "seen").encode()),
        ),
    ),
    LayerSpec("RUN apt", (NewEntry("var/lib/dpkg/status", data=_STATUS.format("curl").encode()),)),
)


@pytest.mark.debian("podman", "skopeo")
@pytest.mark.parametrize("driver", ["overlay", "vfs"])
def test_what_podman_keeps(tmp_path: Path, driver: str) -> None:
    layout = tmp_path / "layout"
    write_oci_layout(layout, _LAYERS, tag="1", platform=Platform("linux", "amd64"))
    root, run = tmp_path / "storage", tmp_path / "run"
    target = f"containers-storage:[{driver}@{root}+{run}]localhost/app:1"
    command = ["skopeo", "--insecure-policy", "copy", "--quiet", f"oci:{layout}:1", target]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    subprocess.run(["umount", root / "overlay"], capture_output=True, check=False)  # it is left mounted on itself
    if done.returncode:
        pytest.skip(f"skopeo cannot keep images by the driver {driver} here")
    kept = open_image(f"oci:{layout}:1", OpenOptions(platform="linux/amd64"))
    opened = open_image(f"containers-storage:[{driver}@{root}]app:1", OpenOptions(platform="linux/amd64"))
    assert opened.image.config_digest == kept.image.config_digest
    expected, found = _taken(kept), _taken(opened)
    assert sorted(one.name for one in expected.packages) == ["curl", "kept", "seen"]
    if driver == "overlay":
        assert found == expected
        assert [one.created_by for one in opened.image.layers] == ["ADD base /", "RUN rm", "RUN apt"]
    else:
        assert [one.name for one in found.packages] == [one.name for one in expected.packages]
        assert [one.code for one in opened.diagnostics] == ["layers-merged"]
