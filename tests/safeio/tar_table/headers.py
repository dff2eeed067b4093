"""Single headers: numbers, checksums, types and ends."""

import itertools

from tests.safeio.tar_blocks import END, file, header, padded, pax, signed_sum
from tests.safeio.tar_table.common import AFTER, FORMATS, Cases

_NUMBERS = {
    "zero": b"0000000\0",
    "empty": b"\0\0\0\0\0\0\0\0",
    "spaces": b"        ",
    "no-end": b"00000144",
    "space-end": b"0000144 ",
    "space-nul": b"000144 \0",
    "leading-spaces": b"   144 \0",
    "leading-nuls": b"\0\000144\0\0",
    "nul-inside": b"144\09999",
    "nul-space-inside": b"144\0 777",
    "space-inside": b"14 4\0\0\0\0",
    "eight": b"0000148\0",
    "letter": b"00001x4\0",
    "minus": b"-000144\0",
    "plus": b"+000144\0",
    "underscore": b"00_0144\0",
    "prefix": b"0o00144\0",
    "tab": b"\t000144\0",
    "newline": b"000144\n\0",
    "binary": b"\x80\0\0\0\0\0\0\x64",
    "binary-sign": b"\xc0\0\0\0\0\0\0\x64",
    "binary-minus": b"\xff\xff\xff\xff\xff\xff\xff\x9c",
    "binary-large": b"\xbf\xff\xff\xff\xff\xff\xff\xff",
    "binary-first-bits": b"\xa5\0\0\0\0\0\0\x01",
    "no-ascii": b"000\xb9144\0",
}

_LARGE = {
    "twelve-digits": b"000000000144",
    "twelve-sevens": b"777777777777",
    "binary-63": b"\x80\0\0\0\x7f" + b"\xff" * 7,
    "binary-64": b"\x80\0\0\0\x80" + b"\0" * 7,
    "binary-65": b"\x80\0\x01" + b"\0" * 9,
    "binary-minus-64": b"\xff\xff\xff\xff\x80" + b"\0" * 7,
    "binary-minus-65": b"\xff\xff\xff\xff\x7f" + b"\xff" * 7,
}

_FIELDS = {"mode": (100, 8), "uid": (108, 8), "gid": (116, 8), "size": (124, 12), "mtime": (136, 12)}

_DEVICES = {"major": (329, 8), "minor": (337, 8)}


def numbers() -> Cases:
    """Every numeric field of a header, in every form that a writer or an attacker may give it."""
    cases = {}
    for (field, (place, length)), (form, value) in itertools.product(_FIELDS.items(), _NUMBERS.items()):
        wide = value[:1] + value[1:2] * (length - 8) + value[1:] if value[0] & 0x80 else value.rjust(length, value[:1])
        cases[f"{field} {form}"] = file(content=b"c" * 100, patches={place: wide}) + AFTER
    for (field, (place, _)), (form, value) in itertools.product(list(_FIELDS.items())[3:], _LARGE.items()):
        cases[f"{field} {form}"] = file(content=b"c" * 100, patches={place: value}) + AFTER
        cases[f"{field} {form} of a directory"] = header(b"d/", b"5", 0, patches={place: value}) + AFTER
    for (field, (place, _)), (form, value), (style, (magic, trailer)) in itertools.product(
        _DEVICES.items(), _NUMBERS.items(), FORMATS.items()
    ):
        cases[f"{field} {form} {style}"] = header(magic=magic, patches={place: value, **trailer}) + AFTER
    return cases


def checksums() -> Cases:
    """The checksum, signed and unsigned, right, wrong and in other forms."""
    cases = {}
    for kind, name in (("ascii", b"name"), ("high", b"\xff\x80caf\xe9"), ("full", b"\xff" * 100)):
        patches = {157: b"\xff" * 100, 265: b"\xff" * 64, 345: b"\xff" * 155} if kind == "full" else {}
        right = sum(header(name, patches=patches, checksum=b" " * 8))
        signed = int(signed_sum(header(name, patches=patches))[:6].strip(b"\0 ") or b"0", 8) if kind != "full" else 0
        values = {
            "right": b"%06o\0 " % right,
            "signed": b"%06o\0 " % max(signed, 0),
            "seven-digits": b"%07o\0" % right,
            "eight-digits": b"%08o" % right,
            "spaces": b"%6o  " % right,
            "nul-junk": b"%06o\0x" % right,
            "space-junk": b"%06o x" % right,
            "wrong": b"%06o\0 " % (right + 1),
            "modulo": b"%06o\0 " % (right + 65521),
            "modulo-less": b"%06o\0 " % max(right - 65521, 0),
            "plus": b"+%05o\0 " % right,
            "underscore": b"0_%04o\0 " % (right % 4096),
            "empty": bytes(8),
            "binary": b"\x80\0\0\0\0" + right.to_bytes(3, "big"),
        }
        for form, value in values.items():
            cases[f"{kind} {form}"] = header(name, patches=patches, checksum=value) + AFTER
    return cases


def types() -> Cases:
    """Every type flag, with a body, on names with and without a slash."""
    cases = {}
    for flag, name in itertools.product(range(256), (b"f", b"d/")):
        cases[f"{flag:#04x} {name.decode()}"] = file(name, b"8 a=bcd\n", bytes([flag]), linkname=b"t") + AFTER
    for flag, (style, (magic, trailer)) in itertools.product(b"\0S7", FORMATS.items()):
        cases[f"{flag} {style}"] = file(b"f/", b"body", bytes([flag]), magic=magic, patches=trailer) + AFTER
    for number in b"\x00157":
        for value in (b"5", b"-5", b"700"):
            cases[f"{number} with PAX size {value.decode()}"] = (
                pax((b"size", value)) + header(b"d/", bytes([number]), 600) + padded(bytes(700)) + END
            )
    return cases


def ends() -> Cases:
    """Where an archive may end."""
    whole = pax((b"path", b"x")) + file(b"f", b"c" * 700) + header(b"d/", b"5") + END
    places = [0, 1, 511, 512, 513, 523, 524, 1000, 1023, 1024, 1100, 1536, 1537, 2235, 2236, 2237, 2559, 2560, 2561]
    places += [2700, 3071, 3072, 3073, 3500, 3583, 3584, 3585, 4000, 4095, 4096]
    cases = {f"cut at {place}": whole[:place] for place in places}
    one = file(b"f", b"12345")
    cases |= {
        "nothing": b"",
        "one zero block": one + bytes(512),
        "one zero block and a half": one + bytes(700),
        "one zero block and an entry": one + bytes(512) + one + END,
        "one zero block and junk": one + bytes(512) + b"junk" * 128,
        "one zero block and a little junk": one + bytes(512) + b"junk",
        "two zero blocks and an entry": one + bytes(1024) + one + END,
        "two zero blocks and a half": one + bytes(1200),
        "two zero blocks and junk": one + bytes(1024) + b"junk",
        "junk": one + b"junk" * 128,
        "a little junk": one + b"junk",
        "zeros at once": bytes(512),
        "half a block of zeros": bytes(300),
        "zeros, then an entry": bytes(512) + one,
        "not zero in the padding": one[:-1] + b"x" + END,
        "large size": header(size=10**9) + bytes(4096),
    }
    return cases
