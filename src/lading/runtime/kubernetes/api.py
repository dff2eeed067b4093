"""The API of one cluster: lists in pages, and what changes after them.

Source: Kubernetes documentation, "Kubernetes API Concepts" (retrieving large results sets in chunks, watch bookmarks,
410 Gone responses).
"""

import threading
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import Any, Final
from urllib.parse import quote, urlencode

from msgspec import Struct

from lading.model.errors import NetError
from lading.net.address import place_of, printable
from lading.net.client import HttpClient
from lading.net.network import Network
from lading.net.proxies import Proxies
from lading.net.response import HttpResponse
from lading.net.routes import ServerTls
from lading.runtime.kubernetes.access import Access, Plugins
from lading.runtime.kubernetes.credentials import ClusterCredentials
from lading.runtime.kubernetes.objects import Bookmark, Event, Failure, Page, ServiceAccount, decode

_PAGE: Final = 500
_PAGE_BYTES: Final = 128_000_000
_MOST_ITEMS: Final = 500_000
_MOST_PAGES: Final = 20_000
_MOST_OBJECTS: Final = 2_000_000
"""Objects of JSON in one page, all that lie in one another: each takes some hundred bytes of memory."""
_EVENT_BYTES: Final = 8_000_000
_PIECE: Final = 256 * 1024
_MOST_RESTARTS: Final = 3
_FAILURE_BYTES: Final = 256 * 1024
_WATCH_SECONDS: Final = 0.25
_SHOWN: Final = 200
_GONE: Final = 410


class Kind(Struct, frozen=True):
    """A kind of resources, and where the API has it; `type` is their struct. One that is not `namespaced` is the
    cluster's."""

    name: str
    group: str
    plural: str
    type: Any
    namespaced: bool = True

    def path(self, namespace: str = "") -> str:
        """Where they are listed: in one namespace, or in all of them."""
        return f"{self.group}/namespaces/{namespace}/{self.plural}" if namespace else f"{self.group}/{self.plural}"


class ExpiredError(NetError):
    """The version that was asked from is too old: a list is to be read anew."""


class Listed(Struct, frozen=True):
    """Resources, and the version of the list, from which on changes can be asked for."""

    items: tuple[Any, ...]
    version: str


