"""A walker over tar archives, which reads them as Go's archive/tar does, because container engines read layers with it.

What archive/tar refuses is refused, and so is what no engine unpacks: entries of unknown types, something other than a
directory in place of the root, paths that Linux does not take.
Made for speed: one slice of the stream per header, contents passed over unless asked for.
"""

from collections.abc import Iterator
from typing import Protocol
from zlib import adler32

from msgspec import Struct

from lading.model.errors import LimitError, SafeIOError
from lading.model.ports import ByteStream
from lading.model.reader import Content, Stat
from lading.safeio.content import IN_MEMORY, Gathered, Room, Taken, spool
from lading.safeio.limits import Limits, Spend, unbounded
from lading.safeio.names import clean_path, decode_name
from lading.safeio.pax import Records
from lading.safeio.sparse import SparseContent, SparseMap
from lading.safeio.tar_extensions import EXTENSIONS, HEADER_ONLY, Extensions
from lading.safeio.tar_header import (
    BLOCK,
    DIGITS_AS_ZEROS,
    PLAIN_NUMBERS,
    TAIL,
    PrefixesByTail,
    SumsByField,
    cut,
    read_number,
    read_size,
    truncated,
)

FILE, HARDLINK, SYMLINK, DIRECTORY, OTHER = "file", "hardlink", "symlink", "directory", "other"
_KINDS = {
    ord(flag): kind
    for flags, kind in (("0", FILE), ("1", HARDLINK), ("2", SYMLINK), ("5", DIRECTORY), ("346", OTHER))
    for flag in flags
}
_LINKS = frozenset((HARDLINK, SYMLINK))
_OLD_FILE, _GNU_SPARSE = 0, ord("S")
_PIECE = 1024 * 1024
_FEW, _SMALL = 16, 16 * 1024
_ZERO_BLOCK = bytes(BLOCK)
_LONGEST_PATH, _LONGEST_NAME = 4095, 255  # Linux: PATH_MAX without its NUL, NAME_MAX
_ODD_STARTS = frozenset(("", "/", "."))


class TarInput(Protocol):
    """Where the walker reads from: `take` exactly so many bytes (fewer only at the end of the input), `peek` at them
    without going on, or `skip` them, which says how many of them the input did not have. `content` takes them as one
    content, which may be shorter where the input ends inside and is good as long as the input is open."""

    def peek(self, size: int, /) -> bytes: ...
    def take(self, size: int, /) -> bytes: ...
    def content(self, size: int, /) -> Content: ...
    def skip(self, size: int, /) -> int: ...


class Entry(Struct, gc=False):
    """One archive entry. `path` is relative to the root as `normalise` leaves it, and so is `linkname` but for a
    symlink, which has it as written; `size` the bytes of its content when read, holes included; `escapes` when its path
    climbs out of the root; `sparse` where the pieces of a sparse file lie; `taken` when its content has been read;
    `overlay` an attribute by which overlayfs sees something else in its place, or elsewhere, "" where it has none;
    `records` are those of its PAX header."""

    path: str
    kind: str
    size: int
    header: bytes
    archive: "_Archive"
    linkname: str = ""
    escapes: bool = False
    sparse: SparseMap | None = None
    taken: bool = False
    overlay: str = ""
    records: Records | None = None

    @property
    def stat(self) -> Stat:
        """What it states besides its mode. An owner that is no number is root's, as an engine would refuse it."""
        records = self.records or {}
        return Stat(
            self.size,
            _owner(records.get(b"uid"), self.header[108:116]),
            _owner(records.get(b"gid"), self.header[116:124]),
            self.capabilities,
            self.kind is DIRECTORY,
        )

    @property
    def capabilities(self) -> bytes:
        """Those of a file, as its attribute has them."""
        return self.records.get(b"SCHILY.xattr.security.capability", b"") if self.records else b""

    @property
    def mode(self) -> int:
        """The permission bits."""
        return read_number(self.header[100:108]) & 0o7777

    def read(self, limit: int) -> bytes:
        """The content; at most once, and before the walk goes on. Raises LimitError beyond `limit` bytes and
        SafeIOError when the archive ends inside."""
        if self.sparse is not None:
            return self._read_sparse(self.sparse, limit)[:]
        if self.size > limit:
            raise _too_large(self.path, self.size, limit)
        self.taken = True
        return _exactly(self.archive.input, self.size, self.archive.where)

    def read_content(self, limit: int) -> Content:
        """The content as `read` gives it, on disk when it is large; good as long as the archive is open."""
        if self.sparse is not None:
            return self._read_sparse(self.sparse, limit)
        if self.size > limit:
            return self.read(limit)
        return self._take_content(self.size)

    def iter_pieces(self) -> Iterator[bytes]:
        """The content of a file that lies in the archive as it is, in pieces; at most once, and to the end before the
        walk goes on. Raises SafeIOError when the archive ends inside, and for a sparse file."""
        if self.sparse is not None:
            raise SafeIOError(f"{self.archive.where}: {self.path}: is a sparse file")
        self.taken = True
        yield from _iter_exactly(self.archive.input, self.size, self.archive.where)

    def peek(self, size: int) -> bytes:
        """The first bytes of a file whose content has not been read."""
        tar_input = self.archive.input
        if self.sparse is None:
            return tar_input.peek(min(size, self.size))
        size = min(size, self.size)
        return self.sparse.fill(tar_input.peek(self.sparse.first(size)), 0, size)

    def _read_sparse(self, sparse: SparseMap, limit: int) -> Content:
        if self.size > limit:
            raise _too_large(self.path, self.size, limit)
        self.archive.expand(self.path, sparse)
        content = SparseContent(sparse, self._take_content(sparse.stored))
        return content[:] if self.size <= IN_MEMORY else content

    def _take_content(self, size: int) -> Content:
        self.taken = True
        content = self.archive.input.content(size)
        if len(content) < size:
            raise truncated(self.archive.where)
        return content


