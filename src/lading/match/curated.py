"""The tables kept by hand that matching is given: names of products in the NVD, and what is known to be wrong there."""

from msgspec import Struct

from lading.match.cpe import Vendors
from lading.match.exclusions import Exclusions
from lading.match.families.alpine import Origins


class Curated(Struct, frozen=True):
    """`vendors`: the names under which the NVD has listed one product. `alpine_products`: what Alpine's packages are
    called there, by origin. `exclusions`: vulnerabilities that packages are said to have and do not."""

    vendors: Vendors = {}
    alpine_products: Origins = {}
    exclusions: Exclusions = {}
