"""Jinja2 for templates of anybody: they read what they are given and nothing else, and end within bounds.

Jinja's own sandbox keeps a template from Python's insides. What it may cost is bounded here: every operation that makes
a text or a list grow is counted before it is done, and processor time is looked at in every line.
"""

import sys
import time
from collections.abc import Callable, Iterable, Mapping
from types import FrameType
from typing import Any, Final

from jinja2 import StrictUndefined, Undefined, nodes
from jinja2.compiler import CodeGenerator, Frame
from jinja2.exceptions import SecurityError
from jinja2.filters import FILTERS
from jinja2.runtime import Context, markup_join, str_join
from jinja2.sandbox import ImmutableSandboxedEnvironment
from markupsafe import Markup, escape
from msgspec import Struct

_TEMPLATE: Final = "<template>"
_MOST_BITS: Final = 4_096
"""Of a number that is multiplied."""
_WIDEST: Final = 1_000
"""Of what an argument makes a text or list as long as."""
_KEPT: Final = (
    "abs", "capitalize", "count", "d", "default", "dictsort", "e", "escape", "filesizeformat", "first", "float",
    "groupby", "int", "items", "last", "length", "list", "lower", "map", "max", "min", "reject", "rejectattr",
    "reverse", "round", "safe", "select", "selectattr", "sort", "string", "title", "trim", "truncate", "unique",
    "upper", "urlencode",
)  # fmt: skip
"""Jinja's filters that make nothing much longer than what they are given."""
_METHODS: Final = frozenset(
    (
        "capitalize", "casefold", "count", "endswith", "find", "get", "index", "isalpha", "isdigit", "items", "keys",
        "lower", "lstrip", "partition", "removeprefix", "removesuffix", "rfind", "rpartition", "rsplit", "rstrip",
        "split", "splitlines", "startswith", "strip", "title", "upper", "values",
    )
)  # fmt: skip
_GROWING: Final = (str, bytes, list, tuple, dict)
_SCALARS: Final = (str, int, float, bool, type(None), Undefined)


class Bounds(Struct, frozen=True):
    """What one template may cost: seconds of processor time, and characters and items that it makes on the way. `heavy`
    is how many items lists within lists may come to."""

    seconds: float = 10.0
    made: int = 100_000_000
    heavy: int = 10_000_000


class BoundError(SecurityError):
    """A template that costs too much, or asks for what could."""


class _Generator(CodeGenerator):
    """Compiles what makes texts and lists to calls of the environment's own functions."""

    def visit_Concat(self, node: nodes.Concat, frame: Frame) -> None:
        self.write("environment.joined(context, (")
        for one in node.nodes:
            self.visit(one, frame)
            self.write(", ")
        self.write("))")

    def visit_List(self, node: nodes.List, frame: Frame) -> None:
        self._held(super().visit_List, node, frame)

    def visit_Dict(self, node: nodes.Dict, frame: Frame) -> None:
        self._held(super().visit_Dict, node, frame)

    def visit_Tuple(self, node: nodes.Tuple, frame: Frame) -> None:
        if node.ctx == "load":
            self._held(super().visit_Tuple, node, frame)
        else:
            super().visit_Tuple(node, frame)

    def _held(self, visit: Callable[[Any, Frame], None], node: nodes.Expr, frame: Frame) -> None:
        self.write("environment.held(")
        visit(node, frame)
        self.write(")")


