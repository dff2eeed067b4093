"""What containerd keeps on disk: packed content by digest, and a database of names.

Source: containerd's `docs/content-flow.md`, and `core/metadata/buckets.go`: version, namespace, "images", name,
"target", and there the digest of the manifest or index.
"""

import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from lading.image.manifest import Descriptor, check_digest, printable
from lading.image.reference import full_name
from lading.image.source import NotHereError
from lading.safeio.bolt import BoltFile, Bucket, read_stable

CONTENT: Final = "io.containerd.content.v1.content"
_DATABASE: Final = "io.containerd.metadata.v1.bolt/meta.db"
_VERSION: Final = b"v1"
_IMAGES: Final = b"images"
_USUAL: Final = ("default", "k8s.io", "moby")


def databases(roots: Sequence[Path]) -> tuple[Path, ...]:
    """Those of the directories that hold a database which may be seen."""
    return tuple(root for root in roots if os.access(root / _DATABASE, os.R_OK))


def find_target(roots: Sequence[Path], namespace: str, name: str, full: str) -> tuple[Path, str, Descriptor]:
    """The directory that has an image of a name, in full `full`, the namespace it is in, and its manifest or index.
    `namespace` is asked first where there is one. Raises NotHereError, ImageError, SafeIOError."""
    for root in roots:
        images = read_images(root)
        first = [namespace] if namespace else []
        order = dict.fromkeys((*first, *_USUAL, *sorted(images)))
        within, _, rest = name.partition("/")
        for one in order:
            for wanted in (name, full):
                if wanted in images.get(one, {}):
                    return root, one, images[one][wanted]
        for wanted in (rest, full_name(rest)) if within in images else ():
            if wanted in images[within]:
                return root, within, images[within][wanted]
    there = ", ".join(map(str, roots)) or "there is none here that may be read"
    raise NotHereError(f"{name}: no such image in containerd ({there})")


def read_images(root: Path) -> dict[str, dict[str, Descriptor]]:
    """The images of each namespace, by name. Read again when containerd writes meanwhile. Raises SafeIOError,
    ImageError."""
    path = str(root / _DATABASE)

    def read(database: BoltFile) -> dict[str, dict[str, Descriptor]]:
        return {namespace: dict(_images(bucket, path)) for namespace, bucket in _namespaces(database)}

    return read_stable(path, read)


def _namespaces(database: BoltFile) -> Iterator[tuple[str, Bucket]]:
    version = database.root.bucket(_VERSION)
    for key in version.names() if version is not None else ():
        namespace = version.bucket(key) if version is not None else None
        images = namespace.bucket(_IMAGES) if namespace is not None else None
        if images is not None:
            yield key.decode("utf-8", "backslashreplace"), images


def _images(images: Bucket, where: str) -> Iterator[tuple[str, Descriptor]]:
    for key in images.names():
        image = images.bucket(key)
        target = image.bucket(b"target") if image is not None else None
        digest = (target.get(b"digest") or b"").decode("utf-8", "backslashreplace") if target is not None else ""
        if target is None or not digest:
            continue
        name = key.decode("utf-8", "backslashreplace")
        check_digest(digest, f"{where}: {printable(name)}")
        kind = (target.get(b"mediatype") or b"").decode("utf-8", "backslashreplace")
        yield name, Descriptor(digest, _varint(target.get(b"size") or b""), kind)


def _varint(data: bytes) -> int:
    """A number as encoding/binary's PutVarint writes it."""
    value = 0
    for place, byte in enumerate(data[:10]):
        value |= (byte & 0x7F) << 7 * place
    return (value >> 1) ^ -(value & 1)
