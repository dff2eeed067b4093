"""The table of configuration checks: data/checks.json, what each looks for, why, and what to do."""

import re
from collections.abc import Mapping, Sequence
from functools import cache
from pkgutil import get_data

import msgspec
from msgspec import Struct

from lading.checks.config.facts import Fact, FactKind
from lading.model.advisory import SeverityLabel


class CheckInfo(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One check. `title` says what is wrong, `message` what was found, with `{NAME}` for the values of the fact; `why`,
    `example` (what it finds) and `good` (what it leaves alone) are contents of `file`, of a Dockerfile without one, or
    for `on` "file" and "artifact" words, `fix` says what to do. `controls` are
    the rules of benchmarks behind it.

    It is for facts of the kind `on` of which every value that `when` names matches (a regular expression, of the whole
    value, in any case), unless one that `unless` names does. `beside` are conditions of which each must hold for some
    fact of the same file (of the image, for what no file states), `lacking` those that must for none. `subject` is the
    value that tells findings apart. One without `when` is code, of its ID (lading.checks.config.code). `shipped` tells
    that it is found in files too that are as their package ships them.
    """

    id: str
    severity: SeverityLabel
    title: str
    why: str
    fix: str
    on: FactKind
    message: str = ""
    file: str = ""
    example: str = ""
    good: str = ""
    when: dict[str, str] = {}
    unless: dict[str, str] = {}
    beside: tuple[dict[str, str], ...] = ()
    lacking: tuple[dict[str, str], ...] = ()
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


_Patterns = tuple[tuple[str, re.Pattern[str]], ...]


class Condition:
    """When a check finds something: its expressions, compiled."""

    def __init__(self, info: CheckInfo) -> None:
        self._when = _compiled(info.when)
        self._unless = _compiled(info.unless)
        self._beside = tuple(map(_compiled, info.beside))
        self._lacking = tuple(map(_compiled, info.lacking))

    def holds(self, fact: Fact, around: Sequence[Fact]) -> bool:
        """Whether it does for a fact, among all that stand `around` it. A value that the fact does not have matches
        nothing."""
        return (
            _matches(self._when, fact)
            and not any(_matches((one,), fact) for one in self._unless)
            and all(any(_matches(patterns, one) for one in around) for patterns in self._beside)
            and not any(_matches(patterns, one) for patterns in self._lacking for one in around)
        )


def _matches(patterns: _Patterns, fact: Fact) -> bool:
    values = fact.values
    return all(name in values and pattern.fullmatch(_text(values[name])) for name, pattern in patterns)


@cache
def conditions() -> Mapping[FactKind, tuple[tuple[CheckInfo, Condition], ...]]:
    """By kind of fact, the checks that are no code."""
    found: dict[FactKind, tuple[tuple[CheckInfo, Condition], ...]] = {}
    for info in check_infos().values():
        if info.when:
            found[info.on] = (*found.get(info.on, ()), (info, Condition(info)))
    return found


def _compiled(texts: Mapping[str, str]) -> _Patterns:
    return tuple((name, re.compile(text, re.IGNORECASE | re.DOTALL)) for name, text in texts.items())


def _text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
