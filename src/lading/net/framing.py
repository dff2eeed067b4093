"""Answers held to HTTP/1.1 (RFC 9112): what http.client would guess at, or read without end, is refused."""

import http.client
import io
import re
import socket
import sys
from email.errors import (
    FirstHeaderLineIsContinuationDefect,
    MisplacedEnvelopeHeaderDefect,
    MissingHeaderBodySeparatorDefect,
)
from email.message import Message
from functools import partial
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final

from lading.net.address import printable
from lading.net.dial import shut
from lading.net.pace import Meter
from lading.net.response import ONCE
from lading.net.stop import Stop
from lading.net.trouble import Trouble

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

_LENGTH: Final = re.compile(r"\d{1,18}", re.ASCII)
_CONTROL: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_CHUNK: Final = re.compile(rb"([0-9A-Fa-f]{1,15})[ \t]*(?:;[^\n]*)?\r?\n")
_LONGEST_CHUNK_LINE: Final = 256
_LONGEST_TRAILER: Final = 16 * 1024
_FREE_CHUNKS: Final = 10_000
_LEAST_CHUNK: Final = 64
"""Bytes that chunks beyond so many have on average: each costs as much time as some thousand bytes."""
_LARGE_CHUNK: Final = 1024 * 1024
"""Bytes of a chunk that count for smaller ones: it may state more than it has."""
_SHOWN: Final = 40
_BUFFER: Final = 128 * 1024
_DEFECTS: Final = (
    FirstHeaderLineIsContinuationDefect,
    MisplacedEnvelopeHeaderDefect,
    MissingHeaderBodySeparatorDefect,
)


class StrictResponse(http.client.HTTPResponse):
    """An answer whose bytes are metered as they come, with a head and a body that are what RFC 9112 allows. Reading
    raises Trouble for what is not, and NetError when stopped."""

    def __init__(self, sock: socket.socket, *arguments: Any, meter: Meter, stop: Stop, **named: Any) -> None:
        super().__init__(sock, *arguments, **named)
        self._meter = meter
        self._begun = False
        self._chunks = _Chunks()
        self.fp = io.BufferedReader(_Incoming(self.fp.detach(), sock, meter, stop), _BUFFER)

    def begin(self) -> None:
        if self._begun:
            return
        self._begun = True
        super().begin()
        while self.status < HTTPStatus.OK:  # http.client knows one interim answer, of a dozen
            self.headers = self.msg = None  # type: ignore[assignment]
            super().begin()
        _check_head(self.headers)
        has_body = self.length != 0
        self.chunked = has_body and _is_chunked(self.headers)
        if self.chunked:
            self.length = None
        self._meter.begin_body()

    def read(self, amt: int | None = None) -> bytes:
        if not self.chunked or self.fp is None:
            return super().read(amt)
        return self._chunks.read(self.fp, sys.maxsize if amt is None else amt)

    def read1(self, n: int = -1) -> bytes:
        if not self.chunked or self.fp is None:
            return super().read1(n)
        return self._chunks.read_some(self.fp, sys.maxsize if n < 0 else n)


class _Incoming(io.RawIOBase):
    """What a socket brings, read no longer than its meter allows."""

    def __init__(self, raw: io.RawIOBase, sock: socket.socket, meter: Meter, stop: Stop) -> None:
        self._raw = raw
        self._sock = sock
        self._meter = meter
        self._stop = stop
        self._limit = -1.0
        self._interrupt = partial(shut, getattr(sock, "socket", sock))  # TLS through a TLS proxy is no socket
        stop.add(self._interrupt)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: "WriteableBuffer", /) -> int:
        limit = self._meter.limit()
        if limit != self._limit:
            self._sock.settimeout(limit)
            self._limit = limit
        self._stop.check()
        started = self._meter.clock()
        try:
            count = self._raw.readinto(buffer) or 0
        except TimeoutError:
            raise self._meter.timed_out() from None
        if count == 0:
            self._stop.check()
        self._meter.note(self._meter.clock() - started, count)
        self._meter.throttle.spend(count)
        return count

    def close(self) -> None:
        if not self.closed:
            self._stop.discard(self._interrupt)
            self._raw.close()
        super().close()


