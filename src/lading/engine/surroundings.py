"""What an image as a whole tells about its packages, for matching to ask."""

from functools import cache

from lading.match.conditions import Functions, Surroundings
from lading.model.image import Image
from lading.model.package import Inventory
from lading.safeio.listing import Listing


def surroundings_of(image: Image, inventory: Inventory) -> Surroundings:
    """The image's side of the conditions that advisories make."""

    @cache
    def functions(program: str) -> Functions | None:
        listing = inventory.symbols.get(program)
        return None if listing is None else _Functions(listing)

    return Surroundings(
        functions=functions,
        goos=image.platform.os if image.platform else "",
        goarch=image.platform.architecture if image.platform else "",
    )


class _Functions:
    """The functions of a Go program, from the listing that was made of its line table."""

    def __init__(self, listing: bytes) -> None:
        self._listing = Listing(listing)

    def holds(self, name: str, /) -> bool:
        return self._listing.holds(name)

    def uses(self, package: str, /) -> bool:
        return next(self._listing.iter_below(f"{package}."), None) is not None
