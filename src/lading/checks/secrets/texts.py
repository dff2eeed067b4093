"""The texts in a file: itself, what a program's byte code or an archive holds, what stands in it in other encodings."""

import re
import struct
from bisect import bisect_left
from collections.abc import Callable, Iterator, Sequence
from typing import Final, NamedTuple

from lading.model.errors import LimitError, SafeIOError
from lading.model.ports import ByteStream
from lading.model.reader import LOOK_BYTES, Content
from lading.safeio.content import ContentStream
from lading.safeio.inflate import INFLATED_AT_ONCE, compression, inflated_at_once, open_inflated
from lading.safeio.limits import Limits
from lading.safeio.tar import FILE, StreamInput, begins_tar, iter_tar
from lading.safeio.zips import ZipBudget, ZipContent

ARCHIVE_CAP: Final = 256_000_000
"""The most bytes that archives in one file are inflated to."""
MEMBER_CAP: Final = 32_000_000
"""The most bytes of one file in an archive."""
BINARY_CAP: Final = 1_000_000
"""The most bytes of a file that is neither text nor known to hold texts."""

_DEEPEST: Final = 2
_ZIP: Final = b"PK\x03\x04"
_CLASS, _PROGRAMS = (
    b"\xca\xfe\xba\xbe",
    (b"\x7fELF", b"MZ", b"\xcf\xfa\xed\xfe", b"\xce\xfa\xed\xfe", b"\0asm", b"!<arch>"),
)
_DATABASE: Final = b"SQLite format 3\0"
_WIDE: Final = {b"\xff\xfe": "utf-16-le", b"\xfe\xff": "utf-16-be"}
_MEDIA: Final = (
    b"\x89PNG", b"GIF8", b"\xff\xd8\xff", b"RIFF", b"OggS", b"ID3", b"wOFF", b"wOF2", b"OTTO", b"\0\1\0\0", b"%PDF",
    b"\xde\x12\x04\x95", b"\x95\x04\x12\xde", b"TZif", b"\x1a\x45\xdf\xa3", b"fLaC", b"BM",
)  # fmt: skip
_MANUALS: Final = ("usr/share/man/", "usr/share/locale/", "usr/share/info/", "usr/share/zoneinfo/")
_NAMED_MEDIA: Final = (
    ".png", ".gif", ".jpg", ".jpeg", ".ico", ".woff", ".woff2", ".ttf", ".otf", ".so", ".dll", ".exe", ".mo", ".pdf",
)  # fmt: skip
"""What the names of members end in that are not even inflated."""
_SHORT: Final = re.compile(rb"[zZ\xfa\xda]([\x0c-\xff])")
_LONG: Final = re.compile(
    rb"[aAuts\xe1\xc1\xf5\xf4\xf3]([\x0c-\xff]\0\0\0|.[\x01-\xff]\0\0|..[\x01-\xff]\0|...\x01)", re.DOTALL
)
"""What stands before texts of at least 12 bytes, and no more than is looked into of a file: their length, in one
byte or in four."""
_JAVA: Final = re.compile(rb"\x01(\0[\x0c-\xff]|[\x01-\xff].)", re.DOTALL)
"""The same in class files, where it takes two."""
_TOGETHER: Final = 1024 * 1024
"""So many bytes of class files are looked through at once."""
_BEFORE, _AFTER = 2_048, 1_024
"""How far from what is noticed a text may begin that is looked at with it: before it, and behind."""


class Text(NamedTuple):
    """A text to look through: the file `member` of an archive, "" for the file itself. `lines` tells whether its lines
    are those of a file that people can open."""

    content: Content
    member: str = ""
    lines: bool = True


Noticing = Callable[[bytes], Sequence[int]]
"""The places in some bytes at which something is noticed: only there is taken apart what is costly to take apart."""


