"""The secrets in a text, window by window."""

import re
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Sequence
from copy import copy
from functools import cached_property
from typing import Final

from msgspec import Struct, structs

from lading.checks.secrets.candidate import Candidate, Confirmed
from lading.checks.secrets.fingerprints import Fingerprints, masked
from lading.checks.secrets.matcher import MOST_NOTICED, Matcher, Noticed
from lading.checks.secrets.placed import PlacedRules
from lading.checks.secrets.rule import LONGEST, REACH, WHOLE, Rule, RuleSet, literal_beginning
from lading.checks.secrets.verify import confirm
from lading.model.advisory import SeverityLabel
from lading.model.package import INTO
from lading.model.reader import Content

_STEP: Final = 1024 * 1024
_CONTEXT: Final = 4096
"""How much of what lies before a window is looked at with it."""
_MOST_TRIES: Final = 20_000
_A_SEARCH: Final = 10
"""A look at a place where the beginning of a secret is not known costs as much as so many others."""
_A_DOCUMENT: Final = 20
"""As a look does that reads what lies around."""
_MOST_HITS: Final = 1_000
_MOST_LITERALS: Final = 4
_LONGEST_LINE: Final = 1_000
_TRY_STEPS: Final = 3
_BYTES_A_STEP: Final = 400
_ESCAPES: Final = b"nrtbfv"
_HEXADECIMAL: Final = frozenset(b"0123456789abcdefABCDEF")
_LETTERS: Final = frozenset(b"0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")


class Hit(Struct, frozen=True, array_like=True):
    """A secret in a file, without its value: by which `rule` (its ID), in which `line` (from 1; 0 where there are
    none), how often in the file. `shown` is it as people may see it. `member` is the file inside of an archive.
    `unreal` says why it is nobody's, empty for one that may be real; `note` what else is known. `allowed` is the place
    that allows it, empty for none; `values` are those of the regular expressions of ignores that its value matches."""

    rule: str
    severity: SeverityLabel
    line: int
    shown: str
    fingerprint: str
    count: int = 1
    member: str = ""
    note: str = ""
    unreal: str = ""
    allowed: str = ""
    values: tuple[str, ...] = ()


class Scanned(Struct, frozen=True):
    """The hits of a text, and whether it held more that looks like secrets than is looked at."""

    hits: tuple[Hit, ...] = ()
    full: bool = False


_NOTHING: Final = Scanned()


Allowed = Callable[[str, str, bytes, bytes, bytes], str]
"""Where it is allowed what a rule (its ID) found in a file: the value, the whole match, its line; "" for nowhere."""


def nowhere(rule: str, place: str, value: bytes, match: bytes, line: bytes) -> str:
    """Allows nothing."""
    return ""


