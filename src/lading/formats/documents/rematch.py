"""What matching kept results again came to, as JSON (docs/schema/rematch-1.json)."""

from typing import Final

from msgspec import Struct

from lading.formats.view import View
from lading.model.decision import ExitStatus
from lading.model.rematch import NewFinding, Rematch
from lading.safeio.json_text import encode_document

REMATCH_SCHEMA: Final = "https://lading.dev/schema/rematch-1.json"


class RematchDocument(Struct, frozen=True):
    """`results` are kept; `matched` of them were matched again, for one of the `rows` that changed is among those that
    they rest on, and `changed` say something else now. `new` is what is new in an image, the most pressing first,
    `gone` counts findings that an image has no more. `failed` are the images that could not be matched again, each with
    the reason. `held` results stay as they are, for the `missing` shards, which they rest on, are not at hand."""

    schema: str
    tool: str
    database: str
    results: int
    matched: int
    changed: int
    rows: int
    new: tuple[NewFinding, ...]
    gone: int
    failed: tuple[tuple[str, str], ...]
    exit_status: ExitStatus
    held: int = 0
    missing: tuple[str, ...] = ()


def encode_rematch(rematch: Rematch, view: View) -> bytes:
    """The result as JSON (UTF-8, indented, ending in a newline)."""
    names = (name for name in RematchDocument.__struct_fields__ if name != "schema")
    return encode_document(RematchDocument(REMATCH_SCHEMA, **{name: getattr(rematch, name) for name in names}))
