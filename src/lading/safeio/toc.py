"""Tables of contents of layers that can be read in parts: eStargz and zstd:chunked.

The table lists what the tar in the layer holds, and where in the blob the pieces of each file's content begin, each of
which inflates by itself and has a digest.

- eStargz: https://github.com/containerd/stargz-snapshotter/blob/main/docs/estargz.md
- zstd:chunked: https://github.com/containers/storage/blob/main/pkg/chunked/internal/compression.go

Nothing in a table is believed that does not fit: whoever reads by it reads the layer as a whole then (TocError).
"""

import binascii
import io
import re
from base64 import b64decode
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from typing import Final

import msgspec
from msgspec import Struct, field

from lading.model.errors import LimitError, SafeIOError, TocError
from lading.model.ports import LayerParts
from lading.safeio.inflate import open_inflated
from lading.safeio.limits import Limits
from lading.safeio.verify import digest_of, is_digest

_MOST_STORED: Final = 32 * 1024 * 1024
_MOST_INFLATED: Final = 96 * 1024 * 1024
_MOST_CHUNK: Final = 256 * 1024 * 1024
_MOST_ADDED: Final = 4096
_MOST_INNER: Final = 64 * 1024 * 1024
_MOST_ENTRIES: Final = 300_000
_FOOTER: Final = 51
_FOOTER_OFFSET: Final = re.compile(
    rb"\x1f\x8b\x08.{7}\x1a\x00SG\x16\x00([0-9a-f]{16})STARGZ\x01\x00\x00\xff\xff.{8}", re.DOTALL
)
_BLOCK: Final = 512
_TOC_NAME: Final = b"stargz.index.json"
_FLAGS: Final = {"reg": b"0", "hardlink": b"1", "symlink": b"2", "char": b"3", "block": b"4", "dir": b"5", "fifo": b"6"}
_LARGEST_FIELD: Final = 0o7777777
_LARGEST_SIZE: Final = 0o77777777777
_LARGEST: Final = 1 << 60
_HOLE: Final = "zeros"
_XATTR: Final = "SCHILY.xattr."


class Chunk(Struct, frozen=True, gc=False):
    """A piece of a file's content: `size` bytes from `start` on in the file. It begins `inner` bytes into what the blob
    inflates to from `offset` on, and all that is needed for it lies before `end`. `digest` is that of the piece."""

    offset: int
    end: int
    inner: int
    start: int
    size: int
    digest: str


class Stated(Struct, frozen=True, gc=False, rename="camel"):
    """An entry as the table states it; a file's further pieces are entries of their own."""

    name: str = ""
    type: str = ""
    size: int = 0
    link_name: str = ""
    mode: int = 0
    uid: int = 0
    gid: int = 0
    xattrs: dict[str, str] | None = None
    digest: str = ""
    offset: int = 0
    end_offset: int = 0
    chunk_offset: int = 0
    chunk_size: int = 0
    chunk_digest: str = ""
    chunk_type: str = ""
    inner_offset: int = 0


class TocEntry(Struct, frozen=True, gc=False):
    """An entry of the tar, as the table states it: for a file of which something is to be read its `chunks`. `path` is
    as it is written, `mode` are its permission bits."""

    path: str
    size: int
    mode: int
    stated: Stated
    chunks: tuple[Chunk, ...] = ()

    @property
    def headers(self) -> bytes:
        """The headers by which a tar would have it. Raises TocError."""
        return _headers(self.stated, _FLAGS[self.stated.type], self.size)


class _Table(Struct, frozen=True):
    version: int = 0
    entries: list[Stated] = field(default_factory=list)


class Toc(Struct, frozen=True):
    """A table of contents, and how many bytes of the blob were fetched for it."""

    entries: tuple[TocEntry, ...]
    fetched: int


def read_toc(parts: LayerParts, size: int, most: int) -> Toc:
    """The table of contents of a layer whose blob has so many bytes, checked against the digest that the manifest
    states. Raises TocError for one that is missing, other than stated, or has more than `most` entries; NetError."""
    if parts.position is None:
        data, end = _read_stargz(parts, size)
        fetched = size - end
    else:
        data, end = _read_chunked(parts, parts.position, size)
        fetched = parts.position[1]
    most = min(most, _MOST_ENTRIES)
    if data.count(b"{") > 2 * most:  # of attributes too
        raise TocError(f"a table of contents of more entries than the {most:,} that are read")
    try:
        table = _decode(data)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise TocError(f"the table of contents cannot be read: {error}") from error
    if table.version != 1:
        raise TocError(f"a table of contents of version {table.version}, which is not known")
    if len(table.entries) > most:
        raise TocError(f"a table of contents of more entries than the {most:,} that are read")
    return Toc(tuple(_entries(table.entries, end, is_stargz=parts.position is None)), fetched)


