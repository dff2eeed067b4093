"""Bounds on hostile input, in one place."""

import re
from collections.abc import Callable
from typing import TypeAlias

from msgspec import Struct, structs

from lading.model.errors import LimitError, UsageError

_UNITS = {"": 1, "K": 10**3, "M": 10**6, "G": 10**9, "T": 10**12}
_AMOUNT = re.compile(r"(\d{1,15})\s*([KMGT]?)B?", re.ASCII | re.IGNORECASE)


Spend: TypeAlias = Callable[[int], None]
"""Told of work that is about to be done, in steps; raises LimitError when it is too much."""


def unbounded(steps: int) -> None:
    """Bounds nothing."""


class Limits(Struct, frozen=True):
    """What one layer may ask of us, and by `work` the image as a whole. Beyond a limit the rest of the layer is not
    read and the result is incomplete.

    `entries`: tar entries. `file`: bytes of one file that is read into memory. `spool`: bytes of one program or
    archive, which goes to a temporary file when it is large. `ratio`: uncompressed by compressed bytes, matched after
    the first `RATIO_FLOOR` bytes of output. `total`: uncompressed bytes. `work`: what all layers together may cost,
    in steps for a thousand compressed bytes (see WorkPool).
    """

    entries: int = 5_000_000
    file: int = 256_000_000
    spool: int = 4_000_000_000
    ratio: int = 100
    total: int = 100_000_000_000
    work: int = 560

    def with_option(self, text: str) -> "Limits":
        """These limits with one changed by `NAME=VALUE`, where VALUE may end in K, M, G or T. Raises UsageError."""
        name, _, value = text.partition("=")
        amount = parse_amount(value)
        if name not in self.__struct_fields__ or amount is None:
            known = ", ".join(f"{field}={getattr(self, field)}" for field in self.__struct_fields__)
            raise UsageError(f"--limit {text}: expected NAME=NUMBER with one of: {known}")
        return structs.replace(self, **{name: amount})


def parse_amount(text: str) -> int | None:
    """A whole number that may end in K, M, G or T, with or without B; None for what is none."""
    amount = _AMOUNT.fullmatch(text.strip())
    return int(amount[1]) * _UNITS[amount[2].upper()] if amount is not None else None


class WorkPool:
    """What reading all layers of one image may cost, in steps of about a microsecond of processor time: `WORK_FLOOR`
    for the first `FREE_BYTES` compressed bytes, more in proportion at a rate above the default, and `rate` for each
    thousand that arrive after them. What costs is counted and not timed, so that no machine is too slow for an image.
    Half of it is shared out among the layers, so that one which takes too much leaves the others theirs; the rest is
    for whoever needs it. Shared by threads."""

    def __init__(self, rate: int, layers: int) -> None:
        self._rate = rate
        floor = WORK_FLOOR * max(rate, Limits().work) // Limits().work
        self._share = floor // 2 // max(layers, 1)
        self._common = floor // 2
        self._free = FREE_BYTES
        self.is_spent = False
        """Whether something was not done for want of it."""

    def for_layer(self) -> "Work":
        """The share of a layer."""
        return Work(self, self._share)

    def grant(self, size: int) -> int:
        """So many compressed bytes have arrived; gives what the layer they are of may do for them."""
        self._free -= size
        steps = max(0, min(size, -self._free)) * self._rate // 1000
        self._common += steps // 2
        return steps - steps // 2

    def take(self, steps: int) -> None:
        """Counts what a layer does beyond its share. Raises LimitError when it is more than is left."""
        self._common -= steps
        if self._common < 0:
            self.is_spent = True
            raise LimitError(
                "asks for more work than an image of its size may; the rest was not read (--limit work=N raises this)",
                "work",
            )


class Work:
    """What reading one layer may cost: its `share` of a `pool`, and what is left in that; without one nothing bounds
    it."""

    def __init__(self, pool: WorkPool | None = None, share: int = 0) -> None:
        self._pool = pool
        self._left = share

    def grant(self, size: int) -> None:
        """So many compressed bytes of the layer have arrived."""
        if self._pool is not None:
            self._left += self._pool.grant(size)

    def spend(self, steps: int) -> None:
        """Counts what is about to be done. Raises LimitError when it is more than is left."""
        if self._pool is None:
            return
        self._left -= steps
        if self._left < 0:
            beyond, self._left = -self._left, 0
            self._pool.take(beyond)


WORK_FLOOR, FREE_BYTES = 3_300_000, 10_000_000
"""Steps that an image of any size may cost, and the compressed bytes up to which it may cost no more."""

RATIO_FLOOR = 256_000_000
"""Output below this is never called a bomb: real layers hold long runs of zeros."""


def check_size(size: int, limit: int, where: str) -> None:
    """Raises LimitError when a file of that size is above the limit `file`. `where` is its name."""
    if size > limit:
        raise LimitError(f"{where}: {size:,} bytes, above the limit of {limit:,} for one file", "file")
