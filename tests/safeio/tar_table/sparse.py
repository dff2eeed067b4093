"""The table's sparse files: GNU's old format and those of PAX."""

import itertools

from tests.safeio.tar_blocks import END, GNU, file, header, long, padded, pax
from tests.safeio.tar_table.common import AFTER, FORMATS, INTEGERS, Cases


def sparse_gnu() -> Cases:
    """GNU's old sparse format."""

    def entry(
        extents: list[tuple[bytes, bytes]], real: bytes, content: bytes, more: list[bytes] | None = None
    ) -> bytes:
        patches = {386 + 24 * at: o.ljust(12, b"\0") + n.ljust(12, b"\0") for at, (o, n) in enumerate(extents)}
        patches[483] = real
        if more:
            patches[482] = b"\1"
        return (
            header(b"s", b"S", len(content), magic=GNU, patches=patches)
            + b"".join(more or [])
            + padded(content)
            + AFTER
        )

    def block(extents: list[tuple[bytes, bytes]], again: bytes = b"\0") -> bytes:
        return (
            b"".join(o.ljust(12, b"\0") + n.ljust(12, b"\0") for o, n in extents).ljust(504, b"\0") + again + bytes(7)
        )

    one = (b"00000000000", b"00000000005")
    two = (b"00000001000", b"00000000003")
    cases = {
        "plain": entry([one, two], b"00000001003\0", b"12345678"),
        "hole at the end": entry([one, two], b"00000010000\0", b"12345678"),
        "empty": entry([], b"00000000000\0", b""),
        "only a hole": entry([], b"00000010000\0", b""),
        "huge hole": entry([], b"07346545000\0", b""),
        "data too short": entry([one, two], b"00000001003\0", b"1234567"),
        "data too long": entry([one, two], b"00000001003\0", b"123456789"),
        "data without extents": entry([], b"00000001003\0", b"123456789"),
        "beyond the size": entry([one, two], b"00000001002\0", b"12345678"),
        "out of order": entry([two, one], b"00000001003\0", b"12345678"),
        "overlap": entry([one, (b"00000000004", b"00000000003")], b"00000001003\0", b"12345678"),
        "touching": entry([one, (b"00000000005", b"00000000003")], b"00000001003\0", b"12345678"),
        "empty extents": entry([one, (b"00000000777", b"0"), two], b"00000001003\0", b"12345678"),
        "empty extent at the end": entry([one, (b"00000001003", b"0")], b"00000001003\0", b"12345"),
        "empty extent behind the end": entry([one, (b"00000001004", b"0")], b"00000001003\0", b"12345"),
        "four": entry([one, two, (b"00000002000", b"1"), (b"00000003000", b"1")], b"00000003001\0", b"1234567890"),
        "stops at nul": entry([one, (b"\000000000100", b"3"), two], b"00000001003\0", b"12345"),
        "spaces": entry([(b"          0 ", b"          5 ")], b"         10 \0", b"12345"),
        "binary": entry([(b"\x80" + bytes(11), b"\x80" + bytes(10) + b"\5")], b"\x80" + bytes(10) + b"\7", b"12345"),
        "binary minus": entry([(b"\xff" * 12, b"00000000005")], b"00000001003\0", b"12345"),
        "bad offset": entry([(b"0000000000x", b"00000000005")], b"00000001003\0", b"12345"),
        "bad size": entry([one], b"0000000000x\0", b"12345"),
        "negative size": entry([], b"\xff" * 12, b""),
        "extended": entry([one], b"00000001003\0", b"12345678", [block([two])]),
        "extended twice": entry([one], b"00000001003\0", b"12345678", [block([], b"\1"), block([two])]),
        "extended full": entry(
            [],
            b"00000010000\0",
            b"x" * 24,
            [block([(b"%o" % at, b"1") for at in range(1, 22)], b"\1"), block([(b"1000", b"3")])],
        ),
        "extension missing": entry([one], b"00000001003\0", b"", [block([two], b"\1")])[:1024],
        "extension cut": entry([one], b"00000001003\0", b"", [block([two])])[:900],
        "extended without end": entry([], b"0" * 11 + b"\0", b"", [block([], b"\1")] * 2060),
        "extended to the limit": entry([], b"0" * 11 + b"\0", b"", [block([], b"\1")] * 2046 + [block([])]),
        "extended past the limit": entry([], b"0" * 11 + b"\0", b"", [block([], b"\1")] * 2047 + [block([])]),
    }
    for style, (magic, trailer) in FORMATS.items():
        cases[f"in {style}"] = (
            header(b"s", b"S", 5, magic=magic, patches={386: b"0" * 11, 398: b"5", 483: b"7", **trailer})
            + padded(b"12345")
            + AFTER
        )
    plain = cases["plain"]
    cases["with PAX size"] = pax((b"size", b"8")) + plain
    cases["with a wrong PAX size"] = pax((b"size", b"7")) + plain
    cases["with a long name"] = long(b"long") + plain
    cases["with PAX sparse records"] = (
        pax((b"GNU.sparse.name", b"n"), (b"GNU.sparse.map", b"0,1"), (b"GNU.sparse.numblocks", b"1")) + plain
    )
    cases["with a slash"] = header(b"s/", b"S", 0, magic=GNU, patches={483: b"7"}) + AFTER
    return cases


