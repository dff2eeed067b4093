"""One file read for every reader that wants it."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Protocol

from msgspec import structs

from lading.inventory.catalogers.cataloger import CatalogerResult
from lading.inventory.router import Route
from lading.inventory.unread import Remarks, fault_of
from lading.model.diagnostics import diagnostic
from lading.model.errors import LimitError
from lading.model.reader import PACE_OF_PROGRAMS, Content, Reader, Stat, WantedFile
from lading.safeio.content import iter_pieces
from lading.safeio.limits import Limits, Work

_A_FILE = 60
_A_PACKAGE = 150
_DEAR_A_STEP = 2
"""What things cost, in steps (see lading.safeio.limits.Work)."""
_CHEAP = bytes(byte for byte in range(128) if byte not in b"\r\n")


class LayerFile(Protocol):
    """A regular file as the pass meets it. `mode` the permission bits; `peek` gives its first bytes, fewer when it has
    fewer; `read_content` all of it, at most once, and raises LimitError beyond `limit` bytes."""

    @property
    def mode(self) -> int: ...
    @property
    def stat(self) -> Stat: ...
    def peek(self, size: int) -> bytes: ...
    def read_content(self, limit: int) -> Content: ...


class StatedEntry(Protocol):
    """What an entry states of itself: `mode` the permission bits, `capabilities` those of a file, mostly empty."""

    @property
    def mode(self) -> int: ...
    @property
    def capabilities(self) -> bytes: ...
    @property
    def stat(self) -> Stat: ...


class Given:
    """What a reader was given of a layer: the size of the largest content, and whether one was too large."""

    def __init__(self) -> None:
        self.largest = 0
        self.refused = False


class FileReader:
    """Reads files within limits, and keeps account of what each reader was `given`."""

    def __init__(self, limits: Limits, work: Work | None = None) -> None:
        self._limits = limits
        self._spend = (work or Work()).spend
        self.given: defaultdict[str, Given] = defaultdict(Given)

    def read(self, path: str, routes: Sequence[Route], file: LayerFile) -> list[CatalogerResult]:
        """What each route's reader makes of the file that lies at `path`; its content is read once. Raises LimitError
        when a limit of the whole layer is met."""
        if len(routes) > 1 and not isinstance(file, Shared):
            file = Shared(file)
        return [self._read(path, route, file) for route in routes]

    def _read(self, path: str, route: Route, file: LayerFile) -> CatalogerResult:
        reader: Reader[CatalogerResult] = route.reader
        given = self.given[reader.name]
        try:
            if reader.head:
                content: Content = file.peek(reader.head)
            else:
                content = file.read_content(self._limits.spool)
                given.largest = max(given.largest, len(content))
            self._spend(_A_FILE + len(content) // reader.pace)
            if reader.pace < PACE_OF_PROGRAMS:
                self._spend(_dear(content) // _DEAR_A_STEP)
            stat = file.stat if reader.everything else None
            wanted = WantedFile(route.path, file.mode, content, self._limits.file, self._spend, stat)
            result = reader.parse(wanted)
            if result.unknown and not reader.head:
                result = structs.replace(result, unknown_size=len(content))
            found = _listable(result, path) if result.packages else result
            self._spend(_cost(found))
            return found
        except LimitError as error:
            if error.limit not in ("file", "spool"):
                raise
            given.refused = True
            message = f"{error}; it was not read (--limit {error.limit}=N raises this)"
            return CatalogerResult(diagnostics=(diagnostic("file-too-large", message, path),))
        except (ValueError, LookupError, RecursionError, MemoryError) as error:
            # A parser met hostile input nobody thought of. The scan goes on, and says what it could not read.
            message = f"the {reader.name} cataloger failed on it ({type(error).__name__}); it was not read"
            return CatalogerResult(diagnostics=(diagnostic("cataloger-failed", message, path),))


def _listable(result: CatalogerResult, path: str) -> CatalogerResult:
    """The result without packages of names or versions that no package has. A version may be unknown."""
    faults = [fault_of(one.name, one.version or "unknown") for one in result.packages]
    if not any(faults):
        return result
    remarks = Remarks(path)
    for fault in filter(None, faults):
        remarks.left_out(fault)
    return structs.replace(
        result,
        packages=tuple(one for one, fault in zip(result.packages, faults, strict=True) if not fault),
        diagnostics=(*result.diagnostics, *remarks.told()),
    )


def _dear(content: Content) -> int:
    """How many bytes of a text take longer than others: ends of lines, and what may be no UTF-8."""
    return sum(len(piece.translate(None, _CHEAP)) for piece in iter_pieces(content))


def _cost(result: CatalogerResult) -> int:
    """What the packages, paths and documents of a result cost all that comes after it, in steps."""
    versions = sum(len(one.version) + len(one.name) for one in result.packages)
    kept = len(result.vex) + len(result.observed)
    return _A_PACKAGE * len(result.packages) + versions // 4 + len(result.owned) // 4 + kept // 10


class Shared:
    """A file that several want to read."""

    def __init__(self, file: LayerFile) -> None:
        self._file = file
        self._content: Content | None = None

    @property
    def mode(self) -> int:
        return self._file.mode

    @property
    def stat(self) -> Stat:
        return self._file.stat

    def peek(self, size: int) -> bytes:
        return self._file.peek(size) if self._content is None else self._content[:size]

    def read_content(self, limit: int) -> Content:
        if self._content is None:
            self._content = self._file.read_content(limit)
        return self._content