class Scanner:
    """Looks for the secrets of a set of rules. May be used by several threads at once."""

    def __init__(self, rules: RuleSet, fingerprints: Fingerprints | None = None) -> None:
        self.rules = rules
        self.allowed: Allowed = nowhere
        self.values: Sequence[tuple[str, re.Pattern[bytes]]] = ()
        self.fingerprints = fingerprints or Fingerprints()
        self.prepared = tuple(map(_Prepared, rules.rules))
        self.matcher = Matcher(rules.rules)
        self.placed = PlacedRules(rules.rules)

    def scan(
        self,
        path: str,
        content: Content,
        spend: Callable[[int], None],
        member: str = "",
        lines: bool = True,
    ) -> Scanned:
        """The secrets in the text of a file at `path`, or in the file `member` of an archive there. `spend` is told of
        the work in steps, and may raise to stop it."""
        if len(content) <= _STEP and not self.placed.at(member or path):
            data = content[:]
            spend(1 + len(data) // _BYTES_A_STEP)
            noticed = self.matcher.noticed(data)
            return _Text(self, path, member, spend, lines).scan_window(data, noticed) if noticed else _NOTHING
        return _Text(self, path, member, spend, lines).scan(content)

    def with_inputs(
        self,
        fingerprints: Fingerprints,
        allowed: Allowed = nowhere,
        values: Sequence[tuple[str, re.Pattern[bytes]]] = (),
    ) -> "Scanner":
        """The same scanner, its rules prepared once, with other fingerprints. `allowed` says what is allowed,
        `values` are the regular expressions that values are held to."""
        other = copy(self)
        other.fingerprints, other.allowed, other.values = fingerprints, allowed, values
        return other

    def masked(self, text: str) -> str:
        """A short text with its secrets masked."""
        data = text.encode("utf-8", "surrogatepass")[:_STEP]
        one = _Text(self._for_short_texts, "configuration", "", _free, lines=False)
        one.scan(data)
        pieces, end = [], 0
        for start, stop in one.claimed:
            pieces += [data[end:start], b"***"]
            end = stop
        return b"".join((*pieces, data[end:])).decode("utf-8", "replace")

    @cached_property
    def _for_short_texts(self) -> "Scanner":
        other = copy(self)
        other.matcher = Matcher(self.rules.rules, short=True)
        return other

    def noticed(self, content: bytes) -> list[int]:
        """Where in a short content, of which the lines do not count, something is noticed."""
        if len(content) <= _STEP:
            return [end for _, end in self.matcher.noticed(content)]
        windows = ((at, content[at : at + _STEP + LONGEST]) for at in range(0, len(content), _STEP))
        return sorted({at + end for at, window in windows for _, end in self.matcher.noticed(window)})


def _free(steps: int) -> None:
    """Short texts cost nothing to speak of."""


class _Prepared:
    """A rule with what is made of it when it is first needed."""

    def __init__(self, rule: Rule) -> None:
        self.rule = rule

    @cached_property
    def pattern(self) -> re.Pattern[bytes]:
        """The pattern as it is matched."""
        return self.rule.compiled()

    @cached_property
    def behind(self) -> re.Pattern[bytes]:
        """What stands behind a key that was noticed."""
        return self.rule.compiled(behind=True)

    @cached_property
    def literal(self) -> bytes:
        """What each match begins with."""
        return literal_beginning(self.rule.pattern).encode()

    @cached_property
    def keys(self) -> tuple[bytes, ...]:
        """The names that the value is assigned to."""
        return tuple(key.encode() for key in self.rule.keys)

    @cached_property
    def left(self) -> frozenset[int]:
        """What must not stand before it."""
        if not self.rule.is_bare:
            return frozenset()
        pattern = re.compile(self.rule.left.encode()) if self.rule.left else None
        return frozenset(byte for byte in range(256) if pattern and pattern.match(bytes((byte,)))) or _LETTERS

    def stands_alone(self, window: bytes, start: int) -> bool:
        """Whether what lies before is no part of the same word. An escape in a quoted text or a URL is none."""
        if not start or window[start - 1] not in self.left:
            return True
        before = window[max(0, start - 3) : start]
        if before[-2:-1] == b"\\" and before[-1] in _ESCAPES:
            return True
        return before[:1] == b"%" and len(before) == 3 and before[1] in _HEXADECIMAL and before[2] in _HEXADECIMAL


class _Text:
    """One text that is looked through."""

    def __init__(self, scanner: Scanner, path: str, member: str, spend: Callable[[int], None], lines: bool) -> None:
        self._scanner = scanner
        self._rules = scanner.rules.rules
        self._path = path
        self._member = member
        self._place = f"{path}{INTO}{member}" if member else path
        self._spend = spend
        self._lines = lines
        self._line = 1
        self._line_at = 0
        self._tries = 0
        self._full = False
        self.claimed: list[tuple[int, int]] = []
        self._hits: dict[tuple[str, str], Hit] = {}

    def scan(self, content: Content) -> Scanned:
        """What a content of any size holds."""
        size = len(content)
        placed = self._scanner.placed.at(self._member or self._path)
        for start in range(0, size, _STEP):
            base = max(0, start - _CONTEXT)
            window = content[base : min(start + _STEP + LONGEST, size)]
            self._spend(1 + len(window) // _BYTES_A_STEP)
            noticed = self._scanner.matcher.noticed(window)
            found = sorted(self._confirmed(window, noticed, start - base, placed), key=self._by_claim)
            self._keep(found, window, base)
            if start + _STEP < size:
                self._count_lines(window, base, start + _STEP)
            if self._full:
                break
        return Scanned(tuple(self._hits.values()), self._full)

    def scan_window(self, window: bytes, noticed: Sequence[Noticed]) -> Scanned:
        """What a text of one window holds, of which it is known what is noticed in it."""
        found = list(self._confirmed(window, noticed, 0, ()))
        if found:
            self._keep(sorted(found, key=self._by_claim), window, 0)
        return Scanned(tuple(self._hits.values()), self._full)

    def _confirmed(
        self, window: bytes, noticed: Sequence[Noticed], first: int, placed: Iterable[int]
    ) -> Iterator[tuple[int, Confirmed]]:
        """What is confirmed in a window, with the number of its rule, of what is noticed from `first` on."""
        self._full = self._full or len(noticed) >= MOST_NOTICED
        covered: dict[int, int] = {}
        last = first + _STEP
        for number, end in noticed:
            if first < end <= last and end > covered.get(number, 0):
                match = self._match(number, window, end, covered.get(number, 0))
                if match is not None:
                    covered[number] = match[1]
                    yield from self._confirm(number, window, match)
            if self._tries > _MOST_TRIES:
                self._full = True
                return
        for number in placed:
            for one in self._scanner.prepared[number].pattern.finditer(window, first):
                self._tries += 1
                if self._tries > _MOST_TRIES:
                    self._full = True
                    return
                yield from self._confirm(number, window, one.span("value"))

    def _match(self, number: int, window: bytes, end: int, covered: int) -> tuple[int, int] | None:
        """Where the secret lies that was noticed at `end`."""
        self._tries += 1
        known, stop = self._scanner.prepared[number], min(len(window), end + LONGEST)
        if known.keys:
            found = known.behind.match(window, end, stop)
            return found.span("value") if found is not None else None
        floor = max(covered, end - REACH)
        if known.literal:
            return self._from_literal(known, window, (floor, end, stop))
        self._tries += _A_SEARCH
        for found in known.pattern.finditer(window, floor, stop):
            if found.start() >= end:
                break
            if found.end() >= end and known.stands_alone(window, found.start()):
                return found.span("value")
        return None

    @staticmethod
    def _from_literal(known: _Prepared, window: bytes, bounds: tuple[int, int, int]) -> tuple[int, int] | None:
        """A match that begins with one of the last literals before the place where it was noticed."""
        floor, end, stop = bounds
        start = end
        for _ in range(_MOST_LITERALS):
            start = window.rfind(known.literal, floor, start)
            if start < 0:
                break
            found = known.pattern.match(window, start, stop)
            if found is not None and known.stands_alone(window, start):
                return found.span("value")
        return None

    def _confirm(self, number: int, window: bytes, span: tuple[int, int]) -> Iterator[tuple[int, Confirmed]]:
        costly = self._rules[number].check in WHOLE
        self._tries += _A_DOCUMENT if costly else 0
        self._spend(_TRY_STEPS * _A_DOCUMENT if costly else _TRY_STEPS)
        found = confirm(Candidate(self._rules[number], window, *span, self._place))
        if found is not None:
            yield number, found

    def _keep(self, found: Iterable[tuple[int, Confirmed]], window: bytes, base: int) -> None:
        """Keeps what no rule before has claimed."""
        for number, one in found:
            start, end = base + one.start, base + one.end
            if not self._claim(start, end):
                continue
            rule = self._rules[number]
            fingerprint = self._scanner.fingerprints.of(rule.id, self._place, one.value)
            key = (rule.id, fingerprint)
            known = self._hits.get(key)
            if known is None and len(self._hits) >= _MOST_HITS:
                self._full = True
                return
            line = self._line_of(window, base, start)
            self._hits[key] = (
                _again(known, line)
                if known is not None
                else self._marked(_hit(rule, one, line, fingerprint, self._member), one, window)
            )

    def _marked(self, hit: Hit, one: Confirmed, window: bytes) -> Hit:
        """A hit with what users say of such."""
        scanner = self._scanner
        if scanner.allowed is nowhere and not scanner.values:
            return hit
        allowed = scanner.allowed(hit.rule, self._place, one.value, one.value, line_of(window, one.start, one.end))
        return structs.replace(hit, allowed=allowed, values=values_of(scanner.values, one.value))

    def _by_claim(self, found: tuple[int, Confirmed]) -> tuple[bool, int, int, int]:
        """Who claims a text first: rules that ask for words beside it know more, then by their order."""
        number, one = found
        return not self._rules[number].words, number, one.start, -one.end

    def _claim(self, start: int, end: int) -> bool:
        """Takes a stretch of the text, unless part of it is taken."""
        place = bisect_left(self.claimed, (start, start))
        if place < len(self.claimed) and self.claimed[place][0] < end:
            return False
        if place and self.claimed[place - 1][1] > start:
            return False
        self.claimed.insert(place, (start, end))
        return True

    def _line_of(self, window: bytes, base: int, place: int) -> int:
        if not self._lines:
            return 0
        if place < self._line_at:  # in what lies before the window
            return max(1, self._line - window.count(b"\n", place - base, self._line_at - base))
        return self._line + window.count(b"\n", self._line_at - base, place - base)

    def _count_lines(self, window: bytes, base: int, place: int) -> None:
        if self._lines:
            self._line += window.count(b"\n", self._line_at - base, place - base)
            self._line_at = place


def values_of(patterns: Sequence[tuple[str, re.Pattern[bytes]]], value: bytes) -> tuple[str, ...]:
    """Those of the regular expressions that a value matches."""
    return tuple(text for text, pattern in patterns if pattern.search(value[:LONGEST]) is not None)


def line_of(window: bytes, first: int, stop: int) -> bytes:
    """The line that a stretch lies in, as far as it is near."""
    begin = window.rfind(b"\n", max(0, first - _LONGEST_LINE), first) + 1
    end = window.find(b"\n", stop, stop + _LONGEST_LINE)
    return window[max(begin, first - _LONGEST_LINE) : end if end >= 0 else stop + _LONGEST_LINE]


def _hit(rule: Rule, one: Confirmed, line: int, fingerprint: str, member: str) -> Hit:
    beginning = literal_beginning(rule.pattern) if rule.is_bare else ""
    shown = masked(beginning, len(one.value))
    return Hit(rule.id, one.severity or rule.severity, line, shown, fingerprint, 1, member, one.note, one.unreal)


def _again(hit: Hit, line: int) -> Hit:
    return structs.replace(hit, count=hit.count + 1, line=min(hit.line, line))
