"""The one HTTP client: deadlines, bounded retries, proxies, certificates, and redirects that carry no secrets away."""

import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from threading import Timer
from typing import Final

import lading
from lading.model.errors import NetError
from lading.net.address import join, origin_of, place_of, printable, split_address
from lading.net.network import Network
from lading.net.pace import DEFAULT_TIMEOUT, Patience
from lading.net.pools import Pools
from lading.net.response import HttpResponse
from lading.net.resume import Fetched, ResumingStream, validator_of
from lading.net.retry import LONGEST_WAIT, is_transient, parse_date, wait_before
from lading.net.routes import ServerTls
from lading.net.stop import Stop
from lading.net.throttle import Clock
from lading.net.trouble import MOST_ATTEMPTS, Trouble, explain

_MOST_REDIRECTS: Final = 10
_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})
_CONNECT_SECONDS: Final = 15.0
_SILENT: Final = 5.0
_LONGEST_SAID: Final = 100_000.0
_LONGEST_LIMIT: Final = 60
RATE_HEADERS: Final = ("ratelimit-limit", "ratelimit-remaining")
"""Headers that tell how often a registry lets itself be asked, as Docker Hub has them."""
_PUBLIC: Final = frozenset(
    {"user-agent", "accept-encoding", "accept", "range", "if-range", "if-none-match", "if-modified-since"}
)
_DIRECT: Final = Network()
_COMMON: Final = {"User-Agent": f"lading/{lading.__version__}", "Accept-Encoding": "identity"}


