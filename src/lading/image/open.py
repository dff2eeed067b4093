"""From a reference to an opened image."""

import os
import re
from pathlib import Path
from typing import Final

from msgspec import Struct

from lading.image.members import NO_IMAGE
from lading.image.opened import Opened
from lading.image.platforms import Wanted, parse_platform
from lading.image.reference import split_kind
from lading.model.errors import ImageError, NetError, SafeIOError, UsageError
from lading.model.image import Image, Layer
from lading.model.ports import OpenedImage
from lading.safeio.limits import Limits

_DIGEST: Final = re.compile(r"(?P<path>.+)(?P<selector>@[a-z0-9]+:[^/]*)", re.DOTALL)
_PATH_LIKE: Final = re.compile(r"(?:\.{0,2}/|\.{1,2}$|~).*|[^:]*\.(?:tar|tgz|tar\.(?:gz|zst))", re.DOTALL)


class OpenOptions(Struct, frozen=True):
    """How to find an image. `platform` is `os/arch[/variant]`, empty for this machine's; the next four are for
    registries (lading.engine.options has the same); `limits` bound the inflation of a compressed archive."""

    platform: str = ""
    plain_http: bool = False
    insecure: bool = False
    ca_cert: Path | None = None
    limits: Limits = Limits()
    timeout: float = 120.0


def open_image(reference: str, options: OpenOptions) -> OpenedImage:
    """The image a reference names: `oci:PATH[:TAG|@DIGEST]`, `docker-archive:PATH[:NAME:TAG]`, `dir:PATH`,
    `registry:NAME`, or one of these without its prefix, told apart by what is there.

    To be closed by the caller. Raises UsageError, ImageError, NetError.
    """
    wanted = parse_platform(options.platform)
    kind, rest = split_kind(reference)
    # A word alone may be a misspelt path as well as an image of Docker Hub.
    ambiguous = kind == "detect" and "/" not in rest
    if kind == "detect" and not _is_path(rest):
        kind = "registry"
    if not rest:
        raise UsageError(f"{reference!r}: no image is named")
    try:
        if kind == "registry":
            from lading.image.registry import open_registry_image

            return open_registry_image(rest, wanted, options.plain_http, options.insecure, options.ca_cert)
        return _open_local(kind, rest, wanted, options.limits)
    except NetError as error:
        if not ambiguous:
            raise
        raise NetError(f"{rest}: no such file here, and not found as an image: {error}") from error
    except SafeIOError as error:
        raise ImageError(str(error)) from error
    except OSError as error:
        raise ImageError(f"{rest}: cannot be read: {error.strerror}") from error


def _open_local(kind: str, text: str, wanted: Wanted, limits: Limits) -> Opened:
    path, selector = _split_selector(text)
    if kind == "dir" or (kind == "detect" and Path(path).is_dir() and not _is_layout(path)):
        return _open_root(path, selector, wanted)
    from lading.image.docker_archive import MANIFEST, open_docker_archive
    from lading.image.layout import INDEX, MARKER, open_layout
    from lading.image.store import open_store

    if kind == "docker-archive" and Path(path).is_dir():
        raise ImageError(
            f"{path}: is a directory, not an archive of docker save; without docker-archive: it is detected"
        )
    store = open_store(path, limits)
    try:
        if kind == "docker-archive" or (kind == "detect" and not Path(path).is_dir() and store.find(MANIFEST)):
            return open_docker_archive(store, path, selector, wanted)
        if kind == "detect" and not (store.find(INDEX) or store.find(MARKER)):
            raise ImageError(f"{path}: {NO_IMAGE}")
        return open_layout(store, path, selector, wanted)
    except BaseException:
        store.close()
        raise


def _open_root(path: str, selector: str, wanted: Wanted) -> Opened:
    if selector:
        raise ImageError(f"{path}: is a root filesystem, which has no tag {selector!r}")
    if not Path(path).is_dir():
        raise ImageError(f"{path}: is not a directory; without dir: its kind is detected")
    if wanted.explicit:
        raise UsageError(f"{path}: is a root filesystem, which has no platform: leave --platform out")
    return Opened(Image(path, "rootfs", layers=(Layer(1),)), (), _nothing, root=str(Path(path).absolute()))


def _nothing() -> None:
    """There is nothing to release."""


def _is_path(text: str) -> bool:
    return bool(_PATH_LIKE.fullmatch(text)) or _exists(text)


def _is_layout(path: str) -> bool:
    return _exists(f"{path}/oci-layout") or _exists(f"{path}/index.json")


def _split_selector(text: str) -> tuple[str, str]:
    """A path, and the tag or "@digest" after it. A colon may stand in either, so the longest path that exists is
    taken. Raises ImageError when none does."""
    if _exists(text):
        return text, ""
    digest = _DIGEST.fullmatch(text)
    if digest and _exists(digest["path"]):
        return digest["path"], digest["selector"]
    position = len(text)
    while (position := text.rfind(":", 0, position)) > 0:
        if _exists(text[:position]):
            return text[:position], text[position + 1 :]
    raise ImageError(f"{text}: no such file or directory")


def _exists(path: str) -> bool:
    return os.path.lexists(path)
