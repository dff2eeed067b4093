"""Reading the members of a zip archive whose bytes are at hand, within bounds, as the program does that runs it."""

import struct
import zlib
from collections.abc import Callable, Collection, Iterator, Sequence
from itertools import chain, repeat
from typing import Any, NamedTuple, cast

from lading.model.errors import LimitError, SafeIOError
from lading.model.reader import Content
from lading.safeio.content import IN_MEMORY, Part, iter_pieces, spool
from lading.safeio.zip_ends import Directory, java_directory

_MOST_MEMBERS = 1_000_000
_MOST_LISTED = 100_000
_MOST_BYTES = 50_000_000_000
_LARGEST_DIRECTORY = 100_000_000
_LONGEST_NAME, _MOST_NAMES = 4095, 20_000_000
"""Bytes of one name, as of a path in a layer, and of all of interest."""
_MOST_DOUBTS = 100
_STORED, _DEFLATED = 0, 8
"""The only methods that Java reads."""
_BZIP2, _LZMA, _ZSTD, _XZ = 12, 14, 93, 95
_OTHERS = frozenset({_BZIP2, _LZMA, _ZSTD, _XZ})
_LZMA_MEMORY = 128 * 1024 * 1024
_ZSTD_WINDOW_LOG = 27
_ENDS_WITH_MARK = 2
"""A flag of members packed by LZMA."""

# The records of the format, as far as they are read.
_ENTRY = struct.Struct("<8xHH4xIII14xI")  # flags, method, checksum, packed size, size, place
_ENTRY_LENGTHS = struct.Struct("<I24xHHH12x")  # signature; lengths of name, extra field and comment
_LOCAL = struct.Struct("<4s2xHH4xIIIHH")  # signature, flags, method, checksum, packed size, size; lengths as above
_ENTRY_SIGNATURE = 0x02014B50
_LONGEST_ENTRY = _ENTRY.size + 3 * 0xFFFF
_LOCAL_SIGNATURE = b"PK\3\4"
_IN_EXTRA = 0xFFFFFFFF
_ENCRYPTED, _SIZES_FOLLOW = 1, 8
_MEMBERS_AT_ONCE = 10_000
_PIECE = 1024 * 1024
_SMALL = 64 * 1024
"""So many bytes inflate to 66 MB at most."""
_WITHOUT_FRAME = -15
_SLACK = 1024
_AN_ARCHIVE, _A_MEMBER, _BYTES_A_STEP = 200, 5, 50


