"""In what two results differ: the same image at two times, two tags, or two images."""

from typing import Literal

from msgspec import Struct

from lading.model.checks import Issue
from lading.model.decision import Decision
from lading.model.diagnostic import Diagnostic
from lading.model.finding import Finding
from lading.model.image import Image, Origin
from lading.model.package import Distribution

RowChangeKind = Literal["introduced", "fixed", "lost", "changed"]
"""A vulnerability that only the new result has; that only the old one has; likewise, but the new one could not tell any
more; that both have, and say other things of."""

ChangeCause = Literal["image", "data", "tool", "policy"]
"""What made it: the content of the image, the advisories, the version or the options of the program, or the policy."""

PackageChangeKind = Literal["added", "removed", "upgraded", "downgraded", "changed"]


class FieldChange(Struct, frozen=True):
    """Something that both results say of a vulnerability, and differently; empty where one of them says nothing."""

    field: str
    old: str
    new: str


class RowChange(Struct, frozen=True, omit_defaults=True):
    """One vulnerability in the packages of one source package. `finding` is the worst of the new result, of the old one
    where that has it alone. `why` says in a sentence how it came about; the versions are the installed ones."""

    kind: RowChangeKind
    cause: ChangeCause
    why: str
    finding: Finding
    old_versions: tuple[str, ...] = ()
    new_versions: tuple[str, ...] = ()
    fields: tuple[FieldChange, ...] = ()


class IssueChange(Struct, frozen=True, omit_defaults=True):
    """Something that checks found in only one of the results, or rate otherwise: `issue` is the new result's, the old
    one's where that has it alone. `why` says in a sentence how it came about."""

    kind: RowChangeKind
    cause: ChangeCause
    why: str
    issue: Issue
    fields: tuple[FieldChange, ...] = ()


class PackageChange(Struct, frozen=True, order=True, omit_defaults=True):
    """A package that only one of the results has, or that they have at other versions. `origin` tells whose layer it is
    in, of the new result where that has it."""

    kind: PackageChangeKind
    type: str
    name: str
    old_versions: tuple[str, ...] = ()
    new_versions: tuple[str, ...] = ()
    origin: Origin = "unknown"


class ResultSide(Struct, frozen=True, omit_defaults=True):
    """One of the two results: `name` is what was asked for, `rows` counts its open vulnerabilities; `partial` tells
    that not everything in the image was read and matched, so that no vulnerability does not mean that there is none."""

    name: str
    image: Image
    distribution: Distribution | None
    tool: str
    database: str
    packages: int
    rows: int
    partial: bool = False


class ResultChanges(Struct, frozen=True, omit_defaults=True):
    """In what two results differ. `rows` are sorted by kind, then as a report has them; `same` counts the
    vulnerabilities of which both say the same. `new_gaps` and `closed_gaps` are what only one of them could not look at
    or match. `issues` are the differences of what checks found, of the families that both results had, and
    `same_issues` counts those that both have."""

    old: ResultSide
    new: ResultSide
    rows: tuple[RowChange, ...] = ()
    same: int = 0
    packages: tuple[PackageChange, ...] = ()
    new_gaps: tuple[Diagnostic, ...] = ()
    closed_gaps: tuple[Diagnostic, ...] = ()
    issues: tuple[IssueChange, ...] = ()
    same_issues: int = 0

    def of_kind(self, kind: RowChangeKind) -> tuple[RowChange, ...]:
        """The changes of one kind."""
        return tuple(one for one in self.rows if one.kind == kind)


class EvaluatedChanges(Struct, frozen=True):
    """In what two results differ, and the decision on that: what every renderer gets."""

    changes: ResultChanges
    decision: Decision
