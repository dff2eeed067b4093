"""Regular expressions of users: as Go's RE2 has them, for Python and for Hyperscan.

Source: https://github.com/google/re2/wiki/Syntax. What all three take goes through as it is; flags in the middle of a
pattern, `\\z` and the classes of POSIX are written anew. What one of them cannot take is named.
"""

import re
from re import _compiler, _parser  # type: ignore[attr-defined]
from typing import Any, Final

from lading.model.errors import UsageError

LONGEST: Final = 4_096
_POSIX: Final = {
    "alnum": "0-9A-Za-z", "alpha": "A-Za-z", "ascii": "\\x00-\\x7f", "blank": "\\t ", "cntrl": "\\x00-\\x1f\\x7f",
    "digit": "0-9", "graph": "!-~", "lower": "a-z", "print": " -~", "punct": "!-/:-@\\[-`{-~",
    "space": "\\t\\n\\v\\f\\r ",
    "upper": "A-Z", "word": "0-9A-Za-z_", "xdigit": "0-9A-Fa-f",
}  # fmt: skip
_CLASS: Final = re.compile(r"\[:(\w+):\]")
_FLAGS: Final = re.compile(r"\(\?([imsU]+)\)")
_NAMED: Final = re.compile(r"\(\?P<\w+>")
_MANY: Final = 1_000
_SINGLE: Final = frozenset({"LITERAL", "NOT_LITERAL", "IN", "ANY"})
_WIDE: Final = frozenset({"MAX_REPEAT", "MIN_REPEAT", "POSSESSIVE_REPEAT"})


def compiled(pattern: str, where: str) -> re.Pattern[bytes]:
    """A pattern as Python matches it. Raises UsageError, naming `where` it stands, for one that Python cannot take, or
    that could take a text of no end of time."""
    if len(pattern) > LONGEST:
        raise UsageError(f"{where}: a pattern of {len(pattern):,} characters, above {LONGEST:,}")
    try:
        text = for_python(pattern)
        made = re.compile(text.encode())
        tree = _parser.parse(text.encode())
    except (re.error, RecursionError, OverflowError, ValueError) as error:
        said = " ".join(str(error).split())[:200]
        raise UsageError(f"{where}: the pattern {_shown(pattern)} cannot be used: {said}") from error
    if _nests(tree):
        raise UsageError(
            f"{where}: the pattern {_shown(pattern)} has an unbounded repeat inside another, which can take a text of "
            "no end of time: bound the inner one"
        )
    return made


def for_hyperscan(pattern: str) -> bytes:
    """A pattern as Hyperscan takes it: without names of groups."""
    return _NAMED.sub("(", for_python(pattern)).replace("\\Z", "\\z").encode()


def for_python(pattern: str) -> str:
    """A pattern of RE2 as Python has it. Raises ValueError for what it has no form for."""
    text = _CLASS.sub(lambda found: _posix(found[1]), pattern)
    pieces: list[str] = []
    opened: list[int] = [0]
    at = 0
    while at < len(text):
        char = text[at]
        if char == "\\":
            pieces.append("\\Z" if text[at + 1 : at + 2] == "z" else text[at : at + 2])
            at += 2
            continue
        if char == "[":
            end = _end_of_class(text, at)
            pieces.append(text[at:end])
            at = end
            continue
        flags = _FLAGS.match(text, at) if char == "(" else None
        if flags is not None:
            if "U" in flags[1]:
                raise ValueError("the flag U (ungreedy) has no form in Python")
            pieces.append(f"(?{flags[1]}:")
            opened[-1] += 1
            at = flags.end()
            continue
        if char == "(":
            opened.append(0)
        elif char == ")" and len(opened) > 1:
            pieces.append(")" * opened.pop())
        pieces.append(char)
        at += 1
    return "".join(pieces) + ")" * sum(opened)


def _posix(name: str) -> str:
    if name not in _POSIX:
        raise ValueError(f"there is no class [:{name[:20]}:]")
    return _POSIX[name]


def _end_of_class(text: str, at: int) -> int:
    """Behind the bracket that ends a class."""
    place = at + 1
    place += text[place : place + 1] == "^"
    place += text[place : place + 1] == "]"
    while place < len(text) and text[place] != "]":
        place += 2 if text[place] == "\\" else 1
    return place + 1


def _nests(tree: Any, outer: Any = None) -> bool:
    """Whether a repeat without a bound holds another, `outer` being the first: unless a character stands at each turn
    of that which the inner one cannot match, so that there is one way alone to match a text."""
    for operation, argument in tree:
        name = str(operation)
        within = outer
        if name in _WIDE and (argument[1] is _parser.MAXREPEAT or argument[1] > _MANY):
            if outer is not None and not _is_apart(outer, argument[2]):
                return True
            within = argument[2]
        if any(_nests(one, within) for one in _bodies(name, argument)):
            return True
    return False


def _is_apart(outer: Any, inner: Any) -> bool:
    """Whether the outer body begins or ends with a character that the inner one, of single characters, cannot match."""
    while len(outer) == 1 and str(outer[0][0]) == "SUBPATTERN":
        outer = outer[0][1][3]
    if len(inner) != 1 or str(inner[0][0]) not in _SINGLE:
        return False
    matches = _compiler.compile(inner).match
    ends = [argument for operation, argument in (outer[0], outer[-1]) if str(operation) == "LITERAL"]
    return any(matches(bytes((one,))) is None for one in ends if one < 256)


def _bodies(name: str, argument: Any) -> Any:
    """The patterns inside of a part of one."""
    if name in _WIDE:
        return (argument[2],)
    if name == "SUBPATTERN":
        return (argument[3],)
    if name == "BRANCH":
        return argument[1]
    return (argument[1],) if name in ("ASSERT", "ASSERT_NOT") else (argument,) if name == "ATOMIC_GROUP" else ()


def _shown(pattern: str) -> str:
    return repr(pattern if len(pattern) <= 80 else f"{pattern[:79]}…")
