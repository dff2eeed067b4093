"""What happens to files: cut short, with bits flipped, bytes spliced in, and numbers in their headers blown up."""

import random
import re
from collections.abc import Callable

_HUGE = [
    number.to_bytes(width, order)
    for width in (2, 4, 8)
    for number in ((1 << 8 * width) - 1, (1 << 8 * width - 1) - 1, 1 << 8 * width - 1, 1 << 8 * width - 4, 0)
    for order in ("little", "big")
]


def truncated(data: bytes, dice: random.Random) -> bytes:
    """Only the beginning; mostly much of it."""
    return data[: int(len(data) * dice.choice((dice.random(), 1 - dice.random() ** 4 / 2)))]


def flipped(data: bytes, dice: random.Random) -> bytes:
    """One to eight bits are different."""
    changed = bytearray(data)
    for _ in range(dice.choice((1, 1, 2, 8))):
        changed[_place(data, dice)] ^= 1 << dice.randrange(8)
    return bytes(changed)


def spliced(data: bytes, dice: random.Random) -> bytes:
    """Random bytes stand between or instead of others, or a part of the data stands there once more."""
    start = _place(data, dice)
    other = _place(data, dice)
    new = dice.choice((dice.randbytes(dice.choice((1, 4, 64, 600))), data[other : other + dice.randrange(600)]))
    return data[:start] + new + data[start + dice.choice((0, len(new))) :]


def blown_up(data: bytes, dice: random.Random) -> bytes:
    """What may be a length, a count or an offset is as large (or as small) as it can be."""
    number = dice.choice(_HUGE)
    start = _place(data, dice) // len(number) * len(number) + dice.choice((0, 0, 0, 1, 2))
    return data[:start] + number + data[start + len(number) :]


DAMAGES: tuple[Callable[[bytes, random.Random], bytes], ...] = (truncated, flipped, spliced, blown_up)


def _place(data: bytes, dice: random.Random) -> int:
    """Anywhere, but more often near the beginning or the end, where headers and directories are."""
    end = len(data) - 1
    near = min(end, int(dice.expovariate(1 / 200)))
    return dice.choice((near, end - near, dice.randint(0, end)))


def renumbered(data: bytes, dice: random.Random) -> bytes:
    """A number in a text has other digits: none, a sign, a fraction, or more than any counter holds."""
    numbers = list(_NUMBER.finditer(data))
    if not numbers:
        return data
    number = dice.choice(numbers)
    new = dice.choice((b"", b"-1", b"0", b"1e999", b"0.5", b"9" * 20, b"9" * 5000, "\u0664\u00b2".encode()))
    return data[: number.start()] + new + data[number.end() :]


def nested(data: bytes, dice: random.Random) -> bytes:
    """Brackets, tags, quotes or what ends a line stand thousands of times where they stood once, or somewhere."""
    mark = dice.choice(_MARKS)
    place = data.find(mark, _place(data, dice))
    place = place if place >= 0 else _place(data, dice)
    return data[:place] + mark * dice.choice((2, 300, 20_000)) + data[place:]


def strange(data: bytes, dice: random.Random) -> bytes:
    """Characters that encodings, lines and paths trip over."""
    place = _place(data, dice)
    return data[:place] + dice.choice(_STRANGE) + data[place + dice.choice((0, 1)) :]


def shuffled(data: bytes, dice: random.Random) -> bytes:
    """Lines come in another order, twice or not at all."""
    lines = data.splitlines(keepends=True)[:5000]
    chosen = dice.choices(lines, k=len(lines))
    return b"".join(chosen)


TEXT_DAMAGES: tuple[Callable[[bytes, random.Random], bytes], ...] = (renumbered, nested, strange, shuffled)
"""What makes another text of one that is still a text."""

_NUMBER = re.compile(rb"\d+")
_MARKS = (
    b"[",
    b"{",
    b"(",
    b"<a>",
    b'"',
    b"'",
    b"\n",
    b"\\",
    b" ",
    b'{"a":',
    b"- ",
    b"!/",
    b"../",
    b"a/",
    b"%7B",
    b"${a}",
)
_STRANGE = (
    b"\0", b"\r", b"\xff", b"\xed\xb2\x80", b"\\ud800", b"\xef\xbb\xbf", b"\xe2\x80\xa8", b"\x85", b"\x1b[31m",
    b"\xff\xfe", b"/", b"..", b"//", b"\t", b"&amp;", b"<!--", b"<![CDATA[", b"%00", b"\xf0\x9f\x9a\xa2", b"null",
    b"{}",
)  # fmt: skip