class ClusterApi:
    """Asks the API of one cluster. `timeout` is as HttpClient has it. To be closed; what waits for the API in other
    threads then ends with a NetError."""

    def __init__(
        self, access: Access, plugins: Plugins, network: Network, timeout: float, clock: Callable[[], datetime]
    ) -> None:
        self.access = access
        self._credentials = ClusterCredentials(access, plugins, clock)
        proxies = Proxies(every=access.proxy, direct=network.proxies.direct) if access.proxy else network.proxies
        self._network = Network(proxies=proxies, tell=network.tell)
        self._timeout = timeout
        self._lock = threading.Lock()
        self._clients: list[tuple[ServerTls, HttpClient]] = []

    def close(self) -> None:
        """Closes all connections."""
        for _, client in self._clients:
            client.close()

    def list(self, kind: Kind, namespace: str = "") -> Listed:
        """All resources of a kind, of one namespace or of all. Raises NetError; its status is 403 for what this user
        may not list."""
        for _ in range(_MOST_RESTARTS):
            try:
                return self._pages(kind, namespace, _PAGE)
            except ExpiredError:  # of the pages that were to follow
                continue
        return self._pages(kind, namespace, 0)

    def secret(self, namespace: str, name: str) -> bytes:
        """A secret, as JSON. Raises NetError."""
        return self._get(f"/api/v1/namespaces/{_word(namespace)}/secrets/{_word(name)}", {}).read_all(_PAGE_BYTES)

    def service_account(self, namespace: str, name: str) -> ServiceAccount:
        """A service account. Raises NetError."""
        path = f"/api/v1/namespaces/{_word(namespace)}/serviceaccounts/{_word(name)}"
        data = self._get(path, {}).read_all(_PAGE_BYTES)
        return decode(data, ServiceAccount, f"{self.access.name}: service account {name}")

    def namespace(self, name: str) -> None:
        """Asks for a namespace. Raises NetError, of status 404 where it is not there."""
        self._get(f"/api/v1/namespaces/{name}", {}).discard()

    def watch(self, kind: Kind, namespace: str, version: str) -> Iterator[tuple[str, Any, str]]:
        """The changes after a version, as far as they come within some seconds: what each is (ADDED, MODIFIED, DELETED,
        or BOOKMARK without a resource), the resource, and the version that it leads to. Raises NetError, ExpiredError
        where the server no longer knows what came after that version."""
        query = {
            "watch": "1",
            "allowWatchBookmarks": "true",
            "resourceVersion": version,
            "timeoutSeconds": str(max(int(self._timeout * _WATCH_SECONDS), 1)),
        }
        where = self._where(kind)
        response = self._get(kind.path(namespace), query)
        try:
            for line in _lines(response, where):
                event = decode(line, Event, where)
                if event.type == "ERROR":
                    raise _failed(decode(event.object, Failure, where), where)
                marked = decode(event.object, Bookmark, where).metadata
                item = None if event.type == "BOOKMARK" else decode(event.object, kind.type, where)
                yield event.type, item, marked.resource_version
        finally:
            response.close()

    def _pages(self, kind: Kind, namespace: str, size: int) -> Listed:
        where = self._where(kind)
        items: list[Any] = []
        following, asked = "", set[str]()
        while True:
            query = {**({"limit": str(size)} if size else {}), **({"continue": following} if following else {})}
            data = self._get(kind.path(namespace), query).read_all(_PAGE_BYTES)
            if data.count(b"{") > _MOST_OBJECTS:
                raise NetError(f"{where}: more than {_MOST_OBJECTS:,} objects at once; name namespaces with -n")
            page = decode(data, Page[kind.type], where)  # type: ignore[name-defined]  # that of the table
            items += page.items or ()
            if len(items) > _MOST_ITEMS:
                raise NetError(f"{where}: more than {_MOST_ITEMS:,}; name namespaces with -n")
            following = page.metadata.next
            if not following:
                return Listed(tuple(items), page.metadata.resource_version)
            if following in asked or len(asked) >= _MOST_PAGES:
                raise NetError(f"{where}: the server sends round in a circle through the pages of its list")
            asked.add(following)

    def _where(self, kind: Kind) -> str:
        return f"{printable(self.access.name, _SHOWN)}: {kind.plural}"

    def _get(self, path: str, query: Mapping[str, str]) -> HttpResponse:
        """An answer of status 200. Raises NetError."""
        response = self._send(path, query)
        if response.status == 401:
            response.discard()
            self._credentials.forget()
            response = self._send(path, query)
        if response.status == 200:
            return response
        place = place_of(self.access.server)
        try:
            failure = decode(response.read_all(_FAILURE_BYTES), Failure, place)
        except NetError:
            failure = Failure()
        said = f": {printable(failure.message, _SHOWN)}" if failure.message else ""
        error = ExpiredError if response.status == _GONE else NetError
        raise error(f"{place}: answered {response.answer}{said}", response.status)

    def _send(self, path: str, query: Mapping[str, str]) -> HttpResponse:
        address = f"{self.access.server}{path}{'?' if query else ''}{urlencode(query)}"
        try:
            with self._lock:
                shown = self._credentials.shown()
                client = self._client(shown.tls)
            return client.request("GET", address, {"Accept": "application/json", **dict(shown.headers)})
        except NetError as error:
            text, mark, _ = str(error).partition("; --ca-cert FILE")
            if mark:
                text += "; certificate-authority-data in the kubeconfig names its authority"
            raise NetError(text, error.status) from error

    def _client(self, tls: ServerTls) -> HttpClient:
        """The connections that show this certificate; what others are doing goes on."""
        if not self._clients or self._clients[-1][0] != tls:
            client = HttpClient(insecure=tls.insecure, timeout=self._timeout, network=self._network)
            client.trust(place_of(self.access.server), tls)
            self._clients.append((tls, client))
        return self._clients[-1][1]


def _word(name: str) -> str:
    """A name that the API gave, as one part of a path."""
    return quote(name, safe="")


def _failed(failure: Failure, where: str) -> NetError:
    said = printable(failure.message or failure.reason, _SHOWN)
    return (ExpiredError if failure.code == _GONE else NetError)(f"{where}: {said}", failure.code)


def _lines(response: HttpResponse, where: str) -> Iterator[bytes]:
    """The lines of a body, as they come."""
    rest = bytearray()
    while piece := response.read_some(_PIECE):
        rest += piece
        *whole, last = rest.split(b"\n")
        rest = bytearray(last)
        for line in whole:
            if line.strip():
                yield bytes(line)
        if len(rest) > _EVENT_BYTES:
            raise NetError(f"{where}: an event of more than {_EVENT_BYTES:,} bytes; refused")