class ZipContent:
    """A zip archive whose bytes are at hand, such as a jar in a layer. Its directory is walked by hand, as `zipfile`
    makes an object of each of what may be many thousand members.

    What the directory says counts, as it does for Java: of two members of one name the last, whatever their own headers
    say. `doubts` are sentences on what was read though something contradicts it, so that other programs may see
    something else.

    Source: PKWARE's APPNOTE.TXT 6.3.10, 4.3 and 4.4; java.util.zip.ZipFile of JDK 17.
    """

    def __init__(
        self,
        content: Content,
        budget: "ZipBudget",
        endings: tuple[bytes, ...] = (),
        find_directory: Callable[[Content], Directory] = java_directory,
        without: tuple[bytes, ...] = (b"/",),
        *,
        other_methods: bool = False,
    ) -> None:
        """Lists the members whose names end in one of `endings` (lower case; names in any case), without any those
        that end in none of `without`. `budget` bounds what is listed and inflated altogether; archives inside archives
        share one. `other_methods`: members packed by bzip2, LZMA, xz or Zstandard are read too, as Java does not.

        Raises SafeIOError when it is not a zip archive or its directory is damaged, LimitError when the budget is
        spent."""
        self.doubts: list[str] = []
        self._content = content
        self._budget = budget
        self._methods = _OTHERS if other_methods else frozenset()
        self._members: dict[str, _Member] = {}
        try:
            for name, member in self._walk(find_directory(content), endings, without):
                self._add(name, member)
        except struct.error as error:
            raise SafeIOError("not a zip archive, or one whose directory is damaged") from error

    @property
    def names(self) -> Sequence[str]:
        """The members' names as the archive writes them, in its order; directories left out."""
        return tuple(self._members)

    def overlapping(self, names: Collection[str]) -> set[str]:
        """Those of the named members whose bytes begin within those of another of them: the mark of an archive that
        inflates to more than it could hold."""
        found = set()
        end = 0
        for name, member in sorted(((name, self._members[name]) for name in names), key=lambda pair: pair[1].at):
            if member.at < end:
                found.add(name)
            end = max(end, member.at + _LOCAL.size + len(member.name) + member.packed)
        return found

    def read(self, name: str, limit: int = _MOST_BYTES) -> bytes:
        """The content of a member. Raises SafeIOError when it is damaged, written in a way that is not read or above
        `limit` bytes, LimitError when the budget is spent."""
        member = self._members[name]
        if member.method == _DEFLATED and member.packed <= _SMALL and member.size <= min(limit, _PIECE):
            content = self._at_once(name, member)
            if content is not None:
                return content
        return b"".join(self.iter_member(name, limit))

    def open(self, name: str) -> Content:
        """The content of a member, on disk when it is large. Raises as `read` does."""
        member = self._members[name]
        if member.method == _STORED:
            return self._stored(name, member)
        held: list[bytes] = []
        size = 0
        pieces = self.iter_member(name)
        for piece in pieces:
            held.append(piece)
            size += len(piece)
            if size > IN_MEMORY:
                return spool(chain(held, pieces))
        return b"".join(held)

    def iter_member(self, name: str, limit: int = _MOST_BYTES) -> Iterator[bytes]:
        """The content of a member in pieces, compared with its size and checksum at the end. Raises as `read` does."""
        member = self._members[name]
        check, given = 0, 0
        for piece in self._packed(name, member):
            given += len(piece)
            self._budget.take(len(piece))  # also for what is then refused: it was inflated
            if given > limit:
                raise SafeIOError(f"{name}: more than {limit:,} bytes")
            check = zlib.crc32(piece, check)
            yield piece
        self._compare(name, member, given, check)

    def is_stored(self, name: str) -> bool:
        """Whether a member lies in the archive as it is."""
        return self._members[name].method == _STORED

    def is_encrypted(self, name: str) -> bool:
        """Whether a member is encrypted."""
        return bool(self._members[name].flags & _ENCRYPTED)

    def size(self, name: str) -> int:
        """How many bytes the archive says a member has."""
        return self._members[name].size

    def head(self, name: str, size: int) -> bytes:
        """The first bytes of a member, unchecked. Raises as `read` does."""
        member = self._members[name]
        start, end = self._place(name, member)
        if member.method == _STORED:
            return self._content[start : min(start + size, end)]
        if member.method != _DEFLATED:
            piece = next(filter(None, _packed_otherwise(self._content, (start, end), member)), b"")
            self._budget.take(len(piece))  # blocks are inflated whole
            return piece[:size]
        from isal import igzip_lib

        self._budget.take(size)
        packed = self._content[start : min(start + 2 * size + _SLACK, end)]
        try:
            return igzip_lib.IgzipDecompressor(flag=igzip_lib.DECOMP_DEFLATE).decompress(packed, size)
        except cast("type[Exception]", igzip_lib.IsalError) as error:
            raise SafeIOError(f"{name}: a damaged zip member ({error})") from error

    def _walk(
        self, directory: Directory, endings: tuple[bytes, ...], without: tuple[bytes, ...]
    ) -> Iterator[tuple[str, "_Member"]]:
        if directory.size > _LARGEST_DIRECTORY:
            raise LimitError(f"a directory of {directory.size:,} bytes, which was not read", "zip")
        at, end = directory.start, min(directory.start + directory.size, len(self._content))
        entries, base = b"", at
        lengths = _ENTRY_LENGTHS.unpack_from
        count = listed = 0
        while at < end:
            if at + _LONGEST_ENTRY > base + len(entries) < end:
                entries, base = self._content[at : min(at + _PIECE, end)], at
            start = at - base
            signature, name_size, extra_size, comment_size = lengths(entries, start)
            name_end = start + _ENTRY.size + name_size
            at += _ENTRY.size + name_size + extra_size + comment_size
            if signature != _ENTRY_SIGNATURE or at > end:
                raise SafeIOError("the archive's directory is damaged")
            count += 1
            if not count % _MEMBERS_AT_ONCE:
                self._budget.take_members(_MEMBERS_AT_ONCE)
            name = entries[start + _ENTRY.size : name_end]
            if name.lower().endswith(endings) if endings else not name.lower().endswith(without):
                listed += name_size
                if name_size > _LONGEST_NAME or listed > _MOST_NAMES:
                    raise LimitError("names of members that are too long; the rest was not read", "zip")
                extra = entries[name_end : name_end + extra_size]
                yield _decoded(name), _member(name, _ENTRY.unpack_from(entries, start), extra, directory.base)
        self._budget.take_members(count % _MEMBERS_AT_ONCE)

    def _add(self, name: str, member: "_Member") -> None:
        known = self._members.get(name)
        if known is None and len(self._members) >= _MOST_LISTED:
            raise LimitError(f"more than {_MOST_LISTED:,} members of interest in one archive", "zip")
        if known is not None and known.says != member.says:
            self._doubt(f"two different members are called {name}")
        self._members[name] = member

    def _packed(self, name: str, member: "_Member") -> Iterator[bytes]:
        if member.method == _STORED:
            yield from iter_pieces(self._part(name, member))
        elif member.method == _DEFLATED:
            yield from _inflated(self._content, self._place(name, member), name)
        else:
            yield from _packed_otherwise(self._content, self._place(name, member), member)

    def _at_once(self, name: str, member: "_Member") -> bytes | None:
        """The content of a small member, without the steps that bound a large one; None where anything is the matter
        with it, which reading it in pieces tells."""
        from isal import isal_zlib

        start, end = self._place(name, member)
        try:
            content = isal_zlib.decompress(self._content[start:end], _WITHOUT_FRAME, max(1, member.size))
        except cast("type[Exception]", isal_zlib.error):
            return None
        self._budget.take(len(content))
        is_whole = len(content) == member.size and isal_zlib.crc32(content) == member.crc
        return content if is_whole else None

    def _stored(self, name: str, member: "_Member") -> Content:
        """A member that is not compressed, where it lies."""
        part = self._part(name, member)
        check = 0
        for piece in iter_pieces(part):
            check = zlib.crc32(piece, check)
        self._compare(name, member, len(part), check)
        return part

    def _part(self, name: str, member: "_Member") -> Content:
        start, end = self._place(name, member)
        return self._content[start:end] if end - start <= _PIECE else Part(self._content, start, end)

    def _place(self, name: str, member: "_Member") -> tuple[int, int]:
        """Where the bytes of a member begin and end."""
        if member.flags & _ENCRYPTED or member.method not in (_STORED, _DEFLATED, *self._methods):
            what = (
                "an encrypted member"
                if member.flags & _ENCRYPTED
                else f"packed in a way that is not read ({member.method})"
            )
            raise SafeIOError(f"{name}: {what}")
        header = self._content[member.at : member.at + _LOCAL.size] if member.at >= 0 else b""
        if len(header) < _LOCAL.size or header[:4] != _LOCAL_SIGNATURE:
            raise SafeIOError(f"{name}: a damaged zip member: none lies where the directory says")
        _, flags, method, *sizes, name_size, extra_size = _LOCAL.unpack(header)
        start = member.at + _LOCAL.size
        is_same = self._content[start : start + name_size] == member.name and method == member.method
        if not flags & _SIZES_FOLLOW and _IN_EXTRA not in sizes:
            is_same = is_same and tuple(sizes) == member.says
        if not is_same:
            self._doubt(f"{name}: its own header and the archive's directory contradict each other")
        start += name_size + extra_size
        return start, max(start, min(start + member.packed, len(self._content)))

    def _compare(self, name: str, member: "_Member", size: int, check: int) -> None:
        if size != member.size or check != member.crc:
            self._doubt(f"{name}: damaged, or changed: its size or its checksum is another than the archive says")

    def _doubt(self, sentence: str) -> None:
        if len(self.doubts) < _MOST_DOUBTS and sentence not in self.doubts:
            self.doubts.append(sentence)


