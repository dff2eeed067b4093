"""How far a run over many images is, on standard error: one line that changes at a terminal, a line now and then
elsewhere."""

import os
import sys
import time
from collections.abc import Callable
from typing import Final

from lading.cli.log import is_quiet, say
from lading.formats.encoders.text.text import counted

_AT_TERMINAL: Final = 0.2
_ELSEWHERE: Final = 30.0
_MINUTE: Final = 60.0


class ManyProgress:
    """Counts the images of a run that are done. `already` were so before it began, and do not count for its pace."""

    def __init__(
        self, total: int, already: int, clock: Callable[[], float] = time.monotonic, noun: str = "image"
    ) -> None:
        self._noun = noun
        self._total, self._done, self._already = total, already, already
        self._failed = 0
        self._clock = clock
        self._began = clock()
        self._at_terminal = sys.stderr.isatty() and os.environ.get("TERM") != "dumb" and not is_quiet()
        self._told = self._began
        self._width = 0

    def step(self, count: int = 1, *, failed: bool) -> None:
        """So many more are done."""
        self._done += count
        self._failed += count if failed else 0
        now = self._clock()
        if now - self._told >= (_AT_TERMINAL if self._at_terminal else _ELSEWHERE) and self._done < self._total:
            self._told = now
            self._show(self.line(now))

    def end(self) -> None:
        """Tells what the run came to."""
        self._show("")
        now = self._clock()
        seconds = max(now - self._began, 0.001)
        count = self._done - self._already
        if count:
            pace = f"{_pace(count / seconds)}"
            say("info", f"{counted(count, self._noun)} in {_duration(seconds)}, {pace}")

    def line(self, now: float) -> str:
        """How far it is, how fast, and how long it will take."""
        count, seconds = self._done - self._already, max(now - self._began, 0.001)
        parts = [f"{self._done:,} of {counted(self._total, self._noun)}"]
        parts += [f"{self._failed:,} failed"] if self._failed else []
        parts += [_pace(count / seconds), f"about {_duration((self._total - self._done) * seconds / count)} left"]
        return ", ".join(parts)

    def _show(self, text: str) -> None:
        if self._at_terminal:
            print("\r" + text.ljust(self._width), end="" if text else "\r", file=sys.stderr, flush=True)
            self._width = len(text)
        elif text:
            say("info", text)


def _pace(per_second: float) -> str:
    a_minute = per_second * _MINUTE
    return f"{a_minute:,.0f} a minute" if a_minute >= 10 else f"{a_minute:.1f} a minute"


def _duration(seconds: float) -> str:
    """`42 s`, `3 min`, `2 h 10 min`."""
    if seconds < _MINUTE:
        return f"{seconds:.1f} s" if seconds < 10 else f"{seconds:.0f} s"
    minutes = round(seconds / _MINUTE)
    if minutes < 60:
        return f"{minutes} min"
    return f"{minutes // 60} h {minutes % 60} min"
