"""The header blocks of tar archives, read as Go's archive/tar reads them, because container engines do.

What archive/tar refuses is refused. Source: POSIX.1-2017 pax(1) for ustar, the GNU tar manual's "Basic Tar Format",
star(5) for Schily's, and the behaviour of archive/tar (Go 1.26), which tests/safeio/archive_tar asks.
"""

from collections.abc import Iterable
from itertools import product
from zlib import adler32

from lading.model.errors import SafeIOError

BLOCK = 512
TAIL = 257
"""Where the part of a header begins that tells its format."""
GNU_MAGIC = b"ustar  \0"
DIGITS_AS_ZEROS = bytes.maketrans(b"1234567", b"0000000")
_COMMON = (b"0000000\0", b"000000 \0", b"0000000 ")
_COMMON_LONG = (b"00000000000\0", b"00000000000 ")
PLAIN_NUMBERS = frozenset(map(b"".join, product(_COMMON, _COMMON, _COMMON, _COMMON_LONG, _COMMON_LONG)))
"""Mode, owner, group, size (of 11 digits) and time as nearly all writers have them, after `DIGITS_AS_ZEROS`."""

_USTAR_MAGIC = b"ustar\0"
_STAR_TRAILER = b"tar\0"
_OCTAL = b"01234567"
_HIGH = bytes(range(128, 256))
_SPACES = 8 * ord(" ")
_NUMBERS = ((100, 108), (108, 116), (116, 124), (136, 148))
_DEVICES = ((329, 337), (337, 345))
_STAR_TIMES = ((476, 488), (488, 500))
_GNU_TIMES = ((345, 357), (357, 369))
_MOST_KNOWN = 10_000


class SumsByField(dict[bytes, int]):
    """The low half of Adler-32 of an ASCII header, by the checksum field with which it is right; found when first asked
    for. Adler-32's low half is the sum of all bytes plus one, modulo 65521, which such a header cannot reach: the
    checksum at C speed."""

    def __missing__(self, field: bytes) -> int:
        if len(self) >= _MOST_KNOWN:
            self.clear()
        try:
            expected = self[field] = _read_octal(field) - _SPACES + sum(field) + 1
        except ValueError:
            expected = self[field] = -1
        return expected


class PrefixesByTail(dict[bytes, bytes | None]):
    """What stands before the name, with a slash behind it, by a header's bytes from `TAIL` on; None where they are
    damaged. Found when first asked for."""

    def __missing__(self, tail: bytes) -> bytes | None:
        if len(self) >= _MOST_KNOWN:
            self.clear()
        try:
            prefix = self[tail] = _read_prefix(tail) if len(tail) == BLOCK - TAIL else None
        except ValueError:
            prefix = self[tail] = None
        return prefix


def truncated(where: str) -> SafeIOError:
    """The error for an archive that ends inside something."""
    return SafeIOError(f"{where}: the tar archive ends too early (truncated): fetch the image again")


def read_number(field: bytes) -> int:
    """An octal field, padded with spaces and NULs, or GNU's base-256 one (first bit set; two's complement). Raises
    ValueError, also beyond 64 bits."""
    if field[0] & 0x80:
        bits = 8 * len(field) - 1
        value = int.from_bytes(field, "big") & ((1 << bits) - 1)
        if field[0] & 0x40:
            value -= 1 << bits
        if not -1 << 63 <= value < 1 << 63:
            raise ValueError("a number beyond 64 bits")
        return value
    return _read_octal(field)


def read_size(header: bytes) -> int:
    """The size field of a whole header. Raises ValueError where one of the numeric fields before `TAIL` cannot be read,
    or the checksum is neither that of the bytes as unsigned numbers nor as signed ones, as old writers have it."""
    first, second = adler32(header[: BLOCK // 2]) & 0xFFFF, adler32(header[BLOCK // 2 :]) & 0xFFFF
    field = header[148:156]
    total = first + second - 2 - sum(field) + _SPACES
    rest = header[:148] + header[156:]
    try:
        stated = _read_octal(field)
    except ValueError:
        stated = -1
    if stated not in (total, total - 256 * (len(rest) - len(rest.translate(None, _HIGH)))):
        raise ValueError("bad header checksum")
    _check(header, _NUMBERS)
    return read_number(header[124:136])


def cut(field: bytes) -> bytes:
    """A text field up to its first NUL."""
    end = field.find(0)
    return field if end < 0 else field[:end]


def _read_prefix(tail: bytes) -> bytes:
    header = bytes(TAIL) + tail
    prefix = b""
    if header[257:263] == _USTAR_MAGIC:
        _check(header, _DEVICES)
        if header[508:512] == _STAR_TRAILER:
            _check(header, _STAR_TIMES)
            prefix = cut(header[345:476])
        else:
            prefix = cut(header[345:500])
    elif header[257:265] == GNU_MAGIC:
        _check(header, _DEVICES)
        prefix = _read_gnu_prefix(header)
    return prefix + b"/" if prefix else b""


def _read_gnu_prefix(header: bytes) -> bytes:
    """GNU's format has times where ustar has the prefix. Go before 1.8 wrote a prefix there all the same: what cannot
    be read as times and is ASCII is taken for one."""
    try:
        _check(header, [(start, end) for start, end in _GNU_TIMES if header[start]])
    except ValueError:
        prefix = cut(header[345:500])
        return prefix if prefix.isascii() else b""
    return b""


def _check(header: bytes, fields: Iterable[tuple[int, int]]) -> None:
    for start, end in fields:
        read_number(header[start:end])


def _read_octal(field: bytes) -> int:
    digits = cut(field.strip(b" \0"))
    if digits.translate(None, _OCTAL):
        raise ValueError("a header field that is no number")
    return int(digits, 8) if digits else 0
