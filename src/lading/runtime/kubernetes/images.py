"""Which image a container runs: by the name that its pod has for it, and by what its node says.

Source: Kubernetes API reference, ContainerStatus (`imageID`); Container Runtime Interface, ImageRef. Engines give a
reference by digest, or the digest of the configuration of an image that has no other.
"""

import re
from contextlib import suppress
from typing import Final

from msgspec import Struct

from lading.image.reference import RegistryReference, parse_registry_reference
from lading.model.errors import ImageError
from lading.net.address import printable

_SCHEME: Final = re.compile(r"(?:docker-pullable|docker|containerd|cri-o)://")
_ID: Final = re.compile(r"(?:sha256:)?[0-9a-f]{64}")
_LONGEST: Final = 4096


class NamedImage(Struct, frozen=True):
    """An image in full: by its digest where that is known. `also` is another name of the same, `config` the digest of
    its configuration, where nothing else tells which image it is. Without a `reference`, `trouble` says why."""

    reference: str = ""
    also: str = ""
    config: str = ""
    trouble: str = ""


def image_of(named: str, image_id: str) -> NamedImage:
    """The image of a container: `named` by its pod, `image_id` by its node (empty where that has it not yet)."""
    known = _SCHEME.sub("", image_id.strip()[:_LONGEST], count=1)
    try:
        if _ID.fullmatch(named):
            raise ImageError("the ID of an image, which engines alone know it by")
        stated = parse_registry_reference(named.strip()[:_LONGEST])
    except ImageError:
        with suppress(ImageError):
            if "@" in known:
                return NamedImage(str(parse_registry_reference(known)))
        return NamedImage(trouble=f"{printable(named, 200)!r} is no name of an image that a registry could have")
    if _ID.fullmatch(known):
        return NamedImage(str(stated), config="" if stated.digest else f"sha256:{known.removeprefix('sha256:')}")
    if "@" not in known:
        return NamedImage(str(stated))
    try:
        running = parse_registry_reference(known)
    except ImageError:
        return NamedImage(str(stated))
    pinned = _by_digest(stated, running.digest)
    is_same = (stated.host, stated.repository) == (running.host, running.repository)
    return NamedImage(pinned, "" if is_same else str(running))


def with_digest(reference: str, digest: str) -> str:
    """A reference, by the digest that it was found to have. Raises ImageError."""
    return _by_digest(parse_registry_reference(reference), digest)


def digest_of(reference: str) -> str:
    """The digest in a reference, empty where there is none."""
    return reference.partition("@")[2]


def _by_digest(reference: RegistryReference, digest: str) -> str:
    tag = f":{reference.tag}" if reference.tag else ""
    return f"{reference.host}/{reference.repository}{tag}@{digest}"
