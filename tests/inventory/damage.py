"""What happens to files: cut short, with bits flipped, bytes spliced in, and numbers in their headers blown up."""

import random
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
