"""What Podman, CRI-O and Buildah keep on disk: containers-storage.

Sources: containers-storage.conf(5); the packages `storage` (images.go, layers.go) and `drivers/overlay` of
containers/storage, whose records are JSON in `<driver>-images/images.json` and `<driver>-layers/layers.json`.
"""

import base64
import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final, TypeVar

import msgspec
from msgspec import Struct, field

from lading.image.config import CONFIG_LIMIT
from lading.image.manifest import printable
from lading.image.source import NotHereError
from lading.model.errors import FormatError, ImageError, SafeIOError
from lading.net.engines import EngineHosts
from lading.safeio.small_files import read_small
from lading.safeio.toml_text import parse_toml

DRIVERS: Final = ("overlay", "vfs")
_OTHERS: Final = ("btrfs", "zfs", "aufs", "devicemapper")
_MOST: Final = 256 * 1024 * 1024
_LAYER_FILES: Final = ("layers.json", "volatile-layers.json")
_PLAIN_KEY: Final = re.compile(r"[a-z0-9.]*")
_STORE: Final = re.compile(r"\[(?:(?P<driver>[a-z]+)@)?(?P<path>/[^]+:]*)[^]]*\](?P<name>.*)", re.DOTALL)
_ID: Final = re.compile(r"[0-9a-f]{64}")
_MOST_LAYERS: Final = 1000
_SHORTEST: Final = 4
"""Characters of an ID that name an image."""
_Records = TypeVar("_Records")


class StoreRoot(Struct, frozen=True):
    """A directory in which a driver keeps images."""

    path: Path
    driver: str


class ImageRecord(Struct, frozen=True, rename="kebab"):
    """An image: its `id` is its configuration's digest, `layer` the ID of the topmost one."""

    id: str = ""
    digest: str = ""
    names: tuple[str, ...] | None = None
    layer: str = ""
    big_data_digests: dict[str, str] = {}


class _LayerRecord(Struct, frozen=True):
    id: str = ""
    parent: str = ""
    diff_id: str = field(default="", name="diff-digest")
    size: int = field(default=0, name="diff-size")


class StoredLayer(Struct, frozen=True):
    """A layer: the digest that was noted when it was unpacked, "" where none was, and where its files lie."""

    diff_id: str
    directory: Path


class _Storage(Struct, frozen=True):
    graphroot: str = ""
    rootless_storage_path: str = ""
    stores: tuple[str, ...] = ()


def storage_files(hosts: EngineHosts) -> tuple[Path, ...]:
    """Where storage and its configuration may be, for a process that may read nothing else."""
    return (*hosts.storage_conf, *(one.path for one in store_roots(hosts)))


def store_roots(hosts: EngineHosts) -> tuple[StoreRoot, ...]:
    """The stores that are there: the user's own, then those that its configuration shares. Raises ImageError for one
    of a driver that is not read, FormatError for a configuration that is none."""
    conf = _configured(hosts)
    own = conf.graphroot if hosts.is_root else conf.rootless_storage_path
    first = Path(_expanded(own, hosts)) if own else hosts.storage_root
    places = [*([first] if first is not None else []), *map(Path, conf.stores)]
    return tuple(root for place in places for root in roots_at(place))


def split_store(text: str) -> tuple[tuple[StoreRoot, ...] | None, str]:
    """The stores that `[DRIVER@PATH]NAME` names, None where none is named, and the name. Raises ImageError."""
    named = _STORE.fullmatch(text)
    if named is None:
        return None, text
    roots = roots_at(Path(named["path"]))
    return tuple(one for one in roots if named["driver"] in (None, one.driver)), named["name"]


def place_named(text: str) -> tuple[str, str]:
    """The directory that `[DRIVER@PATH]NAME` names, "" where it names none, and the name."""
    named = _STORE.fullmatch(text)
    return (named["path"], named["name"]) if named is not None else ("", text)


def roots_at(place: Path) -> Iterator[StoreRoot]:
    """What drivers keep in one directory. Raises ImageError."""
    found = [StoreRoot(place, driver) for driver in DRIVERS if _is_file(place / f"{driver}-images/images.json")]
    yield from found
    other = next((one for one in _OTHERS if _is_file(place / f"{one}-images/images.json")), "")
    if other and not found:
        raise ImageError(f"{place}: is kept by the driver {other}, which is not read: podman save the image")


