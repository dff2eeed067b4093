"""What every feed is made of.

A feed is a set of units. A unit is the least that can be fetched and built alone: its documents, and one function from
those documents to shards. Fetching (feeds.sources) and parsing never mix.
"""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Final, Protocol

import msgspec
from msgspec import Struct

from lading.advisories.writer import ShardWriter
from lading.model.advisory import Names, ShardName
from lading.model.errors import FeedError, SafeIOError
from lading.model.ports import ByteStream, Region
from lading.safeio.inflate import open_inflated
from lading.safeio.limits import Limits
from lading.safeio.region import RegionStream

UNREADABLE: Final = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
"""What msgspec raises on JSON that is broken, of another shape, not UTF-8, or nested without end."""


class Document(Struct, frozen=True):
    """One upstream file. `path` is where it lies in a mirror or a held copy, `url` its public address. An `optional`
    one may be missing. Where `repository` names a kind of metadata ("updateinfo", "modules") of a repository of rpm
    packages, `url` is that of the repository's repomd.xml or of a mirror.list, which lead to the document; where it is
    "archive", `url` is that of a text beside the document that holds its name."""

    path: str
    url: str
    optional: bool = False
    repository: str = ""


class Build(Protocol):
    """Where a parser puts what it reads."""

    def shard(self, name: str, scheme: str, names: Names = "source") -> ShardWriter | None:
        """The writer of a shard whose versions follow `scheme` and whose advisories go by `names`; None when nobody
        asked for that shard."""

    def skip(self, record: str) -> None:
        """Counts a record that could not be read, and names it."""

    def date(self, day: str) -> None:
        """Upstream's date of the data (ISO 8601); the latest counts."""


class Unit(Struct, frozen=True):
    """`parse` gets the local files of the documents by their paths (optional ones may be absent), and raises
    LadingError when a document as a whole is broken."""

    name: str
    documents: tuple[Document, ...]
    parse: Callable[[Mapping[str, Path], Build], None]


class Feed(Struct, frozen=True):
    """`units` gives all units there are, told which files a held copy has (None: upstream itself is asked);
    `unit_for` the one that makes a shard, None for shards of other feeds."""

    name: str
    title: str
    units: Callable[[Sequence[str] | None], tuple[Unit, ...]]
    unit_for: Callable[[ShardName], Unit | None]


_LIMITS = Limits(ratio=2000)


def open_document(path: Path) -> ByteStream:
    """A document's uncompressed bytes, to be read in pieces (which raises SafeIOError). Raises FeedError when it cannot
    be opened."""
    try:
        return open_inflated(RegionStream(Region(str(path), 0, path.stat().st_size)), str(path), _LIMITS)
    except (OSError, SafeIOError) as error:
        raise FeedError(f"{path}: cannot be read: {error}") from error


def read_document(path: Path, limit: int) -> bytes:
    """A document whole, uncompressed. Raises FeedError beyond `limit` bytes."""
    try:
        stream = open_document(path)
        pieces = []
        held = 0
        while piece := stream.read(1024 * 1024):
            pieces.append(piece)
            held += len(piece)
            if held > limit:
                raise FeedError(f"{path}: more than {limit:,} bytes; refused")
        stream.close()
    except SafeIOError as error:
        raise FeedError(f"{path}: cannot be read: {error}") from error
    return b"".join(pieces)