class BoundedEnvironment(ImmutableSandboxedEnvironment):
    """What one template is compiled and run in, once. It loads no other templates. A name that does not exist is an
    error: a report that is empty because of a slip would look clean."""

    code_generator_class = _Generator
    intercepted_binops = frozenset({"+", "*", "**", "%"})

    def __init__(self, bounds: Bounds, filters: Mapping[str, Callable[..., Any]], *, autoescape: bool) -> None:
        super().__init__(
            autoescape=autoescape,
            undefined=StrictUndefined,
            finalize=self._finalized,
            keep_trailing_newline=True,
            trim_blocks=True,
            lstrip_blocks=True,
            optimized=False,
            cache_size=0,
        )
        self._bounds = bounds
        self._left = bounds.made
        self._weights: dict[int, tuple[int, object]] = {}
        growing = {"batch": _batch, "center": _center, "indent": _indent, "replace": self._replace, "sum": _sum}
        kept = {name: FILTERS[name] for name in _KEPT} | growing | {"join": self._join} | dict(filters)
        self.filters = {name: self._counted(one) for name, one in kept.items()}
        self.globals = {name: self.globals[name] for name in ("range", "namespace", "cycler", "joiner")}
        self.concat = self._concat  # type: ignore[method-assign]

    def is_safe_attribute(self, obj: Any, attr: str, value: Any) -> bool:
        """As in the sandbox, and of texts and containers only what makes none longer."""
        if isinstance(obj, _GROWING) and callable(value) and attr not in _METHODS:
            return False
        return super().is_safe_attribute(obj, attr, value)

    def wrap_str_format(self, value: Any) -> None:
        """No way around the method of texts that is refused: a width in braces makes any length."""

    def call(self, context: Context, obj: Any, /, *args: Any, **kwargs: Any) -> Any:
        """As in the sandbox, and what comes out counts."""
        return self.charged(super().call(context, obj, *args, **kwargs))

    def call_binop(self, context: Context, operator: str, left: Any, right: Any) -> Any:
        """As in the sandbox, for numbers and texts that do not grow too much."""
        if operator == "%" and isinstance(left, str):
            raise BoundError("% of a text is not for templates; ~ joins texts")
        if operator == "*" and isinstance(left, _GROWING):
            self._spend(len(left) * max(int(right), 0))
        elif operator == "*" and isinstance(right, _GROWING):
            self._spend(len(right) * max(int(left), 0))
        elif operator == "+" and isinstance(left, _GROWING):
            self._spend(len(left) + len(right))
        elif operator in ("*", "**") and isinstance(left, int) and isinstance(right, int):
            bits = left.bit_length() * right if operator == "**" else left.bit_length() + right.bit_length()
            if bits > _MOST_BITS:
                raise BoundError("a number becomes too large")
        result = super().call_binop(context, operator, left, right)
        return self.held(result) if isinstance(result, list | tuple) else result

    def joined(self, context: Context, parts: tuple[Any, ...]) -> str:
        """Texts joined by ~."""
        texts = [self._finalized(one) for one in parts]
        self._spend(sum(len(str(one)) for one in texts))
        return markup_join(texts) if context.eval_ctx.autoescape else str_join(texts)

    def held(self, value: Any) -> Any:
        """A list, tuple or dict that the template makes; lists within lists may not grow without end."""
        self.charged(value)
        if self._weight(value) > self._bounds.heavy:
            raise BoundError("lists within lists become too large")
        return value

    def charged(self, value: Any) -> Any:
        """A value that was made, once it is paid for."""
        if isinstance(value, _GROWING):
            self._spend(len(value))
        return value

    def within_time(self, work: Callable[[], str]) -> str:
        """What a function gives that compiles or runs the template. Raises BoundError when it takes too long."""
        end = time.thread_time() + self._bounds.seconds

        def look(frame: FrameType, event: str, argument: Any) -> Any:
            if time.thread_time() > end:
                raise BoundError(f"takes more than {self._bounds.seconds:g} seconds")
            return look if frame.f_code.co_filename == _TEMPLATE else None

        before = sys.gettrace()
        sys.settrace(look)
        try:
            return work()
        finally:
            sys.settrace(before)

    def _finalized(self, value: Any) -> Any:
        """What is written out: texts and numbers. A list would be written as Python has it."""
        if not isinstance(value, _SCALARS) and not hasattr(value, "__html__"):
            raise BoundError(f"a {type(value).__name__} cannot be written as text; a loop or |tojson can do it")
        return self.charged(value)

    def _concat(self, parts: Iterable[str]) -> str:
        texts = list(parts)
        self._spend(sum(map(len, texts)))
        return "".join(texts)

    def _join(self, value: Iterable[Any], d: str = "", attribute: str | None = None) -> str:
        """The texts of a list with others between."""
        items = list(value)
        if attribute is not None:
            items = [self.getattr(one, attribute) for one in items]
        texts = [self._finalized(one) for one in items]
        self._spend(sum(len(str(one)) for one in texts) + len(d) * len(texts))
        is_markup = any(isinstance(one, Markup) for one in texts)
        return escape(d).join(texts) if is_markup else d.join(map(str, texts))

    def _replace(self, text: Any, old: str, new: str) -> str:
        """A text with something in place of every occurrence of something else."""
        whole: str = text if isinstance(text, Markup) else str(self._finalized(text))
        self._spend(len(whole) + whole.count(old) * len(new))
        return whole.replace(old, new)

    def _counted(self, function: Callable[..., Any]) -> Callable[..., Any]:
        def counted(*arguments: Any, **named: Any) -> Any:
            return self.charged(function(*arguments, **named))

        # How Jinja tells which filters want the environment or the context too.
        for mark in ("jinja_pass_arg", "jinja_async_variant"):
            if hasattr(function, mark):
                setattr(counted, mark, getattr(function, mark))
        return counted

    def _spend(self, amount: int) -> None:
        self._left -= amount
        if self._left < 0:
            raise BoundError(f"makes more than {self._bounds.made:,} characters and items")

    def _weight(self, value: Any) -> int:
        """How many items a container comes to with all that is within. What was weighed is kept, so that its identity
        is nobody else's later."""
        if not isinstance(value, list | tuple | dict):
            return 1
        known = self._weights.get(id(value))
        if known is None:
            inner = value.values() if isinstance(value, dict) else value
            weight = min(1 + sum(map(self._weight, inner)), self._bounds.heavy + 1)
            known = self._weights[id(value)] = weight, value
        return known[0]


def _batch(value: Iterable[Any], linecount: int) -> list[list[Any]]:
    """A list in pieces of so many."""
    items, count = list(value), max(int(linecount), 1)
    return [items[at : at + count] for at in range(0, len(items), count)]


def _center(value: Any, width: int = 80) -> str:
    """A text in the middle of so many characters."""
    return str(value).center(min(int(width), _WIDEST))


def _indent(text: Any, width: int = 4, first: bool = False) -> str:
    """A text with so many spaces in front of its lines, but for the first."""
    space = " " * min(int(width), _WIDEST // 10)
    lines = str(text).split("\n")
    return "\n".join(space + one if one and (first or number) else one for number, one in enumerate(lines))


def _sum(value: Iterable[Any], attribute: str | None = None) -> float:
    """The sum of numbers."""
    items: list[float] = [one[attribute] if attribute else one for one in value]
    if not all(isinstance(one, int | float) for one in items):
        raise BoundError("|sum is for numbers")
    return sum(items)
