"""What a result means for those who asked: which rules failed, on what, and the status to exit with."""

from typing import Final, Literal

from msgspec import Struct

from lading.model.diagnostic import Diagnostic
from lading.model.finding import Suppression
from lading.model.report import InventoryResult, Report

ExitStatus = int
PASSED: Final[ExitStatus] = 0
FAILED: Final[ExitStatus] = 1
INCOMPLETE: Final[ExitStatus] = 3


class RuleResult(Struct, frozen=True, omit_defaults=True):
    """The answer to one rule of a gate. `rule` is what was asked ("--fail-on high", the name of a policy's rule, which
    stands at `where`), `message` what a policy says to do about it; one whose `action` is "warn" fails nothing.

    `failing` are the occurrence IDs of the findings that fail it, one for each row, `hidden` counts those of them that
    people see hidden by default. `unrated` counts the rows that carry no severity, so that the rule could not be
    applied; `unmanaged` the programs and archives that fail it because they belong to no package; `images` are the
    names of the images that fail it. `problems` say why the rule could not be answered, and for how many findings or
    which image: that fails it too. `waiting` counts the rows within their grace period, the first of which ends after
    the day `until` (ISO 8601); `locked` tells that only the organisation can ignore what fails it.
    """

    rule: str
    failing: tuple[str, ...] = ()
    hidden: int = 0
    unrated: int = 0
    unmanaged: int = 0
    action: Literal["fail", "warn"] = "fail"
    images: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()
    waiting: int = 0
    until: str = ""
    locked: bool = False
    where: str = ""
    message: str = ""

    @property
    def applies(self) -> bool:
        """Whether anything that was asked about is there, or cannot be told."""
        return bool(self.failing or self.unmanaged or self.images or self.problems)

    @property
    def failed(self) -> bool:
        """Whether that fails the report."""
        return self.applies and self.action == "fail"


class AcceptedGap(Struct, frozen=True):
    """Something that was not looked at or not matched, and who accepts that."""

    gap: Diagnostic
    by: Suppression


class EntryTerms(Struct, frozen=True, omit_defaults=True):
    """What an entry that accepts something must be like to hold: the keys that are `required`, the `longest` days until
    it expires (0: any), and, where the organisation's file `lock` lets nobody ignore, the `exceptions` that it
    leaves."""

    required: tuple[str, ...] = ()
    longest: int = 0
    lock: str = ""
    exceptions: tuple[str, ...] = ()


STALE: Final = "data-stale"
"""The code of a diagnostic on old data."""


class Decision(Struct, frozen=True, omit_defaults=True):
    """`rules` are answered in the order in which they were asked. `diagnostics` are what could not be decided, and what
    people should know of the policy: what expired, or means nothing here. `incomplete` tells that the report, or an
    answer, does not rest on everything, `accepted` which gaps are known and accepted, `allow_incomplete` that all are.
    `day` is that of the decision (ISO 8601, UTC), on which ages and last days were decided; empty without any.
    `failed_status` is what a failed rule exits with. `gaps` are what the answer does not rest on, as far as nobody
    accepts that. `terms` are those of an entry that would accept something."""

    rules: tuple[RuleResult, ...] = ()
    diagnostics: tuple[Diagnostic, ...] = ()
    incomplete: bool = False
    allow_incomplete: bool = False
    accepted: tuple[AcceptedGap, ...] = ()
    day: str = ""
    failed_status: ExitStatus = FAILED
    gaps: tuple[Diagnostic, ...] = ()
    terms: EntryTerms = EntryTerms()

    @property
    def failed(self) -> bool:
        """Whether any rule failed."""
        return any(rule.failed for rule in self.rules)

    @property
    def exit_status(self) -> ExitStatus:
        """1 (or what was asked for in its place) when a rule failed, else 3 when something was not looked at or not
        matched and that is not accepted, else 0. (2, for errors, is for programs that have no report to decide on.)"""
        if self.failed and self.failed_status != PASSED:
            return self.failed_status
        return INCOMPLETE if self.incomplete and not self.allow_incomplete else PASSED


class Evaluated(Struct, frozen=True):
    """A report, with who suppressed what of it, and the decision on it: what every renderer of a scan gets."""

    report: Report
    decision: Decision

    @property
    def doubts(self) -> tuple[Diagnostic, ...]:
        """What the result does not rest on beside what the targets say themselves: what only counts where something is
        asked, and data that is old, also where nothing is asked."""
        return tuple(one for one in self.decision.diagnostics if one.level == "incomplete" or one.code == STALE)

    @property
    def is_stale(self) -> bool:
        """Whether the result rests on data that is old."""
        return any(one.code == STALE for one in self.decision.diagnostics)


class Scanned(Struct, frozen=True):
    """What is in an image, and the evaluated report on that."""

    found: InventoryResult
    evaluated: Evaluated
