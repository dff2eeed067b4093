"""Why a vulnerability is reported in an image, or why it is not, as JSON."""

from typing import Final

from msgspec import Struct

from lading.formats.documents.findings import (
    FindingDocument,
    IssueDocument,
    RangeDocument,
    finding_document,
    issue_document,
    range_document,
)
from lading.formats.documents.report import PackageDocument, package_document
from lading.formats.view import View
from lading.model.advisory import Kind, Provenance, State
from lading.model.checks import CheckText
from lading.model.explanation import Explanation, Outcome, Reasoning, UnmatchedReason
from lading.model.image import Image
from lading.model.package import Distribution
from lading.model.vex import VexResult
from lading.safeio.json_text import encode_document

EXPLANATION_SCHEMA: Final = "https://lading.dev/schema/explanation-1.json"


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
    package: PackageDocument
    advisory: AdvisoryDocument
    shard: str
    compared: str
    summary: str
    url: str


class ExplanationDocument(Struct, frozen=True):
    """Why a vulnerability is reported in an image, or why it is not. `unmatched_reason` says why no advisory was held
    against any package, `asked` names the shards that match the image. `database` is the digest of the set of shards
    at hand, `wanted` the package that was asked for, `vex` what came of the VEX statements about it. Of a check,
    `check` is what it looks for, `issues` what it finds."""

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
    vex: tuple[VexResult, ...] = ()
    check: CheckText | None = None
    issues: tuple[IssueDocument, ...] = ()
    asked: tuple[str, ...] = ()


def encode_explanation(explanation: Explanation, view: View) -> bytes:
    """The explanation as JSON (UTF-8, indented, ending in a newline)."""
    return encode_document(
        ExplanationDocument(
            schema=EXPLANATION_SCHEMA,
            tool=explanation.tool,
            image=explanation.image,
            distribution=explanation.distribution,
            id=explanation.id,
            findings=tuple(finding_document(finding, explanation.image) for finding in explanation.findings),
            reasons=tuple(map(_reasoning, explanation.reasons)),
            shards=explanation.shards,
            unmatched_reason=explanation.unmatched_reason,
            elsewhere=explanation.elsewhere,
            unmatched=explanation.unmatched,
            database=explanation.database,
            wanted=explanation.wanted,
            vex=explanation.vex,
            check=explanation.check,
            issues=tuple(issue_document(one, explanation.image) for one in explanation.issues),
            asked=explanation.asked,
        )
    )


def _reasoning(one: Reasoning) -> ReasoningDocument:
    advisory = one.advisory
    return ReasoningDocument(
        outcome=one.outcome,
        package=package_document(one.package),
        advisory=AdvisoryDocument(
            id=advisory.id,
            note=advisory.note,
            package=advisory.package,
            kind=advisory.kind,
            state=advisory.state,
            ranges=tuple(map(range_document, advisory.ranges)),
            versions=len(advisory.versions),
            aliases=advisory.aliases,
        ),
        shard=one.shard,
        compared=one.compared,
        summary=one.summary,
        url=one.url,
    )
