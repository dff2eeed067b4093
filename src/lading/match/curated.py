"""The tables kept by hand that matching goes by: names of products in the NVD, and what is known to be wrong there."""

from functools import cache
from pkgutil import get_data
from typing import TypeVar

import msgspec
from msgspec import Struct

from lading.match.cpe import Vendors, vendor_groups
from lading.match.exclusions import Exclusion, Exclusions, exclusions_by_vulnerability
from lading.match.families.alpine import Origins

_Value = TypeVar("_Value")


class Curated(Struct, frozen=True):
    """`vendors`: the names under which the NVD has listed one product. `alpine_products`: what Alpine's packages are
    called there, by origin. `exclusions`: vulnerabilities that packages are said to have and do not."""

    vendors: Vendors = {}
    alpine_products: Origins = {}
    exclusions: Exclusions = {}


@cache
def curated() -> Curated:
    """The tables that this version of Lading brings along."""
    return Curated(
        vendor_groups(_table("cpe_vendors.json", list[list[str]])),
        _table("alpine_products.json", dict[str, tuple[str, ...]]),
        exclusions_by_vulnerability(_table("exclusions.json", tuple[Exclusion, ...])),
    )


def _table(name: str, kind: type[_Value]) -> _Value:
    return msgspec.json.decode(get_data("lading.match", f"data/{name}") or b"", type=kind)
