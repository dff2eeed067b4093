"""rpm packages.

Source: the "RPM V4 Package format" of rpm's manual (https://rpm.org/docs/): a lead, the header of signatures, padded to
eight bytes, the header, and a cpio archive, compressed.
"""

import struct
from collections.abc import Iterator
from typing import Final

from lading.model.errors import SafeIOError
from lading.model.reader import Content
from lading.safeio.containers.members import Member, Opening, StoredMember
from lading.safeio.containers.tars import iter_archive
from lading.safeio.content import Part

MAGIC: Final = b"\xed\xab\xee\xdb"
_LEAD: Final = 96
_HEADER: Final = struct.Struct(">4s4xII")
_HEADER_MAGIC: Final = b"\x8e\xad\xe8\x01"
_ENTRY: Final = 16
_LARGEST_HEADER: Final = 256_000_000
HEADER: Final = ".header"
"""The path that stands for the package's header, as a database keeps it."""


def iter_rpm(content: Content, opening: Opening) -> Iterator[Member]:
    """The package's header and the files that it installs. Raises SafeIOError, LimitError."""
    signatures = _end_of_header(content, _LEAD, opening)
    start = signatures + -(signatures - _LEAD) % 8
    end = _end_of_header(content, start, opening)
    yield StoredMember(HEADER, Part(content, start + 8, end))
    if end < len(content):
        yield from iter_archive(Part(content, end, len(content)), opening)


def _end_of_header(content: Content, start: int, opening: Opening) -> int:
    head = content[start : start + _HEADER.size]
    if len(head) < _HEADER.size:
        raise SafeIOError(f"{opening.where}: the package ends too early")
    magic, entries, size = _HEADER.unpack(head)
    end = start + _HEADER.size + entries * _ENTRY + size
    if magic != _HEADER_MAGIC or end - start > _LARGEST_HEADER or end > len(content):
        raise SafeIOError(f"{opening.where}: a damaged package")
    return int(end)