def find_image(roots: tuple[StoreRoot, ...], name: str, full: str) -> tuple[StoreRoot, ImageRecord]:
    """The image of a name, in full `full`, an ID or the beginning of one. Raises NotHereError, ImageError."""
    known = [(root, record) for root in roots for record in read_records(root)]
    names = {name, full, f"localhost/{name}", f"localhost/{name}:latest"}
    tests: tuple[Callable[[ImageRecord], bool], ...] = (
        lambda one: one.id == name.removeprefix("sha256:"),
        lambda one: bool(names & set(one.names or ())),
        lambda one: _is_named(one, *full.partition("@")[::2]),
        lambda one: len(name) >= _SHORTEST and one.id.startswith(name),
    )
    for is_it in tests:
        found = [(root, record) for root, record in known if is_it(record)]
        if len({record.id for _, record in found}) > 1:
            raise ImageError(f"{name}: names several images in containers-storage: give the whole ID")
        if found:
            return found[0]
    there = ", ".join(str(one.path) for one in roots) or "there is none here"
    raise NotHereError(f"{name}: no such image in containers-storage ({there})")


def read_records(root: StoreRoot) -> tuple[ImageRecord, ...]:
    """The images of a store. Raises ImageError, SafeIOError."""
    path = root.path / f"{root.driver}-images/images.json"
    return _records(path, tuple[ImageRecord, ...])


def read_big_data(root: StoreRoot, image_id: str, key: str) -> bytes | None:
    """A document that is kept with an image, None where there is none of this key. Raises SafeIOError."""
    plain = _PLAIN_KEY.fullmatch(key) is not None
    name = key if plain else f"={base64.b64encode(key.encode()).decode()}"
    path = root.path / f"{root.driver}-images" / image_id / name
    return _read(path, CONFIG_LIMIT) if _is_file(path) else None


def stored_layers(roots: tuple[StoreRoot, ...], top: str, where: str) -> tuple[StoredLayer, ...]:
    """The layers below one, itself the last. They may lie in several stores. Raises ImageError."""
    known: dict[str, tuple[StoreRoot, _LayerRecord]] = {}
    for root in roots:
        for record in _layer_records(root):
            known.setdefault(record.id, (root, record))
    layers: list[StoredLayer] = []
    while top:
        if top not in known or not _ID.fullmatch(top):
            raise ImageError(f"{where}: its layer {printable(top[:19])} is in none of the stores: pull it again")
        root, record = known[top]
        layers.append(StoredLayer(record.diff_id, _directory(root, top)))
        top = record.parent
        if len(layers) > _MOST_LAYERS:
            raise ImageError(f"{where}: its layers are each other's parents; refused")
    return tuple(reversed(layers))


def _directory(root: StoreRoot, layer: str) -> Path:
    return root.path / "vfs/dir" / layer if root.driver == "vfs" else root.path / root.driver / layer / "diff"


def _layer_records(root: StoreRoot) -> Iterator[_LayerRecord]:
    for name in _LAYER_FILES:
        path = root.path / f"{root.driver}-layers" / name
        if _is_file(path):
            yield from _records(path, tuple[_LayerRecord, ...])


def _is_named(record: ImageRecord, repository: str, digest: str) -> bool:
    """Whether a manifest of this digest was kept of an image of this repository."""
    if not digest or digest not in {record.digest, *record.big_data_digests.values()}:
        return False
    named = [one.partition("@")[0] for one in record.names or ()]
    return any(one == repository or one.rpartition(":")[0] == repository for one in named)


def _configured(hosts: EngineHosts) -> _Storage:
    path = next((one for one in hosts.storage_conf if _is_file(one)), None)
    if path is None:
        return _Storage()
    try:
        table = parse_toml(_read(path, CONFIG_LIMIT)).get("storage")
    except FormatError as error:
        raise FormatError(f"{path}: {error}") from error
    table = table if isinstance(table, dict) else {}
    options = table.get("options")
    shared = options.get("additionalimagestores") if isinstance(options, dict) else ()
    stores = tuple(one for one in shared or () if isinstance(one, str))
    return _Storage(str(table.get("graphroot", "")), str(table.get("rootless_storage_path", "")), stores)


def _expanded(path: str, hosts: EngineHosts) -> str:
    return path.replace("$HOME", str(hosts.home or "")).replace("$UID", str(os.getuid()))


def _is_file(path: Path) -> bool:
    """Whether there is a file that may be seen."""
    return os.path.isfile(path)  # noqa: PTH113 - the other raises where it may not


def _records(path: Path, kind: type[_Records]) -> _Records:
    try:
        return msgspec.json.decode(_read(path, _MOST), type=kind)
    except (msgspec.MsgspecError, UnicodeError, RecursionError) as error:
        raise ImageError(f"{path}: cannot be read: {error}") from error


def _read(path: Path, limit: int) -> bytes:
    try:
        return read_small(path, limit)
    except SafeIOError as error:
        raise ImageError(str(error)) from error
