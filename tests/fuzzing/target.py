"""What is to be fuzzed, and how its input is damaged."""

import random
from collections.abc import Callable, Sequence
from typing import NamedTuple

from lading.model.errors import LadingError
from tests.inventory.damage import DAMAGES, TEXT_DAMAGES

Damage = Callable[[bytes, random.Random], bytes]
_PARTICULAR = 0.5
_TIMES = (1, 1, 1, 2, 3, 8)


class Target(NamedTuple):
    """A reader. `make` gives sound inputs; `read` is handed damaged ones, and may raise LadingError and what `also`
    names. `text` says that the input is text, `particular` does what matters to this kind (and half of all damage).
    `weight` says how often its turn comes beside others'."""

    name: str
    make: Callable[[], Sequence[bytes]]
    read: Callable[[bytes], object]
    also: tuple[type[Exception], ...] = ()
    text: bool = True
    weight: int = 4
    particular: Damage | None = None

    def attempt(self, data: bytes) -> None:
        """Has it read. What is not allowed to be raised passes through."""
        try:
            self.read(data)
        except Exception as error:
            if not isinstance(error, (LadingError, *self.also)):
                raise


def damaged(target: Target, sound: Sequence[bytes], dice: random.Random) -> bytes:
    """One of the sound inputs of a target with something wrong."""
    data = dice.choice(sound)
    damages: tuple[Damage, ...] = (*DAMAGES, *(TEXT_DAMAGES if target.text else ()), _crossed(sound))
    if target.particular is not None and dice.random() < _PARTICULAR:
        damages = (target.particular,)
    for _ in range(dice.choice(_TIMES)):
        data = dice.choice(damages)(data, dice) if data else dice.choice(sound)
    return data


def _crossed(others: Sequence[bytes]) -> Damage:
    """The beginning of one with the end of another."""

    def cross(data: bytes, dice: random.Random) -> bytes:
        other = dice.choice(others)
        return data[: dice.randrange(len(data) + 1)] + other[dice.randrange(len(other) + 1) :]

    return cross
