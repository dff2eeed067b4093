"""Lading's own JSON, for reports and inventories. Published as JSON Schema in `docs/schema/`.

Within one schema number fields are only ever added. Every field is always present in what is declared here; the
values of the model leave out what is empty.
"""

import inspect

import msgspec
from msgspec import Struct, structs

from lading.model.advisory import KnownExploited, Severity, SeverityLabel, State
from lading.model.diagnostic import Diagnostic
from lading.model.errors import FormatError
from lading.model.finding import Coverage, Finding, Gate, Report, Verdict
from lading.model.image import Image
from lading.model.package import Distribution, Inventory, Package, Unknown
from lading.safeio.json_text import encode_document

REPORT_SCHEMA = "https://lading.dev/schema/report-1.json"
INVENTORY_SCHEMA = "https://lading.dev/schema/inventory-1.json"


class SeverityDocument(Struct, frozen=True):
    """A severity and who says so. `score` is 0 where the source gives a word alone; `text` is the word or vector."""

    label: SeverityLabel
    source: str
    score: float
    text: str


class FindingDocument(Struct, frozen=True):
    """One flaw in one installed package. `quiet` names why people see it folded by default; empty: shown."""

    id: str
    aliases: tuple[str, ...]
    verdict: Verdict
    reason: str
    state: State
    severity: SeverityDocument
    severities: tuple[SeverityDocument, ...]
    known_exploited: KnownExploited | None
    package: Package
    fixed_version: str
    quiet: str
    advisory: str
    shard: str
    summary: str
    url: str


class ReportDocument(Struct, frozen=True):
    """The result of one scan."""

    schema: str
    tool: str
    starter: bool
    image: Image
    distribution: Distribution | None
    packages: int
    incomplete: bool
    gate: Gate | None
    findings: tuple[FindingDocument, ...]
    coverage: tuple[Coverage, ...]
    diagnostics: tuple[Diagnostic, ...]
    unknowns: tuple[Unknown, ...] = ()


class InventoryDocument(Struct, frozen=True):
    """What is in an image, each package with the files it owns."""

    schema: str
    tool: str
    image: Image
    distribution: Distribution | None
    packages: tuple[Package, ...]
    diagnostics: tuple[Diagnostic, ...]
    unknowns: tuple[Unknown, ...] = ()


class _Named(Struct):
    schema: str = ""


def write_report(report: Report) -> bytes:
    """The report as JSON (UTF-8, indented, ending in a newline). The files of packages are left out."""
    return encode_document(
        ReportDocument(
            schema=report.schema,
            tool=report.tool,
            starter=report.starter,
            image=report.image,
            distribution=report.distribution,
            packages=report.packages,
            incomplete=report.incomplete,
            gate=report.gate,
            findings=tuple(_finding(finding) for finding in report.findings),
            coverage=report.coverage,
            diagnostics=report.diagnostics,
            unknowns=report.unknowns,
        )
    )


def write_inventory(image: Image, inventory: Inventory, diagnostics: tuple[Diagnostic, ...], tool: str) -> bytes:
    """The inventory as JSON (UTF-8, indented, ending in a newline). `tool` is the name and version of this program."""
    document = InventoryDocument(
        schema=INVENTORY_SCHEMA,
        tool=tool,
        image=image,
        distribution=inventory.distribution,
        packages=inventory.packages,
        diagnostics=diagnostics,
        unknowns=inventory.unknowns,
    )
    return encode_document(document)


def is_inventory(data: bytes) -> bool:
    """Whether this is an inventory of ours, by the schema it names."""
    try:
        return msgspec.json.decode(data, type=_Named).schema == INVENTORY_SCHEMA
    except (msgspec.MsgspecError, UnicodeError, RecursionError):
        return False


def parse_inventory(data: bytes, where: str) -> InventoryDocument:
    """An inventory as `write_inventory` gives it; `where` is its name. Raises FormatError."""
    try:
        return msgspec.json.decode(data, type=InventoryDocument)
    except (msgspec.MsgspecError, UnicodeError, RecursionError) as error:
        raise FormatError(f"{where}: cannot be read as Lading's inventory: {error}") from error


def schema_of(document: type[Struct], name: str) -> bytes:
    """The JSON Schema of a document, as committed in `docs/schema/`. `name` is its address, which becomes `$id`."""
    schema = {"$schema": "https://json-schema.org/draft/2020-12/schema", "$id": name, **msgspec.json.schema(document)}
    for definition in schema["$defs"].values():
        definition["description"] = inspect.cleandoc(definition["description"])
    return msgspec.json.format(msgspec.json.encode(schema, order="sorted"), indent=2) + b"\n"


def _finding(finding: Finding) -> FindingDocument:
    return FindingDocument(
        id=finding.id,
        aliases=finding.aliases,
        verdict=finding.verdict,
        reason=finding.reason,
        state=finding.state,
        severity=_severity(finding.severity),
        severities=tuple(_severity(severity) for severity in finding.severities),
        known_exploited=finding.known_exploited,
        package=structs.replace(finding.package, files=()),
        fixed_version=finding.fixed_version,
        quiet=finding.quiet,
        advisory=finding.advisory,
        shard=finding.shard,
        summary=finding.summary,
        url=finding.url,
    )


def _severity(severity: Severity) -> SeverityDocument:
    return SeverityDocument(severity.label, severity.source, severity.score, severity.text)
