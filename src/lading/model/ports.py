"""The ports between rooms: what one room asks of another without importing it."""

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from typing import Protocol

from msgspec import Struct

from lading.model.advisory import (
    Advisory,
    AdvisoryText,
    LifeCycle,
    Provenance,
    ShardName,
    VulnerabilityRecords,
)
from lading.model.diagnostic import Diagnostic
from lading.model.image import Clues, Image, Layer


class ByteStream(Protocol):
    """Bytes of a blob, from the start. `read` gives at most `size` bytes (at least one unless at the end), b"" at the
    end. Integrity (size, digest) is checked by who hands it out: the read that meets the end, or finds it cannot,
    raises SafeIOError. Used by one thread at a time."""

    def read(self, size: int, /) -> bytes: ...

    def close(self) -> None: ...


class Region(Struct, frozen=True):
    """A stretch of a local file: `size` bytes from `offset`."""

    path: str
    offset: int
    size: int


class LayerParts(Struct, frozen=True):
    """By what parts of a layer's blob can be read. `toc` is the digest of its table of contents, as the manifest states
    it; `position` where a zstd:chunked one lies, its stored and its inflated size, None for an eStargz one, which the
    blob's end tells. `read` gives the bytes from one offset to another, and raises NetError, or TocError where the
    server gives no parts."""

    toc: str
    position: tuple[int, int, int] | None
    read: Callable[[int, int], ByteStream]


class LayerSource(Protocol):
    """One layer of an opened image. `open` may be called any number of times and from any thread.

    `open` gives the blob as stored (compressed or not), verified against its digest and size where the source knows
    them; who reads it to its end verifies the diff ID where that is asked for (`Image.goes_by_diff_id`). `cache_key`
    names the layer's content in the layer cache, together with the blob's digest: its diff ID, and where the blob has
    no digest (in a docker archive) the identity of the file that holds it; "" when the result must not be kept.
    """

    @property
    def layer(self) -> Layer: ...

    @property
    def cache_key(self) -> str: ...

    def open(self) -> ByteStream: ...


Arrivals = Callable[[Collection[str]], Iterator[tuple[str, ByteStream]]]
"""Layers of diff IDs as they come, each with its diff ID."""


class OpenedImage(Protocol):
    """An image that has been found and whose manifest and configuration are read. `clues` are for who looks for its
    base.

    `sequential` is set when layers can only be read one after the other, in the order of `layers` (a compressed
    archive). `root` is the directory of a root filesystem, which has one pseudo layer and no blobs; "" otherwise.
    `directories` are those in which an engine has unpacked the layers for overlayfs, the lowest first, "" for a layer
    that is a blob; empty where all are. `kernels` tells that the topmost is what a container writes, where the kernel
    alone marks what it hides.
    `arrivals` is there where layers come in an order of their own, and all of them whatever is wanted (an engine's
    export): it gives those of these diff IDs as they come, each with its diff ID and to be read before the next, and
    raises as a ByteStream does when one does not come. `diagnostics` are about how the image is stored. Closing
    releases files and connections."""

    @property
    def root(self) -> str: ...

    @property
    def directories(self) -> Sequence[str]: ...

    @property
    def kernels(self) -> bool: ...

    @property
    def image(self) -> Image: ...

    @property
    def layers(self) -> Sequence[LayerSource]: ...

    @property
    def clues(self) -> Clues: ...

    @property
    def sequential(self) -> bool: ...

    @property
    def arrivals(self) -> Arrivals | None: ...

    @property
    def diagnostics(self) -> Sequence[Diagnostic]: ...

    def close(self) -> None: ...


class Helper(Protocol):
    """A process that does a part of the work beside this one."""

    def messages(self) -> Iterator[bytes]:
        """What its work gives, as it does. Raises the LadingError that ended the work, EngineError when the process
        ended in another way."""

    def end(self) -> None:
        """Ends it, if it has not ended, and so its messages."""

    def close(self) -> None:
        """Ends it and releases what is held for it; nobody waits for its messages then."""


HelperWork = Callable[[Callable[[bytes], None]], None]
"""What a helper does: it gives its messages to the function."""


class Helpers(Struct, frozen=True):
    """What helpers a front door allows for: so `many` at most at once. `start` makes one that has what this process has
    and does this work; it is called while no other thread works."""

    many: int
    start: Callable[[HelperWork], Helper]


class AdvisoryStore(Protocol):
    """Read-only advisories, opened by shard."""

    def provenance(self, shard: ShardName) -> Provenance | None:
        """The shard's provenance, None when the shard is not held. Raises AdvisoryError when it is corrupt."""

    def advisories(self, shard: ShardName, packages: Iterable[str]) -> dict[str, tuple[Advisory, ...]]:
        """The advisories of each named package that has any, sorted by id. Raises AdvisoryError."""

    def mentions(self, shard: ShardName, names: Iterable[str]) -> dict[str, tuple[Advisory, ...]]:
        """By package, the advisories that mention a vulnerability: by their id, an alias or their note. Raises
        AdvisoryError."""

    def artifacts(self, shard: ShardName, names: Iterable[str]) -> frozenset[str]:
        """Those of the names that a package with advisories has behind its group: Maven's are named `group:artifact`.
        Raises AdvisoryError."""

    def texts(self, shard: ShardName, ids: Iterable[str]) -> dict[str, tuple[AdvisoryText, ...]]:
        """The texts of advisories, by advisory id, for those that have any (see `text_about`). Raises AdvisoryError."""

    def records(self, ids: Iterable[str]) -> VulnerabilityRecords:
        """What the shards of records know of these vulnerabilities; nothing of one that is not held. Raises
        AdvisoryError."""

    def life_cycles(self, products: Iterable[str]) -> dict[str, LifeCycle]:
        """The release cycles of products, from the shard "endoflife"; empty when it is not held."""


class Progress(Protocol):
    """Told what a run is doing; may be called from any thread. `key` names a task ("layer 3", "shard debian-12")."""

    def start(self, key: str, text: str, total: int = 0) -> None:
        """A task begins; `total` is its size in bytes, 0 when unknown."""

    def advance(self, key: str, amount: int) -> None:
        """`amount` more bytes of the task are done."""

    def finish(self, key: str) -> None:
        """The task has ended."""


class NoProgress:
    """A Progress that says nothing."""

    def start(self, key: str, text: str, total: int = 0) -> None: ...

    def advance(self, key: str, amount: int) -> None: ...

    def finish(self, key: str) -> None: ...
