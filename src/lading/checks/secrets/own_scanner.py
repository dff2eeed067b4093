"""Texts looked through with rules of users, beside those that come with Lading."""

import re
import threading
from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from typing import Any, Final

from msgspec import structs

from lading.checks.secrets.fingerprints import Fingerprints, masked
from lading.checks.secrets.known import entropy
from lading.checks.secrets.own import Allow, OwnRule, Stated
from lading.checks.secrets.patterns import for_hyperscan
from lading.checks.secrets.scanner import Hit, Scanned, line_of, values_of
from lading.model.package import INTO
from lading.model.reader import Content

_STEP: Final = 1_048_576
_OVERLAP: Final = 16_384
_MOST: Final = 10_000
_MOST_HITS: Final = 1_000
_BYTES_A_STEP: Final = 400
_A_MATCH: Final = 3
_BEFORE, _AFTER = 512, 4_096
"""How far a match may reach around a keyword, for rules that Hyperscan cannot take."""


class OwnScanner:
    """Looks for what rules of users describe. May be used by several threads at once."""

    def __init__(self, stated: Stated, values: Sequence[tuple[str, re.Pattern[bytes]]] = ()) -> None:
        self.rules = stated.rules
        self._values = values
        self._allows = stated.allows
        self._engine, self._taken = _hyperscan(self.rules)
        self._local = threading.local()
        self._lock = threading.Lock()

    def scan(
        self, path: str, content: Content, spend: Callable[[int], None], fingerprints: Fingerprints, member: str = ""
    ) -> Scanned:
        """What there is in a text of the file at `path`, or of `member` in it."""
        place = f"{path}{INTO}{member}" if member else path
        rules = [number for number, one in enumerate(self.rules) if _is_for(one, place)]
        if not rules:
            return Scanned()
        hits: dict[tuple[str, str], Hit] = {}
        wanted, full, line = frozenset(rules), False, 1
        for start in range(0, max(1, len(content)), _STEP):
            window = content[start : start + _STEP + _OVERLAP]
            spend(1 + len(window) // _BYTES_A_STEP)
            for number, first, stop in self._matches(window, wanted):
                if first >= _STEP:
                    continue
                spend(_A_MATCH)
                hit = self._hit(number, window, first, stop, place, fingerprints)
                if hit is None:
                    continue
                at = line + window.count(b"\n", 0, first)
                hits.setdefault((hit.rule, hit.fingerprint), _at_line(hit, at, member))
                full = full or len(hits) >= _MOST_HITS
            line += window.count(b"\n", 0, _STEP)
            if full:
                break
        return Scanned(tuple(hits.values()), full)

    def masked(self, text: str) -> str:
        """A short text with its secrets masked."""
        data = text.encode("utf-8", "surrogatepass")
        values = set()
        for number, first, stop in self._matches(data, frozenset(range(len(self.rules)))):
            found = None if self.rules[number].only_path else self.rules[number].pattern.search(data, first, stop)
            if found is not None and (value := _value(self.rules[number], found)):
                values.add(value)
        for value in sorted(values, key=len, reverse=True):
            data = data.replace(value, b"***")
        return data.decode("utf-8", "replace")

    def _hit(
        self, number: int, window: bytes, first: int, stop: int, place: str, fingerprints: Fingerprints
    ) -> Hit | None:
        rule = self.rules[number]
        if rule.only_path:
            return Hit(rule.table.id, rule.table.severity, 0, "(the file)", fingerprints.of(rule.table.id, place, b""))
        found = rule.pattern.search(window, first, stop)
        if found is None:
            return None
        value = _value(rule, found)
        if not value or (rule.table.entropy and entropy(value) <= rule.table.entropy):
            return None
        allowed = self.allowed(rule.table.id, place, value, found[0], line_of(window, *found.span()), rule.allows)
        fingerprint = fingerprints.of(rule.table.id, place, value)
        return Hit(
            rule.table.id,
            rule.table.severity,
            0,
            masked("", len(value)),
            fingerprint,
            allowed=allowed,
            values=values_of(self._values, value),
        )

    def allowed(
        self, rule: str, place: str, value: bytes, match: bytes, line: bytes, further: Sequence[Allow] = ()
    ) -> str:
        """Where it stands that something is allowed; empty where nothing says so."""
        for one in (*self._allows, *further):
            if one.allows(rule, place, value, match, line):
                return f"{one.where}: {one.table.reason}" if one.table.reason else one.where
        return ""

    def _matches(self, window: bytes, wanted: frozenset[int]) -> Iterator[tuple[int, int, int]]:
        """Which rules match where in a window, without those whose keywords are not in it."""
        lower = window.lower()
        having = {
            number
            for number in wanted
            if not (words := self.rules[number].table.keywords) or any(word.lower().encode() in lower for word in words)
        }
        for number in sorted(having):
            if self.rules[number].only_path:
                yield number, 0, 0
        searched = {number for number in having if not self.rules[number].only_path}
        if not searched:
            return
        for number in sorted(searched - self._taken):
            yield from self._by_search(number, window, lower)
        if searched & self._taken:
            yield from self._by_hyperscan(window, searched)

    def _by_search(self, number: int, window: bytes, lower: bytes) -> Iterator[tuple[int, int, int]]:
        """The matches of one rule, near its keywords where it has such."""
        rule = self.rules[number]
        count = 0
        for start, stop in _near(lower, [word.lower().encode() for word in rule.table.keywords]):
            for found in islice(rule.pattern.finditer(window, start, stop), _MOST - count):
                count += 1
                yield number, *found.span()

    def _by_hyperscan(self, window: bytes, searched: set[int]) -> Iterator[tuple[int, int, int]]:
        longest: dict[tuple[int, int], int] = {}

        def note(number: int, start: int, end: int, *_: object) -> bool | None:
            if number in searched:
                longest[number, start] = max(end, longest.get((number, start), 0))
            return len(longest) >= _MOST or None

        try:
            self._engine.scan(window, match_event_handler=note, scratch=self._scratch())
        except Exception:
            if len(longest) < _MOST:  # else it was stopped
                raise
        behind: dict[int, int] = {}
        for (number, start), end in sorted(longest.items()):
            if start >= behind.get(number, 0):
                behind[number] = end
                yield number, start, end

    def _scratch(self) -> Any:
        if not hasattr(self._local, "own"):
            with self._lock:
                self._local.own = self._engine.scratch.clone()
        return self._local.own


def _near(lower: bytes, words: Sequence[bytes]) -> Iterator[tuple[int, int]]:
    """The stretches of a window around words; all of it without any."""
    if not words:
        yield 0, len(lower)
        return
    places = sorted(found.start() for word in words for found in islice(re.finditer(re.escape(word), lower), _MOST))
    begin = end = 0
    for place in places:
        if place - _BEFORE > end:
            if end:
                yield begin, end
            begin = max(0, place - _BEFORE)
        end = min(len(lower), place + _AFTER)
    if end:
        yield begin, end


def _value(rule: OwnRule, found: re.Match[bytes]) -> bytes:
    if "value" in rule.pattern.groupindex:
        return found["value"] or b""
    if rule.table.group:
        return found[rule.table.group] or b""
    return next((one for one in found.groups() if one), found[0])


def _is_for(rule: OwnRule, place: str) -> bool:
    return rule.path is None or rule.path.search(place.encode("utf-8", "surrogatepass")) is not None


def _at_line(hit: Hit, line: int, member: str) -> Hit:
    return structs.replace(hit, line=line, member=member)


def _hyperscan(rules: Sequence[OwnRule]) -> tuple[Any, frozenset[int]]:
    """All patterns in one, and the numbers of those in it: some are too large for Hyperscan, or have what it lacks.
    None where there is no Hyperscan."""
    searched = [(number, one) for number, one in enumerate(rules) if not one.only_path]
    try:
        import hyperscan
    except ImportError:  # no wheel for this platform
        return None, frozenset()

    def compile(chosen: Sequence[tuple[int, OwnRule]]) -> Any:
        engine = hyperscan.Database(mode=hyperscan.HS_MODE_BLOCK)
        expressions = [for_hyperscan(one.table.pattern) for _, one in chosen]
        numbers, flags = [number for number, _ in chosen], [hyperscan.HS_FLAG_SOM_LEFTMOST] * len(chosen)
        engine.compile(expressions=expressions, ids=numbers, elements=len(numbers), flags=flags)
        return engine

    def takes(chosen: Sequence[tuple[int, OwnRule]]) -> bool:
        try:
            compile(chosen)
        except hyperscan.error:
            return False
        return True

    taken = searched if takes(searched) else [one for one in searched if takes([one])]
    if not taken or not takes(taken):
        return None, frozenset()
    return compile(taken), frozenset(number for number, _ in taken)