def iter_tar(tar_input: TarInput, where: str, limits: Limits, spend: Spend = unbounded) -> Iterator[Entry]:
    """The entries in archive order, up to the end mark or the end of the input at an entry's border.

    Raises SafeIOError on a damaged header or a truncated archive (`where` names it) and for what no container engine
    unpacks, LimitError beyond `limits.entries` and for paths that Linux does not take. `spend` is told what stands
    before entries and costs more than they do.
    """
    archive = _Archive(tar_input, where, limits, spend)
    take, skip, sums, prefixes = tar_input.take, tar_input.skip, archive.sums, archive.prefixes
    described = False
    count, most = 0, limits.entries
    while True:
        header = take(BLOCK)
        prefix = prefixes[header[TAIL:]]
        if (
            prefix is not None
            and sums[header[148:156]] == adler32(header) & 0xFFFF
            and header[100:148].translate(DIGITS_AS_ZEROS) in PLAIN_NUMBERS
            and header.isascii()
        ):
            stored = int(header[124:135], 8)
            kind = None if described else _KINDS.get(header[156])
        else:
            stored = archive.read_size(header, prefix, count)
            if stored < 0:
                return
            kind = None
        if kind is not None and prefix is not None:
            end = header.find(0, 0, 100)
            name = header[: end if end >= 0 else 100]
            entry = archive.entry(header, prefix + name if prefix else name, kind, stored)
        elif header[156] in EXTENSIONS:
            archive.read_extension(header, stored, count)
            described = True
            if skip(-stored % BLOCK):
                return
            continue
        else:
            entry = archive.described(header, prefix or b"", stored, count)
            described = False
        count += 1
        if count > most:
            raise LimitError(
                f"more than {most:,} entries; the rest was not read (--limit entries=N raises this)", "entries"
            )
        yield entry
        stored = entry.size if entry.sparse is None else entry.sparse.stored
        if stored:
            padding = -stored % BLOCK
            missing = skip(padding if entry.taken else padding + stored)
            if missing > padding:
                raise truncated(where)
            if missing:
                return


def begins_tar(head: bytes) -> bool:
    """Whether the first block of a file is a header of a tar, by its checksum."""
    if len(head) < BLOCK or head == _ZERO_BLOCK:
        return len(head) >= BLOCK
    return PrefixesByTail()[head[TAIL:BLOCK]] is not None and _has_its_sum(head[:BLOCK])


def _has_its_sum(header: bytes) -> bool:
    field = header[148:156]
    try:
        return read_number(field) == sum(header) - sum(field) + 8 * 32
    except ValueError:
        return False


def normalise(path: str) -> str:
    """A path relative to the root without `.`, `..`, empty parts and slashes at the ends; `..` stops at the root, as
    container engines resolve it. The root itself is the empty string."""
    return clean_path(path.encode("utf-8", "surrogatepass"))[0].decode("utf-8", "surrogatepass")


