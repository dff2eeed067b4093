"""Archives as `docker save` writes them, in the form of Docker 1.10 to 24 (a directory per layer) and that of 25 and
later (blobs by digest). Both list their images in `manifest.json`.

Source: Docker image specification 1.2, "Combined Image JSON + Filesystem Changeset Format".
"""

import posixpath
import re
from functools import partial
from pathlib import Path
from typing import Final

import msgspec
from msgspec import Struct

from lading.image.manifest import (
    CONFIG_LIMIT,
    MANIFEST_LIMIT,
    Config,
    Descriptor,
    clues_of,
    image_layers,
    parse_config,
    printable,
)
from lading.image.opened import LayerBlob, Opened
from lading.image.platforms import Wanted
from lading.image.reference import full_name, parse_registry_reference
from lading.image.resolve import check_platform
from lading.image.store import Member, Store, read_member
from lading.model.errors import ImageError, SafeIOError
from lading.model.image import Image, Layer
from lading.safeio.tar import normalise
from lading.safeio.verify import digest_of

MANIFEST: Final = "manifest.json"
_HEX: Final = re.compile(r"[0-9a-f]{64}")


class _Entry(Struct, rename="pascal"):
    """One image of the archive."""

    config: str
    repo_tags: list[str] | None = None
    layers: list[str] | None = None


def open_docker_archive(store: Store, path: str, tag: str, wanted: Wanted) -> Opened:
    """The image of an archive at `path`. `tag` is the name and tag it was saved under, empty for the only one.
    Raises ImageError, SafeIOError."""
    name = f"{path}:{tag}" if tag else path
    entry = _choose(_read_manifest(store, path), path, tag)
    digest, config = _read_config(store, path, entry)
    check_platform(wanted, config.platform, name)
    members = [_find(store, path, layer) for layer in entry.layers or ()]
    blobs = tuple(Descriptor("", member.size) for member in members)
    layers = image_layers(config, blobs, name)
    image = Image(name, "docker-archive", "", digest, config.platform, layers, config.created)
    sources = tuple(_layer(store, path, layer, member) for layer, member in zip(layers, members, strict=True))
    return Opened(image, sources, store.close, sequential=store.sequential, clues=clues_of(config, {}))


def _read_manifest(store: Store, path: str) -> list[_Entry]:
    where = f"{path}: {MANIFEST}"
    member = store.find(MANIFEST)
    if member is None:
        raise ImageError(f"{where} is missing: not an archive of docker save, or one made before Docker 1.10")
    try:
        return msgspec.json.decode(read_member(store, member, MANIFEST_LIMIT, where), type=list[_Entry])
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise ImageError(f"{where}: cannot be read ({error})") from error


def _choose(entries: list[_Entry], path: str, tag: str) -> _Entry:
    tags = sorted({printable(one) for entry in entries for one in entry.repo_tags or ()})
    if tag:
        full = str(parse_registry_reference(tag))
        entries = [entry for entry in entries if full in map(full_name, entry.repo_tags or ())]
        if not entries:
            raise ImageError(f"{path}: no image with the tag {tag!r}: there is {', '.join(tags) or 'no tag'}")
    if not entries:
        raise ImageError(f"{path}: holds no image")
    if len({(entry.config, *(entry.layers or ())) for entry in entries}) > 1:
        raise ImageError(f"{path}: holds several images; add one of these to its name: {', '.join(tags) or 'no tag'}")
    return entries[0]


def _read_config(store: Store, path: str, entry: _Entry) -> tuple[str, Config]:
    where = f"{path}: configuration"
    data = read_member(store, _find(store, path, entry.config), CONFIG_LIMIT, where)
    digest = digest_of(data)
    stated = posixpath.basename(entry.config).removesuffix(".json")
    if _HEX.fullmatch(stated) and digest != f"sha256:{stated}":
        raise SafeIOError(
            f"{where}: its digest is {digest}, expected sha256:{stated}: the image is damaged: fetch it again"
        )
    return digest, parse_config(data, where)


def _find(store: Store, path: str, name: str) -> Member:
    member = store.find(normalise(name))
    if member is None:
        raise SafeIOError(f"{path}: {printable(name)} is missing: the archive is damaged: save the image again")
    return member


def _layer(store: Store, path: str, layer: Layer, member: Member) -> LayerBlob:
    # Read from a region, a layer is sought in and so not hashed: its facts may be kept for this very file only.
    key = f"{_identity(path)} {member.offset} {layer.diff_id}" if member.region else layer.diff_id
    return LayerBlob(layer, key, partial(store.open, member), member.region, member.offset)


def _identity(path: str) -> str:
    status = Path(path).stat()
    return f"{status.st_dev} {status.st_ino} {status.st_size} {status.st_mtime_ns} {status.st_ctime_ns}"
