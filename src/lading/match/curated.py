"""The tables kept by hand that matching is given: names of products in the NVD, and what is known to be wrong there."""

from collections.abc import Iterable

from msgspec import Struct

from lading.match.cpe import Vendors, vendor_groups
from lading.match.exclusions import Exclusion, Exclusions, exclusions_by_vulnerability
from lading.match.families.alpine import Origins


class Curated(Struct, frozen=True):
    """`vendors`: the names under which the NVD has listed one product. `alpine_products`: what Alpine's packages are
    called there, by origin. `exclusions`: vulnerabilities that packages are said to have and do not."""

    vendors: Vendors = {}
    alpine_products: Origins = {}
    exclusions: Exclusions = {}


def make_curated(
    vendors: Iterable[Iterable[str]], alpine_products: Origins, exclusions: Iterable[Exclusion]
) -> Curated:
    """The tables, to be asked; `vendors` are groups of names that mean one product."""
    return Curated(vendor_groups(vendors), alpine_products, exclusions_by_vulnerability(exclusions))