class _Archive:
    """What the entries of one archive share, and what few of them need."""

    def __init__(self, tar_input: TarInput, where: str, limits: Limits, spend: Spend) -> None:
        self.input = tar_input
        self.where = where
        self.sums = SumsByField()
        self.prefixes = PrefixesByTail()
        self._limits = limits
        self._holes = 0
        self._extensions = Extensions(tar_input, where, limits, spend)

    def read_size(self, header: bytes, prefix: bytes | None, count: int) -> int:
        """The size that a header after `count` entries states, 0 where it counts for nothing; -1 at the end of the
        archive."""
        if header == _ZERO_BLOCK:
            header = self.input.take(BLOCK)
            if header == _ZERO_BLOCK:
                return -1
            if len(header) == BLOCK:
                raise self._damaged("something behind a block of zeros", count)
        if not header:
            return -1
        if len(header) < BLOCK:
            raise truncated(self.where)
        try:
            size = read_size(header)
        except ValueError as error:
            raise self._damaged(str(error), count) from error
        if prefix is None:
            raise self._damaged("a header field that is no number", count)
        if size < 0 and header[156] not in HEADER_ONLY:
            raise self._damaged("a negative size", count)
        return max(size, 0)

    def read_extension(self, header: bytes, size: int, count: int) -> None:
        """Reads what describes the next entry."""
        try:
            self._extensions.read(header[156], header, size, count)
        except ValueError as error:
            raise self._damaged(str(error), count) from error

    def described(self, header: bytes, prefix: bytes, size: int, count: int) -> Entry:
        """The entry of a header that is of a rare type, or of which more than itself tells."""
        flag = header[156]
        try:
            found = self._extensions.describe(flag, header, prefix, size, count)
        except ValueError as error:
            raise self._damaged(str(error), count) from error
        except EOFError as error:
            raise truncated(self.where) from error
        if 0 in found.name:
            raise self._refused(found.name, "has a NUL in its name")
        kind = _KINDS.get(flag)
        if flag == _OLD_FILE:
            kind = DIRECTORY if found.is_directory else FILE
        elif flag == _GNU_SPARSE:
            kind = FILE
        elif kind is None:
            raise self._refused(found.name, f"has the type {chr(flag)!a}")
        entry = self.entry(header, found.name, kind, found.size, found.linkname)
        entry.sparse, entry.overlay, entry.records = found.sparse, found.overlay, found.records
        return entry

    def entry(self, header: bytes, name: bytes, kind: str, size: int, linkname: bytes | None = None) -> Entry:
        """An entry of this name; a link leads where the header says unless there is a `linkname`."""
        path = name.decode("utf-8", "backslashreplace")
        # The common forms first: `./a/b` and `a/b/`.
        if path[:2] == "./":
            path = path[2:]
        climbs = False
        if "/." in path or "//" in path or path[:1] in _ODD_STARTS or "\\" in path or len(path) > _LONGEST_NAME:
            clean, climbs = clean_path(name)
            if not clean and kind is not DIRECTORY:
                raise self._refused(name, "would take the place of the root directory")
            path = _checked(clean)
        elif path[-1:] == "/":
            path = path[:-1]
        if kind is FILE:
            return Entry(path, kind, size, header, self, "", climbs)
        target = ""
        if kind in _LINKS:
            target = self._target(cut(header[157:257]) if linkname is None else linkname, kind)
        return Entry(path, kind, 0, header, self, target, climbs)

    def expand(self, path: str, sparse: SparseMap) -> None:
        """Counts the holes of a sparse file that is to be read: bytes that the archive need not have. Raises
        LimitError, for one file ("file") or for all that is read from the archive ("holes")."""
        holes, most = sparse.size - sparse.stored, self._limits.file
        if holes > most:
            raise LimitError(f"{path}: holes of {holes:,} bytes, above the limit of {most:,} for one file", "file")
        self._holes += holes
        if self._holes > most:
            raise LimitError(
                f"sparse files with more than {most:,} bytes of holes; the rest was not read "
                "(--limit file=N raises this)",
                "holes",
            )

    def _target(self, raw: bytes, kind: str) -> str:
        """What a link leads to. That of a hard link may not go down and up again: engines disagree where that leads
        when it goes down through a symlink."""
        if kind is SYMLINK:
            return _checked(raw)
        if b".." in raw.lstrip(b"./").split(b"/"):
            raise self._refused(raw, "is the target of a hard link")
        return _checked(clean_path(raw)[0])

    def _damaged(self, what: str, count: int) -> SafeIOError:
        return SafeIOError(f"{self.where}: not a tar archive, or a damaged one ({what} after entry {count:,})")

    def _refused(self, name: bytes, what: str) -> SafeIOError:
        shown = decode_name(name[:_LONGEST_NAME])
        return SafeIOError(f"{self.where}: {shown!a} {what}, which container engines refuse or read differently")


