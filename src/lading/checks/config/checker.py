"""Configuration checks: what the readers of files and the image's configuration state, held to the table of checks."""

from collections import defaultdict
from collections.abc import Iterator, Sequence

from lading.checks.config import code
from lading.checks.config.facts import Fact, PlacedFact
from lading.checks.config.files import READERS
from lading.checks.config.gather import iter_facts
from lading.checks.config.issues import issue_of
from lading.checks.config.table import check_infos, conditions
from lading.model.checks import Case, Checker, CheckResult, CheckText, Issue


def run(case: Case) -> CheckResult:
    """The issues of an image."""
    facts = tuple(iter_facts(case))
    around: defaultdict[str, list[Fact]] = defaultdict(list)
    for placed in facts:
        around[placed.path].append(placed.fact)
    issues = [issue for placed in facts for issue in _of_fact(placed, around[placed.path])]
    infos = check_infos()
    for id, find in code.CHECKS.items():
        issues += [issue_of(infos[id], placed) for placed in find(case, facts)]
    if case.examined.inputs.own:
        from lading.checks.config.own import own_issues

        issues += own_issues(case.examined.inputs.own, facts)
    return CheckResult(tuple(dict.fromkeys(issues)))


def _of_fact(placed: PlacedFact, around: Sequence[Fact]) -> Iterator[Issue]:
    shipped = placed.file is not None and placed.file.shipped
    for info, condition in conditions().get(placed.fact.kind, ()):
        if (info.shipped or not shipped) and condition.holds(placed.fact, around):
            yield issue_of(info, placed)


def texts() -> tuple[CheckText, ...]:
    """What each check is."""
    fields = CheckText.__struct_fields__
    return tuple(
        CheckText(family="config", **{name: getattr(info, name) for name in fields if name != "family"})
        for info in check_infos().values()
    )


CHECKER = Checker("config", READERS, run, texts=texts)
