"""Reading the members of a zip archive whose bytes are at hand, within bounds."""

import struct
import zlib
from collections.abc import Iterator, Sequence
from itertools import repeat
from typing import NamedTuple, cast

from lading.model.errors import LimitError, SafeIOError
from lading.model.reader import Content
from lading.safeio.content import IN_MEMORY, spool

_MOST_MEMBERS = 2_000_000
_MOST_BYTES = 50_000_000_000
_STORED, _DEFLATED = 0, 8
"""The only methods in use; the others may ask for much memory."""

# The records of the format, as far as they are read.
_ENTRY = struct.Struct("<8xHH4xIII14xI")  # flags, method, checksum, packed size, size, place
_ENTRY_LENGTHS = struct.Struct("<I24xHHH12x")  # signature; lengths of name, extra field and comment
_LOCAL = struct.Struct("<26xHH")
_END = struct.Struct("<12xII2x")
_END64 = struct.Struct("<I36xQQ")
_ENTRY_SIGNATURE = 0x02014B50
_LOCAL_SIGNATURE = b"PK\3\4"
_END_SIGNATURE = b"PK\5\6"
_END64_SIGNATURE = 0x06064B50
_LOCATOR_SIGNATURE = b"PK\6\7"
_LOCATOR_SIZE = 20
_IN_EXTRA = 0xFFFFFFFF
_ENCRYPTED = 1
_MEMBERS_AT_ONCE = 10_000
_PIECE = 1024 * 1024


class ZipContent:
    """A zip archive whose bytes are at hand, such as a jar in a layer. Its directory is walked by hand, as `zipfile`
    makes an object of each of what may be many thousand members.

    Source: PKWARE's APPNOTE.TXT 6.3.10, 4.3 and 4.4. As with `zipfile`, other bytes may precede the archive.
    """

    def __init__(self, content: Content, budget: "ZipBudget", endings: tuple[bytes, ...] = ()) -> None:
        """Lists the members whose names end in one of `endings` (lower case; names in any case), without any all.
        `budget` bounds what is listed and inflated altogether; archives inside archives share one.

        Raises SafeIOError when it is not a zip archive or its directory is damaged, LimitError when the budget is
        spent."""
        self._content = content
        self._budget = budget
        try:
            self._members = dict(self._walk(endings))
        except struct.error as error:
            raise SafeIOError("not a zip archive, or one whose directory is damaged") from error

    @property
    def names(self) -> Sequence[str]:
        """The members' names as the archive writes them, in its order; directories left out."""
        return tuple(self._members)

    def read(self, name: str, limit: int = _MOST_BYTES) -> bytes:
        """The content of a member. Raises SafeIOError when it is damaged, written in a way that is not read or above
        `limit` bytes, LimitError when the budget is spent."""
        member = self._members[name]
        if member.size > limit:
            raise SafeIOError(f"{name}: more than {limit:,} bytes; not read")
        return b"".join(self._pieces(name, member))

    def open(self, name: str) -> Content:
        """The content of a member, on disk when it is large. Raises as `read` does."""
        member = self._members[name]
        if member.size <= IN_MEMORY:
            return self.read(name)
        return spool(self._pieces(name, member))

    def _walk(self, endings: tuple[bytes, ...]) -> Iterator[tuple[str, "_Member"]]:
        directory, base = self._directory()
        at, end = 0, len(directory)
        lengths = _ENTRY_LENGTHS.unpack_from
        count = 0
        while at < end:
            signature, name_size, extra_size, comment_size = lengths(directory, at)
            name_end = at + _ENTRY.size + name_size
            next_at = name_end + extra_size + comment_size
            if signature != _ENTRY_SIGNATURE or next_at > end:
                raise SafeIOError("the archive's directory is damaged")
            count += 1
            if not count % _MEMBERS_AT_ONCE:
                self._budget.take_members(_MEMBERS_AT_ONCE)
            name = directory[at + _ENTRY.size : name_end]
            if name.lower().endswith(endings) if endings else not name.endswith(b"/"):
                yield _decoded(name), _member(directory, at, directory[name_end : name_end + extra_size], base)
            at = next_at
        self._budget.take_members(count % _MEMBERS_AT_ONCE)

    def _directory(self) -> tuple[bytes, int]:
        """The central directory, and how many bytes precede the archive. Archives above 4 GB or 65,535 members have a
        second record of where their directory lies."""
        content = self._content
        end = content.rfind(_END_SIGNATURE, max(0, len(content) - _END.size - 0xFFFF))
        if end < 0:
            raise SafeIOError("not a zip archive, or a truncated one")
        size, offset = _END.unpack(content[end : end + _END.size])
        locator = end - _LOCATOR_SIZE
        if locator >= _END64.size and content[locator:end][:4] == _LOCATOR_SIGNATURE:
            end = locator - _END64.size
            signature, size, offset = _END64.unpack(content[end:locator])
            if signature != _END64_SIGNATURE:
                raise SafeIOError("the archive's directory is damaged")
        start = end - size
        if offset > start:
            raise SafeIOError("not a zip archive, or a truncated one")
        return content[start:end], start - offset

    def _pieces(self, name: str, member: "_Member") -> Iterator[bytes]:
        """The content of a member, checked against its size and checksum at the end."""
        self._budget.take(max(member.size, member.packed))
        check, given = 0, 0
        for piece in self._inflate(name, member):
            check = zlib.crc32(piece, check)
            given += len(piece)
            yield piece
        if given != member.size or check != member.crc:
            raise SafeIOError(f"{name}: a damaged zip member")

    def _inflate(self, name: str, member: "_Member") -> Iterator[bytes]:
        """At most one byte more than the size the directory states."""
        if member.flags & _ENCRYPTED or member.method not in (_STORED, _DEFLATED):
            what = "an encrypted zip member" if member.flags & _ENCRYPTED else f"zip method {member.method}"
            raise SafeIOError(f"{name}: {what} is not read")
        header = self._content[member.at : member.at + _LOCAL.size] if member.at >= 0 else b""
        if len(header) < _LOCAL.size or header[:4] != _LOCAL_SIGNATURE:
            raise SafeIOError(f"{name}: a damaged zip member")
        at = member.at + _LOCAL.size + sum(_LOCAL.unpack(header))
        end = at + member.packed
        if member.method == _STORED:
            if member.packed != member.size:
                raise SafeIOError(f"{name}: a damaged zip member")
            for start in range(at, min(end, len(self._content)), _PIECE):
                yield self._content[start : min(start + _PIECE, end)]
            return
        from isal import igzip_lib

        decompressor = igzip_lib.IgzipDecompressor(flag=igzip_lib.DECOMP_DEFLATE)
        left = member.size + 1
        try:
            while left > 0 and not decompressor.eof:
                data = self._content[at : min(at + _PIECE, end)] if decompressor.needs_input else b""
                at += len(data)
                piece = decompressor.decompress(data, min(left, _PIECE))
                if not piece and not data:
                    break
                left -= len(piece)
                yield piece
        except cast("type[Exception]", igzip_lib.IsalError) as error:
            raise SafeIOError(f"{name}: a damaged zip member ({error})") from error


