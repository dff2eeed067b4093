"""The completeness of a bill of materials as JSON of our own (docs/schema/completeness-1.json)."""

from msgspec import Struct

from lading.formats.view import View
from lading.model.completeness import Completeness, SbomElement
from lading.safeio.json_text import encode_document

COMPLETENESS_SCHEMA = "https://lading.dev/schema/completeness-1.json"


class CompletenessDocument(Struct, frozen=True):
    """`whole` tells that nothing is missing of the `elements`; each says who asks for it, and how many of all have
    it."""

    schema: str
    name: str
    format: str
    whole: bool
    components: int
    elements: tuple[SbomElement, ...]


def encode_completeness(completeness: Completeness, view: View) -> bytes:
    """A document (UTF-8, indented, ending in a newline)."""
    return encode_document(
        CompletenessDocument(
            schema=COMPLETENESS_SCHEMA,
            name=completeness.name,
            format=completeness.format,
            whole=completeness.is_whole,
            components=completeness.components,
            elements=completeness.elements,
        )
    )
