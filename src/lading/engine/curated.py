"""The tables kept by hand that matching is given: names of products in the NVD, and what is known to be wrong there."""

from functools import cache
from pkgutil import get_data
from typing import TypeVar

import msgspec

from lading.match.cpe import Vendors, vendor_groups
from lading.match.exclusions import Exclusion, Exclusions, exclusions_by_vulnerability
from lading.match.families.alpine import Origins

_Value = TypeVar("_Value")


@cache
def vendors() -> Vendors:
    """The names under which the NVD has listed one product."""
    return vendor_groups(_table("cpe_vendors.json", list[list[str]]))


@cache
def alpine_products() -> Origins:
    """What Alpine's packages are called in the NVD, by origin."""
    return _table("alpine_products.json", dict[str, tuple[str, ...]])


@cache
def exclusions() -> Exclusions:
    """Vulnerabilities that packages are said to have and do not."""
    return exclusions_by_vulnerability(_table("exclusions.json", tuple[Exclusion, ...]))


def _table(name: str, kind: type[_Value]) -> _Value:
    return msgspec.json.decode(get_data("lading.engine", f"data/{name}") or b"", type=kind)
