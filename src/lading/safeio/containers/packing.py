"""Compressions that layers do not have and archives do: lz4, lzip, and LZMA as it was before xz.

Sources: https://github.com/lz4/lz4/blob/dev/doc/lz4_Frame_format.md; the lzip manual, "File format"; the LZMA SDK's
lzma-specification.txt.
"""

import struct
from collections.abc import Callable, Iterator
from typing import Final, TypeAlias

from lading.model.errors import SafeIOError
from lading.model.reader import Content
from lading.safeio.blocks import lz4_block
from lading.safeio.limits import Spend, unbounded

_LZ4, _LZIP, _LZMA = b"\x04\x22\x4d\x18", b"LZIP", b"]\0\0"
_PIECE: Final = 256 * 1024
_MEMORY: Final = 128 * 1024 * 1024
_BLOCK_SIZES: Final = {4: 65_536, 5: 262_144, 6: 1_048_576, 7: 4_194_304}
_STORED_BLOCK: Final = 0x80000000
_WINDOW: Final = 65_536
_LZIP_HEADER, _LZIP_TRAILER = 6, 20
_UNKNOWN_SIZE: Final = b"\xff" * 8
_PROPERTIES: Final = b"\x5d"
_A_MEMBER, _A_BLOCK, _BYTES_A_STEP = 200, 40, 25
"""What things cost, in steps (see lading.safeio.limits.Work)."""


Unpack: TypeAlias = Callable[[Content, str, Spend], Iterator[bytes]]
"""Inflates a content that errors call by a name, in pieces, of which some may be empty. Who is told of the work beyond
them, in steps, may raise to stop it. Raises SafeIOError."""


def unpacker(head: bytes) -> Unpack | None:
    """What inflates a file that begins so; None for another file."""
    if head.startswith(_LZ4):
        return iter_lz4
    if head.startswith(_LZIP):
        return iter_lzip
    # Properties of LZMA that every encoder writes, and a dictionary of whole 64 KiB.
    return iter_lzma if head.startswith(_LZMA) and len(head) > 4 and head[4] < 9 else None


def iter_lzma(content: Content, where: str, spend: Spend = unbounded) -> Iterator[bytes]:
    """The content of a file of LZMA alone."""
    yield from _Lzma(content, where, spend).iter_pieces(0)


def iter_lzip(content: Content, where: str, spend: Spend = unbounded) -> Iterator[bytes]:
    """The content of a file of lzip, whose members follow one another."""
    at = 0
    while content[at : at + 4] == _LZIP:
        coded = content[at + 5 : at + 6]
        if not coded:
            raise SafeIOError(f"{where}: the compressed data ends too early")
        size = 1 << (coded[0] & 0x1F)
        size -= size // 16 * (coded[0] >> 5)
        member = _Lzma(content, where, spend, _PROPERTIES + struct.pack("<I", size & 0xFFFFFFFF) + _UNKNOWN_SIZE)
        yield from member.iter_pieces(at + _LZIP_HEADER)
        at = member.end + _LZIP_TRAILER


def iter_lz4(content: Content, where: str, spend: Spend = unbounded) -> Iterator[bytes]:
    """The content of a file of lz4's first frame."""
    flags, code = content[4:5], content[5:6]
    most = _BLOCK_SIZES.get(code[0] >> 4 & 7 if code else 0)
    if not flags or flags[0] >> 6 != 1 or most is None:
        raise SafeIOError(f"{where}: a frame of lz4 that is not read")
    linked, checked = not flags[0] & 0x20, bool(flags[0] & 0x10)
    at = 7 + (8 if flags[0] & 0x08 else 0) + (4 if flags[0] & 0x01 else 0)
    window = b""
    while True:
        spend(_A_BLOCK)
        word = content[at : at + 4]
        if len(word) < 4:
            raise SafeIOError(f"{where}: the compressed data ends too early")
        stated = int.from_bytes(word, "little")
        if not stated:
            return
        size = stated & ~_STORED_BLOCK
        data = content[at + 4 : at + 4 + size]
        if len(data) < size or size > most + _WINDOW:
            raise SafeIOError(f"{where}: a damaged block of lz4")
        try:
            piece = data if stated & _STORED_BLOCK else lz4_block(data, most, window, spend)
        except (ValueError, IndexError) as error:
            raise SafeIOError(f"{where}: a damaged block of lz4 ({error})") from error
        yield piece
        window = (window + piece)[-_WINDOW:] if linked else b""
        at += 4 + size + (4 if checked else 0)


class _Lzma:
    """One stream of LZMA; `end` is where it ended, once it was gone through."""

    def __init__(self, content: Content, where: str, spend: Spend, header: bytes = b"") -> None:
        import lzma

        spend(_A_MEMBER)
        self._spend = spend

        self._error = lzma.LZMAError
        self._decompressor = lzma.LZMADecompressor(lzma.FORMAT_ALONE, memlimit=_MEMORY)
        self._content = content
        self._where = where
        self._header = header
        self.end = 0

    def iter_pieces(self, at: int) -> Iterator[bytes]:
        decompressor, data = self._decompressor, self._header
        while not decompressor.eof:
            if not data and decompressor.needs_input:
                data = self._content[at : at + _PIECE]
                at += len(data)
                if not data:
                    raise SafeIOError(f"{self._where}: the compressed data ends too early")
            try:
                piece = decompressor.decompress(data, _PIECE)
            except self._error as error:
                raise SafeIOError(f"{self._where}: corrupt compressed data ({error})") from error
            data = b""
            self._spend(len(piece) // _BYTES_A_STEP)
            yield piece
        self.end = at - len(decompressor.unused_data)