def sparse_pax() -> Cases:
    """The sparse formats 0.0, 0.1 and 1.0 of PAX."""

    def old(pairs: list[tuple[str, str]], content: bytes = b"12345678", flag: bytes = b"0") -> bytes:
        encoded = [(f"GNU.sparse.{key}".encode(), value.encode()) for key, value in pairs]
        return pax(*encoded) + file(b"f", content, flag) + AFTER

    def new(text: bytes, content: bytes = b"12345678", **others: str) -> bytes:
        pairs = {"major": "1", "minor": "0", "name": "n", "realsize": "1003", **others}
        return old([*pairs.items()], padded(text) + content)

    base = [("size", "1003"), ("numblocks", "2")]
    offsets = [("offset", "0"), ("numbytes", "5"), ("offset", "1000"), ("numbytes", "3")]
    maps = {
        "plain": "0,5,1000,3",
        "empty": "",
        "one number": "0",
        "three numbers": "0,5,1000",
        "six numbers": "0,5,1000,3,1003,0",
        "comma at the end": "0,5,1000,3,",
        "only a comma": ",",
        "spaces": "0, 5,1000,3",
        "plus": "+0,+5,+1000,+3",
        "minus": "0,-5,1000,3",
        "leading zeros": "000,005,01000,03",
        "underscore": "0,5,1_000,3",
        "huge": "0,5,9223372036854775807,3",
        "too huge": "0,5,9223372036854775808,3",
        "out of order": "1000,3,0,5",
        "overlap": "0,5,4,3",
        "beyond": "0,5,1001,3",
        "another script": "0,\N{ARABIC-INDIC DIGIT FIVE},1000,3",
    }
    cases = {
        "0.0": old([*base, *offsets]),
        "0.0 without numblocks": old([("size", "1003"), *offsets]),
        "0.0 numbytes first": old([*base, ("numbytes", "5"), ("offset", "0")]),
        "0.0 offset twice": old([*base, ("offset", "0"), ("offset", "0")]),
        "0.0 odd": old([*base, *offsets[:3]]),
        "0.0 comma": old([*base, ("offset", "0,5,1000"), ("numbytes", "3")]),
        "0.0 empty": old([*base, ("offset", ""), ("numbytes", "")]),
        "0.0 and map": old([*base, ("map", "0,8"), *offsets]),
        "0.0 with version": old([*base, ("major", "0"), ("minor", "0"), *offsets]),
        "0.1 name": old([*base, ("name", "n"), ("map", "0,5,1000,3")]),
        "0.1 empty name": old([*base, ("name", ""), ("map", "0,5,1000,3")]),
        "0.1 name with nul": old([*base, ("name", "n\0m"), ("map", "0,5,1000,3")]),
        "0.1 name with slash": old([*base, ("name", "n/"), ("map", "0,5,1000,3")]),
        "0.1 version": old([*base, ("major", "0"), ("minor", "1"), ("map", "0,5,1000,3")]),
        "0.1 version without map": old([*base, ("major", "0"), ("minor", "1")]),
        "0.1 version, nothing": old([("major", "0"), ("minor", "1"), ("numblocks", "0"), ("size", "9")], b""),
        "0.1 no size": old([("numblocks", "1"), ("map", "0,8")]),
        "0.1 no size, smaller": old([("numblocks", "1"), ("map", "0,5")]),
        "0.1 realsize": old([("realsize", "1003"), ("numblocks", "2"), ("map", "0,5,1000,3")]),
        "0.1 size and realsize": old([*base, ("realsize", "9"), ("map", "0,5,1000,3")]),
        "0.1 data too short": old([*base, ("map", "0,5,1000,3")], b"1234567"),
        "0.1 data too long": old([*base, ("map", "0,5,1000,3")], b"123456789"),
        "0.1 nul type": old([*base, ("map", "0,5,1000,3")], flag=b"\0"),
        "0.1 type 7": old([*base, ("map", "0,5,1000,3")], flag=b"7"),
        "0.1 directory": old([("size", "9"), ("numblocks", "0"), ("major", "0"), ("minor", "1")], b"", b"5"),
        "0.1 symlink": old([*base, ("map", "0,5,1000,3")], b"", b"2"),
        "1.0": new(b"2\n0\n5\n1000\n3\n"),
        "1.0 nothing": new(b"0\n", b""),
        "1.0 no newline": new(b"2\n0\n5\n1000\n3"),
        "1.0 data too short": new(b"2\n0\n5\n1000\n3\n", b"1234567"),
        "1.0 data too long": new(b"2\n0\n5\n1000\n3\n", b"123456789"),
        "1.0 count missing": new(b"\n0\n5\n"),
        "1.0 count minus": new(b"-1\n0\n5\n"),
        "1.0 count huge": new(b"9223372036854775807\n0\n5\n"),
        "1.0 count half": new(b"4611686018427387904\n0\n5\n"),
        "1.0 count too high": new(b"3\n0\n5\n1000\n3\n"),
        "1.0 count too low": new(b"1\n0\n8\n1000\n3\n"),
        "1.0 spaces": new(b"2\n0\n 5\n1000\n3\n"),
        "1.0 carriage return": new(b"2\r\n0\n5\n1000\n3\n"),
        "1.0 long map": new(b"300\n" + b"".join(b"%d\n1\n" % (3 * at) for at in range(300)), b"x" * 300),
        "1.0 newlines in the data": new(b"2\n0\n5\n1000\n3\n", b"\n\n\n\n\n\n\n\n"),
        "1.0 zeros before": new(b"2\n00\n5\n1000\n3\n"),
        "1.0 map in a short file": pax(
            (b"GNU.sparse.major", b"1"), (b"GNU.sparse.minor", b"0"), (b"GNU.sparse.realsize", b"5")
        )
        + file(b"f", b"1\n0\n5\n12345")
        + AFTER,
        "1.0 map above the limit": new(b"9" * (2**20 + 512), b""),
        "1.0 directory": old([("major", "1"), ("minor", "0"), ("realsize", "9")], b"", b"5"),
        "1.0 with a map": new(b"2\n0\n5\n1000\n3\n", map="0,8", numblocks="1"),
        "version 2.0": new(b"2\n0\n5\n1000\n3\n", major="2"),
        "version 1.1": new(b"2\n0\n5\n1000\n3\n", minor="1"),
        "version 1": old([("major", "1"), ("map", "0,8"), ("numblocks", "1")]),
        "version 0": old([("major", "0"), ("map", "0,8"), ("numblocks", "1")]),
        "version empty": old([("major", ""), ("minor", ""), ("size", "9"), ("map", "0,8"), ("numblocks", "1")]),
        "name only": old([("name", "n")]),
        "with L": long(b"long") + new(b"2\n0\n5\n1000\n3\n"),
        "with path": pax((b"path", b"p")) + new(b"2\n0\n5\n1000\n3\n"),
        "global": pax((b"GNU.sparse.map", b"0,5"), (b"GNU.sparse.numblocks", b"1"), flag=b"g")
        + file(b"f", b"12345")
        + END,
    }
    cases |= {f"map {name}": old([*base, ("map", text)]) for name, text in maps.items()}
    for key, value in itertools.product(("numblocks", "size", "realsize"), INTEGERS):
        pairs = {"size": "1003", "numblocks": "2", "map": "0,5,1000,3"} | {key: value.decode()}
        cases[f"{key} {value!r}"] = old([*pairs.items()])
    return cases
