"""Checks of the user's own (docs/own-checks.md): conditions in CEL on the same facts, tried on their own examples."""

import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from typing import Any, Final

import msgspec
from msgspec import Struct

from lading.checks.config.examples import case_of_dockerfile, case_of_files
from lading.checks.config.facts import VALUES, FactKind, PlacedFact
from lading.checks.config.gather import iter_facts
from lading.checks.config.issues import issue_of
from lading.checks.config.table import CheckInfo, check_infos
from lading.formats.cel import MISSING, evaluated, first_line
from lading.model.advisory import SeverityLabel
from lading.model.checks import Case, Issue, TrialResult
from lading.model.errors import FormatError, UsageError

_MOST: Final = 1_000
_ID: Final = re.compile(r"[a-z0-9]+(?:[.-][a-z0-9]+)*")
_NUMBER: Final = {str: "", int: 0, bool: False}


class Trial(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """An example: a content of `file`, or of a Dockerfile without one, that the check finds or leaves alone."""

    file: str = ""
    finds: str = ""
    leaves: str = ""


class OwnTable(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One check as it is written. `when` is an expression on the values of one fact of the kind `on`."""

    id: str
    severity: SeverityLabel
    title: str
    on: FactKind
    when: str
    message: str = ""
    why: str = ""
    fix: str = ""
    subject: str = ""
    references: tuple[str, ...] = ()
    controls: tuple[str, ...] = ()
    test: tuple[Trial, ...] = ()


class _Document(Struct, frozen=True, forbid_unknown_fields=True):
    check: tuple[OwnTable, ...]


class OwnCheck(Struct, frozen=True):
    """A check and its compiled expression."""

    table: OwnTable
    info: CheckInfo
    program: Any
    where: str

    def finds(self, facts: Iterable[PlacedFact]) -> Iterator[Issue]:
        """What it finds among facts. Raises UsageError where the expression gives no answer."""
        for placed in facts:
            if placed.fact.kind == self.table.on:
                answer = evaluated(self.program, _environment(self.table.on).Activation(_data(placed)))
                if not isinstance(answer, bool):
                    raise UsageError(f"{self.where}: check {self.table.id}: {answer}")
                if answer:
                    yield issue_of(self.info, placed)


def parse_own(data: bytes, where: str) -> tuple[OwnCheck, ...]:
    """The checks of a file. Raises UsageError for what is none, or cannot be."""
    try:
        document = msgspec.convert(tomllib.loads(data.decode()), _Document)
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, msgspec.ValidationError, RecursionError) as error:
        raise UsageError(f"{where}: {' '.join(str(error).split())[:300]}") from error
    ids = [one.id for one in document.check]
    for one in document.check:
        if _ID.fullmatch(one.id) is None:
            raise UsageError(f"{where}: check {one.id[:80]!r}: is no ID (small letters, digits, dots and dashes)")
        if one.id in check_infos() or ids.count(one.id) > 1:
            raise UsageError(f"{where}: check {one.id[:80]!r}: is there twice")
    return tuple(OwnCheck(one, _info(one), _compiled(one, where), where) for one in document.check[:_MOST])


def own_issues(files: Sequence[tuple[str, bytes]], facts: Sequence[PlacedFact]) -> list[Issue]:
    """What the checks of files find. Raises UsageError as `parse_own`."""
    return [issue for name, data in files for one in parse_own(data, name) for issue in one.finds(facts)]


def try_own(data: bytes, where: str) -> list[TrialResult]:
    """The checks of a file, tried on their examples. Raises UsageError as `parse_own`."""
    return [result for one in parse_own(data, where) for result in _tried(one, where)]


def _tried(one: OwnCheck, where: str) -> Iterator[TrialResult]:
    if not one.table.test:
        yield TrialResult(one.table.id, "no examples", "give it a [[check.test]]")
    for number, trial in enumerate(one.table.test, 1):
        for wanted, text in ((True, trial.finds), (False, trial.leaves)):
            if text:
                count = len(list(one.finds(iter_facts(_case(trial, text, where)))))
                what = f"example {number} {'is found' if wanted else 'is left alone'}"
                wrong = "" if bool(count) is wanted else f"{count} found"
                yield TrialResult(one.table.id, what, wrong)


def _case(trial: Trial, text: str, where: str) -> Case:
    if trial.file:
        return case_of_files({trial.file.lstrip("/"): text.encode()})
    try:
        return case_of_dockerfile(text)
    except FormatError as error:
        raise UsageError(f"{where}: an example without a file is a Dockerfile: {error}") from error


def _info(table: OwnTable) -> CheckInfo:
    return CheckInfo(
        id=table.id,
        severity=table.severity,
        title=table.title,
        why=table.why,
        fix=table.fix,
        on=table.on,
        message=table.message,
        subject=table.subject,
        references=table.references,
        controls=table.controls,
    )


def _data(placed: PlacedFact) -> dict[str, Any]:
    """The values of a fact as variables; one that it does not have is empty, 0 or false."""
    fact = placed.fact
    data: dict[str, Any] = {
        f"{fact.kind}.{name}": fact.values.get(name, _NUMBER[kind]) for name, kind in VALUES[fact.kind].items()
    }
    return data | {f"{fact.kind}.place": f"/{placed.path}" if placed.path else "", f"{fact.kind}.layer": placed.layer}


@cache
def _environment(kind: FactKind) -> Any:
    try:
        from cel_expr_python import cel
    except ImportError as error:
        raise UsageError(f"checks of your own {MISSING}") from error
    types: Mapping[type, Any] = {str: cel.Type.STRING, int: cel.Type.INT, bool: cel.Type.BOOL}
    variables = {f"{kind}.{name}": types[one] for name, one in VALUES[kind].items()}
    return cel.NewEnv(variables={**variables, f"{kind}.place": cel.Type.STRING, f"{kind}.layer": cel.Type.INT})


def _compiled(table: OwnTable, where: str) -> Any:
    try:
        program = _environment(table.on).compile(table.when)
    except RuntimeError as error:
        known = ", ".join(f"{table.on}.{name}" for name in (*VALUES[table.on], "place", "layer"))
        raise UsageError(f"{where}: check {table.id}: {first_line(str(error))}; there are {known}") from error
    if program.return_type().name() != "BOOL":
        raise UsageError(f"{where}: check {table.id}: when gives no answer of true or false")
    return program
