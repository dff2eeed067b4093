"""A finding as Lading's documents write it."""

from typing import Literal

from msgspec import Struct

from lading.formats.finding_texts import layer_line
from lading.formats.instructions import instruction
from lading.model.advisory import Kind, KnownExploited, Range, Severity, SeverityLabel
from lading.model.checks import Issue, IssueHidden, IssueKind, IssuePlace
from lading.model.finding import (
    Finding,
    FixState,
    HiddenReason,
    MatchBasis,
    SsvcDecision,
    Status,
    Suppression,
    Unresolved,
    VexWord,
)
from lading.model.image import Image, Origin
from lading.model.licenses import LicenseCategory

_LONGEST_INSTRUCTION = 200


class SeverityDocument(Struct, frozen=True, omit_defaults=True):
    """A severity and who says so. `score` is absent where the source gives a word alone; `text` is the word or
    vector."""

    label: SeverityLabel
    source: str = ""
    score: float | None = None
    text: str = ""


class RangeDocument(Struct, frozen=True, omit_defaults=True):
    """Versions from `introduced` or after `after`, up to before `fixed` or `before`, or to `last_affected`; a bound
    that is absent is open. What ends with `before` is not known to be fixed there."""

    introduced: str = ""
    after: str = ""
    fixed: str = ""
    last_affected: str = ""
    before: str = ""


class BasisDocument(Struct, frozen=True, omit_defaults=True):
    """What decided the status, and who gave it: the `advisory` of a `shard` that knows the package by `name`, its
    `version` compared by the rules of `scheme` with `range`; `listed` where the version stands among those that the
    advisory lists one by one."""

    shard: str
    advisory: str
    name: str = ""
    version: str = ""
    scheme: str = ""
    range: RangeDocument | None = None
    listed: bool = False


class IntroducedBy(Struct, frozen=True, omit_defaults=True):
    """The layer that brought the package in: its number (1 is the lowest), the digest of its uncompressed content, the
    instruction that made it (shortened), and whether it came with the base image or is the application's own.
    `verified` tells that the base is known by the layer's content; without it only the image itself says so. `line` is
    that of the instruction in the Dockerfile (`Dockerfile:3`), where that was named."""

    layer: int
    diff_id: str = ""
    instruction: str = ""
    origin: Origin = "unknown"
    verified: bool = False
    line: str = ""


class FindingDocument(Struct, frozen=True, omit_defaults=True):
    """One vulnerability in one installed package, or with `kind` malware or a package nobody maintains. What is empty
    or not known is absent. `package` is the `id` of one of the target's packages. `occurrence` names this finding in
    this very content, `fingerprint` stays the same across tags, rebuilds and upgrades to versions that are affected
    too. `hidden_reason` tells why people see it as a counted line by default. `notices` are upstreams' advisories on
    it. `epss` and `percentile` are 0 to 1, `risk` is 0 to 100. `note` says what the fix needs besides. `vex` is what
    others state about it, what counts first."""

    id: str
    package: str
    status: Status
    occurrence: str
    fingerprint: str
    basis: BasisDocument
    kind: Kind = "vulnerability"
    aliases: tuple[str, ...] = ()
    unresolved: Unresolved = ""
    reason: str = ""
    fix_state: FixState = "unknown"
    fixed_version: str = ""
    fix_date: str = ""
    note: str = ""
    severity: SeverityDocument | None = None
    severities: tuple[SeverityDocument, ...] = ()
    known_exploited: KnownExploited | None = None
    epss: float | None = None
    percentile: float | None = None
    ssvc: SsvcDecision | None = None
    risk: float | None = None
    cwes: tuple[str, ...] = ()
    notices: tuple[str, ...] = ()
    introduced_by: IntroducedBy | None = None
    summary: str = ""
    url: str = ""
    hidden_reason: HiddenReason = ""
    suppressions: tuple[Suppression, ...] = ()
    vex: tuple[VexWord, ...] = ()


