"""What a kind of image source is made of: a row of the table in `sources/registry.py`."""

import os
import re
from collections.abc import Callable, Mapping
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Final

from msgspec import Struct

from lading.image.platforms import Wanted
from lading.model.errors import ImageError
from lading.net.network import Network
from lading.safeio.limits import Limits
from lading.safeio.standard_input import SHOWN

if TYPE_CHECKING:
    from lading.image.opened import Opened
    from lading.image.store import Store
    from lading.net.client import HttpClient

_STANDARD_INPUT: Final = "-"
_DIGEST: Final = re.compile(r"(?P<path>.+)(?P<selector>@[a-z0-9]+:[^/]*)", re.DOTALL)


class NotHereError(ImageError):
    """A place that is in order does not have the image."""


class OpenOptions(Struct, frozen=True):
    """How to find an image. `platform` is `os/arch[/variant]`, empty for this machine's; `limits` bound the inflation
    of a compressed archive. `base` names the image that it was built on, else it is found out with the known ones in
    the directory `bases`. `places` are the ids of the sources that are asked for a name without a prefix, in this
    order; empty for all. `standard_input` is the path at which lies what came on standard input. All else is for
    registries (`timeout` in seconds, `token_hosts` as HttpClient takes them; `lazy` asks that layers be read in parts
    where they can be)."""

    platform: str = ""
    places: tuple[str, ...] = ()
    plain_http: bool = False
    insecure: bool = False
    ca_cert: Path | None = None
    timeout: float = 120.0
    token_hosts: tuple[str, ...] = ()
    network: Network = Network()
    base: str = ""
    bases: Path | None = None
    limits: Limits = Limits()
    standard_input: str = ""
    lazy: bool = False

    def client(self) -> "HttpClient":
        """What speaks with registries by these options; whoever asks for it closes it."""
        from lading.net.client import HttpClient

        return HttpClient(
            str(self.ca_cert or ""),
            self.insecure,
            timeout=self.timeout,
            token_hosts=self.token_hosts,
            network=self.network,
        )


class Request:
    """One image that is asked of a source. `text` is the reference without its prefix, of which a source makes what it
    likes; `path`, `selector` and `store` are for those that read local files."""

    def __init__(self, text: str, wanted: Wanted, options: OpenOptions) -> None:
        self.text = text
        self.wanted = wanted
        self.options = options

    @property
    def path(self) -> str:
        """The part of the text that is a path. Raises ImageError when nothing is there."""
        return self._split[0]

    @property
    def selector(self) -> str:
        """What follows the path: a tag or "@digest", empty where nothing does."""
        return self._split[1]

    @property
    def name(self) -> str:
        """What people call the image."""
        return self.path + (
            self.selector if self.selector.startswith("@") or not self.selector else f":{self.selector}"
        )

    @property
    def is_standard_input(self) -> bool:
        """Whether it is asked of what came on standard input."""
        return self.text == _STANDARD_INPUT or self.text.startswith((f"{_STANDARD_INPUT}:", f"{_STANDARD_INPUT}@"))

    @property
    def place(self) -> str:
        """Where what is at the path lies. Raises ImageError."""
        if self.is_standard_input and not self.options.standard_input:
            raise ImageError(f"{SHOWN}: is not read here: name a file")
        return self.options.standard_input if self.is_standard_input else self.path

    @property
    def is_directory(self) -> bool:
        """Whether the path is a directory."""
        return Path(self.place).is_dir()

    @cached_property
    def store(self) -> "Store":
        """The files at the path, a directory's or an archive's; opened once. Raises ImageError, SafeIOError."""
        from lading.image.store import open_store

        return open_store(self.place, self.options.limits, self.path)

    def close(self) -> None:
        """Closes the store if it was opened."""
        if "store" in self.__dict__:
            self.store.close()

    @cached_property
    def _split(self) -> tuple[str, str]:
        """A colon may stand in a path as well as before a tag, so the longest path that exists is taken."""
        text = self.text
        if self.is_standard_input:
            selector = text.removeprefix(_STANDARD_INPUT)
            return SHOWN, selector if selector.startswith("@") else selector.removeprefix(":")
        if exists(text):
            return text, ""
        digest = _DIGEST.fullmatch(text)
        if digest and exists(digest["path"]):
            return digest["path"], digest["selector"]
        position = len(text)
        while (position := text.rfind(":", 0, position)) > 0:
            if exists(text[:position]):
                return text[:position], text[position + 1 :]
        raise ImageError(f"{text}: no such file or directory")


class Source(Struct, frozen=True):
    """A kind of place that images live in.

    `prefixes` are the words that name it before a reference, each with its punctuation. `open` gives the image, to be
    closed by the caller; it raises UsageError, ImageError, SafeIOError, NetError. `detects` says whether what lies at
    the path of a request without a prefix is of this kind; None for one that is never at a path. `selectors` gives
    those of all images at a path, for a kind of which one place may hold several. `shares` are prefixes of other
    sources that name this one too, where what lies at the path is of this kind. `is_local` says that what follows a
    prefix is a path, `has_digest` that an image there goes by a digest.
    """

    id: str
    prefixes: tuple[str, ...]
    open: "Callable[[Request], Opened]"
    detects: Callable[[Request], bool] | None = None
    selectors: Callable[[Request], tuple[str, ...]] | None = None
    shares: Mapping[str, Callable[[Request], bool]] = {}
    is_local: bool = True
    has_digest: bool = True


def exists(path: str) -> bool:
    """Whether anything lies at a path, be it a dangling link."""
    return os.path.lexists(path)
