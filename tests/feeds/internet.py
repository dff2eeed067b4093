"""Upstreams of a test's own: a loopback server that stands for every host, with validators, faults and a log."""

import hashlib
import http.server
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from email.utils import formatdate, parsedate_to_datetime
from pathlib import Path

from lading.feeds.update import UpdateResult, rebuild, update
from lading.feeds.web import WebSource
from lading.model.ports import NoProgress
from lading.net.client import HttpClient
from lading.net.resume import Fetched

NEW_YEAR = parsedate_to_datetime("Thu, 01 Jan 2026 00:00:00 GMT").timestamp()


class Internet:
    """Pages by their address. `log` has the status and address of every answer since it was last cleared; addresses in
    `broken` answer 500, those in `moved` send elsewhere. `keys` are the addresses that were sent a key (`apiKey`), with
    it; `waited` is how long the client waited before each further request, in seconds."""

    def __init__(self) -> None:
        self.pages: dict[str, tuple[bytes, float]] = {}
        self.broken: set[str] = set()
        self.moved: dict[str, str] = {}
        self.log: list[tuple[int, str]] = []
        self.keys: list[tuple[str, str]] = []
        self.waited: list[float] = []
        self.variables: dict[str, str] = {}
        self.port = 0

    def put(self, url: str, body: bytes | str, day: float = 0) -> None:
        """Serves a page, last modified so many days after the new year of 2026."""
        data = body.encode() if isinstance(body, str) else body
        self.pages[url] = (data, NEW_YEAR + day * 24 * 3600)

    def served(self, *statuses: int) -> list[str]:
        """The addresses that were answered so since the last call, without their folders."""
        found = sorted(url.rpartition("/")[2] for status, url in self.log if status in statuses)
        self.log.clear()
        return found

    @contextmanager
    def source(self, database: Path) -> Iterator[WebSource]:
        client = _Client(self)
        try:
            yield WebSource(client, database, keys=self.variables)
        finally:
            client.close()

    def update(self, database: Path, *names: str, allow_shrink: bool = False) -> UpdateResult:
        with self.source(database) as source:
            return update(names, source, database, NoProgress(), allow_shrink=allow_shrink)

    def fresh(self, folder: Path, *names: str) -> dict[str, str]:
        """The digests of shards that a first update gives."""
        result = self.update(folder, *names)
        assert result.failures == ()
        self.log.clear()
        return digests(result)


def digests(result: UpdateResult) -> dict[str, str]:
    return {one.shard: one.digest for one in (*result.built, *result.unchanged)}


def rebuilt(database: Path, *names: str) -> dict[str, str]:
    """The digests of shards built again of what was kept."""
    result = rebuild(names, database, NoProgress())
    assert result.failures == ()
    return digests(result)


@contextmanager
def internet() -> Iterator[Internet]:
    """An empty one, for as long as the context lasts."""
    upstream = Internet()

    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = -1  # head and body in one packet: the client waits for nothing

        def log_message(self, format: str, *args: object) -> None: ...

        def do_GET(self) -> None:
            url = f"https:/{self.path}"
            status, body, headers = _answer(upstream, url, self.headers.get("If-None-Match", ""))
            if "apiKey" in self.headers:
                upstream.keys.append((url, self.headers["apiKey"]))
            upstream.log.append((status, url))
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        upstream.port = server.server_port
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield upstream
        finally:
            server.shutdown()
            thread.join()


def _answer(upstream: Internet, url: str, known: str) -> tuple[int, bytes, dict[str, str]]:
    if url in upstream.broken:
        return 500, b"", {}
    if url in upstream.moved:
        return (
            302,
            b"",
            {"Location": f"http://localhost:{upstream.port}/{upstream.moved[url].removeprefix('https://')}"},
        )
    if url not in upstream.pages:
        return 404, b"", {}
    body, modified = upstream.pages[url]
    tag = f'"{hashlib.sha256(body).hexdigest()[:16]}"'
    headers = {"ETag": tag, "Last-Modified": formatdate(modified, usegmt=True)}
    return (304, b"", headers) if known == tag else (200, body, headers)


class _Client(HttpClient):
    """Asks the loopback server for the pages of all hosts."""

    def __init__(self, upstream: Internet) -> None:
        super().__init__(sleep=upstream.waited.append)
        self._upstream = upstream

    def fetch(
        self, url: str, *, validator: str = "", limit: int, headers: Mapping[str, str] | None = None
    ) -> Fetched | None:
        assert url.startswith("https://")
        address = f"http://127.0.0.1:{self._upstream.port}/{url.removeprefix('https://')}"
        return super().fetch(address, validator=validator, limit=limit, headers=headers)
