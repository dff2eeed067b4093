"""Downloads that go on where a cut connection left them (RFC 9110, section 14)."""

import re
import time
from collections.abc import Callable
from typing import Final

from msgspec import Struct

from lading.model.errors import NetError
from lading.model.ports import ByteStream
from lading.net.response import HttpResponse

_MOST_CUTS: Final = 5
_PROGRESS: Final = 1 << 20
_SECONDS: Final = 600.0
_SLOWEST: Final = 16 * 1024
_SKIP: Final = 256 * 1024
_CONTENT_RANGE: Final = re.compile(r"bytes (\d{1,18})-")


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
    with a NetError when it breaks more than five times without a megabyte of progress, when it is slower than 16 KB/s
    over more than ten minutes of waiting, and beyond `limit` bytes. `validator` tells a whole answer that is still the
    same file from another; with None the bytes are checked elsewhere (a digest), so any is taken. Without a `first`
    answer the bytes from `start` on are asked for.
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
        start: int = 0,
    ) -> None:
        self._response = first
        self._length = first.length if first is not None else -1
        self._reopen = reopen
        self._where = where
        self._limit = limit
        self._validator = validator
        self._pause = pause
        self._offset = start
        self._repeated = 0
        self._cuts = 0
        self._cut_at = start
        self._waited = 0.0
        if first is not None and self._length > limit:
            first.close()
            raise self._too_long()

    def read(self, size: int, /) -> bytes:
        started = time.monotonic()
        data = self._read(size)
        self._offset += len(data)
        self._waited += time.monotonic() - started
        if self._offset > self._limit:
            raise self._too_long()
        if self._waited > _SECONDS + self._offset / _SLOWEST:
            raise NetError(f"{self._where}: too slow ({self._offset:,} bytes in {self._waited:.0f} s); try again later")
        return data

    def close(self) -> None:
        if self._response is not None:
            self._response.close()

    def _read(self, size: int) -> bytes:
        while True:
            if self._response is None:
                self._response = self._resume()
            try:
                self._skip_repeated(self._response)
                return self._response.read(size)
            except NetError as error:
                self._count_cut(error)
                self.close()
                self._response = None

    def _count_cut(self, error: NetError) -> None:
        if error.status:
            raise error
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
            begins = _CONTENT_RANGE.match(response.headers.get("content-range", ""))
            if begins is None or int(begins[1]) != self._offset:
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


def validator_of(response: HttpResponse) -> str:
    """What names this version of a file: its ETag, else its Last-Modified, else ""."""
    return response.headers.get("etag", "") or response.headers.get("last-modified", "")
