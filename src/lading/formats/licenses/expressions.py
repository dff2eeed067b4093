"""Licences as packages declare them, as SPDX expressions.

Sources: SPDX 2.3, annex D (expressions; license-expression reads and writes them); Debian's machine-readable copyright
format 1.0 for the comma before `and` and `or`; "Writing R Extensions" 1.1.2; Cargo's old `MIT/Apache-2.0`; Maven's POM
reference, npm's and Composer's package.json for what several licences of one package are to each other.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from typing import Final

from lading.formats.licenses.names import Meaning, is_exception, listed, meaning_of_name

_LONGEST: Final = 1000
_DEEPEST: Final = 12
_MOST: Final = 80
_PHRASES: Final = (
    (re.compile(r" [|+] file LICEN[CS]E$"), ""),  # R
    (re.compile(r"(?i)\b([AL]?GPL)[ -]*\(?>=? ?v?(\d(?:\.\d)?)\)?"), r"\1-\2+"),  # R
    (
        re.compile(r"LicenseRef-Callaway-([A-Za-z0-9.-]+)"),
        lambda match: match[1].replace("-", " "),
    ),  # Fedora, from its older names
    (re.compile(r"(?i)[,;.:]? \(?(?:please )?(?:see|cf\.?) (?:the )?(?:file |at )?\S*licen[cs]e.*$"), ""),
    (re.compile(r"(?i)GNU [^()]*\(([AL]?GPL ?v?\d[^()]*)\)"), r"\1"),  # "GNU General Public License v3 (GPLv3)"
    (
        re.compile(
            r"(?i)\b([AL]?GPL|GFDL)[ -]?(?:version |v)?(\d(?:\.\d)?),? "
            r"\(?or \(?(?:at your option\)? )?(?:any )?(?:later|newer)(?: version)?\)?"
        ),
        r"\1-\2+",
    ),
    (
        re.compile(r"(?i)\b([AL]?GPL-?v?\d(?:\.\d)?\+?)-(?:with-)?([a-z][a-z0-9.-]*)-exception\b"),
        r"\1 with \2 exception",
    ),
    (re.compile(r"(?i)\bw/ ?"), "with "),
    (re.compile(r"(?i)\band/or\b"), "or"),
    (re.compile(r"(?i),? with (?:the )?(?:additional )?exceptions?$"), " with exceptions"),
)
"""What is said with the words that are operators elsewhere."""
_OPERATORS: Final = (
    (re.compile(r",\s+(and|or)\s+(?!later|newer)|\s*(;)\s*", re.IGNORECASE), True),
    (re.compile(r"\s+(or)\s+(?!later|newer|any later)|\s*([|/]{1,2})\s*", re.IGNORECASE), True),
    (re.compile(r"\s+(and)\s+|\s*(&{1,2})\s*", re.IGNORECASE), True),
    (re.compile(r"\s*(,)\s*|\s+(\+)\s+", re.IGNORECASE), False),
)
"""From the weakest to the strongest, and whether it says for certain what it means."""
_LIST: Final = re.compile(r"(?i)(?!.*\b(?:and|with)\b)[^(),]+(?:,[^(),]+)+(?<!,)\s+or\s+(?!later|newer)[^(),]+")
_WITH: Final = re.compile(r"(?i)\s+with\s+")
_SPACE: Final = re.compile(r"\s+")
_EXCEPTION_WORDS: Final = re.compile(r"(?i)^(?:the )?(.*?)[ -]*(?:linking |link |special )?exceptions?$")
_ANY_OF: Final = frozenset({"composer", "maven", "npm"})
"""Types whose packages may be had under any one of several licences: so say Maven's POM reference and Composer's
schema, and npm of its former `licenses`."""


@lru_cache(maxsize=4096)
def meaning_of(text: str) -> Meaning | None:
    """What a declared licence means, a name or an expression; None where that is not known."""
    if not text.strip() or len(text) > _LONGEST:
        return None
    text = _SPACE.sub(" ", text.strip())
    found = meaning_of_name(text)
    for pattern, replacement in _PHRASES if found is None else ():
        text = pattern.sub(replacement, text)
    found = found or _resolve(text, 0)
    if found is None or is_exception(found.expression):
        return None
    rendered = _rendered(found.expression)
    return Meaning(rendered, found.exact) if rendered else None


def spdx_expression(text: str) -> str:
    """The SPDX expression that a declared licence means; empty when that cannot be told for certain ("BSD"), or SPDX
    has no word for it."""
    found = meaning_of(text)
    return found.expression if found is not None and found.exact and "LicenseRef-" not in found.expression else ""


def is_listed(identifier: str) -> bool:
    """Whether a text is the identifier of a licence that SPDX lists, and no expression."""
    symbol = listed().known_symbols.get(identifier) if identifier else None
    return symbol is not None and not symbol.is_exception and not identifier.startswith("LicenseRef-")


def is_any_of(type: str) -> bool:
    """Whether several licences of a package of this type leave a choice among them; else all of them hold."""
    return type in _ANY_OF


def declared(licenses: tuple[str, ...], *, any_of: bool = False) -> tuple[str, tuple[str, ...]]:
    """Several licences as one expression, and those that it leaves out because SPDX has no word for them."""
    expressions = [spdx_expression(text) for text in licenses]
    known = tuple(dict.fromkeys(expression for expression in expressions if expression))
    strange = tuple(text for text, expression in zip(licenses, expressions, strict=True) if not expression)
    return joined(known, any_of=any_of), strange


def joined(expressions: Sequence[str], *, any_of: bool = False) -> str:
    """Expressions as one, of which all hold, or any one."""
    if len(expressions) < 2:
        return "".join(expressions)
    other = " AND " if any_of else " OR "
    return (" OR " if any_of else " AND ").join(f"({one})" if other in one else one for one in expressions)


@lru_cache(maxsize=4096)
def conjuncts(expression: str) -> tuple[str, ...]:
    """The expressions of which all hold together."""
    parsed = listed().parse(expression, validate=False)
    if type(parsed) is not listed().AND:
        return (expression,)
    return tuple(dict.fromkeys(map(str, parsed.args)))


def fold(expression: str, rank: Callable[[str], int]) -> int:
    """What an expression comes to by the ranks of its licences: the highest of those that hold together, the lowest of
    those that are a choice."""
    licensing = listed()

    def ranked(node: object) -> int:
        if isinstance(node, licensing.AND):
            return max(map(ranked, node.args))
        if isinstance(node, licensing.OR):
            return min(map(ranked, node.args))
        return rank(str(node))

    return ranked(licensing.parse(expression, validate=False))


def _resolve(text: str, depth: int) -> Meaning | None:
    """The expression that a text means, in brackets where it has operators."""
    text = text.strip()
    if not text or depth > _DEEPEST:
        return None
    if found := meaning_of_name(text):
        return found
    if text.startswith("(") and _partner(text) == len(text) - 1:
        return _resolve(text[1:-1], depth + 1)
    if _LIST.fullmatch(text):  # "A, B or C"
        text = text.replace(",", " or ")
    for pattern, exact in _OPERATORS:
        pieces, words = _split(text, pattern)
        if words and len(pieces) <= _MOST and (found := _together(pieces, words, depth, exact=exact)):
            return found
    return _with_exception(text, depth)


def _together(pieces: Sequence[str], words: Sequence[str], depth: int, *, exact: bool) -> Meaning | None:
    """Pieces and what stands between them. A name may have an operator in itself ("New or Revised")."""
    found: list[Meaning] = []
    kept: list[str] = []
    at = 0
    while at < len(pieces):
        if at:
            kept.append(_operator(words[at - 1], words))
        one, taken = _resolve(pieces[at], depth + 1), 1
        while one is None and taken < 3 and at + taken < len(pieces):
            taken += 1
            one = meaning_of_name(_glue(pieces[at : at + taken], words[at : at + taken - 1]))
        if one is None:
            return None
        found.append(one)
        at += taken
    if len(set(kept)) > 1:
        return None
    exact = exact and all(one.exact for one in found)
    return Meaning(joined(tuple(dict.fromkeys(one.expression for one in found)), any_of="OR" in kept), exact)


def _operator(word: str, words: Sequence[str]) -> str:
    if word == ",":  # "A, B or C" has been split at its last operator
        return "AND"
    return "OR" if word.lower() == "or" or word[:1] in "|/" else "AND"


def _glue(pieces: Sequence[str], words: Sequence[str]) -> str:
    parts = [pieces[0]]
    for word, piece in zip(words, pieces[1:], strict=True):
        parts += [word, piece]
    return " ".join(parts)


def _with_exception(text: str, depth: int) -> Meaning | None:
    """`LICENCE with EXCEPTION`. One that SPDX does not list only permits more, and is left out."""
    name, *rest = _WITH.split(text, maxsplit=1)
    if not rest:
        return None
    license = _resolve(name, depth + 1)
    if license is None or " " in license.expression:
        return None
    words = rest[0].strip()
    known = meaning_of_name(words)
    if known is not None and is_exception(known.expression):
        return Meaning(f"{license.expression} WITH {known.expression}", license.exact and known.exact)
    short = _EXCEPTION_WORDS.fullmatch(words)
    if short is None:
        return None
    return _known_exception(license, short[1]) or Meaning(license.expression, exact=False)


def _known_exception(license: Meaning, name: str) -> Meaning | None:
    """The exception of a name for a licence of a version: Autoconf and GCC have one for each."""
    is_third = "-3.0" in license.expression
    own = {
        "autoconf": "Autoconf-exception-3.0" if is_third else "Autoconf-exception-2.0",
        "gcc": "GCC-exception-3.1" if is_third else "GCC-exception-2.0",
    }.get(name.strip().lower())
    known = Meaning(own) if own else meaning_of_name(f"{name} exception") or meaning_of_name(name)
    if known is None or not is_exception(known.expression):
        return None
    return Meaning(f"{license.expression} WITH {known.expression}", license.exact)


def _split(text: str, pattern: re.Pattern[str]) -> tuple[list[str], list[str]]:
    """The pieces of a text between the operators outside brackets, and the operators."""
    pieces: list[str] = []
    words: list[str] = []
    start = 0
    for match in pattern.finditer(text):
        if match.start() >= start and _is_outside(text, match.start()):
            pieces.append(text[start : match.start()])
            words.append(next(group for group in match.groups() if group))
            start = match.end()
    return [*pieces, text[start:]], words


def _is_outside(text: str, place: int) -> bool:
    return text.count("(", 0, place) == text.count(")", 0, place)


def _partner(text: str) -> int:
    """Where the bracket ends with which a text begins; -1 for nowhere."""
    depth = 0
    for place in _brackets(text):
        depth += 1 if text[place] == "(" else -1
        if depth == 0:
            return place
    return -1


def _brackets(text: str) -> Iterator[int]:
    return (match.start() for match in re.finditer(r"[()]", text))


_OF_LIBRARY: Final = (AssertionError, LookupError, TypeError, ValueError)
"""What the library trips over in texts that are no expression, such as brackets without a partner."""


def _rendered(expression: str) -> str:
    """An expression in SPDX's form; empty for what is none."""
    from boolean import ParseError
    from license_expression import ExpressionError

    try:
        parsed = listed().parse(expression, validate=False, strict=True)
    except (ExpressionError, ParseError, RecursionError, *_OF_LIBRARY):
        return ""
    return str(parsed) if parsed is not None else ""
