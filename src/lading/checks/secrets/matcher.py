"""Where in a stretch of bytes which rules may match: one pass for all of them where Hyperscan is there."""

import re
import threading
from collections.abc import Sequence
from itertools import islice
from typing import Any, Final

from lading.checks.secrets.rule import Rule

MOST_NOTICED: Final = 20_000
"""Places in one window beyond which no more are looked for."""

Noticed = tuple[int, int]
"""The number of a rule, and where what gave it away ends."""


class Matcher:
    """Rules, named by their index. May be used by several threads at once. For `short` texts Hyperscan is left out: it
    takes half a second to load, in each process anew."""

    def __init__(self, rules: Sequence[Rule], *, short: bool = False) -> None:
        self._short = short
        self._rules = tuple(rules)
        self._indexes = [number for number, rule in enumerate(rules) if not rule.paths]
        self._lock = threading.Lock()
        self._engine: Any = None
        self._scratch = threading.local()
        self._literals: tuple[tuple[bytes, bool, tuple[int, ...]], ...] = ()
        self._patterns: tuple[tuple[int, re.Pattern[bytes]], ...] = ()

    def noticed(self, window: bytes) -> list[Noticed]:
        """Where rules may match, ordered; as many as `MOST_NOTICED` when there is more than is looked at."""
        engine = self._engine or self._load()
        found = self._by_search(window) if engine is _NONE else self._by_hyperscan(engine, window)
        if len(found) > 1:
            found.sort(key=_by_place)
        return found

    def _by_hyperscan(self, engine: Any, window: bytes) -> list[Noticed]:
        found: list[Noticed] = []

        def note(index: int, _start: int, end: int, *_: object) -> bool | None:
            found.append((index, end))
            return len(found) >= MOST_NOTICED or None

        try:
            engine.scan(window, match_event_handler=note, scratch=self._own_scratch(engine))
        except Exception:
            if len(found) < MOST_NOTICED:  # else it was stopped
                raise
        return found

    def _own_scratch(self, engine: Any) -> Any:
        """This thread's room to work in."""
        if not hasattr(self._scratch, "own"):
            with self._lock:
                self._scratch.own = engine.scratch.clone()
        return self._scratch.own

    def _by_search(self, window: bytes) -> list[Noticed]:
        lower = window.lower()
        found: list[Noticed] = []
        for text, caseless, rules in self._literals:
            searched = lower if caseless else window
            at = searched.find(text)
            while at >= 0 and len(found) < MOST_NOTICED:
                found += [(rule, at + len(text)) for rule in rules]
                at = searched.find(text, at + 1)
        for rule, pattern in self._patterns:
            found += [(rule, match.end()) for match in islice(pattern.finditer(window), MOST_NOTICED)]
        return found[:MOST_NOTICED]

    def _load(self) -> Any:
        with self._lock:
            if self._engine is None:
                engine = _NONE if self._short else _hyperscan(self._rules, self._indexes)
                if engine is _NONE:
                    self._literals = self._searched()
                    without = (index for index in self._indexes if not self._rules[index].noticed_by)
                    self._patterns = tuple(
                        (index, re.compile(self._rules[index].expression.encode())) for index in without
                    )
                self._engine = engine
        return self._engine

    def _searched(self) -> tuple[tuple[bytes, bool, tuple[int, ...]], ...]:
        texts: dict[tuple[bytes, bool], list[int]] = {}
        for index in self._indexes:
            rule = self._rules[index]
            caseless = rule.caseless or bool(rule.keys)
            for text in rule.noticed_by:
                texts.setdefault(((text.lower() if caseless else text).encode(), caseless), []).append(index)
        return tuple((text, caseless, tuple(rules)) for (text, caseless), rules in texts.items())


_NONE: Final = object()


def _by_place(noticed: Noticed) -> tuple[int, int]:
    return noticed[1], noticed[0]


def _hyperscan(rules: Sequence[Rule], indexes: Sequence[int]) -> Any:
    try:
        import hyperscan
    except ImportError:  # no wheel for this platform
        return _NONE
    engine = hyperscan.Database(mode=hyperscan.HS_MODE_BLOCK)
    expressions = [rules[index].expression.encode() for index in indexes]
    engine.compile(expressions=expressions, ids=list(indexes), elements=len(indexes), flags=[0] * len(indexes))
    return engine
