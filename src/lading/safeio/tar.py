"""A walker over tar archives: ustar, PAX, GNU and v7, as container tools write them.

Source: POSIX.1-2017 pax(1) for ustar and PAX, the GNU tar manual's "Basic Tar Format" and "Storing Sparse Files".
Made for speed: one slice of the stream per header, contents passed over unless asked for.
"""

import re
from collections.abc import Iterator
from typing import Protocol
from zlib import adler32

from lading.model.errors import LimitError, SafeIOError
from lading.model.ports import ByteStream
from lading.model.reader import Content
from lading.safeio.content import IN_MEMORY, spool
from lading.safeio.limits import Limits
from lading.safeio.sparse import SparseMap, expand_pax, gnu_map, is_sparse

BLOCK = 512
FILE, HARDLINK, SYMLINK, DIRECTORY, OTHER = "file", "hardlink", "symlink", "directory", "other"
_REGULAR = ord("0")
_KINDS = {0: FILE} | {
    ord(flag): kind
    for flags, kind in (("07S", FILE), ("1", HARDLINK), ("2", SYMLINK), ("5", DIRECTORY), ("346", OTHER))
    for flag in flags
}
_EXTENSIONS = frozenset(b"xgLKXVMDAN")
_MAX_EXTENSION = 1024 * 1024
_PIECE = 1024 * 1024
_GNU_SPARSE = ord("S")
_ZERO_BLOCK = bytes(BLOCK)
_NOT_NORMAL = re.compile(r"(?:^|/)\.{0,2}(?:/|$)")


class TarInput(Protocol):
    """Where the walker reads from: `take` exactly so many bytes (fewer only at the end of the input), `peek` at them
    without going on, or `skip`. `content` takes them as one content, which may be shorter where the input ends inside
    and is good as long as the input is open."""

    def peek(self, size: int, /) -> bytes: ...
    def take(self, size: int, /) -> bytes: ...
    def content(self, size: int, /) -> Content: ...
    def skip(self, size: int, /) -> None: ...


class Entry:
    """One archive entry. `path` and `linkname` as `normalise` leaves them (`linkname` of a symlink untouched);
    `size` the bytes of its content when read, holes included; `escapes` when its path climbs out of the root."""

    # What few entries have is a default of the class: millions of entries are made, and most are only passed over.
    linkname = ""
    escapes = False
    sparse: SparseMap | None = None
    records: dict[str, str] | None = None

    def __init__(self, path: str, kind: str, size: int, header: bytes, tar_input: TarInput, where: str) -> None:
        self.path = path
        self.kind = kind
        self.size = size
        self._stored = size
        self._header = header
        self._input = tar_input
        self._where = where

    @property
    def mode(self) -> int:
        """The permission bits."""
        return _number(self._header, 100, 8) & 0o7777

    def read(self, limit: int) -> bytes:
        """The content; at most once, and before the walk goes on. Raises LimitError beyond `limit` bytes and
        SafeIOError when the archive ends inside."""
        if self.size > limit or self._stored > limit:
            raise LimitError(f"{self.path}: {self.size:,} bytes, above the limit of {limit:,} for one file", "spool")
        stored, self._stored = self._stored, 0
        data = _exactly(self._input, stored, self._where)
        self._input.skip(-stored % BLOCK)
        if self.records:
            return expand_pax(self.records, data, self.path)
        return self.sparse.expand(data, self.path) if self.sparse else data

    def read_content(self, limit: int) -> Content:
        """The content as `read` gives it, on disk when it is large; good as long as the archive is open."""
        if self.size > limit or self.records or self.sparse:
            return self.read(limit)
        stored, self._stored = self._stored, 0
        content = self._input.content(stored)
        if len(content) < stored:
            raise _truncated(self._where)
        self._input.skip(-stored % BLOCK)
        return content

    def iter_pieces(self) -> Iterator[bytes]:
        """The content of a file that lies in the archive as it is, in pieces; at most once, and to the end before the
        walk goes on. Raises SafeIOError when the archive ends inside, and for a sparse file."""
        if self.records or self.sparse:
            raise SafeIOError(f"{self._where}: {self.path}: is a sparse file")
        stored, self._stored = self._stored, 0
        yield from _iter_exactly(self._input, stored, self._where)
        self._input.skip(-stored % BLOCK)

    def peek(self, size: int) -> bytes:
        """The first bytes of a file that lies in the archive as it is; none of a sparse one."""
        if self.records or self.sparse:
            return b""
        return self._input.peek(min(size, self._stored))