def may_hold_texts(path: str, head: bytes) -> bool:
    """Whether a file is looked into, by its first bytes. Programs, pictures, sounds and fonts are not, nor manual
    pages and translations of the operating system."""
    return (
        bool(head) and not head.startswith(_PROGRAMS) and not head.startswith(_MEDIA) and not path.startswith(_MANUALS)
    )


def is_plain(content: Content) -> bool:
    """Whether a file is one text and nothing else."""
    head = content[:LOOK_BYTES]
    return b"\0" not in head and head[:2] not in _WIDE and compression(head[:4]) is None


def iter_texts(
    path: str, content: Content, notices: Noticing, tell: Callable[[str], None], spend: Callable[[int], None]
) -> Iterator[Text]:
    """The texts of a file. `tell` is told in a sentence of what was not looked into, `spend` of the work."""
    budget = ZipBudget(ARCHIVE_CAP, what="archives in it inflate", spend=spend)
    yield from _Texts(notices, tell, spend, budget).of(path, content, "", 0)


class _Texts:
    """What is asked for, and what archives may still cost."""

    def __init__(
        self, notices: Noticing, tell: Callable[[str], None], spend: Callable[[int], None], budget: ZipBudget
    ) -> None:
        self._notices = notices
        self._tell = tell
        self._spend = spend
        self._budget = budget

    def of(self, path: str, content: Content, member: str, depth: int) -> Iterator[Text]:
        head = content[:LOOK_BYTES]
        packed = compression(head[:4]) is not None
        if is_plain(head):
            yield Text(content, member)
        elif head.startswith(_ZIP) and depth < _DEEPEST:
            yield from self._in_zip(content, member, depth)
        elif head.startswith(_CLASS):
            yield from self._in_classes([(member, content[:MEMBER_CAP])])
        elif path.endswith(".pyc") and not packed:
            data = content[:MEMBER_CAP]
            yield from _in_code(data, self._notices(data), _python_texts, member)
        elif (packed or begins_tar(head)) and depth < _DEEPEST:
            yield from self._in_stream(path, content, member, depth)
        elif head[:2] in _WIDE:
            text = content[:MEMBER_CAP].decode(_WIDE[head[:2]], "replace")
            yield Text(text.encode("utf-8", "replace"), member)
        elif head.startswith(_DATABASE) or len(content) <= BINARY_CAP:
            yield Text(content, member, lines=False)

    def _in_zip(self, content: Content, member: str, depth: int) -> Iterator[Text]:
        classes: list[tuple[str, bytes]] = []
        room = _TOGETHER
        for name, data in self._members(content):
            inside = _inside(member, name)
            if not data.startswith(_CLASS):
                yield from self.of(name, data, inside, depth + 1)
                continue
            if len(data) > room:
                yield from self._in_classes(classes)
                classes, room = [], _TOGETHER
            classes.append((inside, data))
            room -= len(data)
        yield from self._in_classes(classes)

    def _in_classes(self, classes: Sequence[tuple[str, bytes]]) -> Iterator[Text]:
        """The texts of class files, by their names: most are small, and hold nothing."""
        places = self._notices(b"\n".join(data for _, data in classes))
        first, begin = 0, 0
        for member, data in classes if places else ():
            stop = bisect_left(places, begin + len(data) + 1, first)
            yield from _in_code(data, [place - begin for place in places[first:stop]], _java_texts, member)
            first, begin = stop, begin + len(data) + 1

    def _members(self, content: Content) -> Iterator[tuple[str, bytes]]:
        """The members of an archive that are looked into, as far as it can be read."""
        try:
            archive = ZipContent(content, self._budget)
            for name in archive.names:
                if name.lower().endswith(_NAMED_MEDIA):
                    continue
                try:
                    data = archive.read(name, MEMBER_CAP)
                except LimitError:
                    raise
                except SafeIOError:
                    continue  # damaged, or too large: catalogers tell of archives that cannot be read
                if may_hold_texts(name, data[:LOOK_BYTES]):
                    yield name, data
        except LimitError as error:
            if error.limit == "work":  # of the whole image
                raise
            self._tell(str(error))
        except SafeIOError:
            return  # only looks like one

    def _in_stream(self, path: str, content: Content, member: str, depth: int) -> Iterator[Text]:
        """What a compressed file or a tar holds."""
        small = inflated_at_once(content[:]) if len(content) <= INFLATED_AT_ONCE else None
        if small is not None and not begins_tar(small):
            self._budget.take(len(small))
            if may_hold_texts(path, small[:LOOK_BYTES]):
                yield from self.of(path.rpartition(".")[0], small, member, depth + 1)
            return
        limits = Limits(total=ARCHIVE_CAP, ratio=10_000)
        try:
            stream = open_inflated(ContentStream(content), path, limits, self._budget.work)
            tar_input = StreamInput(_Taken(stream, self._budget), path)
            if not begins_tar(tar_input.peek(512)):
                data = tar_input.take(MEMBER_CAP)
                if may_hold_texts(path, data[:LOOK_BYTES]):
                    yield from self.of(path.rpartition(".")[0], data, member, depth + 1)
                return
            for entry in iter_tar(tar_input, path, limits, self._budget.work):
                if entry.kind is FILE and entry.size <= MEMBER_CAP:
                    data = entry.read(MEMBER_CAP)
                    if may_hold_texts(entry.path, data[:LOOK_BYTES]):
                        yield from self.of(entry.path, data, _inside(member, entry.path), depth + 1)
        except LimitError as error:
            if error.limit == "work":  # of the whole image
                raise
            self._tell(str(error))
        except SafeIOError:
            return  # damaged, or only looks like one