class ZipBudget:
    """How many bytes and members archives in archives may still ask for."""

    def __init__(self, size: int = 1_000_000_000, members: int = _MOST_MEMBERS) -> None:
        self._left = self._size = size
        self._members_left = self._members = members

    def take(self, size: int) -> None:
        """Spends `size` bytes. Raises LimitError when they are not left."""
        if size > self._left:
            raise LimitError(f"archives in it inflate to more than {self._size:,} bytes; the rest was not read", "zip")
        self._left -= size

    def take_members(self, count: int) -> None:
        """Spends the listing of `count` members. Raises LimitError when they are not left."""
        if count > self._members_left:
            raise LimitError(f"more than {self._members:,} members in archives; the rest was not read", "zip")
        self._members_left -= count


class _Member(NamedTuple):
    """What the directory states of a member; `at` is its local header's place."""

    flags: int
    method: int
    crc: int
    packed: int
    size: int
    at: int


def _member(directory: bytes, at: int, extra: bytes, base: int) -> _Member:
    flags, method, crc, packed, size, place = _ENTRY.unpack_from(directory, at)
    if _IN_EXTRA in (packed, size, place):
        wide = _wide(extra)
        size = next(wide) if size == _IN_EXTRA else size
        packed = next(wide) if packed == _IN_EXTRA else packed
        place = next(wide) if place == _IN_EXTRA else place
    return _Member(flags, method, crc, packed, size, base + place)


def _wide(extra: bytes) -> Iterator[int]:
    """The 64-bit values of the extra field 1, which stand there in fixed order for those the entry leaves out; then
    values that cannot be for ever."""
    at = 0
    while at + 4 <= len(extra):
        kind, length = struct.unpack_from("<HH", extra, at)
        if kind == 1:
            field = extra[at + 4 : at + 4 + length]
            yield from (value for (value,) in struct.iter_unpack("<Q", field[: len(field) // 8 * 8]))
            break
        at += 4 + length
    yield from repeat(_IN_EXTRA)


def _decoded(name: bytes) -> str:
    """Java writes UTF-8 without saying so; what is not UTF-8 is taken as the format's old character set."""
    try:
        return name.decode()
    except UnicodeDecodeError:
        return name.decode("cp437")
