"""The kinds of secrets that are looked for: rows of the tables in `data/`, and what each compiles to."""

import re
from collections.abc import Mapping
from functools import cache
from typing import Final

import msgspec
from msgspec import Struct

from lading.model.advisory import SeverityLabel

TABLES: Final = (
    "messages",
    "code",
    "packages",
    "clouds",
    "infrastructure",
    "observability",
    "models",
    "payments",
    "applications",
    "files",
    "assigned",
)
"""The tables, which come first where two kinds claim the same text."""

LONGEST: Final = 16_384
"""The most bytes that one secret may take; how far windows over a file overlap."""
REACH: Final = 512
"""How far a pattern may begin before the place at which it was noticed."""

_SHORTEST_ANCHOR: Final = 2
_LAST_CLASS: Final = re.compile(r"(\[[^\]]+\])(?:\{\d+(?:,\d*)?\}|[+*])?\)*$")
_PADDING: Final = re.compile(r"=\{0,\d\}$")
_LAST_COUNT: Final = re.compile(r"\{(\d+)(?:,\d*)?\}$")
_MOST_NOTICED: Final = 40
_SHORT: Final = 4
_FIRST: Final = re.compile(r"[0-9A-Za-z]")
_BEFORE: Final = r"(?:^|[^0-9A-Za-z]|\\[nrtbfv]|%[0-9A-Fa-f]{2})"
"""What may stand before a token: no letter or digit, but for those of an escape in a quoted text or a URL."""
_LITERAL: Final = re.compile(r"(?:[0-9A-Za-z_=/:~\"<+-](?![{?*+])|\[([.$+])\](?![{?*+]))+")
_WORD: Final = "[0-9A-Za-z]"
_ASSIGNED: Final = (
    r"[0-9A-Za-z_. -]{0,25}[\"'`]?"
    r"(?:[ \t]{0,3}(?:=>|:=|[=:,>(])|,?\s{0,40}[\"']?(?i:value)[\"']?\s{0,3}[:=])"
    r"[ \t]{0,3}[\"'`(]{0,2}"
)
"""What stands between the name of a setting and its value in most languages and formats."""


class Rule(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One kind of secret.

    `pattern` is what it looks like, as a regular expression of `re`; where it has a group `value`, that is the secret.
    Every repeat in it is bounded. `anchors` are texts of which each match has one: without Hyperscan they are looked
    for; `find` is what Hyperscan looks for instead of the pattern, a part of it, where the pattern has no literal
    beginning. With `keys`, names of settings in lower case, the pattern is of a value that is assigned to one of them.
    `left` and `right` are classes of characters that must not stand around it. `words` are of which one must stand
    within a line or so, in any case. `check` names what else has to hold (lading.checks.secrets.verify), `paths` the
    only files in which it is looked for. `caseless` anchors are found in any case.
    """

    id: str
    title: str
    severity: SeverityLabel
    pattern: str
    anchors: tuple[str, ...] = ()
    find: str = ""
    keys: tuple[str, ...] = ()
    words: tuple[str, ...] = ()
    check: str = ""
    left: str = ""
    right: str = ""
    paths: tuple[str, ...] = ()
    caseless: bool = False

    @property
    def noticed_by(self) -> tuple[str, ...]:
        """Texts of which each match has one; none where only `find` tells."""
        texts = self.keys or self.anchors or (literal_beginning(self.pattern),)
        return texts if all(texts) else ()

    @property
    def expression(self) -> str:
        """What Hyperscan looks for: as short as tells the kind apart, so that a match is noticed once."""
        if self.keys:
            return f"(?i:{'|'.join(map(re.escape, self.keys))})"
        if self.find:
            return self.find
        pattern = _PADDING.sub("", self.pattern.replace("(?P<value>", "("))
        pattern = _LAST_COUNT.sub(lambda count: f"{{{min(int(count[1]), _MOST_NOTICED)}}}", pattern)
        return f"{_BEFORE}{pattern}" if self._is_short(pattern) else pattern

    @property
    def is_bare(self) -> bool:
        """Whether it is a token that stands by itself, which no word may run into."""
        return not self.keys and "(?P<value>" not in self.pattern

    def _is_short(self, pattern: str) -> bool:
        """Whether so little tells it that what stands before has to be looked at, too."""
        beginning = literal_beginning(self.pattern)
        return self.is_bare and not self.left and _FIRST.match(pattern) is not None and len(beginning) <= _SHORT

    def compiled(self, *, behind: bool = False) -> re.Pattern[bytes]:
        """The pattern, with what must not follow it; its group `value` is the secret. With `behind` it is what stands
        behind one of the keys."""
        pattern = self.pattern if "(?P<value>" in self.pattern else f"(?P<value>{self.pattern})"
        if "(?P<value>" not in self.pattern and self.check not in WHOLE:  # else it says itself where it ends
            last = _LAST_CLASS.search(self.pattern)
            pattern = f"{pattern}(?!{self.right or (last[1] if last is not None else _WORD)})"
        if self.keys:
            before = "" if behind else f"(?i:{'|'.join(map(re.escape, self.keys))})"
            pattern = f"{before}{_ASSIGNED}{pattern}"
        return re.compile(pattern.encode())


def literal_beginning(pattern: str) -> str:
    """The text that every match of a pattern begins with."""
    found = _LITERAL.match(pattern)
    return re.sub(r"\[(.)\]", r"\1", found[0]) if found is not None else ""


WHOLE: Final = frozenset({"pem", "pgp", "putty", "jwk", "google-account", "google-user", "tink"})
"""Checks of rules whose pattern is only the beginning of what the check reads."""


class RuleSet(Struct, frozen=True):
    """Rules in the order in which they claim text. `version` names them all: it is part of cache keys."""

    rules: tuple[Rule, ...]
    version: str = ""


@cache
def built_in() -> RuleSet:
    """The rules that come with Lading."""
    from pkgutil import get_data

    rules: list[Rule] = []
    for table in TABLES:
        rules += msgspec.json.decode(get_data(__package__, f"data/{table}.json") or b"", type=list[Rule])
    return RuleSet(tuple(rules))


@cache
def by_id(rules: RuleSet) -> Mapping[str, Rule]:
    """The rules by their IDs. Raises ValueError for two of one ID."""
    found = {rule.id: rule for rule in rules.rules}
    if len(found) < len(rules.rules):
        raise ValueError("two rules of one ID")
    return found
