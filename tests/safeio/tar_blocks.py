"""Tar archives block by block, whatever is right or wrong with them."""

from collections.abc import Iterable, Mapping

USTAR, GNU, V7 = b"ustar\x0000", b"ustar  \0", bytes(8)
STAR = {508: b"tar\0"}
"""The trailer that makes a ustar header one of Schily's star."""
END = bytes(1024)


def header(
    name: bytes = b"f",
    flag: bytes = b"0",
    size: int | bytes = 0,
    *,
    linkname: bytes = b"",
    magic: bytes = USTAR,
    prefix: bytes = b"",
    patches: Mapping[int, bytes] | None = None,
    checksum: bytes | None = None,
) -> bytes:
    """One header. `size` is written in octal, or as it is; `patches` are bytes by their place, put over the rest;
    `checksum` is the field when it is not to be the right one."""
    block = bytearray(512)
    fields = {
        0: name[:100],
        100: b"0000644\x000000000\x000000000\0",
        124: size if isinstance(size, bytes) else b"%011o\0" % size,
        136: b"14000000000\0",
        156: flag,
        157: linkname[:100],
        257: magic,
        345: prefix[:155],
    }
    if magic != V7:
        fields[329] = b"0000000\x000000000\0"
    for place, data in [*fields.items(), *(patches or {}).items()]:
        block[place : place + len(data)] = data
    block[148:156] = b" " * 8
    block[148:156] = b"%06o\0 " % sum(block) if checksum is None else checksum
    return bytes(block)


def signed_sum(block: bytes) -> bytes:
    """The checksum field that sums a header's bytes as signed numbers."""
    return b"%06o\0 " % sum(byte - 256 * (byte > 127) for byte in block[:148] + b" " * 8 + block[156:])


def padded(content: bytes) -> bytes:
    """Content with the zeros that fill its last block."""
    return content + bytes(-len(content) % 512)


def file(name: bytes = b"f", content: bytes = b"", flag: bytes = b"0", **options: object) -> bytes:
    """A header with its content. `options` as those of `header`."""
    return header(name, flag, options.pop("size", len(content)), **options) + padded(content)  # type: ignore[arg-type]


def record(key: bytes, value: bytes) -> bytes:
    """One PAX record."""
    rest = b" %b=%b\n" % (key, value)
    length = len(rest) + 1
    while len(str(length)) + len(rest) != length:
        length = len(str(length)) + len(rest)
    return b"%d%b" % (length, rest)


def records(pairs: Iterable[tuple[bytes, bytes]]) -> bytes:
    """PAX records in order."""
    return b"".join(record(key, value) for key, value in pairs)


def pax(*pairs: tuple[bytes, bytes], flag: bytes = b"x", name: bytes = b"pax") -> bytes:
    """A PAX header."""
    return file(name, records(pairs), flag)


def long(name: bytes, flag: bytes = b"L") -> bytes:
    """GNU's header of a long name (L) or link target (K)."""
    return file(b"././@LongLink", name + b"\0", flag, magic=GNU)