def _owner(stated: bytes | None, field: bytes) -> int:
    try:
        return int(stated) if stated else read_number(field)
    except ValueError:
        return 0


def _too_large(path: str, size: int, limit: int) -> LimitError:
    return LimitError(f"{path}: {size:,} bytes, above the limit of {limit:,} for one file", "spool")


def _checked(path: bytes) -> str:
    if len(path) > _LONGEST_NAME and (len(path) > _LONGEST_PATH or _has_long_name(path)):
        raise LimitError(
            f"a path of {len(path):,} bytes, and Linux takes at most {_LONGEST_PATH:,} with {_LONGEST_NAME} for each "
            "name; the rest was not read",
            "path",
        )
    return decode_name(path)


def _has_long_name(path: bytes) -> bool:
    """Whether a name in a path is longer than one may be, without a look at each of them."""
    start = 0
    while len(path) - start > _LONGEST_NAME:
        slash = path.rfind(b"/", start, start + _LONGEST_NAME + 1)
        if slash < 0:
            return True
        start = slash + 1
    return False


class StreamInput:
    """TarInput over a stream that can only go forward. Files above `IN_MEMORY` are in memory as far as `room` has room
    for them, else on disk."""

    def __init__(self, stream: ByteStream, where: str, chunk: int = 1024 * 1024, room: Room | None = None) -> None:
        self._read = stream.read
        self._where = where
        self._chunk = chunk
        self._room = room
        self._buffer = b""
        self._position = 0

    def take(self, size: int, /) -> bytes:
        start = self._position
        end = start + size
        if end <= len(self._buffer):
            self._position = end
            return self._buffer[start:end]
        return self._gather(size)[:]

    def peek(self, size: int, /) -> bytes:
        if self._position == len(self._buffer):
            self._buffer, self._position = self._read(self._chunk), 0
        end = self._position + size
        if end > len(self._buffer):
            data = self._gather(size)[:]
            self._buffer, self._position = data + self._buffer[self._position :], 0
            return data
        return self._buffer[self._position : end]

    def content(self, size: int, /) -> Content:
        if size <= _PIECE:
            return self.take(size)
        if size <= IN_MEMORY:
            return self._gather(size)
        taken = self._room.take(size) if self._room is not None else None
        if taken is not None:
            return self._gather(size, taken)
        return spool(_iter_exactly(self, size, self._where))

    def skip(self, size: int, /) -> int:
        position = self._position + size
        buffer = self._buffer
        while position > len(buffer):
            position -= len(buffer)
            buffer = self._read(self._chunk)
            if not buffer:
                self._buffer, self._position = b"", 0
                return position
        self._buffer = buffer
        self._position = position
        return 0

    def drain(self) -> None:
        """Reads to the end of the stream, so that whatever the stream checks at its end is checked."""
        self._buffer, self._position = b"", 0
        while self._read(self._chunk):
            pass

    def _gather(self, size: int, taken: Taken | None = None) -> Gathered:
        """So many bytes, fewer at the end of the stream."""
        start, piece = self._position, self._buffer
        pieces, held = [piece], len(piece) - start
        while held < size and (piece := self._read(self._chunk)):
            pieces.append(piece)
            held += len(piece)
        behind = max(held - size, 0)
        self._buffer, self._position = piece, len(piece) - behind
        if len(pieces) > _FEW and held < len(pieces) * _SMALL:
            pieces = [b"".join(pieces)]
        return Gathered(pieces, start, held - behind, taken)


def _iter_exactly(tar_input: TarInput, size: int, where: str) -> Iterator[bytes]:
    while size:
        yield _exactly(tar_input, min(size, _PIECE), where)
        size -= min(size, _PIECE)


def _exactly(tar_input: TarInput, size: int, where: str) -> bytes:
    data = tar_input.take(size)
    if len(data) < size:
        raise truncated(where)
    return data
