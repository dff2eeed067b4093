"""Downloads that go on where a cut connection left them (RFC 9110, section 14)."""

import re
from collections.abc import Callable
from typing import Final

from msgspec import Struct

from lading.model.errors import NetError
from lading.model.ports import ByteStream
from lading.net.response import HttpResponse
from lading.net.throttle import Clock
from lading.net.trouble import Broken

_MOST_CUTS: Final = 5
_PROGRESS: Final = 1 << 20
_SKIP: Final = 256 * 1024
_LONGEST_VALIDATOR: Final = 1024
_CONTENT_RANGE: Final = re.compile(r"bytes (\d{1,18})-(\d{1,18})/(\d{1,18}|\*)", re.ASCII)


class Fetched(Struct, frozen=True):
    """A file being downloaded. `validator` is its ETag, else its Last-Modified, else empty; `size` is 0 and `modified`
    (its Last-Modified) empty when the server does not say."""

    stream: ByteStream
    validator: str
    size: int
    modified: str = ""

    def close(self) -> None:
        self.stream.close()


class ResumingStream:
    """The body of a GET request, which asks for the rest when the connection breaks.

    `reopen(offset)` asks for the bytes from `offset` on; a server that answers with the whole is read past. Gives up
    with a NetError when it breaks more than five times without a megabyte of progress, when nothing comes for `timeout`
    seconds over all attempts, and beyond `limit` bytes. How long it takes while it goes on is no matter. `validator`
    tells a whole answer that is still the same file from another; with None the bytes are checked elsewhere (a digest),
    so any is taken. Without a `first` answer the bytes from `start` on are asked for.
    """

    def __init__(
        self,
        first: HttpResponse | None,
        reopen: Callable[[int], HttpResponse],
        where: str,
        *,
        limit: int,
        validator: str | None,
        pause: Callable[[float], object],
        timeout: float,
        clock: Clock,
        start: int = 0,
    ) -> None:
        self._response = first
        self._length = first.length if first is not None else -1
        self._reopen = reopen
        self._where = where
        self._limit = limit
        self._validator = validator
        self._pause = pause
        self._timeout = timeout
        self._clock = clock
        self._offset = start
        self._repeated = 0
        self._cuts = 0
        self._cut_at = start
        if first is not None and self._length > limit:
            first.close()
            raise self._too_long()

    def read(self, size: int, /) -> bytes:
        data = self._read(size)
        self._offset += len(data)
        if self._offset > self._limit:
            raise self._too_long()
        return data

    def close(self) -> None:
        if self._response is not None:
            self._response.close()

    def _read(self, size: int) -> bytes:
        started = self._clock()
        while True:
            if self._response is None:
                self._response = self._resume()
            try:
                self._skip_repeated(self._response)
                return self._response.read(size)
            except Broken as error:
                self.close()
                self._response = None
                if self._clock() - started >= self._timeout:
                    raise NetError(
                        f"{self._where}: nothing came for {self._timeout:g} seconds after {self._offset:,} bytes; "
                        "try again later, or wait longer with --timeout"
                    ) from error
                self._count_cut(error)

    def _count_cut(self, error: Broken) -> None:
        self._cuts = 1 if self._offset - self._cut_at >= _PROGRESS else self._cuts + 1
        self._cut_at = self._offset
        if self._cuts > _MOST_CUTS:
            raise NetError(
                f"{self._where}: the connection broke {self._cuts} times, last after {self._offset:,} bytes; "
                "try again later"
            ) from error
        self._pause(0.5 * 2.0 ** (self._cuts - 1))

    def _resume(self) -> HttpResponse:
        """An answer with the rest of the body; `_repeated` of its first bytes are known already."""
        response = self._reopen(self._offset)
        self._repeated = 0
        if response.status == 206:
            if not _is_rest(response, self._offset, self._length):
                response.close()
                raise NetError(f"{self._where}: the server resumed at another place than asked; try again later", 206)
            return response
        if response.status != 200:
            response.discard()
            raise NetError(f"{self._where}: the server answered {response.answer} to a resumption", response.status)
        if self._validator is not None and (validator_of(response), response.length) != (self._validator, self._length):
            response.close()
            raise NetError(f"{self._where}: changed on the server while it was read; try again", 200)
        self._repeated = self._offset
        return response

    def _skip_repeated(self, response: HttpResponse) -> None:
        while self._repeated:
            piece = response.read(min(self._repeated, _SKIP))
            if not piece:
                raise NetError(f"{self._where}: shorter on the server than before; try again", 200)
            self._repeated -= len(piece)

    def _too_long(self) -> NetError:
        return NetError(f"{self._where}: longer than the {self._limit:,} bytes allowed; refused", 200)


def _is_rest(response: HttpResponse, offset: int, length: int) -> bool:
    """Whether an answer is a range of a file from `offset` on, by what it says of itself. `length` is the file's, -1
    when it is not known."""
    found = _CONTENT_RANGE.fullmatch(response.headers.get("content-range", "").strip())
    if found is None:
        return False
    first, last = int(found[1]), int(found[2])
    whole = max(length, last + 1) if found[3] == "*" else int(found[3])
    return first == offset and last < whole and length in (-1, whole) and response.length in (-1, last - first + 1)


def validator_of(response: HttpResponse) -> str:
    """What names this version of a file: its ETag, else its Last-Modified, else "", as for one too long to be sent."""
    validator = response.headers.get("etag", "") or response.headers.get("last-modified", "")
    return validator if len(validator) <= _LONGEST_VALIDATOR else ""