def iter_tar(tar_input: TarInput, where: str, limits: Limits) -> Iterator[Entry]:
    """The entries in archive order, up to the end mark or the end of the input at an entry's border.

    Raises SafeIOError on a damaged header or a truncated archive (`where` names it), LimitError beyond
    `limits.entries`.
    """
    take, count, limit = tar_input.take, 0, limits.entries
    shared: dict[str, str] = {}
    extra = shared
    while True:
        header = take(BLOCK)
        if len(header) < BLOCK:
            if header.strip(b"\0"):
                raise _truncated(where)
            return
        # Adler-32's low half is the sum of all bytes plus one, modulo 65521: the tar checksum at C speed.
        field = header[148:156]
        try:
            stated = int(field[:6], 8)
        except ValueError:
            stated = _number(header, 148, 8)
        if ((adler32(header) & 0xFFFF) - (adler32(field) & 0xFFFF) + 256 - stated) % 65521:
            if header == _ZERO_BLOCK:
                return
            raise SafeIOError(
                f"{where}: not a tar archive, or a damaged one (bad header checksum after entry {count:,})"
            )
        flag = header[156]
        if flag in _EXTENSIONS:
            extra = _extension(tar_input, header, chr(flag), extra, shared, where)
            continue
        count += 1
        if count > limit:
            raise LimitError(
                f"more than {limit:,} entries; the rest was not read (--limit entries=N raises this)", "entries"
            )
        entry = _entry(tar_input, header, extra, where)
        extra = shared
        yield entry
        stored = entry._stored
        if stored:
            tar_input.skip(stored + -stored % BLOCK)


def normalise(path: str) -> str:
    """A path relative to the root without `.`, `..`, empty parts and slashes at the ends; `..` stops at the root, as
    container engines resolve it. The root itself is the empty string."""
    if not _NOT_NORMAL.search(path):
        return path
    parts: list[str] = []
    for part in path.split("/"):
        if part == "..":
            del parts[-1:]
        elif part and part != ".":
            parts.append(part)
    return "/".join(parts)


class StreamInput:
    """TarInput over a stream that can only go forward."""

    def __init__(self, stream: ByteStream, where: str, chunk: int = 1024 * 1024) -> None:
        self._read = stream.read
        self._where = where
        self._chunk = chunk
        self._buffer = b""
        self._position = 0

    def take(self, size: int, /) -> bytes:
        start = self._position
        end = start + size
        if end <= len(self._buffer):
            self._position = end
            return self._buffer[start:end]
        return self._take_slowly(size)

    def peek(self, size: int, /) -> bytes:
        end = self._position + size
        if end > len(self._buffer):
            data = self._take_slowly(size)
            self._buffer, self._position = data + self._buffer, 0
            return data
        return self._buffer[self._position : end]

    def content(self, size: int, /) -> Content:
        return self.take(size) if size <= IN_MEMORY else spool(_iter_exactly(self, size, self._where))

    def skip(self, size: int, /) -> None:
        position = self._position + size
        buffer = self._buffer
        while position > len(buffer):
            position -= len(buffer)
            buffer = self._read(self._chunk)
            if not buffer:
                raise _truncated(self._where)
        self._buffer = buffer
        self._position = position

    def drain(self) -> None:
        """Reads to the end of the stream, so that whatever the stream checks at its end is checked."""
        self._buffer, self._position = b"", 0
        while self._read(self._chunk):
            pass

    def _take_slowly(self, size: int) -> bytes:
        pieces = [self._buffer[self._position :]]
        held = len(pieces[0])
        self._buffer, self._position = b"", 0
        while held < size:
            piece = self._read(self._chunk)
            if not piece:
                break
            pieces.append(piece)
            held += len(piece)
        data = b"".join(pieces)
        self._buffer, self._position = data[size:], 0
        return data[:size]


def _entry(tar_input: TarInput, header: bytes, extra: dict[str, str], where: str) -> Entry:
    try:
        size = int(header[124:135], 8)
    except ValueError:
        size = _number(header, 124, 12)
    flag = header[156]
    kind = FILE if flag == _REGULAR else _KINDS.get(flag, FILE)  # POSIX: a type not known is read as a file
    end = header.find(0, 0, 100)
    raw = header[: end if end >= 0 else 100]
    name = raw.decode() if raw.isascii() else raw.decode("utf-8", "backslashreplace")
    if header[345] and header[257:263] == b"ustar\0":
        name = f"{_text(header, 345, 155)}/{name}"
    if extra or flag == _GNU_SPARSE:
        return _special_entry(tar_input, header, name, kind, size, extra, where)
    return _finish(Entry(name, kind, size, header, tar_input, where), extra)


def _special_entry(
    tar_input: TarInput, header: bytes, name: str, kind: str, size: int, extra: dict[str, str], where: str
) -> Entry:
    """An entry that extension headers or a sparse map describe further."""
    sparse = gnu_map(header, tar_input, where) if header[156] == _GNU_SPARSE else None
    name = extra.get("path", name)
    size = _pax_number(extra, "size", size, where)
    real_size = sparse.size if sparse else size
    records = extra if is_sparse(extra) else None
    if records:
        name = extra.get("GNU.sparse.name", name)
        real_size = _pax_number(extra, "GNU.sparse.realsize", real_size, where)
        real_size = _pax_number(extra, "GNU.sparse.size", real_size, where)
    entry = Entry(name, kind, size, header, tar_input, where)
    entry.size, entry.sparse, entry.records = real_size, sparse, records
    return _finish(entry, extra)


