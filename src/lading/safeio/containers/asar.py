"""Archives of Electron's applications.

Source: the README of electron/asar ("Format"): a pickle of the header's size, then one of the header, which is JSON.
"""

import struct
from collections.abc import Iterator
from typing import Final

from lading.model.errors import SafeIOError
from lading.model.reader import Content
from lading.safeio.containers.members import LONGEST_PATH, Member, Opening, StoredMember
from lading.safeio.content import Part
from lading.safeio.javascript_json import decode_json
from lading.safeio.tar import normalise

_SIZES: Final = struct.Struct("<IIII")
_LARGEST_HEADER: Final = 64_000_000
_BYTES_A_STEP = 4
"""Of the header: an object of two bytes takes as long as a name of ten."""
_DEEPEST: Final = 100
_AT_ONCE: Final = 1000


def begins_asar(head: bytes) -> bool:
    """Whether a file that begins so is an archive of this kind."""
    if len(head) < _SIZES.size:
        return False
    four, outer, inner, length = _SIZES.unpack_from(head)
    return four == 4 and inner + 4 == outer and 0 < length <= inner - 4 and head[16:17] == b"{"


def iter_asar(content: Content, opening: Opening) -> Iterator[Member]:
    """The files that lie in the archive itself, not beside it. Raises SafeIOError, LimitError."""
    _, outer, _, length = _SIZES.unpack(content[: _SIZES.size])
    if length > _LARGEST_HEADER:
        raise SafeIOError(f"{opening.where}: a header of {length:,} bytes")
    opening.budget.work(length // _BYTES_A_STEP)
    try:
        header = decode_json(content[_SIZES.size : _SIZES.size + length], object, spend=opening.budget.work)
    except ValueError as error:
        raise SafeIOError(f"{opening.where}: its header is damaged: {error}") from error
    base = 8 + outer
    for count, (path, entry) in enumerate(_iter_entries(header, opening), 1):
        if not count % _AT_ONCE:
            opening.budget.take_members(_AT_ONCE)
        size, offset = entry.get("size"), entry.get("offset")
        if entry.get("unpacked") or not isinstance(size, int) or not isinstance(offset, str):
            continue
        start = base + int(offset) if offset.isascii() and offset.isdigit() and len(offset) < 16 else -1
        if size < 0 or start < 0 or start + size > len(content):
            raise SafeIOError(f"{opening.where}: {path} lies where the archive has nothing")
        yield StoredMember(path, Part(content, start, start + size))


def _iter_entries(header: object, opening: Opening) -> Iterator[tuple[str, dict[object, object]]]:
    pending: list[tuple[str, object, int]] = [("", header, 0)]
    while pending:
        above, directory, depth = pending.pop()
        files = directory.get("files") if isinstance(directory, dict) else None
        if depth > _DEEPEST or not isinstance(files, dict):
            raise SafeIOError(f"{opening.where}: its header is damaged: no files are listed in {above or 'it'}")
        for name, entry in files.items():
            if len(above) + len(name) > LONGEST_PATH:
                opening.leave("files whose paths are longer than any file system takes")
                continue
            path = normalise(f"{above}/{name}")
            if not isinstance(entry, dict):
                raise SafeIOError(f"{opening.where}: its header is damaged at {path}")
            if "files" in entry:
                pending.append((path, entry, depth + 1))
            elif "link" not in entry:
                yield path, entry
