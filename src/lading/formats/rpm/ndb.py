"""rpm's own database format, which SUSE uses (`Packages.db`), little-endian.

Source: lib/backend/ndb/rpmpkg.c of rpm: pages of slots, each of which names a run of blocks that holds one header.
"""

import struct
from collections.abc import Iterator

from lading.formats.rpm.header import MOST_BYTES
from lading.model.errors import SafeIOError
from lading.model.reader import Content

_MAGIC = b"RpmP"
_FILE_HEADER = struct.Struct("<4sI4xI16x")  # magic, version, pages of slots
_PAGE = 4096
_BLOCK = 16
_SLOT = struct.Struct("<4sIII")  # magic, index of the package (0: free), first block, number of blocks
_BLOB = struct.Struct("<4sI4xI")  # magic, index of the package, length


def is_database(content: Content) -> bool:
    """Whether the first bytes are those of the format."""
    return content[: len(_MAGIC)] == _MAGIC


def iter_headers(content: Content) -> Iterator[bytes | None]:
    """The headers in the order of their slots, None for one that is damaged. Raises SafeIOError, also between
    headers."""
    if len(content) < _FILE_HEADER.size:
        raise SafeIOError("an ndb database that is cut short")
    _, version, pages = _FILE_HEADER.unpack(content[: _FILE_HEADER.size])
    if version or not pages:
        raise SafeIOError("an ndb database of an unknown version")
    slots = content[_FILE_HEADER.size : pages * _PAGE]
    left = len(content)
    for slot_magic, index, block, blocks in _SLOT.iter_unpack(slots[: len(slots) // _SLOT.size * _SLOT.size]):
        if slot_magic != b"Slot":
            raise SafeIOError("an ndb database whose list of packages is damaged")
        if not index:
            continue
        left -= blocks * _BLOCK
        if left < 0:
            raise SafeIOError("an ndb database that lists more than it holds")
        is_read = blocks * _BLOCK <= MOST_BYTES
        yield _header(content[block * _BLOCK : (block + blocks) * _BLOCK], index) if is_read else None
    if pages * _PAGE > len(content):
        raise SafeIOError("an ndb database that is cut short")


def _header(blob: bytes, index: int) -> bytes | None:
    if len(blob) < _BLOB.size:
        return None
    magic, blob_index, length = _BLOB.unpack_from(blob)
    if magic != b"BlbS" or blob_index != index or _BLOB.size + length > len(blob):
        return None
    return blob[_BLOB.size : _BLOB.size + length]
