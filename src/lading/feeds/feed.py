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


TAKEN_BACK: Final = b"taken back upstream\n"
"""What stands in place of a document that upstream has taken back since it wrote an archive."""


class Service(Struct, frozen=True):
    """An interface that must not be asked too often: at most once in `pause` seconds, or in `pause_with_key` by holders
    of a key. That is the value of the environment variable `variable` and goes in the `header`."""

    header: str
    variable: str
    pause: float
    pause_with_key: float


class Document(Struct, frozen=True):
    """One upstream file. `path` is where it lies in a mirror or a held copy, `url` its public address. An `optional`
    one may be missing. Where `repository` names a kind of metadata ("updateinfo", "modules") of a repository of rpm
    packages, `url` is that of the repository's repomd.xml or of a mirror.list, which lead to the document; where it is
    "archive", `url` is that of a text beside the document that holds its name. `service` is the interface that gives
    it; a mirror is none."""

    path: str
    url: str
    optional: bool = False
    repository: str = ""
    service: Service | None = None


class Build(Protocol):
    """Where a parser puts what it reads."""

    def wants(self, name: str) -> bool:
        """Whether anybody asked for that shard: what nobody wants need not be read."""

    def shard(self, name: str, scheme: str, names: Names = "source") -> ShardWriter | None:
        """The writer of a shard whose versions follow `scheme` and whose advisories go by `names`; None when nobody
        asked for that shard."""

    def skip(self, record: str) -> None:
        """Counts a record that could not be read, and names it."""

    def newest_year(self, year: str) -> None:
        """The year of the newest CVE that upstream names, where its data has no date: it is no newer."""

    def date(self, day: str) -> None:
        """Upstream's date of the data (ISO 8601); the latest counts, and one in the future only where there is no
        other."""


class Copy(Protocol):
    """The copy of a unit's documents that the database keeps, being brought up to date. What a refresh neither fetches
    nor keeps is dropped at its end; one that fails leaves the copy as it was."""

    @property
    def mark(self) -> str:
        """What the last refresh noted; "" when there was none, or when files of it are lost."""

    def note(self, mark: str) -> None:
        """Leaves a mark for the next refresh."""

    def held(self) -> Mapping[str, Path]:
        """The documents of the last refresh, by their paths."""

    def modified(self, path: str) -> str:
        """The Last-Modified (ISO 8601) of a document that was fetched or is held; "" when upstream does not say."""

    def fetch(self, document: Document) -> Path | None:
        """The document as upstream has it, not downloaded again when it is unchanged; None for an optional one that is
        missing. Raises NetError and FeedError."""

    def fetch_all(self, documents: Sequence[Document]) -> list[Path | None]:
        """The same for many small documents, several at a time."""

    def keep(self, path: str) -> None:
        """Leaves a held document as it is."""

    def drop(self, path: str) -> None:
        """Leaves out a document after all."""

    def hide(self, path: str) -> None:
        """Puts TAKEN_BACK in place of a document, so that an archive's copy of it is not read (see feeds.records)."""


class Unit(Struct, frozen=True):
    """`parse` gets the local files of the documents by their paths (optional ones may be absent), and raises
    LadingError when a document as a whole is broken. `refresh` brings the copy of them up to date where upstream tells
    what has changed; without it each document is asked for. It may add documents that `parse` reads too. `interval` is
    that of the feed where it is not given."""

    name: str
    documents: tuple[Document, ...]
    parse: Callable[[Mapping[str, Path], Build], None]
    refresh: Callable[[Copy], None] | None = None
    interval: int | None = None


class Feed(Struct, frozen=True):
    """`units` gives all units there are, told which files a held copy has (None: upstream itself is asked);
    `unit_for` upstream's that makes a shard, None for shards of other feeds. A held copy's unit that makes the shard
    has the same name, whatever its documents. `interval` is how many days upstream takes at most to put a newer date on
    its data when all is well, 0 where that may be long: what is older then is not what upstream has now. `bulk` says
    how much is to be downloaded where that is more than anybody expects: such a feed is fetched for those alone who
    name it, or have it already."""

    name: str
    title: str
    units: Callable[[Sequence[str] | None], tuple[Unit, ...]]
    unit_for: Callable[[ShardName], Unit | None]
    interval: int = 0
    bulk: str = ""


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
