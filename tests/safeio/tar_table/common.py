"""What the groups of the table have in common."""

from tests.safeio.tar_blocks import END, GNU, STAR, USTAR, V7, file

Cases = dict[str, bytes]
"""Archives by name."""
FORMATS: dict[str, tuple[bytes, dict[int, bytes]]] = {
    "v7": (V7, {}),
    "ustar": (USTAR, {}),
    "gnu": (GNU, {}),
    "star": (USTAR, STAR),
    "ustar-99": (b"ustar\x0099", {}),
    "gnu-99": (b"ustar 99", {}),
}
"""The formats of headers: magic bytes, and what else makes the format."""
AFTER = file(b"after", b"next") + END
"""What follows in most archives: an entry and the end."""
INTEGERS = [
    b"",
    b"0",
    b"5",
    b"+5",
    b"-5",
    b"05",
    b" 5",
    b"5 ",
    b"5.0",
    b"0x5",
    b"5_0",
    b"5\0",
    b"x",
    b"-",
    b"0" * 40 + b"5",
]
INTEGERS += [b"9223372036854775807", b"9223372036854775808", b"-9223372036854775808", b"-9223372036854775809"]
