"""Archives made at random, from blocks that are mostly right."""

from random import Random

from tests.safeio.tar_blocks import END, GNU, STAR, USTAR, V7, file, header, long, padded, pax

_NAMES = [
    b"a",
    b"a/b",
    b"d/",
    b"./a",
    b"/a",
    b"../a",
    b"a/../b",
    b"caf\xe9",
    b"caf\xc3\xa9",
    b"n" * 100,
    b"",
    b"a\0b",
    b"a\\xe9",
]
_MAGICS = [USTAR] * 6 + [GNU] * 3 + [V7, b"ustar\x0099", b"ustar 00"]
_FLAGS = [b"0"] * 12 + [b"5"] * 3 + [b"1", b"2", b"\0", b"\0", b"3", b"6", b"S", b"7", b"Z"]
_NUMBERS = [
    b"0000644\0",
    b"000644 \0",
    b"    644\0",
    b"644",
    b"\x80\0\0\0\0\0\1\xa4",
    b"",
    b"0000648\0",
    b"\xff" * 8,
    b"06_44\0",
]
_VALUES = [
    b"",
    b"0",
    b"5",
    b"7",
    b"+5",
    b"-5",
    b"x",
    b"5.5",
    b"a/b",
    b"d/",
    b"a\0b",
    b"0,5",
    b"0,2,5,3",
    b"1",
    b"2",
    b"9" * 20,
]
_KEYS = [b"path", b"path", b"linkpath", b"size", b"size", b"uid", b"mtime", b"uname", b"comment"]
_KEYS += [b"GNU.sparse." + key for key in (b"major", b"minor", b"name", b"size", b"realsize", b"numblocks", b"map")]
_KEYS += [b"GNU.sparse.offset", b"GNU.sparse.numbytes"]
_MAPS = [b"1\n0\n5\n", b"2\n0\n2\n5\n3\n", b"0\n", b"1\n0\n", b"x\n", b"1\n0\n99\n"]
_BYTES = b"01234567 \0x\x80\xff/.=\n,"
_FIELDS = (100, 108, 116, 136, 329, 337)


def random_archive(chance: Random) -> bytes:
    """A few entries with what may come before them. About half can be read to the end."""
    parts = [_entry(chance) for _ in range(chance.randrange(1, 4))]
    data = b"".join(parts) + chance.choice((END, END, END, b"", bytes(512), bytes(700), bytes(1024) + b"junk"))
    if chance.random() < 0.05:
        data = data[: chance.randrange(len(data) + 1)]
    if chance.random() < 0.05 and data:
        place = chance.randrange(len(data))
        data = data[:place] + chance.randbytes(chance.randrange(1, 5)) + data[place:]
    return data


def damaged_archive(chance: Random, archive: bytes) -> bytes:
    """An archive with a few bytes changed, most of them in headers, and the checksums there mostly put right."""
    data = bytearray(archive)
    for _ in range(chance.choice((1, 1, 2, 4))):
        block = 512 * chance.randrange(max(1, len(data) // 512))
        place = block + chance.choice((chance.randrange(512), chance.randrange(100, 157), chance.randrange(257, 512)))
        junk = chance.choice((chance.randbytes(chance.randrange(1, 4)), bytes([chance.choice(_BYTES)])))
        data[place : place + len(junk)] = junk
        head = data[block : block + 512]
        if len(head) == 512 and chance.random() < 0.8:
            head[148:156] = b" " * 8
            data[block + 148 : block + 156] = b"%06o\0 " % sum(head)
    return bytes(data)


def _entry(chance: Random) -> bytes:
    before = b"".join(_extension(chance) for _ in range(chance.choice((0, 0, 1, 1, 2, 3))))
    if chance.random() < 0.15:
        return _sparse(chance)
    content = chance.randbytes(chance.choice((0, 5, 7, 512, 600)))
    flag = chance.choice(_FLAGS)
    patches: dict[int, bytes] = {}
    if chance.random() < 0.2:
        patches[chance.choice(_FIELDS)] = chance.choice(_NUMBERS)
    if chance.random() < 0.1:
        patches |= STAR
    if flag == b"S":
        patches |= {
            386: b"00000000000\0" + b"%011o\0" % len(content),
            483: b"%011o\0" % (len(content) + chance.randrange(3)),
        }
    if chance.random() < 0.1:
        patches[345] = chance.choice((b"dir", b"\xe9", b"14000000000\0", b"p/"))
    size = (
        len(content)
        if chance.random() < 0.95
        else chance.choice((b"-0000000005\0", b"\x80" + bytes(10) + b"\5", b"000000000005", 3))
    )
    checksum = None if chance.random() < 0.97 else b"%06o\0 " % chance.randrange(9000)
    head = header(
        chance.choice(_NAMES),
        flag,
        size,
        linkname=chance.choice(_NAMES),
        magic=chance.choice(_MAGICS),
        patches=patches,
        checksum=checksum,
    )
    return before + head + (b"" if flag in b"12356" else padded(content))


def _extension(chance: Random) -> bytes:
    if chance.random() < 0.3:
        return long(chance.choice(_NAMES) * chance.choice((1, 3)), chance.choice((b"L", b"K")))
    pairs = [(chance.choice(_KEYS[:9]), chance.choice(_VALUES[:10])) for _ in range(chance.randrange(3))]
    if chance.random() < 0.05:
        return file(b"pax", chance.choice((b"5 a=\n6", b"9 a=\n", b"junk", b"\0")), b"x")
    return pax(*pairs, flag=b"g" if chance.random() < 0.15 else b"x")


def _sparse(chance: Random) -> bytes:
    """A file that PAX records describe as sparse."""
    pairs = [(b"GNU.sparse." + key, value) for key, value in chance.choice(_SPARSE)]
    for _ in range(chance.choice((0, 0, 1))):
        pairs.insert(chance.randrange(len(pairs) + 1), (chance.choice(_KEYS), chance.choice(_VALUES)))
    content = chance.randbytes(5)
    if pairs[0][0].endswith(b"major"):
        content = padded(chance.choice(_MAPS)) + content
    return pax(*pairs) + file(b"f", content, chance.choice((b"0", b"0", b"0", b"\0", b"5")))


_SPARSE = [
    [(b"size", b"9"), (b"numblocks", b"1"), (b"map", b"0,5")],
    [(b"size", b"9"), (b"numblocks", b"2"), (b"map", b"0,2,5,3"), (b"name", b"s")],
    [(b"size", b"9"), (b"numblocks", b"1"), (b"offset", b"4"), (b"numbytes", b"5")],
    [(b"major", b"1"), (b"minor", b"0"), (b"realsize", b"9"), (b"name", b"s")],
]
