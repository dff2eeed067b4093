"""What clears vulnerabilities of an image, and what stays, as JSON."""

from typing import Final

from msgspec import Struct

from lading.formats.view import View
from lading.model.advisory import SeverityLabel
from lading.model.diagnostic import Diagnostic
from lading.model.fixes import BaseMove, FixPlan, Stay, StayReason, Step
from lading.model.image import Image
from lading.model.package import Distribution
from lading.safeio.json_text import encode_document

FIXES_SCHEMA: Final = "https://lading.dev/schema/fixes-1.json"


class StayDocument(Struct, frozen=True, omit_defaults=True):
    """A vulnerability that stays, and why; `detail` says it in words. `may_go_with` is an upgrade of the plan that may
    bring another version of the package, or none. What is empty is absent."""

    reason: StayReason
    id: str
    type: str
    package: str
    version: str
    severity: SeverityLabel
    fixed_version: str = ""
    detail: str = ""
    may_go_with: str = ""


class FixesDocument(Struct, frozen=True):
    """The plan for one image. `before` and `after` count its vulnerabilities, each once for all packages of one source,
    now and when all steps are done, as matched with the new versions. Of `packages` packages `matched` were matched."""

    schema: str
    tool: str
    image: Image
    distribution: Distribution | None
    before: int
    after: int
    steps: tuple[Step, ...]
    stays: tuple[StayDocument, ...]
    bases: tuple[BaseMove, ...]
    diagnostics: tuple[Diagnostic, ...]
    packages: int
    matched: int


def encode_fixes(plan: FixPlan, view: View) -> bytes:
    """The plan as JSON (UTF-8, indented, ending in a newline)."""
    return encode_document(
        FixesDocument(
            schema=FIXES_SCHEMA,
            tool=plan.tool,
            image=plan.image,
            distribution=plan.distribution,
            before=plan.before,
            after=plan.after,
            steps=plan.steps,
            stays=tuple(map(_stay, plan.stays)),
            bases=plan.bases,
            diagnostics=plan.diagnostics,
            packages=plan.packages,
            matched=plan.matched,
        )
    )


def _stay(stay: Stay) -> StayDocument:
    finding = stay.finding
    package = finding.package
    return StayDocument(
        reason=stay.reason,
        id=finding.id,
        type=package.type,
        package=package.source or package.name,
        version=package.version,
        severity=finding.severity.label,
        fixed_version=finding.fixed_version,
        detail=stay.detail,
        may_go_with=stay.may_go_with,
    )
