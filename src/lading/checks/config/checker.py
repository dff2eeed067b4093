"""Configuration checks: what the readers of files and the image's configuration state, held to the table of checks."""

from collections.abc import Iterator

from lading.checks.config import code
from lading.checks.config.facts import Fact, PlacedFact, facts_of
from lading.checks.config.files import MODES, SETTINGS
from lading.checks.config.image import image_facts
from lading.checks.config.table import CheckInfo, check_infos, conditions
from lading.model.checks import Case, Checker, CheckResult, Issue, IssuePlace

_LONGEST = 200


def run(case: Case) -> CheckResult:
    """The issues of an image."""
    facts = tuple(iter_facts(case))
    issues = [issue for placed in facts for issue in _of_fact(placed)]
    infos = check_infos()
    for id, find in code.CHECKS.items():
        issues += [issue_of(infos[id], placed) for placed in find(case, facts)]
    return CheckResult(tuple(dict.fromkeys(issues)))


def iter_facts(case: Case) -> Iterator[PlacedFact]:
    """Everything that is known of an image's configuration."""
    yield from image_facts(case)
    for reader in (MODES, SETTINGS):
        yield from facts_of(case.files(reader.name))


def issue_of(info: CheckInfo, placed: PlacedFact) -> Issue:
    """What a check says of a fact."""
    fact, file = placed.fact, placed.file
    subject = str(fact.values.get(info.subject, "")) if info.subject else ""
    return Issue(
        id=info.id,
        kind="misconfiguration",
        title=info.title,
        severity=info.severity,
        message=_message(info, fact),
        place="file" if file is not None else _PLACES.get(fact.kind, "configuration"),
        path=file.path if file is not None else "",
        line=fact.line if file is not None else 0,
        layer=placed.layer,
        instruction=str(fact.values.get("text", ""))[:_LONGEST] if fact.kind == "instruction" else "",
        subject=subject,
        package=file.owner if file is not None else "",
        fix=info.fix,
        url=info.url,
        controls=info.controls,
    )


_PLACES: dict[str, IssuePlace] = {"instruction": "history"}


def _of_fact(placed: PlacedFact) -> Iterator[Issue]:
    shipped = placed.file is not None and placed.file.shipped
    for info, condition in conditions().get(placed.fact.kind, ()):
        if (info.shipped or not shipped) and condition.holds(placed.fact):
            yield issue_of(info, placed)


def _message(info: CheckInfo, fact: Fact) -> str:
    text = info.message
    for name, value in fact.values.items():
        text = text.replace(f"{{{name}}}", str(value)[:_LONGEST])
    return text


CHECKER = Checker("config", (MODES, SETTINGS), run)
