"""What a result means for those who asked: which rules failed, on what, and the status to exit with."""

from typing import Literal

from msgspec import Struct

from lading.model.diagnostic import Diagnostic
from lading.model.report import Report

ExitStatus = Literal[0, 1, 3]
PASSED: ExitStatus = 0
FAILED: ExitStatus = 1
INCOMPLETE: ExitStatus = 3


class RuleResult(Struct, frozen=True, omit_defaults=True):
    """The answer to one rule of a gate. `rule` is what was asked ("--fail-on high"). `failing` are the occurrence IDs
    of the findings that fail it, one for each row, `hidden` counts those of them that people see hidden by default.
    `unrated` counts the rows that carry no severity, so that the rule could not be applied; `unmanaged` the programs
    and archives that fail it because they belong to no package."""

    rule: str
    failing: tuple[str, ...] = ()
    hidden: int = 0
    unrated: int = 0
    unmanaged: int = 0

    @property
    def failed(self) -> bool:
        """Whether anything that was asked about is there."""
        return bool(self.failing or self.unmanaged)


class Decision(Struct, frozen=True, omit_defaults=True):
    """`rules` are answered in the order in which they were asked. `diagnostics` are what could not be decided.
    `incomplete` tells that the report, or an answer, does not rest on everything."""

    rules: tuple[RuleResult, ...] = ()
    diagnostics: tuple[Diagnostic, ...] = ()
    incomplete: bool = False
    allow_incomplete: bool = False

    @property
    def failed(self) -> bool:
        """Whether any rule failed."""
        return any(rule.failed for rule in self.rules)

    @property
    def exit_status(self) -> ExitStatus:
        """1 when a rule failed, else 3 when something was not looked at or not matched and that is not accepted, else
        0. (2, for errors, is for programs that have no report to decide on.)"""
        if self.failed:
            return FAILED
        return INCOMPLETE if self.incomplete and not self.allow_incomplete else PASSED


class Evaluated(Struct, frozen=True):
    """A report and the decision on it: what every renderer of a scan gets."""

    report: Report
    decision: Decision
