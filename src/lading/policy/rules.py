"""Rules of policies, put to every finding or every image."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from functools import lru_cache

from msgspec import Struct, field

from lading.model.checks import Issue
from lading.model.decision import RuleResult
from lading.model.finding import Finding, Suppression
from lading.model.report import Report, Target
from lading.model.rows import Row
from lading.policy.expressions import Evaluator, Expression, compile_expression
from lading.policy.fields import FindingCase, ImageCase
from lading.policy.grace import with_grace
from lading.policy.issue_fields import ISSUE, OF_PACKAGE, IssueCase
from lading.policy.known import BASELINE
from lading.policy.policy import Rule


class _Asked(Struct):
    """A rule and what came of it so far: the failing findings by their row, those that could not be answered, images,
    and the issues that fail it, by their occurrence IDs."""

    rule: Rule
    expression: Expression
    failing: dict[tuple[object, ...], list[Finding]] = field(default_factory=dict)
    problems: Counter[str] = field(default_factory=Counter)
    images: list[str] = field(default_factory=list)
    issues: list[str] = field(default_factory=list)

    def is_about(self, issue: Issue) -> bool:
        """Whether it asks for nothing that an issue of this kind never has, as those of files have no package."""
        asked = {name for scope, name in self.expression.needs if scope == "finding"}
        return asked <= ISSUE.keys() and (issue.kind == "license" or asked.isdisjoint(OF_PACKAGE))

    @property
    def looks_further(self) -> bool:
        """Whether it is put to what is under investigation too."""
        return ("finding", "status") in self.expression.needs

    @property
    def looks_back(self) -> bool:
        """Whether it is put to what the baseline has too."""
        return ("finding", "new") in self.expression.needs | self.expression.asks


def compile_rules(rules: Iterable[Rule]) -> list[Expression]:
    """The expressions of rules. Raises PolicyError for one that cannot be."""
    return [compile_expression(one.table.name, one.table.fail or one.table.warn, one.where) for one in rules]


def answer_rules(report: Report, rules: Sequence[Rule], today: date, *, compared: bool = False) -> list[RuleResult]:
    """The answers to rules, in their order. Each finding is asked about on its own, and a row fails by any of its
    binaries. `compared` tells that there is a baseline; a rule that does not ask for `finding.new` is put to what is
    new alone. Raises PolicyError for a rule that cannot be."""
    asked = [_Asked(rule, expression) for rule, expression in zip(rules, compile_rules(rules), strict=True)]
    of_images = [one for one in asked if one.expression.scope == "image"]
    of_findings = [one for one in asked if one.expression.scope == "finding"]
    image_rules = _evaluator(*(_source(one) for one in of_images))
    finding_rules = _evaluator(*(_source(one) for one in of_findings))
    image_rules.begin()
    finding_rules.begin()
    for number, target in enumerate(report.targets):
        case = ImageCase(target, today, compared=compared)
        for one, answer in zip(of_images, image_rules.evaluate({"image": case}), strict=True):
            if isinstance(answer, str):
                one.problems[f"{answer}: {target.image.name}"] += 1
            elif answer:
                one.images.append(target.image.name)
        for finding in _open(target) if of_findings else ():
            answers = finding_rules.evaluate({"finding": FindingCase(finding, case), "image": case})
            _note(number, finding, of_findings, answers)
        for issue in target.issues if of_findings else ():
            answers = finding_rules.evaluate({"finding": IssueCase(issue, case), "image": case})
            _note_issue(issue, of_findings, answers)
    return [_result(one, today) for one in asked]


_Source = tuple[str, str, str]


def _source(asked: _Asked) -> _Source:
    table = asked.rule.table
    return table.name, table.fail or table.warn, asked.rule.where


@lru_cache(maxsize=8)
def _evaluator(*sources: _Source) -> Evaluator:
    """The one for these rules, whose answers are kept from report to report."""
    return Evaluator([compile_expression(*source) for source in sources])


def _open(target: Target) -> Iterator[Finding]:
    return (one for one in target.findings if one.is_open and one.hidden_reason != "kernel_headers")


def _note(target: int, finding: Finding, asked: Sequence[_Asked], answers: Sequence[bool | str]) -> None:
    for one, answer in zip(asked, answers, strict=True):
        if answer is False or not _counts(one, finding):
            continue
        if isinstance(answer, str):
            one.problems[answer] += 1
        else:
            one.failing.setdefault((target, *finding.row), []).append(finding)


def _note_issue(issue: Issue, asked: Sequence[_Asked], answers: Sequence[bool | str]) -> None:
    if issue.hidden_reason:
        return
    for one, answer in zip(asked, answers, strict=True):
        if answer is False or not _holds(one, issue.suppressions):
            continue
        if isinstance(answer, str):
            one.problems.update((answer,) if one.is_about(issue) else ())
        else:
            one.issues.append(issue.occurrence)


def _counts(asked: _Asked, finding: Finding) -> bool:
    if finding.status != "affected" and not asked.looks_further:
        return False
    return _holds(asked, finding.suppressions)


def _holds(asked: _Asked, suppressions: Iterable[Suppression]) -> bool:
    """Whether a rule holds against what suppressions there are."""
    holding = [one for one in suppressions if one.source != BASELINE or not asked.looks_back]
    if asked.rule.table.ignorable:
        return not holding
    return not any(one.approved for one in holding)


def _result(asked: _Asked, today: date) -> RuleResult:
    table = asked.rule.table
    rows = [Row(findings[0], tuple(findings)) for findings in asked.failing.values()]
    failing, waiting = with_grace(rows, asked.rule.grace, today)
    return RuleResult(
        table.name,
        (*(row.finding.occurrence for row in failing), *asked.issues),
        hidden=sum(bool(row.hidden_reason) for row in failing),
        action="fail" if table.fail else "warn",
        images=tuple(asked.images),
        problems=tuple(_problem(text, count) for text, count in sorted(asked.problems.items())),
        waiting=waiting.count,
        until=waiting.until,
        locked=not table.ignorable,
        where=asked.rule.where,
        message=table.message,
    )


def _problem(text: str, count: int) -> str:
    return text if count == 1 else f"{text} ({count:,} times)"
