"""Bounds on hostile input, in one place."""

import re

from msgspec import Struct, structs

from lading.model.errors import LimitError, UsageError

_UNITS = {"": 1, "K": 10**3, "M": 10**6, "G": 10**9, "T": 10**12}
_AMOUNT = re.compile(r"(\d{1,15})\s*([KMGT]?)B?", re.ASCII | re.IGNORECASE)


class Limits(Struct, frozen=True):
    """What one layer may ask of us. Beyond a limit the rest of the layer is not read and the result is incomplete.

    `entries`: tar entries. `file`: bytes of one file that is read into memory. `spool`: bytes of one program or
    archive, which goes to a temporary file when it is large. `ratio`: uncompressed by compressed bytes, matched after
    the first `RATIO_FLOOR` bytes of output. `total`: uncompressed bytes.
    """

    entries: int = 5_000_000
    file: int = 256_000_000
    spool: int = 4_000_000_000
    ratio: int = 100
    total: int = 100_000_000_000

    def with_option(self, text: str) -> "Limits":
        """These limits with one changed by `NAME=VALUE`, where VALUE may end in K, M, G or T. Raises UsageError."""
        name, _, value = text.partition("=")
        amount = _AMOUNT.fullmatch(value.strip())
        if name not in self.__struct_fields__ or amount is None:
            known = ", ".join(f"{field}={getattr(self, field)}" for field in self.__struct_fields__)
            raise UsageError(f"--limit {text}: expected NAME=NUMBER with one of: {known}")
        return structs.replace(self, **{name: int(amount[1]) * _UNITS[amount[2].upper()]})


RATIO_FLOOR = 256_000_000
"""Output below this is never called a bomb: real layers hold long runs of zeros."""


def check_size(size: int, limit: int, where: str) -> None:
    """Raises LimitError when a file of that size is above the limit `file`. `where` is its name."""
    if size > limit:
        raise LimitError(f"{where}: {size:,} bytes, above the limit of {limit:,} for one file", "file")
