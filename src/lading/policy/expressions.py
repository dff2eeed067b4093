"""Expressions of rules, in CEL (https://cel.dev), compiled and evaluated by the library `cel-expr-python`.

Each field is a variable with a type of its own, so that a misspelt name or a comparison of unlike things is an error
when a policy is read, not a rule that never fails. An expression cannot read anything but fields, and what it may take
is bounded: by its length, by what it may build, and by the library's limits of nesting and iterations.
"""

import re
from collections.abc import Mapping, Sequence
from functools import cache, lru_cache
from time import process_time
from typing import Any, Final

from msgspec import Struct

from lading.formats.cel import MISSING, evaluated, first_line
from lading.model.errors import PolicyError
from lading.model.spelling import meant
from lading.policy.fields import FIELDS, SEVERITIES, Kind, Scope, how_known, iter_names
from lading.policy.issue_fields import ISSUE, IssueCase

_LONGEST: Final = 4_000
_TOGETHER: Final = 20
"""Expressions that are evaluated as one list, which takes a fraction of the time."""
_MOST_MAPS: Final = 1
"""Each `map` may multiply what it is given."""

_TOKENS: Final = re.compile(
    r"""(?P<skip>//[^\n]*|[rRbB]{0,2}(?:'''(?:\\.|.)*?'''|\"""(?:\\.|.)*?\"""|'(?:\\.|[^'\\])*'|"(?:\\.|[^"\\])*"))"""
    r"""|(?P<has>\bhas\s*\(\s*(?P<of>finding|image)\s*\.\s*(?P<asked>\w+)\s*\))"""
    r"""|(?<![\w.])(?P<scope>finding|image)\s*\.\s*(?P<name>\w+)"""
    r"""|\.\s*(?P<map>map)\s*\(""",
    re.DOTALL,
)


class Expression(Struct, frozen=True):
    """A compiled expression. `needs` are the fields whose values it takes, and `asks` those that it asks `has(…)` of,
    both by scope and name."""

    name: str
    text: str
    program: Any
    needs: frozenset[tuple[Scope, str]]
    asks: frozenset[tuple[Scope, str]]

    @property
    def scope(self) -> Scope:
        """What it is put to: each finding where it asks for one, else each image."""
        return "finding" if any(scope == "finding" for scope, _ in self.needs | self.asks) else "image"


@lru_cache(maxsize=1000)
def compile_expression(name: str, text: str, where: str) -> Expression:
    """The expression of the rule `name`, which stands at `where`. Raises PolicyError for what is no expression, asks
    for a field that there is not, compares what is unlike, or might take too much."""
    if len(text) > _LONGEST:
        raise PolicyError(f"{where}: rule {name}: has {len(text):,} characters; at most {_LONGEST:,} are read")
    needs: set[tuple[Scope, str]] = set()
    asks: set[tuple[Scope, str]] = set()
    maps = 0
    for token in _TOKENS.finditer(text):
        scope, field = (token["of"], token["asked"]) if token["has"] else (token["scope"], token["name"])
        maps += token["map"] is not None
        if scope is None:
            continue
        known = FIELDS[scope]  # type: ignore[index]
        if field not in known:
            raise PolicyError(f"{where}: rule {name}: {scope}.{field[:100]}: no such field{meant(field, known)}")
        (asks if token["has"] else needs).add((scope, field))  # type: ignore[arg-type]
    if maps > _MOST_MAPS:
        raise PolicyError(f"{where}: rule {name}: uses map {maps} times, and may do so once")
    return Expression(name, text, _compiled(_with_presence(text), name, where), frozenset(needs), frozenset(asks))


