"""One answer of a server."""

import contextlib
from http import HTTPStatus
from typing import TYPE_CHECKING, Final

from lading.model.errors import NetError
from lading.net.address import place_of, printable
from lading.net.pace import Meter
from lading.net.stop import Stop
from lading.net.trouble import Trouble, explain

if TYPE_CHECKING:
    import urllib3

_DRAINED: Final = 64 * 1024
_SHOWN: Final = 40
ONCE: Final = ("content-length", "content-range", "docker-content-digest", "location", "retry-after")
"""Headers that can have one value alone."""


class HttpResponse:
    """Status, headers (names in lower case) and body of one answer. `url` is where it came from, after redirects.

    A ByteStream: `read` gives the body as sent, without undoing a Content-Encoding; it raises Broken when the
    connection breaks or ends before the length the server stated, NetError for what another connection would not mend.
    """

    def __init__(self, raw: "urllib3.BaseHTTPResponse", url: str, meter: Meter, stop: Stop) -> None:
        self.status = raw.status
        self.headers = {name.lower(): _merge(name.lower(), raw.headers.getlist(name)) for name in raw.headers}
        self.url = url
        self.host = place_of(url)
        self._raw = raw
        self._meter = meter
        self._stop = stop

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
        text = "" if "transfer-encoding" in self.headers else self.headers.get("content-length", "")
        return int(text) if text else -1

    def read(self, size: int, /) -> bytes:
        from urllib3.exceptions import HTTPError

        try:
            return self._raw.read(size, decode_content=False)
        except Trouble as trouble:
            raise trouble.as_error(self.host) from trouble
        except (HTTPError, OSError) as error:
            self._stop.check()
            raise explain(error).as_error(self.host) from error

    def read_some(self, size: int, /) -> bytes:
        """What has come of the body, at most so many bytes; waits where nothing has, for a body that comes now and
        then. Empty at the end. Raises as `read` does."""
        from urllib3.exceptions import HTTPError

        self._meter.be_patient()
        try:
            return self._raw.read1(size, decode_content=False)
        except Trouble as trouble:
            raise trouble.as_error(self.host) from trouble
        except (HTTPError, OSError) as error:
            self._stop.check()
            raise explain(error).as_error(self.host) from error

    def read_all(self, limit: int) -> bytes:
        """The whole body, then closed. Raises NetError beyond `limit` bytes, and for one that is encoded unasked."""
        try:
            encoding = self.headers.get("content-encoding", "identity").strip().lower()
            if encoding not in ("", "identity"):
                what = f"answered in the encoding {printable(encoding, _SHOWN)!r}, which it was not asked for"
                raise NetError(f"{self.host}: {what}", self.status)
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
        """Closes; the connection is kept for the next request when the rest of the body is short and about to come."""
        self._meter.hurry()
        with contextlib.suppress(NetError):
            self.read(_DRAINED)
        self.close()

    def close(self) -> None:
        self._raw.close()


def _merge(name: str, values: list[str]) -> str:
    """The value of a header that was sent more than once (RFC 9110, section 5.3)."""
    return values[0] if name in ONCE else ", ".join(values)
