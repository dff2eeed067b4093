"""`manifest.json` of archives as `docker save` writes them.

Source: Docker image specification 1.2, "Combined Image JSON + Filesystem Changeset Format".
"""

import posixpath
import re
from typing import Final

from msgspec import Struct

from lading.image.config import CONFIG_LIMIT
from lading.image.go_json import decode
from lading.image.manifest import MANIFEST_LIMIT, printable
from lading.image.reference import full_name
from lading.image.store import Member, Store, read_member
from lading.model.errors import ImageError, SafeIOError
from lading.safeio.tar import normalise
from lading.safeio.verify import digest_of

MANIFEST: Final = "manifest.json"
_HEX: Final = re.compile(r"[0-9a-f]{64}")
_MOST_ENTRIES: Final = 500


class Entry(Struct, frozen=True):
    """One image of the archive: the paths of its configuration and of its layers from the base up, and its names."""

    config: str
    layers: tuple[str, ...]
    tags: tuple[str, ...]

    @property
    def names(self) -> frozenset[str]:
        """Its names in full, and its tags alone, as a layout may have them."""
        return frozenset({*map(full_name, self.tags), *(tag.rpartition(":")[2] for tag in self.tags)})


def read_entries(store: Store, path: str) -> tuple[Entry, ...]:
    """All images of an archive. Raises ImageError, SafeIOError."""
    where = f"{path}: {MANIFEST}"
    member = store.find(MANIFEST)
    if member is None:
        raise ImageError(f"{where} is missing: not an archive of docker save, or one made before Docker 1.10")
    entries = decode(read_member(store, member, MANIFEST_LIMIT, where), list[_Entry | None], where)
    if len(entries) > _MOST_ENTRIES:
        raise ImageError(f"{where}: lists {len(entries):,} images, above the limit of {_MOST_ENTRIES}; refused")
    if not all(one is not None and one.config for one in entries):
        raise ImageError(f"{where}: names no configuration for one of its images")
    return tuple(_entry(one) for one in entries if one is not None)


def read_config(store: Store, path: str, config: str) -> tuple[str, bytes]:
    """The digest of a configuration that an entry names (the image ID), and its bytes. Raises ImageError,
    SafeIOError."""
    where = f"{path}: configuration"
    data = read_member(store, find_file(store, path, config), CONFIG_LIMIT, where)
    digest = digest_of(data)
    stated = posixpath.basename(config).removesuffix(".json")
    if _HEX.fullmatch(stated) and digest != f"sha256:{stated}":
        raise SafeIOError(
            f"{where}: its digest is {digest}, expected sha256:{stated}: the image is damaged: fetch it again"
        )
    return digest, data


def find_file(store: Store, path: str, name: str) -> Member:
    """A file that an entry names. Raises ImageError, SafeIOError when it is missing."""
    member = store.find(normalise(name))
    if member is None:
        raise SafeIOError(f"{path}: {printable(name)} is missing: the archive is damaged: save the image again")
    return member


class _Entry(Struct, frozen=True, rename={"repo_tags": "repotags"}):
    config: str = ""
    repo_tags: tuple[str | None, ...] = ()
    layers: tuple[str | None, ...] = ()


def _entry(raw: _Entry) -> Entry:
    layers = tuple(layer or "" for layer in raw.layers)
    return Entry(raw.config, layers, tuple(tag or "" for tag in raw.repo_tags))