class Evaluator:
    """Expressions of one scope, to be put to many findings or images, of many reports one after the other."""

    def __init__(self, expressions: Sequence[Expression]) -> None:
        self._expressions = expressions
        self._needs = sorted({field for one in expressions for field in one.needs})
        self._asks = sorted({field for one in expressions for field in one.asks})
        self._together = [
            (expressions[start : start + _TOGETHER], _list_of(expressions[start : start + _TOGETHER]))
            for start in range(0, len(expressions), _TOGETHER)
        ]
        self._known: dict[tuple[Any, ...], tuple[bool | str, ...]] = {}
        self._spent = 0.0

    def begin(self) -> None:
        """Begins with another report: what one may take is taken anew."""
        self._spent = 0.0
        if len(self._known) > _MOST_KNOWN:
            self._known.clear()

    def evaluate(self, cases: Mapping[Scope, object]) -> tuple[bool | str, ...]:
        """The answer of each expression: whether it holds, or in words why that cannot be told."""
        values = {field: _value(*field, cases[field[0]]) for field in {*self._needs, *self._asks}}
        key = tuple(_hashable(values[field]) for field in self._needs)
        key += tuple(values[field] is not None for field in self._asks)
        answers = self._known.get(key)
        if answers is None:
            started = process_time()
            late = self._spent > _MOST_SECONDS
            answers = (_TOO_LONG,) * len(self._expressions) if late else self._answers(values)
            self._known[key] = answers
            self._spent += process_time() - started
        return answers

    def _answers(self, values: Mapping[tuple[Scope, str], Any]) -> tuple[bool | str, ...]:
        data: dict[str, Any] = dict(SEVERITIES)
        data |= {".".join(field): values[field] for field in self._needs if values[field] is not None}
        data |= {f"{_PRESENT}{'.'.join(field)}": values[field] is not None for field in self._asks}
        activation = _environment().Activation(data)
        answers: list[bool | str] = []
        for expressions, together in self._together:
            answer = evaluated(together, activation, how_known)
            if isinstance(answer, list):
                answers += answer
            else:
                answers += [_plain(evaluated(one.program, activation, how_known)) for one in expressions]
        return tuple(answers)


def _value(scope: Scope, name: str, case: object) -> Any:
    if isinstance(case, IssueCase):
        return ISSUE[name](case) if name in ISSUE else None
    return FIELDS[scope][name].get(case)


_MOST_SECONDS: Final = 60.0
"""Of the processor, for all answers; rules that people write take a thousandth of it."""
_MOST_KNOWN: Final = 100_000
_TOO_LONG: Final = f"the rules have taken more than {_MOST_SECONDS:g} seconds"

_PRESENT: Final = "known."


def _with_presence(text: str) -> str:
    """`has(finding.epss)` as a variable of its own: the library's macro is for messages and maps."""
    return _TOKENS.sub(lambda token: f"{_PRESENT}{token['of']}.{token['asked']}" if token["has"] else token[0], text)


@cache
def _environment() -> Any:
    try:
        from cel_expr_python import cel
    except ImportError as error:
        raise PolicyError(f"rules of policies {MISSING}; --fail-on and ignores work without it") from error
    types: Mapping[Kind, Any] = {
        "bool": cel.Type.BOOL,
        "int": cel.Type.INT,
        "double": cel.Type.DOUBLE,
        "string": cel.Type.STRING,
        "list(string)": cel.Type.List(cel.Type.STRING),
    }
    variables = {name: types[field.kind] for name, field in iter_names()}
    variables |= {f"{_PRESENT}{name}": cel.Type.BOOL for name in variables}
    variables |= dict.fromkeys(SEVERITIES, cel.Type.INT)
    return cel.NewEnv(variables=variables)


def _compiled(text: str, name: str, where: str) -> Any:
    try:
        program = _environment().compile(text)
    except RuntimeError as error:
        raise PolicyError(f"{where}: rule {name}: {first_line(str(error))}") from error
    if program.return_type().name() != "BOOL":
        kind = program.return_type().name().lower()
        raise PolicyError(f"{where}: rule {name}: gives a value of type {kind}; a rule is true or false")
    return program


def _list_of(expressions: Sequence[Expression]) -> Any:
    # A line of its own ends a comment.
    return _environment().compile("[" + ",".join(f"({_with_presence(one.text)}\n)" for one in expressions) + "]")


def _plain(value: object) -> bool | str:
    return value if isinstance(value, bool | str) else "gives no answer"


def _hashable(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value
