"""What an image as a whole tells about its packages, for matching to ask."""

from collections.abc import Collection
from functools import cache

from lading.engine.curated import vendors
from lading.match.conditions import Functions, Surroundings
from lading.match.products import cpe_matches, lookup_in, product_cpes, update_stream
from lading.model.image import Image
from lading.model.package import Inventory
from lading.model.ports import AdvisoryStore
from lading.safeio.listing import Listing


def surroundings_of(image: Image, inventory: Inventory, store: AdvisoryStore) -> Surroundings:
    """The image's side of the conditions that advisories make. Raises AdvisoryError."""
    cpes = product_cpes(inventory.build_records, inventory.distribution, lookup_in(store))

    @cache
    def functions(program: str) -> Functions | None:
        listing = inventory.symbols.get(program)
        return None if listing is None else _Functions(listing)

    @cache
    def matches(wanted: tuple[str, ...]) -> bool:
        return cpe_matches(wanted, cpes)

    def has_product(wanted: Collection[str]) -> bool:
        return matches(tuple(wanted))

    return Surroundings(
        has_product=has_product,
        functions=functions,
        goos=image.platform.os if image.platform else "",
        goarch=image.platform.architecture if image.platform else "",
        stream=update_stream(cpes),
        vendors=vendors(),
    )


class _Functions:
    """The functions of a Go program, from the listing that was made of its line table."""

    def __init__(self, listing: bytes) -> None:
        self._listing = Listing(listing)

    def holds(self, name: str, /) -> bool:
        return self._listing.holds(name)

    def uses(self, package: str, /) -> bool:
        return next(self._listing.iter_below(f"{package}."), None) is not None
