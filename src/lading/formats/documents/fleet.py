"""Many images as one summary, as JSON (docs/schema/summary-1.json)."""

from typing import Final

from msgspec import Struct

from lading.formats.view import View
from lading.model.decision import ExitStatus
from lading.model.fleet import FleetSummary, ImageSummary, LayerCounts
from lading.safeio.json_text import encode_document

SUMMARY_SCHEMA: Final = "https://lading.dev/schema/summary-1.json"


class SummaryDocument(Struct, frozen=True):
    """Many images, the worst first, those that could not be scanned at the end. `database` is the digest of the set of
    shards that all were matched against, empty where it was not one; `vulnerabilities` counts different ones in all
    images together; `unkept` are the names of those whose results could not be kept in the `store`."""

    schema: str
    tool: str
    exit_status: ExitStatus
    database: str
    vulnerabilities: int
    layers: LayerCounts
    images: tuple[ImageSummary, ...]
    store: str = ""
    unkept: tuple[str, ...] = ()


def encode_fleet(summary: FleetSummary, view: View) -> bytes:
    """The summary as JSON (UTF-8, indented, ending in a newline)."""
    return encode_document(
        SummaryDocument(
            schema=SUMMARY_SCHEMA,
            tool=summary.tool,
            exit_status=summary.exit_status,
            database=summary.database,
            vulnerabilities=summary.vulnerabilities,
            layers=summary.layers,
            images=summary.images,
            store=summary.store,
            unkept=summary.unkept,
        )
    )
