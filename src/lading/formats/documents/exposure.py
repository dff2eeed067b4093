"""Which images carry a package or a vulnerability, as JSON (docs/schema/exposure-1.json)."""

from typing import Final, Literal

from msgspec import Struct

from lading.formats.view import View
from lading.model.exposure import ExposedImage, Exposure, Rebuild
from lading.safeio.json_text import encode_document

EXPOSURE_SCHEMA: Final = "https://lading.dev/schema/exposure-1.json"


class ExposureDocument(Struct, frozen=True):
    """The answer to `query`. `asked` counts the images whose results are kept, `stale` those of them that were matched
    against other data than the newest results are. `rebuilds` are what to build anew, what frees most images first.
    `unmatched` counts the images with packages that were matched with nothing, or without any, where a vulnerability
    was asked about."""

    schema: str
    tool: str
    query: str
    kind: Literal["vulnerability", "package"]
    asked: int
    stale: int
    images: tuple[ExposedImage, ...]
    rebuilds: tuple[Rebuild, ...]
    unmatched: int = 0


def encode_exposure(exposure: Exposure, view: View) -> bytes:
    """The answer as JSON (UTF-8, indented, ending in a newline)."""
    return encode_document(
        ExposureDocument(
            schema=EXPOSURE_SCHEMA,
            tool=view.tool,
            query=exposure.query,
            kind=exposure.kind,
            asked=exposure.asked,
            stale=exposure.stale,
            images=exposure.images,
            rebuilds=exposure.rebuilds,
            unmatched=exposure.unmatched,
        )
    )