def _finish(entry: Entry, extra: dict[str, str]) -> Entry:
    """Normalises the path, and sets what depends on the kind of entry."""
    name = path = entry.path
    # The common forms first: `./a/b` and `a/b/`.
    if path[:2] == "./":
        path = path[2:]
    if path[-1:] == "/":
        if entry.kind is FILE:  # v7 writes directories so
            entry.kind = DIRECTORY
        path = path[:-1]
    if "/." in path or "//" in path or not path or path[0] in "/.":
        entry.escapes = ".." in name and _climbs(name)
        path = normalise(path)
    entry.path = path
    if entry._stored < 0 or entry.size < 0:
        raise SafeIOError(f"{entry._where}: {path}: a damaged tar header (negative size)")
    if entry.kind is not FILE:
        # Some writers state the target's size on a link, yet no content follows one.
        entry.size = entry._stored = 0
        if entry.kind is SYMLINK or entry.kind is HARDLINK:
            linkname = extra.get("linkpath") or _text(entry._header, 157, 100)
            entry.linkname = linkname if entry.kind is SYMLINK else normalise(linkname)
    return entry


def _extension(
    tar_input: TarInput, header: bytes, flag: str, extra: dict[str, str], shared: dict[str, str], where: str
) -> dict[str, str]:
    """Reads a header that describes the next entry (or, for "g", all that follow); gives the records now in force."""
    size = _number(header, 124, 12)
    if size > _MAX_EXTENSION:
        raise SafeIOError(f"{where}: a tar extension header of {size:,} bytes, above the limit of {_MAX_EXTENSION:,}")
    data = _exactly(tar_input, size, where)
    tar_input.skip(-size % BLOCK)
    if flag == "g":
        shared.update(_pax_records(data, where))
        return extra
    if flag in "xX":
        return {**extra, **_pax_records(data, where)}
    if flag in "LK":
        text = data.split(b"\0", 1)[0].decode("utf-8", "backslashreplace")
        return {**extra, "path" if flag == "L" else "linkpath": text}
    return extra


def _pax_records(data: bytes, where: str) -> dict[str, str]:
    """`LENGTH KEY=VALUE\\n` records. GNU sparse format 0.0 repeats two keys: they are gathered into the map of 0.1."""
    records: dict[str, str] = {}
    sparse: list[str] = []
    position = 0
    while position < len(data) and data[position]:
        space = data.find(b" ", position, position + 21)
        length = int(data[position:space]) if space > 0 and data[position:space].isdigit() else 0
        end = position + length
        if length < 5 or end > len(data) or data[end - 1] != 10:
            raise SafeIOError(f"{where}: a damaged PAX header")
        key, _, value = data[space + 1 : end - 1].partition(b"=")
        text = value.decode("utf-8", "backslashreplace")
        if key in (b"GNU.sparse.offset", b"GNU.sparse.numbytes"):
            sparse.append(text)
        else:
            records[key.decode("utf-8", "backslashreplace")] = text
        position = end
    if sparse:
        records["GNU.sparse.map"] = ",".join(sparse)
    return records


def _number(header: bytes, start: int, length: int) -> int:
    """An octal field, or GNU's base-256 one (first bit set); a damaged one reads as -1 and fails the checksum or size
    check."""
    field = header[start : start + length]
    if field[0] & 0x80:
        value = int.from_bytes(field, "big", signed=False) & ((1 << (8 * length - 1)) - 1)
        return value if not field[0] & 0x40 else -1
    text = field.split(b"\0", 1)[0].strip()
    try:
        return int(text, 8) if text else 0
    except ValueError:
        return -1


def _pax_number(records: dict[str, str], key: str, default: int, where: str) -> int:
    text = records.get(key)
    if text is None:
        return default
    if not (text.isascii() and text.isdigit() and len(text) < 20):
        raise SafeIOError(f"{where}: a damaged PAX header ({key} is {text[:40]!r})")
    return int(text)


def _text(header: bytes, start: int, length: int) -> str:
    return header[start : start + length].split(b"\0", 1)[0].decode("utf-8", "backslashreplace")


def _climbs(name: str) -> bool:
    depth = 0
    for part in name.split("/"):
        depth += -1 if part == ".." else 1 if part and part != "." else 0
        if depth < 0:
            return True
    return False


def _iter_exactly(tar_input: TarInput, size: int, where: str) -> Iterator[bytes]:
    while size:
        yield _exactly(tar_input, min(size, _PIECE), where)
        size -= min(size, _PIECE)


def _exactly(tar_input: TarInput, size: int, where: str) -> bytes:
    data = tar_input.take(size)
    if len(data) < size:
        raise _truncated(where)
    return data


def _truncated(where: str) -> SafeIOError:
    return SafeIOError(f"{where}: the tar archive ends too early (truncated): fetch the image again")
