"""The one HTTP client: deadlines, bounded retries, proxies, certificates, and redirects that carry no secrets away."""

import re
import threading
import time
from collections.abc import Callable, Mapping
from typing import Final
from urllib.parse import SplitResult, urljoin, urlsplit

import lading
from lading.model.errors import NetError
from lading.net.pools import Pools
from lading.net.response import HttpResponse
from lading.net.resume import Fetched, ResumingStream, validator_of
from lading.net.retry import LONGEST_WAIT, MOST_ATTEMPTS, is_transient, wait_before
from lading.net.trouble import Trouble, explain

_MOST_REDIRECTS: Final = 10
_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})
_TOTAL_SECONDS: Final = 300.0
_HOST: Final = re.compile(r"(?:[A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(?::\d{1,5})?")
_SECRET: Final = frozenset({"authorization", "apikey"})
_COMMON: Final = {"User-Agent": f"lading/{lading.__version__}", "Accept-Encoding": "identity"}


class HttpClient:
    """Makes requests, over connections that are kept open. Safe for threads.

    `ca_cert` is a PEM file trusted besides the system's authorities; `insecure` accepts any certificate. `sleep` is
    what waits between two attempts (seconds), for tests.
    """

    def __init__(
        self, ca_cert: str = "", insecure: bool = False, *, sleep: Callable[[float], object] | None = None
    ) -> None:
        self._pools = Pools(ca_cert, insecure)
        self._insecure = insecure
        self._closed = threading.Event()
        self._sleep = sleep or self._closed.wait
        self._open: set[HttpResponse] = set()

    def request(
        self, method: str, url: str, headers: Mapping[str, str] | None = None, body: bytes | None = None
    ) -> HttpResponse:
        """The answer to a request, of any status that another try would not change. To be closed by the caller.

        GET and HEAD follow redirects; the headers `Authorization` and `apiKey` go to the scheme, host and port of `url`
        alone.
        Broken connections and the statuses 408, 425, 429 and 5xx are tried again, up to 5 times in all, waiting as
        long as `Retry-After` asks (at most a minute). Raises NetError when no answer can be had.
        """
        sent = {**_COMMON, **(headers or {})}
        origin, follows = _origin(_split(url)), method in ("GET", "HEAD")
        for _ in range(_MOST_REDIRECTS + 1):
            response = self._persist(method, url, sent, body)
            target = response.headers.get("location", "")
            if not (follows and response.status in _REDIRECTS and target):
                return response
            response.discard()
            url = self._redirect(url, target)
            if _origin(_split(url)) != origin:
                sent = {name: value for name, value in sent.items() if name.lower() not in _SECRET}
        raise NetError(f"{_host(url)}: more than {_MOST_REDIRECTS} redirects; given up")

    def fetch(
        self, url: str, *, validator: str = "", limit: int, headers: Mapping[str, str] | None = None
    ) -> Fetched | None:
        """The file at `url` as a stream of at most `limit` bytes that survives cut connections, or None when it is
        still the one that `validator` (its ETag or Last-Modified of an earlier time) names. Raises NetError."""
        own = headers or {}
        conditions = {}
        if validator:
            is_tag = validator.startswith(('"', "W/"))
            conditions["If-None-Match" if is_tag else "If-Modified-Since"] = validator
        response = self.request("GET", url, {**own, **conditions})
        if response.status == 304:
            response.close()
            return None
        if response.status != 200:
            response.discard()
            raise NetError(f"{url}: the server answered {response.answer}", response.status)
        current = validator_of(response)

        def reopen(offset: int) -> HttpResponse:
            condition = {"If-Range": current} if current and not current.startswith("W/") else {}
            return self.request("GET", url, {**own, "Range": f"bytes={offset}-", **condition})

        stream = ResumingStream(response, reopen, url, limit=limit, validator=current, pause=self.wait)
        return Fetched(stream, current, max(response.length, 0), response.headers.get("last-modified", ""))

    def wait(self, seconds: float) -> None:
        """Waits before another attempt. Raises NetError when the client is closed meanwhile."""
        self._sleep(seconds)
        if self._closed.is_set():
            raise NetError("the network connections were closed")

    def close(self) -> None:
        """Closes every connection; reads that wait in other threads end with a NetError."""
        self._closed.set()
        for response in list(self._open):
            response.interrupt()
        self._pools.close()

    def _persist(self, method: str, url: str, headers: Mapping[str, str], body: bytes | None) -> HttpResponse:
        """One answer without redirects, tried several times."""
        deadline = time.monotonic() + _TOTAL_SECONDS
        attempt = 1
        while True:
            try:
                response = self._send(method, url, headers, body)
            except Trouble as trouble:
                if attempt >= trouble.attempts or time.monotonic() > deadline:
                    raise trouble.as_error() from trouble
                asked: Mapping[str, str] = {}
            else:
                if not is_transient(response.status):
                    return response
                asked = response.headers
                response.discard()
                pause = wait_before(attempt + 1, asked)
                if attempt >= MOST_ATTEMPTS or pause > LONGEST_WAIT or time.monotonic() + pause > deadline:
                    raise _given_up(response, attempt, pause)
            attempt += 1
            self.wait(wait_before(attempt, asked))

    def _send(self, method: str, url: str, headers: Mapping[str, str], body: bytes | None) -> HttpResponse:
        """One answer to one request. Raises Trouble."""
        from urllib3.exceptions import HTTPError

        parts = _split(url)
        if self._closed.is_set():
            raise NetError("the network connections were closed")
        manager = self._pools.manager(parts.scheme, parts.hostname or "")
        try:
            raw = manager.request(
                method, url, headers=headers, body=body, redirect=False, preload_content=False, decode_content=False
            )
        except (HTTPError, OSError) as error:
            raise explain(error, _host(url)) from error
        response = HttpResponse(raw, url, self._open.discard)
        self._open.add(response)
        return response

    def _redirect(self, url: str, target: str) -> str:
        joined = urljoin(url, target)
        before, after = _split(url), _split(joined)
        if before.scheme == "https" and after.scheme == "http" and not self._insecure:
            raise NetError(
                f"{_host(url)}: redirects to {_host(joined)} without encryption; refused (--insecure allows it)"
            )
        return joined


def _given_up(response: HttpResponse, attempts: int, pause: float) -> NetError:
    times = "once" if attempts == 1 else f"{attempts} times"
    what = f"{response.host}: answered {response.answer} {times}"
    if "retry-after" in response.headers:
        return NetError(f"{what}; it asks to wait {pause:.0f} seconds", response.status)
    return NetError(f"{what}; try again later", response.status)


def _split(url: str) -> SplitResult:
    try:
        parts = urlsplit(url)
        valid = parts.scheme in ("http", "https") and _HOST.fullmatch(parts.netloc) and (parts.port or 1) > 0
    except ValueError:
        valid = False
    if not valid:
        raise NetError(f"{url[:200]!r}: not an http:// or https:// address")
    return parts


def _origin(parts: SplitResult) -> tuple[str, str, int]:
    return parts.scheme, parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80)


def _host(url: str) -> str:
    return _split(url).netloc
