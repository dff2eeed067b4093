"""The table of configuration checks: data/checks.json, what each looks for, why, and what to do."""

import re
from collections.abc import Mapping
from functools import cache
from pkgutil import get_data

import msgspec
from msgspec import Struct

from lading.checks.config.facts import Fact, FactKind
from lading.model.advisory import SeverityLabel


class CheckInfo(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One check. `title` says what is wrong, `message` what was found, with `{NAME}` for the values of the fact; `why`,
    `example` (what it finds) and `good` (what it leaves alone) are for people, `fix` says what to do. `controls` are
    the rules of benchmarks behind it.

    It is for facts of the kind `on` of which every value that `when` names matches (a regular expression, of the whole
    value, in any case), unless one that `unless` names does. `subject` is the value that tells findings apart. One
    without `when` is code, of its ID (lading.checks.config.code). `shipped` tells that it is found in files too that
    are as their package ships them.
    """

    id: str
    severity: SeverityLabel
    title: str
    why: str
    fix: str
    on: FactKind
    message: str = ""
    example: str = ""
    good: str = ""
    when: dict[str, str] = {}
    unless: dict[str, str] = {}
    subject: str = ""
    references: tuple[str, ...] = ()
    controls: tuple[str, ...] = ()
    shipped: bool = False

    @property
    def url(self) -> str:
        """The first reference."""
        return self.references[0] if self.references else ""


@cache
def check_infos() -> Mapping[str, CheckInfo]:
    """The checks by ID, in the order of the table. Raises ValueError for two of one ID."""
    rows = msgspec.json.decode(get_data(__package__, "data/checks.json") or b"", type=tuple[CheckInfo, ...])
    infos = {row.id: row for row in rows}
    if len(infos) < len(rows):
        raise ValueError("data/checks.json has two checks of one ID")
    return infos


class Condition:
    """When a check finds something: its expressions, compiled."""

    def __init__(self, info: CheckInfo) -> None:
        self._when = tuple((name, _compiled(text)) for name, text in info.when.items())
        self._unless = tuple((name, _compiled(text)) for name, text in info.unless.items())

    def holds(self, fact: Fact) -> bool:
        """Whether it does for a fact. A value that the fact does not have matches nothing."""
        values = fact.values
        return all(name in values and one.fullmatch(_text(values[name])) for name, one in self._when) and not any(
            name in values and one.fullmatch(_text(values[name])) for name, one in self._unless
        )


@cache
def conditions() -> Mapping[FactKind, tuple[tuple[CheckInfo, Condition], ...]]:
    """By kind of fact, the checks that are no code."""
    found: dict[FactKind, tuple[tuple[CheckInfo, Condition], ...]] = {}
    for info in check_infos().values():
        if info.when:
            found[info.on] = (*found.get(info.on, ()), (info, Condition(info)))
    return found


def _compiled(text: str) -> re.Pattern[str]:
    return re.compile(text, re.IGNORECASE | re.DOTALL)


def _text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
