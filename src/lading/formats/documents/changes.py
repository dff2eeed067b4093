"""In what two results differ, as JSON."""

from typing import Final

from msgspec import Struct

from lading.formats.documents.findings import FindingDocument, IssueDocument, finding_document, issue_document
from lading.formats.documents.report import DecisionDocument, decision_document
from lading.formats.view import View
from lading.model.changes import (
    ChangeCause,
    EvaluatedChanges,
    FieldChange,
    IssueChange,
    PackageChange,
    ResultSide,
    RowChange,
    RowChangeKind,
)
from lading.model.diagnostic import Diagnostic
from lading.model.image import Image
from lading.safeio.json_text import encode_document

CHANGES_SCHEMA: Final = "https://lading.dev/schema/changes-1.json"


class RowChangeDocument(Struct, frozen=True, omit_defaults=True):
    """One vulnerability in the packages of one source package (`type` and `package`): introduced, fixed, changed, or
    lost where the new result could not tell of it any more. `cause` is the image, the data, the tool or the policy,
    `why` says how. `finding` is the worst of the new result, of the old one where that has it alone; `fields` are what
    both say of it, and differently."""

    kind: RowChangeKind
    cause: ChangeCause
    why: str
    type: str
    package: str
    finding: FindingDocument
    old_versions: tuple[str, ...] = ()
    new_versions: tuple[str, ...] = ()
    fields: tuple[FieldChange, ...] = ()


class IssueChangeDocument(Struct, frozen=True, omit_defaults=True):
    """Something that checks found in only one of the results, or rate otherwise."""

    kind: RowChangeKind
    cause: ChangeCause
    why: str
    issue: IssueDocument
    fields: tuple[FieldChange, ...] = ()


class ChangesDocument(Struct, frozen=True):
    """In what two results differ: rows by kind, packages, and gaps that only one of them has. `same` counts the
    vulnerabilities of which both say the same, `same_issues` what checks found in both."""

    schema: str
    tool: str
    old: ResultSide
    new: ResultSide
    decision: DecisionDocument
    rows: tuple[RowChangeDocument, ...]
    same: int
    packages: tuple[PackageChange, ...]
    new_gaps: tuple[Diagnostic, ...]
    closed_gaps: tuple[Diagnostic, ...]
    issues: tuple[IssueChangeDocument, ...] = ()
    same_issues: int = 0


def encode_changes(evaluated: EvaluatedChanges, view: View) -> bytes:
    """The differences and the decision on them as JSON (UTF-8, indented, ending in a newline)."""
    changes = evaluated.changes
    sides = {"old": changes.old.image, "new": changes.new.image}
    return encode_document(
        ChangesDocument(
            schema=CHANGES_SCHEMA,
            tool=view.tool,
            old=changes.old,
            new=changes.new,
            decision=decision_document(evaluated.decision),
            rows=tuple(_row(one, sides["old" if one.kind in ("fixed", "lost") else "new"]) for one in changes.rows),
            same=changes.same,
            packages=changes.packages,
            new_gaps=changes.new_gaps,
            closed_gaps=changes.closed_gaps,
            issues=tuple(_issue(one, sides["old" if one.kind == "fixed" else "new"]) for one in changes.issues),
            same_issues=changes.same_issues,
        )
    )


def _issue(change: IssueChange, image: Image) -> IssueChangeDocument:
    return IssueChangeDocument(
        change.kind, change.cause, change.why, issue_document(change.issue, image), change.fields
    )


def _row(change: RowChange, image: Image) -> RowChangeDocument:
    package = change.finding.package
    return RowChangeDocument(
        kind=change.kind,
        cause=change.cause,
        why=change.why,
        type=package.type,
        package=package.source or package.name,
        finding=finding_document(change.finding, image),
        old_versions=change.old_versions,
        new_versions=change.new_versions,
        fields=change.fields,
    )
