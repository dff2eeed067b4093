"""Lading's own JSON, for reports and inventories. Published as JSON Schema in `docs/schema/`.

Within one schema number fields are only ever added. Every field is always present in what is declared here; the
values of the model leave out what is empty.
"""

import inspect

import msgspec
from msgspec import Struct, structs

from lading.model.advisory import Kind, KnownExploited, Provenance, Severity, SeverityLabel, State
from lading.model.build_records import BuildRecord
from lading.model.diagnostic import Diagnostic
from lading.model.errors import FormatError
from lading.model.explanation import Explanation, Outcome, Reasoning, UnmatchedReason
from lading.model.finding import Coverage, Finding, Gate, Report, Status
from lading.model.image import Image
from lading.model.package import Distribution, Inventory, Package, UnmanagedFile
from lading.safeio.json_text import encode_document

REPORT_SCHEMA = "https://lading.dev/schema/report-1.json"
EXPLANATION_SCHEMA = "https://lading.dev/schema/explanation-1.json"
INVENTORY_SCHEMA = "https://lading.dev/schema/inventory-1.json"


class SeverityDocument(Struct, frozen=True):
    """A severity and who says so. `score` is 0 where the source gives a word alone; `text` is the word or vector."""

    label: SeverityLabel
    source: str
    score: float
    text: str


class FindingDocument(Struct, frozen=True):
    """One vulnerability in one installed package, or with `kind` malware or a package nobody maintains. `hidden_reason`
    names why people see it hidden by default; empty: shown. `notices` are upstreams' advisories on it. `epss` and
    `percentile` are 0 to 1, and 0 where not known; `risk` is 0 to 100. `remark` says what the fix needs."""

    id: str
    aliases: tuple[str, ...]
    status: Status
    reason: str
    state: State
    severity: SeverityDocument
    severities: tuple[SeverityDocument, ...]
    known_exploited: KnownExploited | None
    package: Package
    fixed_version: str
    hidden_reason: str
    advisory: str
    shard: str
    summary: str
    url: str
    kind: Kind
    notices: tuple[str, ...]
    cwes: tuple[str, ...]
    fix_date: str
    epss: float
    percentile: float
    risk: float
    remark: str


class ReportDocument(Struct, frozen=True):
    """The result of one scan. `database` is the digest of the set of shards at hand; `lading scan --db` takes it."""

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
    unmanaged: tuple[UnmanagedFile, ...] = ()
    database: str = ""


class InventoryDocument(Struct, frozen=True):
    """What is in an image, each package with the files it owns. `build_records` are what builds and subscriptions left
    in it, by path; `symbols` the functions of Go programs by path, compressed; `recovered` the package databases that
    were read from below the layer that took them away."""

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

    @property
    def inventory(self) -> Inventory:
        """What it says of the image's content."""
        return Inventory(
            self.distribution, self.packages, self.unmanaged, self.build_records, self.symbols, self.recovered
        )


class RangeDocument(Struct, frozen=True):
    """Versions from `introduced` or after `after`, up to before `fixed` or to `last_affected`."""

    introduced: str
    after: str
    fixed: str
    last_affected: str


class AdvisoryDocument(Struct, frozen=True):
    """What one upstream says of one vulnerability in one package. `versions` counts those listed one by one."""

    id: str
    note: str
    package: str
    kind: Kind
    state: State
    ranges: tuple[RangeDocument, ...]
    versions: int
    aliases: tuple[str, ...]


class ReasoningDocument(Struct, frozen=True):
    """One advisory held against one installed package."""

    outcome: Outcome
    package: Package
    advisory: AdvisoryDocument
    shard: str
    compared: str
    summary: str
    url: str


class ExplanationDocument(Struct, frozen=True):
    """Why a vulnerability is reported in an image, or why it is not. `unmatched_reason` says why nothing was weighed.
    `database` is the digest of the set of shards at hand, `wanted` the package that was asked for."""

    schema: str
    tool: str
    image: Image
    distribution: Distribution | None
    id: str
    findings: tuple[FindingDocument, ...]
    reasons: tuple[ReasoningDocument, ...]
    shards: dict[str, Provenance]
    unmatched_reason: UnmatchedReason
    elsewhere: dict[str, tuple[str, ...]]
    unmatched: tuple[str, ...]
    database: str = ""
    wanted: str = ""


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
            unmanaged=report.unmanaged,
            database=report.database,
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
        unmanaged=inventory.unmanaged,
        build_records=inventory.build_records,
        symbols=inventory.symbols,
        recovered=inventory.recovered,
    )
    return encode_document(document)


def write_explanation(explanation: Explanation) -> bytes:
    """The explanation as JSON (UTF-8, indented, ending in a newline)."""
    return encode_document(
        ExplanationDocument(
            schema=explanation.schema,
            tool=explanation.tool,
            image=explanation.image,
            distribution=explanation.distribution,
            id=explanation.id,
            findings=tuple(map(_finding, explanation.findings)),
            reasons=tuple(map(_reasoning, explanation.reasons)),
            shards=explanation.shards,
            unmatched_reason=explanation.unmatched_reason,
            elsewhere=explanation.elsewhere,
            unmatched=explanation.unmatched,
            database=explanation.database,
            wanted=explanation.wanted,
        )
    )


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
        status=finding.status,
        reason=finding.reason,
        state=finding.state,
        severity=_severity(finding.severity),
        severities=tuple(_severity(severity) for severity in finding.severities),
        known_exploited=finding.known_exploited,
        package=structs.replace(finding.package, files=()),
        fixed_version=finding.fixed_version,
        hidden_reason=finding.hidden_reason,
        advisory=finding.advisory,
        shard=finding.shard,
        summary=finding.summary,
        url=finding.url,
        kind=finding.kind,
        notices=finding.notices,
        cwes=finding.cwes,
        fix_date=finding.fix_date,
        epss=finding.epss,
        percentile=finding.percentile,
        risk=finding.risk,
        remark=finding.remark,
    )


def _reasoning(one: Reasoning) -> ReasoningDocument:
    advisory = one.advisory
    return ReasoningDocument(
        outcome=one.outcome,
        package=structs.replace(one.package, files=()),
        advisory=AdvisoryDocument(
            id=advisory.id,
            note=advisory.note,
            package=advisory.package,
            kind=advisory.kind,
            state=advisory.state,
            ranges=tuple(
                RangeDocument(span.introduced, span.after, span.fixed, span.last_affected) for span in advisory.ranges
            ),
            versions=len(advisory.versions),
            aliases=advisory.aliases,
        ),
        shard=one.shard,
        compared=one.compared,
        summary=one.summary,
        url=one.url,
    )


def _severity(severity: Severity) -> SeverityDocument:
    return SeverityDocument(severity.label, severity.source, severity.score, severity.text)