class _Chunks:
    """A body in chunks (RFC 9112, section 7.1)."""

    def __init__(self) -> None:
        self._left = 0
        self._ended = False
        self._most = _FREE_CHUNKS * _LEAST_CHUNK
        """Bytes of further chunks that may be smaller than they should."""

    def read(self, file: io.BufferedReader, size: int) -> bytes:
        """At most `size` bytes, fewer only at the end. Raises Trouble, and IncompleteRead when the connection ends
        before the body."""
        pieces = []
        while size and (self._left or self._begin_chunk(file)):
            piece = file.read(min(size, self._left))
            if not piece:
                raise http.client.IncompleteRead(b"")
            pieces.append(piece)
            size -= len(piece)
            self._left -= len(piece)
            if not self._left:
                _expect_line_end(file)
        return pieces[0] if len(pieces) == 1 else b"".join(pieces)

    def read_some(self, file: io.BufferedReader, size: int) -> bytes:
        """What has come of the chunk that comes now, at least a byte of it; empty at the end. Raises as `read`."""
        if not (size and (self._left or self._begin_chunk(file))):
            return b""
        piece = file.read1(min(size, self._left))
        if not piece:
            raise http.client.IncompleteRead(b"")
        self._left -= len(piece)
        if not self._left:
            _expect_line_end(file)
        return piece

    def _begin_chunk(self, file: io.BufferedReader) -> bool:
        """Whether there is another chunk."""
        if not self._ended:
            found = _CHUNK.fullmatch(_read_line(file, _LONGEST_CHUNK_LINE))
            if found is None:
                raise _malformed_chunk()
            self._left = int(found[1], 16)
            self._most += min(self._left, _LARGE_CHUNK) - _LEAST_CHUNK
            if self._most < 0:
                raise Trouble("sends in pieces of next to nothing; refused", 1)
            if not self._left:
                self._ended = True
                _skip_trailer(file)
        return self._left > 0


def _read_line(file: io.BufferedReader, longest: int) -> bytes:
    line = file.readline(longest)
    if not line.endswith(b"\n"):
        if len(line) < longest:
            raise http.client.IncompleteRead(b"")
        raise _malformed_chunk()
    return line


def _expect_line_end(file: io.BufferedReader) -> None:
    if _read_line(file, 2) not in (b"\r\n", b"\n"):
        raise _malformed_chunk()


def _skip_trailer(file: io.BufferedReader) -> None:
    left = _LONGEST_TRAILER
    while left > 0:
        line = file.readline(left)
        if line in (b"\r\n", b"\n", b""):  # some servers end without it
            return
        left -= len(line)
    raise _malformed_chunk()


def _malformed_chunk() -> Trouble:
    return Trouble("sent a malformed chunk; refused", 1)


def _check_head(headers: Message) -> None:
    """Raises Trouble for headers that cannot be relied on."""
    payload = headers.get_payload()
    if (isinstance(payload, str) and payload) or any(isinstance(defect, _DEFECTS) for defect in headers.defects):
        raise Trouble("sent headers that cannot be read; is it the right address?", 1)
    for name, value in headers.items():
        if _CONTROL.search(name) or _CONTROL.search(value):
            raise Trouble("sent headers with control characters; refused", 1)
    for name in ONCE:
        if len({value.strip() for value in headers.get_all(name, [])}) > 1:
            raise Trouble(f"sent two {name.title()} headers that differ; refused", 1)
    length = headers.get("content-length", "0").strip()
    if not _LENGTH.fullmatch(length):
        raise Trouble(f"states a length that is none ({printable(length, _SHOWN)!r}); refused", 1)


def _is_chunked(headers: Message) -> bool:
    """Raises Trouble for another coding, which would have to be undone."""
    codings = [part.strip().lower() for value in headers.get_all("transfer-encoding", []) for part in value.split(",")]
    codings = [coding for coding in codings if coding not in ("", "identity")]
    if codings not in ([], ["chunked"]):
        raise Trouble(f"sends in a coding that is not known ({printable(', '.join(codings), _SHOWN)!r}); refused", 1)
    return bool(codings)