class IssueDocument(Struct, frozen=True, omit_defaults=True):
    """One thing that a check found (docs/checks.md). What is empty or not known is absent. `path`, `line` and
    `introduced_by` say where, `removed` is the layer that took the file away again; `instruction` is one of the
    history, or a name in the configuration. `evidence` is what was found, a secret only masked, `subject` what of it is
    meant. `package` is the `id` of the package that has it. `occurrence` and `fingerprint` as in findings,
    `category` is that of a license, `values` are regular expressions of ignores that a secret matches."""

    id: str
    kind: IssueKind
    title: str
    severity: SeverityLabel
    occurrence: str
    fingerprint: str
    message: str = ""
    place: IssuePlace = "file"
    path: str = ""
    line: int = 0
    layer: int = 0
    introduced_by: IntroducedBy | None = None
    removed: int = 0
    instruction: str = ""
    evidence: str = ""
    subject: str = ""
    package: str = ""
    fix: str = ""
    url: str = ""
    controls: tuple[str, ...] = ()
    hidden_reason: IssueHidden = ""
    suppressions: tuple[Suppression, ...] = ()
    dockerfile_line: int = 0
    category: LicenseCategory | Literal[""] = ""
    values: tuple[str, ...] = ()


def issue_document(issue: Issue, image: Image) -> IssueDocument:
    """An issue of an image."""
    return IssueDocument(
        occurrence=issue.occurrence,
        fingerprint=issue.fingerprint,
        introduced_by=_introduced_by(image, issue.layer),
        **{name: getattr(issue, name) for name in Issue.__struct_fields__},
    )


def parsed_issue(document: IssueDocument) -> Issue:
    """The issue of a document."""
    return Issue(**{name: getattr(document, name) for name in Issue.__struct_fields__})


def finding_document(finding: Finding, image: Image) -> FindingDocument:
    """A finding in an image."""
    is_rated = finding.severity.label != "unknown"
    return FindingDocument(
        id=finding.id,
        package=finding.package.id,
        status=finding.status,
        occurrence=finding.occurrence,
        fingerprint=finding.fingerprint,
        basis=_basis(finding.basis),
        kind=finding.kind,
        aliases=finding.aliases,
        unresolved=finding.unresolved,
        reason=finding.reason,
        fix_state=finding.fix_state,
        fixed_version=finding.fixed_version,
        fix_date=finding.fix_date,
        note=finding.note,
        severity=severity_document(finding.severity) if is_rated else None,
        severities=tuple(map(severity_document, finding.severities)),
        known_exploited=finding.known_exploited,
        epss=finding.epss,
        percentile=finding.percentile,
        ssvc=finding.ssvc,
        risk=finding.risk if finding.is_open else None,
        cwes=finding.cwes,
        notices=finding.notices,
        introduced_by=_introduced_by(image, finding.package.layer),
        summary=finding.summary,
        url=finding.url,
        hidden_reason=finding.hidden_reason,
        suppressions=finding.suppressions,
        vex=finding.vex,
    )


def severity_document(severity: Severity) -> SeverityDocument:
    """A severity; a score of 0 stands for none."""
    return SeverityDocument(severity.label, severity.source, severity.score or None, severity.text)


def _basis(basis: MatchBasis) -> BasisDocument:
    span = basis.range
    held = None if span is None else range_document(span)
    return BasisDocument(basis.shard, basis.advisory, basis.name, basis.version, basis.scheme, held, basis.listed)


def range_document(span: Range) -> RangeDocument:
    """A range by the names of its bounds."""
    return RangeDocument(span.introduced, span.after, span.fixed, span.last_affected, span.before)


def _introduced_by(image: Image, number: int) -> IntroducedBy | None:
    layer = image.layer(number)
    if layer is None:
        return None
    origin = image.origin(number)
    made_by = instruction(layer.created_by)[:_LONGEST_INSTRUCTION]
    return IntroducedBy(number, layer.diff_id, made_by, origin.kind, origin.verified, layer_line(layer, image))