_decode: Final = msgspec.json.Decoder(_Table).decode


def _read_stargz(parts: LayerParts, size: int) -> tuple[bytes, int]:
    """The table, and where it begins in the blob."""
    if size <= _FOOTER:
        raise TocError("too small for a table of contents")
    found = _FOOTER_OFFSET.fullmatch(_fetch(parts, size - _FOOTER, size))
    if found is None:
        raise TocError("its end does not say where the table of contents is")
    offset = int(found[1], 16)
    if not 0 <= offset < size - _FOOTER or size - _FOOTER - offset > _MOST_STORED:
        raise TocError("its end says that the table of contents is where none can be")
    tar = _inflate(_fetch(parts, offset, size - _FOOTER), _MOST_INFLATED)
    header = tar[:_BLOCK]
    if header[:100].rstrip(b"\0") != _TOC_NAME:
        raise TocError("no table of contents is where its end says that it is")
    try:
        stated = int(header[124:136].rstrip(b"\0 "), 8)
    except ValueError as error:
        raise TocError("the table of contents has no size") from error
    data = tar[_BLOCK : _BLOCK + stated]
    if len(data) != stated or digest_of(data, parts.toc.partition(":")[0]) != parts.toc:
        raise TocError("the table of contents has another digest than the manifest states")
    return data, offset


def _read_chunked(parts: LayerParts, position: tuple[int, int, int], size: int) -> tuple[bytes, int]:
    offset, stored, inflated = position
    if not (offset > 0 and 0 < stored <= _MOST_STORED and offset + stored <= size and 0 < inflated <= _MOST_INFLATED):
        raise TocError("the manifest states a place of the table of contents where none can be")
    packed = _fetch(parts, offset, offset + stored)
    if digest_of(packed, parts.toc.partition(":")[0]) != parts.toc:
        raise TocError("the table of contents has another digest than the manifest states")
    data = _inflate(packed, inflated)
    if len(data) != inflated:
        raise TocError("the table of contents has another size than the manifest states")
    return data, offset


def _fetch(parts: LayerParts, start: int, end: int) -> bytes:
    stream = parts.read(start, end)
    try:
        pieces, held = [], 0
        while piece := stream.read(end - start - held + 1):
            pieces.append(piece)
            held += len(piece)
    finally:
        stream.close()
    if held != end - start:
        raise TocError(f"{held:,} bytes came where {end - start:,} were asked for")
    return b"".join(pieces)


def _inflate(data: bytes, most: int) -> bytes:
    """What data inflates to. Raises TocError beyond `most` bytes."""
    stream = io.BytesIO(data)
    pieces, held = [], 0
    try:
        inflated = open_inflated(stream, "the table of contents", Limits())
        while piece := inflated.read(most - held + 1):
            held += len(piece)
            if held > most:
                raise TocError("the table of contents is larger than is read")
            pieces.append(piece)
    except LimitError as error:
        raise TocError(str(error)) from error
    except SafeIOError as error:
        raise TocError(str(error)) from error
    return b"".join(pieces)


def _entries(entries: Sequence[Stated], end: int, *, is_stargz: bool) -> Iterator[TocEntry]:
    after = _ends(entries, end) if is_stargz else {}
    at = 0
    while at < len(entries):
        first = entries[at]
        at += 1
        pieces = [first]
        while at < len(entries) and entries[at].type == "chunk":
            pieces.append(entries[at])
            at += 1
        if is_stargz and first.name == _TOC_NAME.decode():
            raise TocError("the table of contents lists itself")
        yield _entry(first, pieces, after, end)


def _ends(entries: Iterable[Stated], end: int) -> dict[int, int]:
    """Where what begins at an offset ends at the latest: eStargz tells beginnings alone."""
    starts = sorted(
        {one.offset for one in entries if one.type in ("reg", "chunk") and (one.size or one.chunk_size or one.offset)}
    )
    return dict(pairwise((*starts, end)))


def _entry(first: Stated, pieces: Sequence[Stated], after: dict[int, int], end: int) -> TocEntry:
    where = first.name[:200]
    if first.type not in _FLAGS:
        raise TocError(f"{where}: an entry of the kind {first.type[:20]!r}, which no layer has")
    if not first.name or "\0" in first.name or "\0" in first.link_name:
        raise TocError(f"{where}: an entry whose name no layer has")
    if not (0 <= first.size < _LARGEST and first.mode >= 0 and 0 <= first.uid < 1 << 40 and 0 <= first.gid < 1 << 40):
        raise TocError(f"{where}: an entry with numbers that no layer has")
    is_file = first.type == "reg"
    if len(pieces) > 1 and not is_file:
        raise TocError(f"{where}: has pieces, and is no file")
    size = first.size if is_file else 0
    chunks = _chunks(first, pieces, after, end) if size else ()
    return TocEntry(first.name, size, first.mode & 0o7777, first, chunks)


