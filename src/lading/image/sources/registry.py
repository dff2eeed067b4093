"""The one table of image sources, and the prefixes that name something else."""

import re
from typing import Final

from lading.image.manifest import printable
from lading.image.reference import is_short, parse_registry_reference
from lading.image.source import Source
from lading.image.sources import (
    containerd,
    containers_storage,
    disk,
    docker,
    docker_archive,
    layout,
    podman,
    remote,
    rootfs,
    rootfs_archive,
    single_file,
    skopeo_dir,
)
from lading.model.errors import ImageError, UsageError
from lading.net.hub import HUB

SOURCES: Final[tuple[Source, ...]] = (
    disk.SOURCE,
    single_file.SOURCE,
    docker_archive.SOURCE,
    layout.SOURCE,
    skopeo_dir.SOURCE,
    rootfs.SOURCE,
    rootfs_archive.SOURCE,
    remote.SOURCE,
    docker.SOURCE,
    podman.SOURCE,
    containers_storage.SOURCE,
    containerd.SOURCE,
)
"""In the order in which they are asked what lies at a path."""

DEFAULT: Final = remote.SOURCE
"""Has what is neither at a path nor named by a prefix, when no engine here has it."""

PLACES: Final[dict[str, Source]] = {
    one.id: one for one in (docker.SOURCE, podman.SOURCE, containers_storage.SOURCE, containerd.SOURCE, remote.SOURCE)
}
"""Where a name without a prefix is looked for, in this order by default."""

_PURL: Final = "is a package, not an image: it is only scanned as it is"
_ADDRESS: Final = "is no part of an image's name: give HOST/NAME:TAG alone"
_CLOUD: Final = "is not read: export the disk as a raw file (qemu-img convert -O raw) and scan disk:FILE"
NOT_READ: Final[dict[str, str]] = {
    "http:": _ADDRESS,
    "https:": _ADDRESS,
    "pkg:": _PURL,
    "purl:": _PURL,
    "sbom:": "is an SBOM, not an image: it is only scanned as it is",
    "ami:": _CLOUD,
    "ebs:": _CLOUD,
    "vm:": _CLOUD,
}
"""Prefixes that are known here or to other tools, and what to say to who uses them for an image. They are never taken
for a name in a registry."""

_PORT: Final = re.compile(r"[^/:]+:\d{1,5}/")


def find_source(reference: str) -> tuple[Source | None, str]:
    """The source that a prefix names, and the rest; None and all of it without a prefix. Raises UsageError for a prefix
    that is not read."""
    for source in SOURCES:
        for prefix in source.prefixes:
            if reference.startswith(prefix) and not (not source.is_local and _PORT.match(reference)):
                return source, _in_full(prefix, reference.removeprefix(prefix))
    prefix = reference[: reference.find(":") + 1]
    if prefix in NOT_READ and not _PORT.match(reference):
        # What stands before an @ may be a password, but for a package's version.
        shown = reference if NOT_READ[prefix] is _PURL else re.sub(".*@", "…@", reference)
        raise UsageError(f"{printable(shown)}: {prefix} {NOT_READ[prefix]}{namesake(reference)}")
    return None, reference


def _in_full(prefix: str, name: str) -> str:
    """As Skopeo means it: a name without a host is Docker Hub's there, whatever files say."""
    return f"{HUB}/{name}" if prefix == "docker://" and name and is_short(name) else name


def namesake(reference: str) -> str:
    """How to ask for a repository that is called as a prefix is, where the whole could be its name."""
    try:
        parse_registry_reference(reference)
    except ImageError:
        return ""
    return f"; a repository of this name is registry:{reference}"
