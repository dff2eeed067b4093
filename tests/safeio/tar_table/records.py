"""PAX records."""

import itertools

from tests.safeio.tar_blocks import file, header, long, pax, record, records
from tests.safeio.tar_table.common import AFTER, INTEGERS, Cases

_TIMES = [
    b"",
    b"5",
    b"-5",
    b"+5",
    b"5.",
    b".5",
    b"5.5",
    b"-5.5",
    b"5.0000000001",
    b"5.5x",
    b"5.-5",
    b"5.5.5",
    b"5,5",
    b"-.5",
]
_TIMES += [b"9223372036854775807.9", b"9223372036854775808.9", b"\xd9\xa5", b"5.\xd9\xa5"]


def pax_records() -> Cases:
    """Records that are not as they should be."""
    bodies = {
        "empty": b"",
        "short": b"4 a\n",
        "least": b"5 a=\n",
        "no key": b"4 =\n",
        "no key long": b"6 =bc\n",
        "no equals": b"7 abcd\n",
        "no newline": b"6 a=bc",
        "length short": b"5 a=bcd\n",
        "length long": b"90 a=bcd\n",
        "length zero": b"0 a=bcd\n",
        "length minus": b"-8 a=bcd\n",
        "length plus": b"+9 a=bcd\n",
        "length zeros": b"000000000000000000000000000000038 path=x\n",
        "length space": b" 8 a=bcd\n",
        "length letter": b"x a=bcd\n",
        "length huge": b"99999999999999999999 a=b\n",
        "length five thousand digits": b"0" * 5000 + b"5010 path=x\n",
        "length of itself": b"5 \n\n\n\n",
        "tab": b"8\ta=bcd\n",
        "only spaces": b"        ",
        "nul after": record(b"path", b"x") + b"\0",
        "nuls after": record(b"path", b"x") + bytes(20),
        "nul first": b"\0" + record(b"path", b"x"),
        "junk after": record(b"path", b"x") + b"junk",
        "newline after": record(b"path", b"x") + b"\n",
        "nul in key": record(b"a\0b", b"c"),
        "nul in value": record(b"comment", b"c\0d"),
        "nul in path": record(b"path", b"c\0d"),
        "nul in linkpath": record(b"linkpath", b"c\0d"),
        "nul in uname": record(b"uname", b"c\0d"),
        "nul in gname": record(b"gname", b"c\0d"),
        "newline in value": record(b"path", b"c\nd"),
        "equals in value": record(b"path", b"c=d"),
        "space in key": record(b"pa th", b"c"),
        "capital key": record(b"PATH", b"c"),
        "twice": record(b"path", b"x") + record(b"path", b"y"),
        "twice with empty": record(b"path", b"x") + record(b"path", b""),
        "empty then set": record(b"path", b"") + record(b"path", b"x"),
        "bad then good size": record(b"size", b"x") + record(b"size", b"0"),
        "no utf-8": record(b"path", b"caf\xe9"),
        "digits of another script": "\N{ARABIC-INDIC DIGIT EIGHT} a=bcd\n".encode(),
        "full": records(
            [
                (b"path", b"p"),
                (b"mtime", b"1.5"),
                (b"atime", b"2"),
                (b"ctime", b"-3.25"),
                (b"SCHILY.xattr.user.a", b"\0\1"),
            ]
        ),
    }
    cases = {}
    for (name, body), flag in itertools.product(bodies.items(), b"xg"):
        cases[f"{flag:c} {name}"] = file(b"pax", body, bytes([flag])) + file(b"f", b"12345") + AFTER
    for key, value in itertools.product((b"size", b"uid", b"gid"), INTEGERS):
        cases[f"{key.decode()} {value!r}"] = pax((key, value)) + file(b"f", b"12345") + AFTER
    for key, value in itertools.product((b"mtime", b"atime", b"ctime"), _TIMES):
        cases[f"{key.decode()} {value!r}"] = pax((key, value)) + file(b"f", b"12345") + AFTER
    for size, name in ((2**20 - 1, "just under"), (2**20, "at"), (2**20 + 1, "above")):
        body = record(b"comment", b"c" * (size - 18))
        cases[f"{name} the limit"] = file(b"pax", body.ljust(size, b"\n")[:size], b"x") + AFTER
    cases["long name above the limit"] = long(b"n" * 2**20) + header() + AFTER
    return cases