class ZipBudget:
    """How many bytes and members archives in archives may still ask for; `what` they are, in a sentence. `spend` is
    told of the work that this makes, in steps (see lading.safeio.limits.Work), and may raise to stop it."""

    def __init__(
        self,
        size: int = 1_000_000_000,
        members: int = _MOST_MEMBERS,
        what: str = "archives in it inflate",
        spend: Callable[[int], None] | None = None,
    ) -> None:
        self._spend = spend
        self._left = self._size = size
        self._members_left = self._members = members
        self._what = what

    def allow(self, size: int) -> None:
        """Allows for `size` bytes more."""
        self._left += size
        self._size += size

    def take(self, size: int) -> None:
        """Spends `size` bytes, and the work of inflating them. Raises LimitError when they are not left."""
        self.take_inflated(size)
        if self._spend is not None:
            self._spend(size // _BYTES_A_STEP)

    def take_inflated(self, size: int) -> None:
        """Spends `size` bytes of which the work is counted elsewhere. Raises LimitError when they are not left."""
        if size > self._left:
            raise LimitError(f"{self._what} to more than {self._size:,} bytes; the rest was not read", "zip")
        self._left -= size

    def work(self, steps: int) -> None:
        """Counts work that neither bytes nor members tell of, in steps. Raises LimitError as whoever is told does."""
        if self._spend is not None:
            self._spend(steps)

    def take_members(self, count: int) -> None:
        """Spends the listing of `count` members. Raises LimitError when they are not left."""
        if count > self._members_left:
            raise LimitError(f"more than {self._members:,} members in archives; the rest was not read", "zip")
        self._members_left -= count
        if self._spend is not None:
            self._spend(_AN_ARCHIVE + _A_MEMBER * count)


class _Member(NamedTuple):
    """What the directory states of a member; `at` is its local header's place."""

    name: bytes
    flags: int
    method: int
    crc: int
    packed: int
    size: int
    at: int

    @property
    def says(self) -> tuple[int, int, int]:
        """What tells its content."""
        return self.crc, self.packed, self.size


def _inflated(content: Content, place: tuple[int, int], name: str) -> Iterator[bytes]:
    """What lies between two places, up to the end of the compressed data. Raises SafeIOError without such an end."""
    from isal import igzip_lib

    decompressor = igzip_lib.IgzipDecompressor(flag=igzip_lib.DECOMP_DEFLATE)
    pieces = chain(_pieces(content, place), [b"\0"])  # the one byte more that Java gives where data are short of it
    try:
        while not decompressor.eof:
            data = next(pieces, b"") if decompressor.needs_input else b""
            piece = decompressor.decompress(data, _PIECE)
            if not piece and not data and not decompressor.eof:
                raise SafeIOError(f"{name}: a damaged zip member: it ends too early")
            yield piece
    except cast("type[Exception]", igzip_lib.IsalError) as error:
        raise SafeIOError(f"{name}: a damaged zip member ({error})") from error


def _packed_otherwise(content: Content, place: tuple[int, int], member: _Member) -> Iterator[bytes]:
    """What a member packed by one of the other methods inflates to, in pieces. Raises SafeIOError."""
    name = _decoded(member.name)
    start, end = place
    head = b""
    if member.method == _LZMA:  # two bytes of a version, two of the length of the properties, and these
        head, start = content[start + 4 : start + 9], start + 9
        head += b"\xff" * 8 if member.flags & _ENDS_WITH_MARK else struct.pack("<Q", member.size)
    decompressor, error = _decompressor(member.method)
    pieces = chain([head] if head else [], _pieces(content, (start, end)))
    try:
        while not decompressor.eof:
            data = next(pieces, b"") if decompressor.needs_input else b""
            piece = decompressor.decompress(data, _PIECE)
            if not piece and not data and not decompressor.eof and decompressor.needs_input:
                raise SafeIOError(f"{name}: a damaged zip member: it ends too early")
            yield piece
    except error as why:
        raise SafeIOError(f"{name}: a damaged zip member ({why})") from why


def _decompressor(method: int) -> tuple[Any, type[Exception]]:
    """A decompressor, and what it raises for damaged data."""
    if method == _BZIP2:
        import bz2

        return bz2.BZ2Decompressor(), OSError
    if method == _ZSTD:
        from lading.safeio.zstd import ZstdError, decompressor

        return decompressor(_ZSTD_WINDOW_LOG), ZstdError
    import lzma

    form = lzma.FORMAT_XZ if method == _XZ else lzma.FORMAT_ALONE
    return lzma.LZMADecompressor(form, memlimit=_LZMA_MEMORY), lzma.LZMAError


def _pieces(content: Content, place: tuple[int, int]) -> Iterator[bytes]:
    start, end = place
    for at in range(start, end, _PIECE):
        yield content[at : min(at + _PIECE, end)]


def _member(name: bytes, entry: tuple[int, ...], extra: bytes, base: int) -> _Member:
    flags, method, crc, packed, size, place = entry
    if _IN_EXTRA in (packed, size, place):
        wide = _wide(extra)
        size = next(wide) if size == _IN_EXTRA else size
        packed = next(wide) if packed == _IN_EXTRA else packed
        place = next(wide) if place == _IN_EXTRA else place
    return _Member(name, flags, method, crc, packed, size, base + place)


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
