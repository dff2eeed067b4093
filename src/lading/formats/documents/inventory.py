"""What is in an image, as JSON that can be scanned in the image's place."""

from typing import Final

import msgspec
from msgspec import Struct

from lading.formats.view import View
from lading.model.build_records import BuildRecord
from lading.model.diagnostic import Diagnostic
from lading.model.errors import FormatError
from lading.model.image import Image
from lading.model.package import Distribution, FoundVex, Inventory, Package, UnmanagedFile
from lading.model.report import InventoryResult
from lading.safeio.json_text import encode_document

INVENTORY_SCHEMA: Final = "https://lading.dev/schema/inventory-1.json"


class InventoryDocument(Struct, frozen=True):
    """What is in an image, each package with the files it owns. `unmanaged` belongs to no package. `build_records` are
    what builds and subscriptions left in the image, by path; `symbols` the functions of Go programs by path,
    compressed; `recovered` the package databases that were read from below the layer that took them away; `vex` the
    VEX documents that lie in the image, in base64."""

    schema: str
    tool: str
    image: Image
    distribution: Distribution | None
    packages: tuple[Package, ...]
    diagnostics: tuple[Diagnostic, ...]
    unmanaged: tuple[UnmanagedFile, ...] = ()
    build_records: dict[str, BuildRecord] = {}
    symbols: dict[str, bytes] = {}
    recovered: tuple[str, ...] = ()
    vex: tuple[FoundVex, ...] = ()

    @property
    def inventory(self) -> Inventory:
        """What it says of the image's content."""
        return Inventory(
            self.distribution,
            self.packages,
            self.unmanaged,
            self.build_records,
            self.symbols,
            self.recovered,
            self.vex,
        )


class _Named(Struct):
    schema: str = ""


def encode_inventory(result: InventoryResult, view: View) -> bytes:
    """The inventory as JSON (UTF-8, indented, ending in a newline)."""
    inventory = result.inventory
    document = InventoryDocument(
        schema=INVENTORY_SCHEMA,
        tool=view.tool,
        image=result.image,
        distribution=inventory.distribution,
        packages=inventory.packages,
        diagnostics=result.diagnostics,
        unmanaged=inventory.unmanaged,
        build_records=inventory.build_records,
        symbols=inventory.symbols,
        recovered=inventory.recovered,
        vex=inventory.vex,
    )
    return encode_document(document)


def is_inventory(data: bytes) -> bool:
    """Whether this is an inventory of ours, by the schema it names."""
    try:
        return msgspec.json.decode(data, type=_Named).schema == INVENTORY_SCHEMA
    except (msgspec.MsgspecError, UnicodeError, RecursionError):
        return False


def parse_inventory(data: bytes, where: str) -> InventoryDocument:
    """An inventory as `encode_inventory` gives it; `where` is its name. Raises FormatError."""
    try:
        return msgspec.json.decode(data, type=InventoryDocument)
    except (msgspec.MsgspecError, UnicodeError, RecursionError) as error:
        raise FormatError(f"{where}: cannot be read as Lading's inventory: {error}") from error
