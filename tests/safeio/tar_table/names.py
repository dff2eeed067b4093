"""Names and link targets, and where they come from."""

import itertools

from tests.safeio.tar_blocks import END, GNU, STAR, file, header, long, pax, record
from tests.safeio.tar_table.common import AFTER, FORMATS, Cases


def names() -> Cases:
    """Where a name comes from: the header's name and prefix, PAX and GNU's long name, in each order and format."""
    cases = {}
    paxes = {"-": b"", "empty": pax((b"path", b"")), "path": pax((b"path", b"p/x"))}
    longs = {"-": b"", "empty": long(b""), "long": long(b"l/x")}
    for (style, (magic, trailer)), prefix, (x, one), (gnu, two) in itertools.product(
        FORMATS.items(), (b"", b"dir"), paxes.items(), longs.items()
    ):
        last = header(b"name", magic=magic, prefix=prefix, patches=trailer)
        for order, before in (("xL", one + two), ("Lx", two + one)):
            cases[f"{style} {prefix.decode()} {x} {gnu} {order}"] = before + last + AFTER
    odd = [
        b"",
        b".",
        b"/",
        b"..",
        b"../x",
        b"a/../../b",
        b"./a//b/",
        b"a//",
        b"a/.//",
        b"/./",
        b"/abs",
        b"a/./b",
        b"caf\xe9",
        b"caf\xc3\xa9",
        b"\\xe9",
        b"a\nb",
    ]
    for name in odd:
        cases[f"header {name!r}"] = header(name, b"5") + header(name) + AFTER
        cases[f"path {name!r}"] = pax((b"path", name)) + header() + AFTER
        cases[f"long {name!r}"] = long(name) + header() + AFTER
        cases[f"prefix {name!r}"] = header(b"n", prefix=name) + AFTER
    cases["nul in name"] = header(b"a\0b") + AFTER
    cases["nul in prefix"] = header(b"n", prefix=b"a\0b") + AFTER
    cases["nul in long name"] = long(b"a\0b") + header() + AFTER
    cases["nul first in long name"] = long(b"\0b") + header() + AFTER
    cases["full name"] = header(b"n" * 100, prefix=b"p" * 155) + header(b"m" * 100, b"2", linkname=b"t" * 100) + AFTER
    cases["name to its end"] = (
        long(b"n" * 600) + header() + long(b"n" * 511) + header() + long(b"n" * 512) + header() + AFTER
    )
    return cases


def gnu_times() -> Cases:
    """GNU's access and change times, which old writers of Go took for ustar's prefix."""
    cases = {}
    values = [
        b"14000000000\0",
        b"dir/sub",
        b"0",
        b"8",
        b"12345678\0",
        b"\x80" + bytes(10) + b"\1",
        b"caf\xe9",
        b"1 2",
        b" 7",
        b"\xff" * 12,
    ]
    for access, change in itertools.product([*values, b""], repeat=2):
        patches = {345: access.ljust(12, b"\0"), 357: change.ljust(12, b"\0")}
        cases[f"{access!r} {change!r}"] = header(b"n", magic=GNU, patches=patches) + AFTER
        cases[f"star {access!r} {change!r}"] = (
            header(b"n", patches={476: access.ljust(12, b"\0"), 488: change.ljust(12, b"\0"), **STAR}) + AFTER
        )
    cases["long star prefix"] = header(b"n", prefix=b"p" * 155, patches=STAR) + AFTER
    cases["long gnu prefix"] = header(b"n", magic=GNU, prefix=b"p" * 155) + AFTER
    return cases


def links() -> Cases:
    """Where a link's target comes from, and bodies that links do not have."""
    cases = {}
    paxes = {"-": b"", "empty": pax((b"linkpath", b"")), "linkpath": pax((b"linkpath", b"p/x"))}
    longs = {"-": b"", "empty": long(b"", b"K"), "long": long(b"l/x", b"K")}
    for flag, (style, (magic, trailer)), (x, one), (gnu, two) in itertools.product(
        (b"1", b"2", b"0"), FORMATS.items(), paxes.items(), longs.items()
    ):
        last = header(b"name", flag, linkname=b"target", magic=magic, patches=trailer)
        for order, before in (("xK", one + two), ("Kx", two + one)):
            cases[f"{flag.decode()} {style} {x} {gnu} {order}"] = before + last + AFTER
    for number in b"123456":
        flag = bytes([number])
        cases[f"{number:c} with a size"] = header(b"x", flag, 5, linkname=b"t") + AFTER
        cases[f"{number:c} with a body"] = file(b"x", b"body", flag, linkname=b"t") + AFTER
        cases[f"{number:c} ends the archive"] = header(b"x", flag, 5, linkname=b"t")
    for target in (b"", b".", b"/", b"../x", b"/abs/x", b"a/../b", b"./a", b"caf\xe9", b"a//b/"):
        cases[f"target {target!r}"] = header(b"h", b"1", linkname=target) + header(b"s", b"2", linkname=target) + AFTER
    cases["nul in target"] = header(b"s", b"2", linkname=b"a\0b") + AFTER
    cases["nul in long target"] = long(b"a\0b", b"K") + header(b"s", b"2") + AFTER
    return cases


def sequences() -> Cases:
    """Extension headers one after the other, before a global one, and before the end."""
    x, y = pax((b"path", b"x")), pax((b"path", b"y"), (b"linkpath", b"t"))
    comment, size = pax((b"comment", b"c")), pax((b"size", b"3"))
    parts = {
        "x": x,
        "y": y,
        "c": comment,
        "s": size,
        "L": long(b"long"),
        "l": long(b""),
        "K": long(b"target", b"K"),
        "g": pax((b"comment", b"c"), flag=b"g"),
        "G": pax((b"path", b"global"), (b"size", b"3"), flag=b"g"),
    }
    last = file(b"f", b"12345", linkname=b"own")
    cases = {}
    for length in (1, 2, 3):
        for order in itertools.product(parts, repeat=length):
            if length < 3 or len({*order} & {"x", "L", "g", "G"}) == 3:
                cases["".join(order)] = b"".join(parts[one] for one in order) + last + AFTER
    for name, part in parts.items():
        cases[f"{name} ends the archive"] = part
        cases[f"{name} before the end mark"] = part + END
        cases[f"{name} for one entry only"] = part + last + last + END
    return cases


def global_headers() -> Cases:
    """Global headers by their names: what an engine may take for an entry."""
    cases = {}
    for name in (
        b"pax_global_header",
        b"././@PaxHeader",
        b"/tmp/GlobalHead.7.1",
        b"GlobalHead.0.0",
        b"etc/passwd",
        b"etc/.wh.passwd",
    ):
        for path in (b"", b"etc/x", b".wh.x", b"a/.wh..wh..opq"):
            one = file(name, record(b"comment", b"c") + (record(b"path", path) if path else b""), b"g")
            cases[f"{name!r} {path!r} first"] = one + file(b"etc/x", b"1") + END
            cases[f"{name!r} {path!r} second"] = file(b"etc/x", b"1") + one + END
    cases["bad value"] = pax((b"uid", b"x"), flag=b"g") + AFTER
    cases["bad records"] = file(b"pax", b"nothing", b"g") + AFTER
    return cases
