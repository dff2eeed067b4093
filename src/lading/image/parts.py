"""Layers that can be read in parts, by what their manifests state of them.

- eStargz: https://github.com/containerd/stargz-snapshotter/blob/main/docs/estargz.md
- zstd:chunked: https://github.com/containers/storage/blob/main/pkg/chunked/internal/compression.go
"""

import re
from collections.abc import Callable
from typing import Final

from lading.image.manifest import Descriptor
from lading.model.ports import ByteStream, LayerParts
from lading.safeio.verify import is_digest

_STARGZ: Final = "containerd.io/snapshot/stargz/toc.digest"
_CHUNKED: Final = "io.github.containers.zstd-chunked.manifest-checksum"
_POSITION: Final = "io.github.containers.zstd-chunked.manifest-position"
_PLACE: Final = re.compile(r"(\d{1,15}):(\d{1,15}):(\d{1,15}):1", re.ASCII)


def parts_of(descriptor: Descriptor, read: Callable[[int, int], ByteStream]) -> LayerParts | None:
    """By what the layer can be read in parts, None where its manifest states no table of contents."""
    stated = descriptor.annotations
    if is_digest(stated.get(_CHUNKED, "")) and (found := _PLACE.fullmatch(stated.get(_POSITION, ""))):
        return LayerParts(stated[_CHUNKED], (int(found[1]), int(found[2]), int(found[3])), read)
    if is_digest(stated.get(_STARGZ, "")):
        return LayerParts(stated[_STARGZ], None, read)
    return None
