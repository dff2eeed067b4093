"""Asking a container engine for an image, by the API of Docker that Podman has too.

Sources: Docker Engine API 1.41, 1.48 and 1.56 (`/images/{name}/json`, `/history`, `/get`); Podman's API 4.0
(`/libpod/images/{name}/json`).
"""

import json
import re
from contextlib import suppress
from typing import Final
from urllib.parse import quote

from msgspec import Struct

from lading.image.config import CONFIG_LIMIT, StatedSettings
from lading.image.go_json import decode
from lading.image.manifest import DOCKER_LIST, OCI_INDEX, Descriptor, joined, printable
from lading.image.source import NotHereError
from lading.model.errors import ImageError, NetError
from lading.model.image import Platform
from lading.net.client import HttpClient
from lading.net.engines import EngineAddress
from lading.net.response import HttpResponse

_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._/:@+-]{0,1000}")
_PATIENCE: Final = 1800.0
"""Seconds that an engine may take to begin: Docker before version 29 writes the image to its disk first."""
_LIBPOD: Final = "libpod-api-version"
_INDEXES: Final = frozenset({OCI_INDEX, DOCKER_LIST})
_REASON_BYTES: Final = 64 * 1024
_LONGEST_REASON: Final = 300


class Inspected(Struct, frozen=True, rename=joined):
    """What an engine says of an image; `descriptor` is there where it keeps images as their registry has them."""

    id: str = ""
    created: str = ""
    architecture: str = ""
    os: str = ""
    variant: str = ""
    root_fs: "_RootFs" = None  # type: ignore[assignment]
    config: StatedSettings | None = None
    graph_driver: "_Driver | None" = None
    descriptor: "_Descriptor | None" = None
    history: "tuple[PastStep, ...]" = ()
    manifests: "tuple[Child, ...]" = ()

    @property
    def is_index(self) -> bool:
        """Whether the image is one for several platforms."""
        return self.descriptor is not None and self.descriptor.media_type in _INDEXES

    @property
    def keeps_manifests(self) -> bool:
        """Whether the engine exports the image with its manifest, and its layers as they came (Docker's containerd
        image store)."""
        driver = self.graph_driver.name if self.graph_driver else ""
        return bool(self.descriptor and self.descriptor.digest) or driver == "overlayfs"


class Child(Struct, frozen=True, rename=joined):
    """One of an image's manifests, and whether the engine has all that it names."""

    kind: str = ""
    available: bool = False
    descriptor: Descriptor | None = None


class PastStep(Struct, frozen=True):
    """A step of an image's history: by Podman's names, or by Docker's with the `size` of what it made."""

    created_by: str = ""
    createdby: str = ""
    comment: str = ""
    empty_layer: bool = False
    size: int = 0


class _RootFs(Struct, frozen=True):
    layers: tuple[str, ...] = ()


class _Driver(Struct, frozen=True):
    name: str = ""


class _Descriptor(Struct, frozen=True, rename=joined):
    digest: str = ""
    media_type: str = ""


def get_images(engine: str, address: EngineAddress, timeout: float, most: int) -> bytes:
    """The engine's list of images, as JSON of at most so many bytes. Raises NetError."""
    client = EngineClient(engine, address, "all", timeout)
    try:
        return client.images().read_all(most)
    finally:
        client.close()


class EngineClient:
    """An engine's image of a name. Its methods raise NetError when the engine cannot be reached or refuses, ImageError
    for answers that cannot be."""

    def __init__(self, engine: str, address: EngineAddress, name: str, timeout: float) -> None:
        if not _NAME.fullmatch(name):
            raise ImageError(f"{printable(name[:200])!r}: not the name or ID of an image in {engine}")
        self.name = name
        self._engine = engine
        self._shown = address.shown
        self._base = address.url
        self._path = quote(name, safe="/:@")
        self._client = HttpClient(timeout=max(timeout, _PATIENCE), unix=address.unix)
        if address.tls is not None:
            self._client.trust(address.url.removeprefix("https://"), address.tls)

    @property
    def where(self) -> str:
        """The image, for errors."""
        return f"{self.name} in {self._engine}"

    def inspect(self) -> tuple[Inspected, bool]:
        """What the engine says of the image, and whether it is Podman. Raises NotHereError."""
        response = self._get(f"/images/{self._path}/json", "image")
        is_podman = _LIBPOD in response.headers
        found = decode(response.read_all(CONFIG_LIMIT), Inspected, self.where)
        if is_podman:
            more = self._get(f"/v4.0.0/libpod/images/{self._path}/json", "image").read_all(CONFIG_LIMIT)
            found = decode(more, Inspected, self.where)
        return found, is_podman

    def children(self) -> tuple[Child, ...]:
        """The manifests of an image for several platforms; none from an engine that does not tell (before API 1.48)."""
        data = self._get(f"/images/{self._path}/json?manifests=1", "manifests").read_all(CONFIG_LIMIT)
        return decode(data, Inspected, self.where).manifests

    def images(self) -> HttpResponse:
        """The list of all images."""
        return self._get("/images/json", "list")

    def history(self) -> tuple[PastStep, ...]:
        """Docker's history of the image, the oldest step first."""
        data = self._get(f"/images/{self._path}/history", "history").read_all(CONFIG_LIMIT)
        return tuple(reversed(decode(data, tuple[PastStep, ...], self.where)))

    def export(self, platform: Platform | None = None) -> HttpResponse:
        """The image as `docker save` writes it, a tar that can only be read forward; of one platform alone where one
        is named (API 1.48)."""
        query = ""
        if platform is not None:
            stated = {"os": platform.os, "architecture": platform.architecture, "variant": platform.variant}
            query = f"?platform={quote(json.dumps({name: value for name, value in stated.items() if value}))}"
        return self._get(f"/images/{self._path}/get{query}", "export")

    def close(self) -> None:
        self._client.close()

    def _get(self, path: str, what: str) -> HttpResponse:
        try:
            response = self._client.request("GET", f"{self._base}{path}")
        except NetError as error:
            raise NetError(f"{self._shown}: {str(error).partition(': ')[2] or error}", error.status) from error
        if response.status == 200:
            return response
        reason = _reason(response)
        if response.status == 404 and what == "image":
            raise NotHereError(f"{self.name}: no such image in {self._engine} ({self._shown})")
        said = f"answered {response.answer} to the request for the {what} of {self.name}"
        raise NetError(f"{self._shown}: {said}{reason}", response.status)


class _Refusal(Struct):
    message: str = ""


def _reason(response: HttpResponse) -> str:
    """What an engine says of why it refuses."""
    with suppress(NetError, ImageError):
        said = decode(response.read_all(_REASON_BYTES), _Refusal, response.host).message
        return f": {printable(' '.join(said.split())[:_LONGEST_REASON])}" if said else ""
    return ""
