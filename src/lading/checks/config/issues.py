"""What a check says of a fact, for people: nothing of it is a secret."""

import re
from collections.abc import Mapping
from typing import Final

from lading.checks.config.facts import Fact, FactKind, PlacedFact
from lading.checks.config.masking import masked, without_secrets
from lading.checks.config.table import CheckInfo
from lading.model.checks import Issue, IssuePlace

_LONGEST: Final = 200


def issue_of(info: CheckInfo, placed: PlacedFact) -> Issue:
    """What a check says of a fact."""
    fact, file = placed.fact, placed.file
    subject = without_secrets(str(fact.values.get(info.subject, ""))) if info.subject else ""
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


def _message(info: CheckInfo, fact: Fact) -> str:
    return _NAME.sub(lambda found: _shown(fact, found[1]), info.message)


_NAME: Final = re.compile(r"\{(@?\w+)\}")


def _shown(fact: Fact, name: str) -> str:
    """A value as people may see it."""
    value = str(fact.values.get(name, ""))
    if name == "value" and fact.kind in ("variable", "label"):
        value = masked(str(fact.values["name"]), value)
    return without_secrets(value)[:_LONGEST]
