"""What was there before: findings, gaps and programs of an earlier result, which fail nothing again."""

from collections.abc import Iterator
from datetime import date
from typing import Final

from msgspec import structs

from lading.model.checks import Issue
from lading.model.diagnostic import Diagnostic
from lading.model.diagnostics import diagnostic
from lading.model.finding import Finding, Suppression
from lading.model.package import UnmanagedFile
from lading.model.report import Report, Target
from lading.policy.coverage import gaps_in
from lading.policy.known import BASELINE, FindingIndex, GapIndex, counts
from lading.policy.suppression import Suppressed

_REASON: Final = "it was there before"


class Baseline:
    """An earlier result, by the name that it was asked for; a Suppressor (lading.policy.suppression)."""

    def __init__(self, report: Report, name: str) -> None:
        self.name = name
        self._report = report
        self._index = FindingIndex(report.findings)
        self._gaps = GapIndex(gap for target in report.targets for gap in gaps_in(target))
        self._issues = {one.fingerprint for one in report.issues if _counted(one)}
        self._unmanaged = {file.path for target in report.targets for file in target.unmanaged}

    @property
    def suppression(self) -> Suppression:
        """What stands on everything that was there before."""
        return Suppression(BASELINE, self.name, _REASON)

    def suppress(self, report: Report, today: date) -> Suppressed:
        """The report with a suppression on each finding that this one has too, in place of those of other baselines."""
        targets = tuple(self._target(target) for target in report.targets)
        return Suppressed(structs.replace(report, targets=targets), tuple(self._remarks(report)))

    def has_gap(self, gap: Diagnostic) -> bool:
        """Whether something was not looked at or not matched before either."""
        return self._gaps.has(gap)

    def has_file(self, file: UnmanagedFile) -> bool:
        """Whether a program of no package was there before."""
        return file.path in self._unmanaged

    def _target(self, target: Target) -> Target:
        findings, issues = map(self._finding, target.findings), map(self._issue, target.issues)
        return structs.replace(target, findings=tuple(findings), issues=tuple(issues))

    def _issue(self, issue: Issue) -> Issue:
        others = tuple(one for one in issue.suppressions if one.source != BASELINE)
        if issue.fingerprint in self._issues:
            others = (*others, self.suppression)
        return structs.replace(issue, suppressions=others) if others != issue.suppressions else issue

    def _finding(self, finding: Finding) -> Finding:
        others = tuple(one for one in finding.suppressions if one.source != BASELINE)
        if finding.is_open and self._is_known(finding):
            others = (*others, self.suppression)
        return structs.replace(finding, suppressions=others) if others != finding.suppressions else finding

    def _is_known(self, finding: Finding) -> bool:
        """Whether the finding counted before. One that was ignored then is new when the ignore ends; so is one that was
        not known to be affected, and kernel code where there were only headers."""
        known = [one for one in self._index.find(finding) if counts(one)]
        if finding.status == "affected":
            known = [one for one in known if one.status == "affected"]
        if finding.hidden_reason != "kernel_headers":
            known = [one for one in known if one.hidden_reason != "kernel_headers"]
        return bool(known)

    def _remarks(self, report: Report) -> Iterator[Diagnostic]:
        names, others = ({_repository(target) for target in side.targets} for side in (report, self._report))
        if names.isdisjoint(others):
            message = (
                f"the baseline is of another image, {', '.join(sorted(others))}: what that has too is not new here"
            )
            yield diagnostic("baseline-other-image", message, self.name)
        if self._report.starter and not report.starter:
            message = "the baseline was matched against the starter set: nearly everything is new"
            yield diagnostic("baseline-starter-set", message, self.name)


def _counted(issue: Issue) -> bool:
    return not issue.hidden_reason and all(one.source == BASELINE for one in issue.suppressions)


def _repository(target: Target) -> str:
    """The name of an image without tag and digest."""
    name = target.image.name.partition("@")[0]
    head, slash, last = name.rpartition("/")
    return f"{head}{slash}{last.partition(':')[0]}"
