"""Layers read by several processes together: each takes the next one as soon as it has read one.

What holds Python back is that one process interprets on one processor at a time; inflating and hashing alone go on
beside that.
"""

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Final

from msgspec import Struct
from msgspec.msgpack import Decoder, encode

from lading.inventory.facts import LayerFacts
from lading.model.diagnostic import Diagnostic
from lading.model.ports import Helper, Helpers, Progress

MOST_TOGETHER: Final = 128
"""Layers at most; images with more are not built."""


class Outcome(Struct, frozen=True, tag=True, array_like=True):
    """What reading the layer in this place of the order came to: its facts, what has to be said of the cache, whether
    it was read by its table of contents, and whether work was left undone because there was too much of it."""

    place: int
    facts: LayerFacts
    remarks: tuple[Diagnostic, ...]
    by_parts: bool
    is_spent: bool


class _Started(Struct, frozen=True, tag=True, array_like=True):
    key: str
    text: str
    total: int


class _Advanced(Struct, frozen=True, tag=True, array_like=True):
    key: str
    amount: int


class _Finished(Struct, frozen=True, tag=True, array_like=True):
    key: str


_decode: Final = Decoder(Outcome | _Started | _Advanced | _Finished).decode
_Read = Callable[[int, Progress], Outcome]


def read_together(
    count: int, read: _Read, helpers: Helpers, progress: Progress, cancel: Callable[[], None]
) -> list[Outcome]:
    """What `read` gives for each of `count` places, here or in a helper. Should it fail somewhere, `cancel` is called,
    which makes `read` fail here, and its error is raised; so is that of a helper that ended unasked (EngineError)."""
    from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait

    turns = _Turns(count)

    def work(send: Callable[[bytes], None]) -> None:
        told = _Told(send)
        for place in turns:
            send(encode(read(place, told)))

    with ExitStack() as closing:
        closing.callback(turns.close)
        started: list[Helper] = []
        for _ in range(min(helpers.many, count - 1)):
            started.append(helpers.start(work))
            closing.callback(started[-1].close)
        pool = closing.enter_context(ThreadPoolExecutor(1 + len(started), thread_name_prefix="layer"))
        own = pool.submit(lambda: [read(place, progress) for place in turns])
        futures = [own, *(pool.submit(_follow, helper, progress) for helper in started)]
        try:
            wait(futures, return_when=FIRST_EXCEPTION)
            for future in futures:
                if future.done() and (error := future.exception()) is not None:
                    raise error
        except BaseException:
            cancel()
            for helper in started:
                helper.end()
            raise
        return [outcome for future in futures for outcome in future.result()]


class _Turns:
    """Places below a number, each given once, to whichever process asks."""

    def __init__(self, count: int) -> None:
        self._left, write = os.pipe()
        os.write(write, bytes(range(count)))
        os.close(write)

    def __iter__(self) -> Iterator[int]:
        while place := os.read(self._left, 1):
            yield place[0]

    def close(self) -> None:
        os.close(self._left)


class _Told:
    """A Progress that another process is told of."""

    def __init__(self, send: Callable[[bytes], None]) -> None:
        self._send = send

    def start(self, key: str, text: str, total: int = 0) -> None:
        self._send(encode(_Started(key, text, total)))

    def advance(self, key: str, amount: int) -> None:
        self._send(encode(_Advanced(key, amount)))

    def finish(self, key: str) -> None:
        self._send(encode(_Finished(key)))


def _follow(helper: Helper, progress: Progress) -> list[Outcome]:
    """What a helper reads, while its progress is told."""
    outcomes = []
    for message in helper.messages():
        match _decode(message):
            case Outcome() as outcome:
                outcomes.append(outcome)
            case _Started(key, text, total):
                progress.start(key, text, total)
            case _Advanced(key, amount):
                progress.advance(key, amount)
            case _Finished(key):
                progress.finish(key)
    return outcomes
