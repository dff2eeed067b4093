"""The tables kept by hand, read from the package's data files once in a process."""

from functools import cache
from pkgutil import get_data
from typing import TypeVar

import msgspec

from lading.match.curated import Curated, make_curated
from lading.match.exclusions import Exclusion

_Value = TypeVar("_Value")


@cache
def curated() -> Curated:
    """The tables that this version of Lading brings along."""
    return make_curated(
        _table("cpe_vendors.json", list[list[str]]),
        _table("alpine_products.json", dict[str, tuple[str, ...]]),
        _table("exclusions.json", tuple[Exclusion, ...]),
    )


def _table(name: str, kind: type[_Value]) -> _Value:
    return msgspec.json.decode(get_data("lading.engine", f"data/{name}") or b"", type=kind)