class HttpClient:
    """Makes requests, over connections that are kept open. Safe for threads.

    `ca_cert` is a PEM file trusted besides the system's authorities; `insecure` accepts any certificate. `timeout` is
    how long a request may go without progress (seconds; see lading.net.pace). `token_hosts` are the token services
    (HOST or HOST:PORT) that may be sent a registry's credentials besides those that are known to belong to it.
    `network` has proxies and accounts. `unix` is the path of a local socket to which every request goes, whatever host
    its address names.
    `sleep` is what waits between two attempts (seconds), `clock` what tells the time, both for tests.
    """

    def __init__(
        self,
        ca_cert: str = "",
        insecure: bool = False,
        *,
        timeout: float = DEFAULT_TIMEOUT,
        token_hosts: Iterable[str] = (),
        network: Network = _DIRECT,
        unix: str = "",
        sleep: Callable[[float], object] | None = None,
        clock: Clock = time.monotonic,
    ) -> None:
        self.insecure = insecure
        self.token_hosts = frozenset(token_hosts)
        self.network = network
        self._stop = Stop()
        self._pools = Pools(ca_cert, insecure, network, timeout, clock, self._stop, unix)
        self._timeout = timeout
        self._clock = clock
        self._sleep = sleep or self._stop.sleep

    def request(
        self, method: str, url: str, headers: Mapping[str, str] | None = None, body: bytes | None = None
    ) -> HttpResponse:
        """The answer to a request, of any status that another try would not change. To be closed by the caller.

        GET and HEAD follow redirects; headers that may be secret, which all are but a few known ones, go to the scheme,
        host and port of `url` alone.
        Broken connections and the statuses 408, 425, 429 and 5xx are tried again, up to 5 times in all, waiting as
        long as `Retry-After` asks (at most a minute), as long as lading.net.pace.Patience lasts. Raises NetError when
        no answer can be had, Broken when another time may be better.
        """
        sent = {**_COMMON, **(headers or {})}
        origin, follows = origin_of(url), method in ("GET", "HEAD")
        patience = Patience(self._timeout, self._clock)
        for _ in range(_MOST_REDIRECTS + 1):
            response = self._persist(method, url, sent, body, patience)
            target = response.headers.get("location", "")
            if not (follows and response.status in _REDIRECTS and target):
                return response
            response.discard()
            patience.renew(0)
            url = self.follow(url, target)
            if origin_of(url) != origin:
                sent = {name: value for name, value in sent.items() if name.lower() in _PUBLIC}
        raise NetError(f"{place_of(url)}: more than {_MOST_REDIRECTS} redirects; given up")

    def follow(self, url: str, target: str) -> str:
        """The address that the server at `url` sends on to with `target`. Raises NetError for what is no address, and
        for one without encryption where there was some."""
        joined = join(url, target)
        if split_address(url).scheme == "https" and split_address(joined).scheme == "http" and not self.insecure:
            raise NetError(
                f"{place_of(url)}: redirects to {place_of(joined)} without encryption; refused (--insecure allows it)"
            )
        return joined

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
        if response.status == 304 and validator:
            response.close()
            return None
        if response.status != 200:
            response.discard()
            raise NetError(f"{url}: the server answered {response.answer}", response.status)
        current = validator_of(response)

        def reopen(offset: int) -> HttpResponse:
            condition = {"If-Range": current} if current and not current.startswith("W/") else {}
            return self.request("GET", url, {**own, "Range": f"bytes={offset}-", **condition})

        stream = self.resume(response, reopen, url, limit=limit, validator=current)
        modified = response.headers.get("last-modified", "")
        return Fetched(stream, current, max(response.length, 0), modified if parse_date(modified) else "")

    def resume(
        self,
        first: HttpResponse | None,
        reopen: Callable[[int], HttpResponse],
        where: str,
        *,
        limit: int,
        validator: str | None,
        start: int = 0,
    ) -> ResumingStream:
        """A body that is asked for again when its connection breaks, with this client's patience. See there."""
        return ResumingStream(
            first,
            reopen,
            where,
            limit=limit,
            validator=validator,
            pause=self.wait,
            timeout=self._timeout,
            clock=self._clock,
            start=start,
        )

    def wait(self, seconds: float) -> None:
        """Waits before another attempt. Raises NetError when the client is closed meanwhile."""
        self._sleep(seconds)
        self._stop.check()

    def trust(self, place: str, tls: ServerTls) -> None:
        """Makes connections to one server (HOST[:PORT], as its addresses have it) as `tls` says."""
        self._pools.trust(place, tls)

    def close(self) -> None:
        """Closes every connection; what waits for the network in other threads ends with a NetError."""
        self._stop.stop()
        self._pools.close()

    def _persist(
        self, method: str, url: str, headers: Mapping[str, str], body: bytes | None, patience: Patience
    ) -> HttpResponse:
        """One answer without redirects, tried several times."""
        attempt = 1
        while True:
            try:
                response = self._send(method, url, headers, body, patience.left())
            except Trouble as trouble:
                pause = wait_before(attempt + 1, {})
                if attempt >= trouble.attempts or patience.left() <= pause:
                    raise trouble.as_error(place_of(url)) from trouble
                self._tell_retry(str(trouble.as_error(place_of(url))), attempt + 1, trouble.attempts, pause)
            else:
                if not is_transient(response.status):
                    return response
                pause = wait_before(attempt + 1, response.headers)
                response.discard()
                patience.renew(pause)
                if attempt >= MOST_ATTEMPTS or pause > LONGEST_WAIT or patience.left() <= pause:
                    raise _given_up(response, attempt, pause)
                said = f"{response.host}: answered {response.answer}"
                self._tell_retry(said, attempt + 1, MOST_ATTEMPTS, pause)
            attempt += 1
            self.wait(pause)

    def _tell_retry(self, what: str, attempt: int, most: int, pause: float) -> None:
        if self.network.tell is not None:
            self.network.tell(f"{what}; attempt {attempt} of {most} in {pause:.0f} s")

    @contextmanager
    def _watched(self, url: str, limit: float) -> Iterator[None]:
        """Tells that a server keeps silent, long before it is given up."""
        tell = self.network.tell
        if tell is None:
            yield
            return
        text = f"{place_of(url)}: no answer for {_SILENT:.0f} s; waiting for {limit:.0f} s in all"
        timer = Timer(_SILENT, tell, (text,))
        timer.daemon = True
        timer.start()
        try:
            yield
        finally:
            timer.cancel()

    def _send(
        self, method: str, url: str, headers: Mapping[str, str], body: bytes | None, seconds: float
    ) -> HttpResponse:
        """One answer to one request, within so many seconds. Raises Trouble."""
        from urllib3 import Timeout
        from urllib3.exceptions import HTTPError

        from lading.net.connections import Connection

        if seconds <= 0:
            raise Trouble("took too long in all; try again later, or wait longer with --timeout", 1)
        self._stop.check()
        origin = origin_of(url)
        manager = self._pools.manager(origin.scheme, origin.host, origin.port, place_of(url))
        limit = min(seconds, self._timeout / 2)
        try:
            with self._watched(url, limit):
                raw = manager.request(
                    method,
                    url,
                    headers=headers,
                    body=body,
                    redirect=False,
                    preload_content=False,
                    decode_content=False,
                    timeout=Timeout(connect=min(_CONNECT_SECONDS, limit), read=limit),
                )
        except (HTTPError, OSError) as error:
            self._stop.check()
            raise explain(error) from error
        assert isinstance(raw.connection, Connection)  # it is not given back before the body is read
        return HttpResponse(raw, url, raw.connection.meter, self._stop)


def _given_up(response: HttpResponse, attempts: int, pause: float) -> NetError:
    times = "once" if attempts == 1 else f"{attempts} times"
    limits = "".join(
        f", {name}: {printable(response.headers[name], _LONGEST_LIMIT)}"
        for name in RATE_HEADERS
        if name in response.headers
    )
    what = f"{response.host}: answered {response.answer} {times}{limits}"
    later = "try again later"
    if pause > LONGEST_WAIT:
        later = f"it asks to wait {pause:.0f} seconds" if pause < _LONGEST_SAID else "it asks to wait for days"
    return NetError(f"{what}; {later}", response.status)