def _chunks(first: Stated, pieces: Sequence[Stated], after: dict[int, int], end: int) -> tuple[Chunk, ...]:
    """The pieces of a file, which follow one another and make up all of it."""
    where, found, start = first.name[:200], [], 0
    last = len(pieces) - 1
    for number, (one, ends) in enumerate(zip(pieces, _piece_ends(first, pieces, after), strict=True)):
        size = one.chunk_size or (first.size - start if number == last else 0)
        digest = one.chunk_digest or (first.digest if not last else "")
        if one.name != first.name or one.chunk_offset != start or not 0 < size <= min(_MOST_CHUNK, first.size - start):
            raise TocError(f"{where}: its pieces do not follow one another")
        if one.chunk_type == _HOLE:
            found.append(Chunk(0, 0, 0, start, size, ""))
        elif not (0 <= one.offset < ends <= end and 0 <= one.inner_offset <= _MOST_INNER):
            raise TocError(f"{where}: a piece of it is where none can be")
        elif not is_digest(digest):
            raise TocError(f"{where}: a piece of it has no digest")
        else:
            stored = one.inner_offset + size  # at most, but for what the compression adds
            ends = min(ends, one.offset + stored + stored // 100 + _MOST_ADDED)
            found.append(Chunk(one.offset, ends, one.inner_offset, start, size, digest))
        start += size
    if start != first.size:
        raise TocError(f"{where}: its pieces do not make up all of it")
    return tuple(found)


def _piece_ends(first: Stated, pieces: Sequence[Stated], after: dict[int, int]) -> list[int]:
    """Where in the blob each piece ends at the latest. In zstd:chunked that is where the next begins, and for the last
    what the file's entry states."""
    if after:
        return [after.get(one.offset, 0) for one in pieces]
    ends, following = [], first.end_offset
    for one in reversed(pieces):
        ends.append(following)
        if one.chunk_type != _HOLE:
            following = one.offset
    return ends[::-1]


def _headers(entry: Stated, flag: bytes, size: int) -> bytes:
    """The headers by which a tar would have the entry."""
    name, link = _encoded(entry.name), _encoded(entry.link_name)
    records: list[tuple[str, bytes]] = []
    if len(name) > 100:
        records.append(("path", name))
    if len(link) > 100:
        records.append(("linkpath", link))
    if size > _LARGEST_SIZE:
        records.append(("size", str(size).encode()))
    records += [
        (key, str(one).encode()) for key, one in (("uid", entry.uid), ("gid", entry.gid)) if one > _LARGEST_FIELD
    ]
    for key, value in (entry.xattrs or {}).items():
        try:
            records.append((f"{_XATTR}{key}", b64decode(value, validate=True)))
        except (binascii.Error, ValueError) as error:
            raise TocError(f"{entry.name[:200]}: an attribute that is no Base64") from error
        if "=" in key or "\0" in key or not key:
            raise TocError(f"{entry.name[:200]}: an attribute whose name none has")
    own = _header(name[:100], flag, min(size, _LARGEST_SIZE), entry, link[:100])
    if not records:
        return own
    body = b"".join(_record(key, value) for key, value in records)
    described = _header(b"PaxHeaders", b"x", len(body), Stated(mode=0o644), b"")
    return b"".join((described, body, bytes(-len(body) % _BLOCK), own))


def _encoded(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")


def _header(name: bytes, flag: bytes, size: int, entry: Stated, link: bytes) -> bytes:
    """One header (POSIX.1-2001, ustar)."""
    owners = b"%07o\0%07o\0" % (min(entry.uid, _LARGEST_FIELD), min(entry.gid, _LARGEST_FIELD))
    before = b"".join(
        (name.ljust(100, b"\0"), b"%07o\0" % (entry.mode & 0o7777), owners, b"%011o\0%011o\0" % (size, 0))
    )
    behind = b"".join((flag, link.ljust(100, b"\0"), b"ustar\x0000")).ljust(_BLOCK - 156, b"\0")
    return b"".join((before, b"%06o\0 " % (sum(before) + sum(behind) + 8 * 32), behind))


def _record(key: str, value: bytes) -> bytes:
    """A record of an extended header: its length counts itself."""
    rest = b" %s=%s\n" % (_encoded(key), value)
    length = len(rest) + len(str(len(rest)))
    length = len(rest) + len(str(length))
    return str(length).encode() + rest
