"""Lines of files of any size, a piece at a time."""

from collections.abc import Iterator

from lading.model.errors import FormatError
from lading.model.reader import Content
from lading.safeio.content import iter_pieces

LONGEST = 1_000_000
"""Bytes of a line, and of a file that is small by nature."""


def beginning(content: Content, most: int = LONGEST) -> str:
    """The first bytes of a file that is small by nature, as UTF-8; bytes that are not are written out (`\\xff`)."""
    return content[:most].decode("utf-8", "backslashreplace")


def iter_lines(content: Content, most: int) -> Iterator[bytes]:
    """The lines without the line feeds that end them; what stands behind the last line feed is one when it is not
    empty. Raises FormatError, also between lines, beyond `most` lines and at a line well above 1 MB."""
    rest = b""
    for piece in iter_pieces(content):
        *lines, rest = (rest + piece).split(b"\n")
        yield from lines[:most]
        most -= len(lines)
        if most < 0:
            break
        if len(rest) > LONGEST:
            raise FormatError(f"a line of more than {LONGEST:,} bytes")
    if most < bool(rest):
        raise FormatError("more lines than are read")
    if rest:
        yield rest
