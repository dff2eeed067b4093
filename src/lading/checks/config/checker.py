"""Configuration checks: what the readers of files and the image's configuration state, held to the table of checks."""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from lading.checks.config import code
from lading.checks.config.facts import Fact, FactKind, PlacedFact, facts_of
from lading.checks.config.files import READERS
from lading.checks.config.image import image_facts
from lading.checks.config.masking import masked, without_secrets
from lading.checks.config.table import CheckInfo, check_infos, conditions
from lading.model.checks import Case, Checker, CheckResult, CheckText, Issue, IssuePlace

_LONGEST = 200


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
    return CheckResult(tuple(dict.fromkeys(issues)))


def iter_facts(case: Case) -> Iterator[PlacedFact]:
    """Everything that is known of an image's configuration."""
    yield from image_facts(case)
    for reader in READERS:
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
        instruction=_instruction(fact),
        subject=subject,
        package=file.owner if file is not None else "",
        fix=info.fix,
        url=info.url,
        controls=info.controls,
    )


def _instruction(fact: Fact) -> str:
    """The instruction or the entry of the configuration that it is about."""
    values = fact.values
    match fact.kind:
        case "instruction":
            return without_secrets(str(values["text"]))[:_LONGEST]
        case "variable":
            return f"ENV {values['name']}"
        case "label":
            return f"LABEL {values['name']}"
        case "port":
            return f"EXPOSE {values['port']}/{values['protocol']}"
        case "volume":
            return f"VOLUME {values['path']}"
        case _:
            return ""


_PLACES: Final[Mapping[FactKind, IssuePlace]] = {"instruction": "history", "package": "package"}


def _of_fact(placed: PlacedFact, around: Sequence[Fact]) -> Iterator[Issue]:
    shipped = placed.file is not None and placed.file.shipped
    for info, condition in conditions().get(placed.fact.kind, ()):
        if (info.shipped or not shipped) and condition.holds(placed.fact, around):
            yield issue_of(info, placed)


def _message(info: CheckInfo, fact: Fact) -> str:
    return _NAME.sub(lambda found: _shown(fact, found[1]), info.message)


_NAME: Final = re.compile(r"\{(@?\w+)\}")


def _shown(fact: Fact, name: str) -> str:
    """A value as people may see it."""
    value = str(fact.values.get(name, ""))
    if name == "value" and fact.kind in ("variable", "label"):
        value = masked(str(fact.values["name"]), value)
    return without_secrets(value)[:_LONGEST]


def texts() -> tuple[CheckText, ...]:
    """What each check is."""
    fields = CheckText.__struct_fields__
    return tuple(
        CheckText(family="config", **{name: getattr(info, name) for name in fields if name != "family"})
        for info in check_infos().values()
    )


CHECKER = Checker("config", READERS, run, texts=texts)
