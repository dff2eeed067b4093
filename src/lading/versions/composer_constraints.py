"""Composer's constraints: `^1.2`, `~1.2`, `1.2.*`, `1.0 - 2.0`, comparisons, stability flags; a comma or space is and.

Source: "Versions and constraints" in Composer's documentation and composer/semver, VersionParser; verified with 3.3.2.
"""

import re
from collections.abc import Callable, Iterator
from typing import Final, NamedTuple, cast

from lading.versions.bounds import Alternatives, Bound, Operator
from lading.versions.numbers import successor

MODIFIER: Final = r"[._-]?(?:(stable|beta|b|rc|alpha|a|patch|pl|p)((?:[.-]?[0-9]+(?:[.-][0-9]+)*)?))?([.-]?dev)?"
"""Stability, its number and `dev`, for matching regardless of case."""

Normalize = Callable[[str], str | None]


class Clause(NamedTuple):
    """One comparison with a normalised version. `written` is the version as it stands in the constraint, empty when it
    does not stand there."""

    operator: Operator
    version: str
    written: str = ""


_VERSION: Final = rf"v?([0-9]+)(?:\.([0-9]+))?(?:\.([0-9]+))?(?:\.([0-9]+))?(?:{MODIFIER}|\.([x*][.-]?dev))(?:\+\S+)?"
_SIGNED: Final = re.compile(rf"([~^]){_VERSION}", re.IGNORECASE)
_END: Final = re.compile(_VERSION, re.IGNORECASE)
_ANY: Final = re.compile(r"(v)?[x*](\.[x*])*", re.IGNORECASE)
_WILD: Final = re.compile(r"v?([0-9]+)(?:\.([0-9]+))?(?:\.([0-9]+))?(?:\.[xX*])+")
_FLAG: Final = re.compile(r"(.*)@(stable|rc|beta|alpha|dev)", re.IGNORECASE)
_REFERENCE: Final = re.compile(r"(dev-[^#@]+|[^#@]+\.x-dev)#.+", re.IGNORECASE)
_COMPARISON: Final = re.compile(r"(<>|!=|>=?|<=?|==?)?(.*)")
_ALONE: Final = ("<>", "!=", ">", ">=", "<", "<=", "=", "==", "~", "^")
_SEPARATOR: Final = re.compile(r"[\s,]+")
_BRANCH: Final = re.compile(r"[0-9A-Za-z./-]+-dev")
_UNSTABLE: Final = re.compile(r"-(?:alpha|beta|RC|dev)")
# Composer looks for a capital RC in a text that it has put into small letters.
_STABILITY: Final = re.compile(rf"-{MODIFIER.replace('|rc|', '|')}\Z")
_FIRST: Final = "0.0.0.0-dev"


def clauses(text: str, normalize: Normalize) -> list[list[Clause]] | None:
    """The alternatives of a constraint, in each of which every clause has to hold; None when it cannot be read."""
    found: list[list[Clause]] = []
    for part in text.split("|"):
        conjunction: list[Clause] = []
        for term in _terms(part):
            added = _clauses(term, normalize)
            if added is None:
                return None
            conjunction += added
        if not part.strip():
            return None
        found.append(conjunction)
    return found


def plain(found: list[list[Clause]]) -> Alternatives:
    """The same as bounds, with versions as they were written."""
    return tuple(tuple(Bound(one.operator, one.written or one.version) for one in clauses) for clauses in found)


def _terms(text: str) -> Iterator[str | tuple[str, str]]:
    """Single constraints, with operators joined to their versions; the two ends of a hyphen range. What an `as` makes
    of a version does not matter."""
    tokens = [token for token in _SEPARATOR.split(text) if token]
    position = 0
    while position < len(tokens):
        following = tokens[position + 1 : position + 3]
        if len(following) == 2 and following[0] == "-":
            yield tokens[position], following[1]
            position += 3
        elif tokens[position] in _ALONE and following:
            tokens[position + 1] = tokens[position] + tokens[position + 1]
            position += 1
        else:
            yield tokens[position]
            position += 3 if following[:1] == ["as"] else 1


def _clauses(term: str | tuple[str, str], normalize: Normalize) -> list[Clause] | None:
    if isinstance(term, tuple):
        return _hyphen(*term, normalize)
    flag = _FLAG.fullmatch(term)
    stability = ""
    if flag is not None:
        term, stability = flag[1] or "*", flag[2].lower()
    reference = _REFERENCE.fullmatch(term)
    term = reference[1] if reference else term
    if match := _ANY.fullmatch(term):
        return [Clause(">=", _FIRST)] if match[1] or match[2] else []
    if match := _SIGNED.fullmatch(term):
        return _signed(match, normalize)
    if match := _WILD.fullmatch(term):
        parts = [part for part in match.groups() if part]
        low = Clause(">=", _padded(parts))
        return [low, _below(parts)] if low.version != _FIRST else [_below(parts)]
    return _comparison(term, stability, normalize)


def _signed(match: re.Match[str], normalize: Normalize) -> list[Clause] | None:
    """Tilde and caret."""
    text, parts = match[0][1:], [part for part in match.groups()[1:5] if part]
    stable = not (match[6] or match[8] or match[9])
    low = normalize(text + "-dev" if stable else text)
    if low is None:
        return None
    if match[1] == "~":
        kept = max(1, len(parts) - (0 if match[9] else 1))
    else:
        kept = next((place for place, part in enumerate(parts[:2], 1) if part != "0" or place == len(parts)), 3)
    return [Clause(">=", low), _below(parts[:kept])]


def _hyphen(start: str, end: str, normalize: Normalize) -> list[Clause] | None:
    """`1.0 - 2.0` takes in all that begins with 2.0."""
    first, last = _END.fullmatch(start), _END.fullmatch(end)
    low, high = normalize(start), normalize(end)
    if first is None or last is None or low is None or high is None:
        return None
    stable = not (first[5] or first[7] or first[8])
    bottom = Clause(">=", low + "-dev" if stable else low)
    parts = [part for part in last.groups()[:4] if part]
    if len(parts) > 2 or last[5] or last[7] or last[8]:
        return [bottom, Clause("<=", high)]
    return [bottom, _below(parts)]


def _comparison(term: str, stability: str, normalize: Normalize) -> list[Clause] | None:
    match = _COMPARISON.fullmatch(term)
    if match is None:
        return None
    name, text = match[1] or "=", match[2]
    version = normalize(text)
    if version is None and _BRANCH.fullmatch(text):
        version = normalize(f"dev-{text.removesuffix('-dev')}")
    if version is None:
        return None
    operator = cast(Operator, {"==": "=", "<>": "!="}.get(name, name))
    if operator != "=" and stability not in ("", "stable") and not _UNSTABLE.search(version):
        return [Clause(operator, f"{version}-{stability}")]
    if operator in ("<", ">=") and not text.startswith("dev-") and not _STABILITY.search(text.lower()):
        return [Clause(operator, f"{version}-dev", text)]
    return [Clause(operator, version, text)]


def _below(parts: list[str]) -> Clause:
    """Less than all whose numbers come after those that begin with `parts`."""
    return Clause("<", _padded([*parts[:-1], successor(parts[-1])]))


def _padded(parts: list[str]) -> str:
    return ".".join([*parts, "0", "0", "0"][:4]) + "-dev"
