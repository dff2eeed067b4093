"""In what our findings and another scanner's report differ, and why, as JSON."""

from typing import Final

from msgspec import Struct

from lading.formats.view import View
from lading.model.advisory import SeverityLabel
from lading.model.comparison import Cause, Comparison, Difference, Side
from lading.model.image import Image
from lading.model.package import Distribution
from lading.safeio.json_text import encode_document

COMPARISON_SCHEMA: Final = "https://lading.dev/schema/comparison-1.json"


class ScannerReport(Struct, frozen=True, omit_defaults=True):
    """The report that was compared with: its `file`, the `scanner` that made it, what that calls the image, and when it
    was made. `same_image` is absent where it does not tell what the image is. `entries` counts what it lists one by
    one, `rows` those of them that differ in more than the place, `skipped` what is about no vulnerability of a
    package."""

    file: str
    scanner: str
    entries: int
    rows: int
    target: str = ""
    created: str = ""
    same_image: bool | None = None
    skipped: int = 0


class DifferenceDocument(Struct, frozen=True, omit_defaults=True):
    """A row that only one of the two has: `side` tells which. `why` says in a sentence how that came about, `shard` and
    `advisory` what decided it here. `source` is whose data the report has the row from. What is empty is absent."""

    side: Side
    cause: Cause
    why: str
    id: str
    type: str
    name: str
    version: str
    aliases: tuple[str, ...] = ()
    paths: tuple[str, ...] = ()
    severity: SeverityLabel = "unknown"
    fixed_version: str = ""
    source: str = ""
    shard: str = ""
    advisory: str = ""


class ComparisonDocument(Struct, frozen=True):
    """Findings in an image beside another scanner's report. A row is one vulnerability of one package at one version,
    wherever it lies; `rows` counts ours, `same` those of the report that are ours too."""

    schema: str
    tool: str
    database: str
    image: Image
    distribution: Distribution | None
    report: ScannerReport
    rows: int
    same: int
    differences: tuple[DifferenceDocument, ...]


def encode_comparison(comparison: Comparison, view: View) -> bytes:
    """The comparison as JSON (UTF-8, indented, ending in a newline)."""
    return encode_document(
        ComparisonDocument(
            schema=COMPARISON_SCHEMA,
            tool=comparison.tool,
            database=comparison.database,
            image=comparison.image,
            distribution=comparison.distribution,
            report=ScannerReport(
                file=comparison.report,
                scanner=comparison.scanner,
                entries=comparison.entries,
                rows=comparison.report_rows,
                target=comparison.report_target,
                created=comparison.report_created,
                same_image=comparison.same_image,
                skipped=comparison.skipped,
            ),
            rows=comparison.our_rows,
            same=comparison.same,
            differences=tuple(map(_difference, comparison.differences)),
        )
    )


def _difference(one: Difference) -> DifferenceDocument:
    return DifferenceDocument(
        side=one.side,
        cause=one.cause,
        why=one.why,
        id=one.id,
        type=one.package.type,
        name=one.package.name,
        version=one.package.version,
        aliases=one.aliases,
        paths=one.paths,
        severity=one.severity,
        fixed_version=one.fixed_version,
        source=one.source,
        shard=one.shard,
        advisory=one.advisory,
    )
