"""The result of a scan as JSON, version 2 of its schema."""

from collections.abc import Iterator
from typing import Final

from msgspec import Struct

from lading.formats.documents.findings import FindingDocument, IssueDocument, finding_document, issue_document
from lading.formats.view import View
from lading.model.attached import AttachedToImage
from lading.model.checks import Family
from lading.model.compliance import ComplianceStatus, benchmarks, compliance_of
from lading.model.decision import AcceptedGap, Decision, Evaluated, ExitStatus, RuleResult
from lading.model.diagnostic import Diagnostic
from lading.model.image import Image
from lading.model.package import (
    Distribution,
    Evidence,
    Location,
    Ownership,
    Package,
    Relationship,
    UnmanagedFile,
    Usage,
)
from lading.model.report import Coverage, Extent, Target
from lading.model.runtime import Container
from lading.model.vex import VexResult
from lading.safeio.json_text import iter_document

REPORT_SCHEMA: Final = "https://lading.dev/schema/report-2.json"


class PackageDocument(Struct, frozen=True, omit_defaults=True):
    """One package, as docs/schema/inventory-1.json has it but for the paths it owns. What is empty is absent. `id`
    names it in `findings`, and in every other report that has the same package."""

    id: str
    type: str
    name: str
    version: str
    purl: str = ""
    arch: str = ""
    source: str = ""
    source_version: str = ""
    maintainer: str = ""
    licenses: tuple[str, ...] = ()
    evidence: Evidence = "installed"
    layer: int = 0
    locations: tuple[Location, ...] = ()
    cpes: tuple[str, ...] = ()
    properties: dict[str, str] = {}
    owner: str = ""
    ownership: Ownership = ""
    depends_on: tuple[str, ...] = ()
    relationship: Relationship = ""
    digests: dict[str, str] = {}
    size: int = 0
    candidates: tuple[str, ...] = ()
    removed: int = 0
    usage: Usage | None = None


class ControlDocument(Struct, frozen=True, omit_defaults=True):
    """What a result says of one rule of a benchmark: the `issues` that break it, by their occurrences, or how many
    `vulnerabilities` with a fix do."""

    id: str
    title: str
    status: ComplianceStatus
    issues: tuple[str, ...] = ()
    vulnerabilities: int = 0


class ComplianceDocument(Struct, frozen=True):
    """What a result says of the rules of a benchmark that was asked for (`--compliance`)."""

    benchmark: str
    title: str
    controls: tuple[ControlDocument, ...]


class TargetDocument(Struct, frozen=True):
    """One image of one platform: what is in it, what is known of that, and what could not be looked at or matched.
    `vex` is what came of each VEX statement that was read, `extent` how much of the image was matched, and what was not
    looked into. `checks` are the families of checks that were run, `issues` what they found; `attached` is what is
    attached to the image in its registry or index, null where nobody asked; `container` is the one that runs it, null
    where an image was scanned; `compliance` what that comes to by a benchmark, null where none was named."""

    image: Image
    distribution: Distribution | None
    incomplete: bool
    packages: tuple[PackageDocument, ...]
    unmanaged: tuple[UnmanagedFile, ...]
    findings: tuple[FindingDocument, ...]
    coverage: tuple[Coverage, ...]
    diagnostics: tuple[Diagnostic, ...]
    vex: tuple[VexResult, ...] = ()
    extent: Extent = Extent(0, 0, 0, 0)
    checks: tuple[Family, ...] = ()
    issues: tuple[IssueDocument, ...] = ()
    attached: AttachedToImage | None = None
    container: Container | None = None
    compliance: ComplianceDocument | None = None


class DecisionDocument(Struct, frozen=True):
    """What was asked of the report, and the status that the program exits with. `day` is that of the decision, where
    ages and last days were decided on it; `accepted` are the gaps that a policy accepts, `gaps` what else the answer
    does not rest on."""

    failed: bool
    exit_status: ExitStatus
    rules: tuple[RuleResult, ...]
    diagnostics: tuple[Diagnostic, ...]
    day: str = ""
    accepted: tuple[AcceptedGap, ...] = ()
    gaps: tuple[Diagnostic, ...] = ()


class ReportDocument(Struct, frozen=True):
    """The result of one scan. `database` is the digest of the set of shards at hand (`lading scan --db` takes it),
    `starter` tells that only the built-in starter set was used, `pinned` that the database was named, and so that its
    age is not checked. Within one number of the schema fields are only ever
    added; readers pass over those that they do not know."""

    schema: str
    tool: str
    database: str
    starter: bool
    incomplete: bool
    decision: DecisionDocument
    targets: tuple[TargetDocument, ...]
    pinned: bool = False


def report_json(evaluated: Evaluated, view: View) -> bytes:
    """The report and the decision on it as JSON (UTF-8, indented, ending in a newline)."""
    return b"".join(encode_report(evaluated, view))


def encode_report(evaluated: Evaluated, view: View) -> Iterator[bytes]:
    """The same in pieces."""
    report = evaluated.report
    document = ReportDocument(
        schema=REPORT_SCHEMA,
        tool=report.tool,
        database=report.database,
        starter=report.starter,
        incomplete=evaluated.decision.incomplete,
        decision=decision_document(evaluated.decision),
        targets=tuple(_target(one, view.compliance) for one in report.targets),
        pinned=report.pinned,
    )
    findings = ((finding_document(one, target.image) for one in target.findings) for target in report.targets)
    return iter_document(document, 3, (("findings", one) for one in findings))


def package_document(package: Package) -> PackageDocument:
    """A package without the paths it owns."""
    fields = {name: getattr(package, name) for name in PackageDocument.__struct_fields__}
    return PackageDocument(**fields)


def compliance_document(target: Target, benchmark: str) -> ComplianceDocument | None:
    """What a result says of a benchmark; None for no name."""
    if not benchmark:
        return None
    asked = benchmarks()[benchmark]
    return ComplianceDocument(
        asked.name,
        asked.title,
        tuple(
            ControlDocument(
                one.control.id,
                one.control.title,
                one.status,
                tuple(issue.occurrence for issue in one.issues),
                one.vulnerabilities,
            )
            for one in compliance_of(target, asked)
        ),
    )


def _target(target: Target, benchmark: str) -> TargetDocument:
    return TargetDocument(
        image=target.image,
        distribution=target.distribution,
        incomplete=target.incomplete,
        packages=tuple(map(package_document, target.packages)),
        unmanaged=target.unmanaged,
        findings=(),
        coverage=target.coverage,
        diagnostics=target.diagnostics,
        vex=target.vex,
        extent=target.extent,
        checks=target.checks,
        issues=tuple(issue_document(one, target.image) for one in target.issues),
        attached=target.attached,
        compliance=compliance_document(target, benchmark),
        container=target.container,
    )


def decision_document(decision: Decision) -> DecisionDocument:
    """A decision."""
    return DecisionDocument(
        decision.failed,
        decision.exit_status,
        decision.rules,
        decision.diagnostics,
        decision.day,
        decision.accepted,
        decision.gaps,
    )
