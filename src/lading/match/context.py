"""What an image as a whole tells about its packages, for matching to ask."""

from collections.abc import Callable, Collection
from functools import cache, lru_cache

from lading.match.conditions import Functions, ImageContext
from lading.match.curated import Curated
from lading.match.families.red_hat import cpe_matches, lookup_in, product_cpes, update_stream
from lading.model.image import Image
from lading.model.package import Inventory
from lading.model.ports import AdvisoryStore

ReadFunctions = Callable[[bytes], Functions | None]
"""The functions in a program's symbols (Inventory.symbols), None when they cannot be read."""


def image_context(
    image: Image, inventory: Inventory, store: AdvisoryStore, curated: Curated, read_functions: ReadFunctions
) -> ImageContext:
    """The image's side of the conditions that advisories make. Raises AdvisoryError."""
    cpes = product_cpes(inventory.build_records.values(), inventory.distribution, lookup_in(store))

    @lru_cache(maxsize=16)
    def functions(program: str) -> Functions | None:
        return read_functions(inventory.symbols.get(program, b""))

    @cache
    def matches(wanted: tuple[str, ...]) -> bool:
        return cpe_matches(wanted, cpes)

    def has_product(wanted: Collection[str]) -> bool:
        return matches(tuple(wanted))

    return ImageContext(
        has_product=has_product,
        functions=functions,
        goos=image.platform.os if image.platform else "",
        goarch=image.platform.architecture if image.platform else "",
        stream=update_stream(cpes),
        vendors=curated.vendors,
    )
