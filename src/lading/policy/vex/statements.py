"""VEX documents, held against the images of a result; and the word of an organisation that they do not hold."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from typing import Final

from msgspec import structs

from lading.model.checks import Issue
from lading.model.diagnostic import Diagnostic
from lading.model.diagnostics import diagnostic
from lading.model.finding import Finding, VexWord
from lading.model.report import Report, Target
from lading.model.vex import HeldVex, VexResult
from lading.policy.known import BASELINE
from lading.policy.suppression import Suppressed
from lading.policy.vex.apply import SILENCING, SOURCE, VexCase, apply_vex


class Statements:
    """The statements of documents: in a scan, and on results that were kept."""

    def __init__(self, documents: Sequence[HeldVex]) -> None:
        self._documents = documents

    def target(self, target: Target) -> Target:
        """One image of a result with what these statements come to, beside those that were applied to it before."""
        case = VexCase(target.image, target.distribution, target.packages, target.findings)
        applied = apply_vex(case, self._documents)
        known = {(one.where, one.vulnerability, one.status, one.time) for one in target.vex}
        results = [one for one in applied.results if (one.where, one.vulnerability, one.status, one.time) not in known]
        return structs.replace(
            target,
            findings=applied.findings,
            diagnostics=tuple(sorted({*target.diagnostics, *applied.diagnostics})),
            vex=(*_still(target.vex, applied.findings), *results),
        )


class Locked:
    """The word of an organisation that lets nobody ignore, as a Suppressor: what statements that are not its own, and
    baselines, have taken out counts again. `lock` is the file that says so."""

    def __init__(self, lock: str) -> None:
        self._why = f"{lock} lets nobody ignore but by its exceptions"

    def suppress(self, report: Report, today: date) -> Suppressed:
        """The report without the suppressions of such statements."""
        refused: set[tuple[str, str]] = set()
        targets = []
        for target in report.targets:
            findings = tuple(self.finding(one, refused) for one in target.findings)
            issues = tuple(self.issue(one, refused) for one in target.issues)
            vex = _still(target.vex, findings)
            targets.append(structs.replace(target, findings=findings, issues=issues, vex=vex))
        return Suppressed(structs.replace(report, targets=tuple(targets)), tuple(sorted(self._told(refused))))

    def finding(self, finding: Finding, refused: set[tuple[str, str]]) -> Finding:
        """One finding; what does not hold, and where that stands, is added to `refused`."""
        held = tuple(one for one in finding.suppressions if one.source not in _WHAT or one.approved)
        if len(held) == len(finding.suppressions):
            return finding
        refused.update((one.source, one.where) for one in finding.suppressions if one not in held)
        return structs.replace(finding, suppressions=held, vex=tuple(map(self._word, finding.vex)))

    def issue(self, issue: Issue, refused: set[tuple[str, str]]) -> Issue:
        """One issue, as `finding` has it."""
        held = tuple(one for one in issue.suppressions if one.source not in _WHAT or one.approved)
        refused.update((one.source, one.where) for one in issue.suppressions if one not in held)
        return structs.replace(issue, suppressions=held)

    def _told(self, refused: Iterable[tuple[str, str]]) -> Iterator[Diagnostic]:
        """One remark for each document and baseline."""
        by_place: defaultdict[tuple[str, str], list[str]] = defaultdict(list)
        for source, where in sorted(refused):
            by_place[source, where.rpartition(": ")[0] if source == SOURCE else ""].append(where)
        for (source, document), places in by_place.items():
            what = f"{len(places):,} statements do" if len(places) > 1 and source == SOURCE else f"{_WHAT[source]} does"
            where = document if len(places) > 1 else places[0]
            yield diagnostic("ignore-refused", f"{what} not hold: {self._why}", where)

    def _word(self, word: VexWord) -> VexWord:
        applied = word.outcome == "applied" and word.status in SILENCING
        return structs.replace(word, outcome="shown", note=self._why) if applied else word


_WHAT: Final = {SOURCE: "the statement", BASELINE: "the baseline"}


def _still(results: Sequence[VexResult], findings: Sequence[Finding]) -> tuple[VexResult, ...]:
    """What came of statements before, as far as later ones or a lock left it so."""
    by_place: dict[str, VexWord] = {}
    for word in (word for finding in findings for word in finding.vex):
        if word.where not in by_place or word.outcome == "applied":
            by_place[word.where] = word
    return tuple(_told(one, by_place.get(one.where)) for one in results)


def _told(result: VexResult, word: VexWord | None) -> VexResult:
    if result.outcome != "applied" or word is None or word.outcome == "applied":
        return result
    return structs.replace(result, outcome=word.outcome, note=word.note)