class _Taken:
    """A stream of which every byte is taken from a budget."""

    def __init__(self, stream: ByteStream, budget: ZipBudget) -> None:
        self._read = stream.read
        self._budget = budget

    def read(self, size: int, /) -> bytes:
        piece = self._read(size)
        self._budget.take_inflated(len(piece))
        return piece

    def close(self) -> None:
        """The content is closed by whoever opened it."""


def _around(data: bytes, places: Sequence[int]) -> Iterator[tuple[int, int]]:
    """The stretches of byte code in which the texts begin that something is noticed in or beside."""
    begin = end = 0
    for place in places:
        if place - _BEFORE > end:
            if end:
                yield begin, end
            begin = place - _BEFORE
        end = min(len(data), place + _AFTER)
    if end:
        yield begin, end


_Texts_in = Callable[[bytes, int, int], Iterator[bytes]]


def _in_code(data: bytes, places: Sequence[int], texts_in: _Texts_in, member: str) -> Iterator[Text]:
    """The texts in byte code of which it is known where something is noticed, as one."""
    if places:
        texts = dict.fromkeys(text for part in _around(data, places) for text in texts_in(data, *part))
        yield Text(b"\n".join(texts), member, lines=False)


def _inside(member: str, name: str) -> str:
    return f"{member}!/{name}" if member else name


def _python_texts(data: bytes, begin: int, end: int) -> Iterator[bytes]:
    """The longer texts among the constants of byte code that begin in a stretch of it, as marshal writes them: their
    length before them."""
    for pattern, form in ((_SHORT, "B"), (_LONG, "<I")):
        at = begin
        while (found := pattern.search(data, at, end)) is not None:
            at = found.start() + 1
            size = struct.unpack(form, found[1])[0]
            text = data[found.end() : found.end() + size]
            if size == len(text) and b"\0" not in text:
                yield text
                at = found.end() + size


def _java_texts(data: bytes, begin: int, end: int) -> Iterator[bytes]:
    """The longer texts among the constants of a class file that begin in a stretch of it (JVMS 4.4.7)."""
    at = begin
    while (found := _JAVA.search(data, at, end)) is not None:
        at = found.start() + 1
        size = int.from_bytes(found[1], "big")
        text = data[found.end() : found.end() + size]
        if size == len(text) and b"\0" not in text:
            yield text
            at = found.end() + size
