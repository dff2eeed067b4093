"""Processes that read layers beside the one that reads an image: one process runs Python on one processor at a time."""

import gc
from collections.abc import Iterator
from typing import Final

import msgspec
from msgspec import Struct

from lading.cli.processes.child import Child, Failed, failed_by
from lading.cli.processes.pipe import Pipe, connected
from lading.model.ports import Helpers, HelperWork
from lading.safeio.processors import count_processors

_MOST: Final = 4
"""Processes that read one image at most: each has some dozen megabytes of its own."""


class _Said(Struct, frozen=True, tag=True):
    """What the work gives."""

    message: bytes


class _Done(Struct, frozen=True, tag=True):
    """The work is done."""


_decode: Final = msgspec.msgpack.Decoder(_Said | _Done | Failed).decode


def helpers_here() -> Helpers:
    """Those of this machine: one less than it has processors for this process."""
    return Helpers(min(count_processors(), _MOST) - 1, ForkedHelper)


class ForkedHelper:
    """A Helper (lading.model.ports) that is forked: it has this process's rights and nothing beyond them."""

    def __init__(self, work: HelperWork) -> None:
        self._pipe, theirs = connected()
        self._is_done = False
        gc.freeze()  # what both have is not looked through, and so not copied, by either
        self._child = Child(lambda: _work(work, self._pipe, theirs))
        theirs.close()

    def messages(self) -> Iterator[bytes]:
        while (data := self._pipe.receive()) is not None:
            match _decode(data):
                case _Said(message):
                    yield message
                case _Done():
                    self._is_done = True
                    return
                case Failed() as failed:
                    self._is_done = True
                    failed.raise_it()
        raise self._child.fate()

    def end(self) -> None:
        self._child.end(ask=not self._is_done)

    def close(self) -> None:
        self.end()
        self._pipe.close()


def _work(work: HelperWork, front: Pipe, pipe: Pipe) -> None:
    front.close()
    said: _Done | Failed = _Done()
    try:
        work(lambda message: pipe.send(_Said(message)))
    except BaseException as error:
        said = failed_by(error)
    pipe.send(said)
