"""One answer of a server."""

import contextlib
from collections.abc import Callable
from http import HTTPStatus
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from lading.model.errors import NetError
from lading.net.trouble import explain

if TYPE_CHECKING:
    import urllib3

_DRAINED: Final = 64 * 1024


class HttpResponse:
    """Status, headers (names in lower case) and body of one answer. `url` is where it came from, after redirects.

    A ByteStream: `read` gives the body as sent, without undoing a Content-Encoding; it raises NetError when the
    connection breaks or ends before the length the server stated.
    """

    def __init__(self, raw: "urllib3.BaseHTTPResponse", url: str, forget: Callable[["HttpResponse"], None]) -> None:
        self.status = raw.status
        self.headers = {name.lower(): value for name, value in raw.headers.items()}
        self.url = url
        self.host = urlsplit(url).netloc
        self._raw = raw
        self._forget = forget

    @property
    def answer(self) -> str:
        """Status code and phrase ("404 Not Found")."""
        try:
            return f"{self.status} {HTTPStatus(self.status).phrase}"
        except ValueError:
            return str(self.status)

    @property
    def length(self) -> int:
        """The length of the body as the server states it, -1 when it does not."""
        text = self.headers.get("content-length", "")
        return int(text) if text.isascii() and text.isdigit() else -1

    def read(self, size: int, /) -> bytes:
        from urllib3.exceptions import HTTPError

        try:
            return self._raw.read(size, decode_content=False)
        except (HTTPError, OSError) as error:
            raise explain(error, self.host).as_error() from error

    def read_all(self, limit: int) -> bytes:
        """The whole body, then closed. Raises NetError beyond `limit` bytes."""
        try:
            pieces, left = [], limit
            while piece := self.read(min(left + 1, _DRAINED)):
                pieces.append(piece)
                left -= len(piece)
                if left < 0:
                    raise NetError(f"{self.host}: an answer of more than {limit:,} bytes; refused", self.status)
            return b"".join(pieces)
        finally:
            self.close()

    def discard(self) -> None:
        """Closes; the connection is kept for the next request when little of the body is left."""
        with contextlib.suppress(NetError):
            self.read(_DRAINED)
        self.close()

    def close(self) -> None:
        self._forget(self)
        self._raw.close()

    def interrupt(self) -> None:
        """Ends, from another thread, a read that waits for the server."""
        with contextlib.suppress(ValueError, RuntimeError, OSError):  # already at its end, or not yet begun
            self._raw.shutdown()
