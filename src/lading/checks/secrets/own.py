"""Rules and allow-lists of users as they are used."""

import re
from collections.abc import Mapping
from functools import cached_property
from typing import Final

from msgspec import Struct

from lading.checks.secrets.patterns import compiled
from lading.model.errors import UsageError
from lading.model.secret_rules import SecretTable

_ID: Final = re.compile(r"[A-Za-z0-9]+(?:[._-]+[A-Za-z0-9]+)*")


class AllowTable(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, omit_defaults=True):
    """What is allowed: secrets in files whose `paths` match, whose value matches one of `values`, `matches` one that
    the whole match does, `lines` its line (all are regular expressions), or which has one of `words` in it. With `all`
    each kind that is given must hold. `rules` are the IDs that it is for, none for all."""

    paths: tuple[str, ...] = ()
    values: tuple[str, ...] = ()
    matches: tuple[str, ...] = ()
    lines: tuple[str, ...] = ()
    words: tuple[str, ...] = ()
    all: bool = False
    rules: tuple[str, ...] = ()
    reason: str = ""


class Stated(Struct, frozen=True):
    """What a file states. `disabled` are the IDs of rules that it takes out."""

    rules: tuple["OwnRule", ...] = ()
    allows: tuple["Allow", ...] = ()
    disabled: frozenset[str] = frozenset()


class OwnRule(Struct, frozen=True, dict=True):
    """A rule that can be used. `where` is the place that states it, `only_path` tells that the path alone counts;
    `allows` hold for it alone."""

    table: SecretTable
    where: str
    only_path: bool = False
    allows: tuple["Allow", ...] = ()

    @cached_property
    def pattern(self) -> re.Pattern[bytes]:
        """What is looked for."""
        return compiled(self.table.pattern, self.place)

    @cached_property
    def path(self) -> re.Pattern[bytes] | None:
        """What the path must match."""
        return compiled(self.table.path, self.place) if self.table.path else None

    @property
    def place(self) -> str:
        """Where it stands, for people."""
        return f"{self.where}: secret {self.table.id}"

    def checked(self) -> "OwnRule":
        """Itself. Raises UsageError for a pattern that cannot be."""
        if not _ID.fullmatch(self.table.id):
            raise UsageError(f"{self.where}: secret {self.table.id[:80]!r}: is no ID (letters, digits, - _ .)")
        if self.table.group > self.pattern.groups:
            raise UsageError(f"{self.place}: the pattern has no group {self.table.group}")
        if not self.only_path and self.pattern.match(b"") is not None:
            raise UsageError(f"{self.place}: the pattern matches the empty text")
        if self.table.path:
            compiled(self.table.path, self.place)
        return self


class Allow(Struct, frozen=True, dict=True):
    """An allow-list that can be used, and where it stands."""

    table: AllowTable
    where: str

    @cached_property
    def _patterns(self) -> Mapping[str, tuple[re.Pattern[bytes], ...]]:
        kinds = ("paths", "values", "matches", "lines")
        return {kind: tuple(compiled(one, self.where) for one in getattr(self.table, kind)) for kind in kinds}

    def checked(self) -> "Allow":
        """Itself. Raises UsageError for a pattern that cannot be."""
        if not any(self._patterns.values()) and not self.table.words:
            raise UsageError(f"{self.where}: allows everything: give it paths, values, matches, lines or words")
        return self

    def allows(self, rule: str, path: str, value: bytes, match: bytes, line: bytes) -> bool:
        """Whether it holds for what a rule found."""
        if self.table.rules and rule not in self.table.rules:
            return False
        texts = {"paths": path.encode("utf-8", "surrogatepass"), "values": value, "matches": match, "lines": line}
        held = [any(one.search(texts[kind]) for one in given) for kind, given in self._patterns.items() if given]
        if self.table.words:
            lower = value.lower()
            held.append(any(word.lower().encode() in lower for word in self.table.words))
        return all(held) if self.table.all else any(held)
