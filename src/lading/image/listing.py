"""What there is to scan: the repositories of a registry, their tags, and the images that an engine has.

Sources: OCI distribution specification 1.1, "Listing Tags"; CNCF distribution, "Listing Repositories" (`/v2/_catalog`,
pages by `Link` headers, RFC 8288); Docker Engine API 1.41, `/images/json`.
"""

import re
from collections.abc import Iterator
from contextlib import closing
from typing import TYPE_CHECKING, Final, TypeVar
from urllib.parse import quote, urlsplit

import msgspec
from msgspec import Struct

from lading.image.reference import parse_registry_reference
from lading.image.source import OpenOptions
from lading.model.errors import ImageError, NetError, UsageError
from lading.net.address import printable

if TYPE_CHECKING:
    from lading.image.server import Server
    from lading.net.client import HttpClient
    from lading.net.response import HttpResponse

_PAGE: Final = 1000
_PAGE_BYTES: Final = 32_000_000
_MOST: Final = 1_000_000
"""Repositories or tags that are taken of one list."""
_LINK: Final = re.compile(r"<([^>]{1,4096})>\s*;[^,]*\brel=\"?next\"?")
_TAG: Final = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}")
_DANGLING: Final = "<none>:<none>"
_Kind = TypeVar("_Kind")


class _Repositories(Struct):
    repositories: tuple[str, ...] | None = None


class _Tags(Struct):
    tags: tuple[str, ...] | None = None


class _EngineImage(Struct, rename="pascal"):
    id: str = ""
    repo_tags: tuple[str, ...] | None = None


def list_repositories(host: str, options: OpenOptions) -> tuple[str, ...]:
    """The repositories of a registry, as its catalogue names them. Raises NetError, ImageError."""
    with closing(options.client()) as client:
        server = _server(host, ANY, client, options, catalogue=True)
        names: dict[str, None] = {}
        for data in _pages(server, f"{server.endpoint.root}/_catalog", host):
            for name in _decoded(data, _Repositories, host).repositories or ():
                _check(names, f"{host}: more than {_MOST:,} repositories")
                names[_repository(host, name)] = None
        return tuple(names)


def list_tags(host: str, repository: str, options: OpenOptions) -> tuple[str, ...]:
    """The tags of a repository, in the registry's order. Raises NetError, ImageError."""
    where = f"{host}/{repository}"
    with closing(options.client()) as client:
        server = _server(host, repository, client, options, catalogue=False)
        tags: dict[str, None] = {}
        for data in _pages(server, f"{server.endpoint.root}/{server.endpoint.repository}/tags/list", where):
            for tag in _decoded(data, _Tags, where).tags or ():
                if not _TAG.fullmatch(tag):
                    raise ImageError(f"{where}: {printable(tag, 100)!r} is no tag; is it a registry?")
                _check(tags, f"{where}: more than {_MOST:,} tags")
                tags[tag] = None
        return tuple(tags)


def list_engine_images(engine: str, options: OpenOptions) -> tuple[str, ...]:
    """The images that an engine has (docker or podman), by their first name or else their ID. Raises NetError,
    ImageError, and UsageError for another engine."""
    from lading.image.engine_client import get_images
    from lading.image.places import engine_address

    address = engine_address(engine, options.network.engines)
    if address is None:
        raise UsageError(f"--engine {engine}: it is not running here: there is none of its sockets")
    found = _decoded(get_images(engine, address, options.timeout, _PAGE_BYTES), tuple[_EngineImage, ...], engine)
    names: dict[str, None] = {}
    for one in found:
        tags = [tag for tag in one.repo_tags or () if tag != _DANGLING]
        names[f"{engine}:{tags[0] if tags else one.id}"] = None
    return tuple(names)


ANY: Final = "any"
"""A repository that stands for all of a registry, where one has to be named."""


def _server(host: str, repository: str, client: "HttpClient", options: OpenOptions, *, catalogue: bool) -> "Server":
    """The registry itself: mirrors need not have all of it."""
    from lading.image.server import CATALOGUE, Server

    reference = parse_registry_reference(f"{host}/{repository}")
    route = client.network.registries.route(reference.host, reference.repository, by_digest=False)
    return Server(route.primary, client, options.plain_http, CATALOGUE if catalogue else "pull", "repository")


def _pages(server: "Server", path: str, where: str) -> Iterator[bytes]:
    """The pages of a list, each asked for by what the one before says."""
    target, asked = f"{path}?n={_PAGE}", set[str]()
    while target:
        if target in asked:
            raise NetError(f"{where}: {server.endpoint.host} sends round in a circle through the pages of its list")
        asked.add(target)
        response = server.request("GET", target, {"Accept": "application/json"})
        if response.status != 200:
            raise _refused(server, response, where)
        following = _LINK.search(response.headers.get("link", ""))
        yield response.read_all(_PAGE_BYTES)
        target = _next(server, target, following[1]) if following else ""


def _refused(server: "Server", response: "HttpResponse", where: str) -> NetError:
    error = server.refusal(response, where)
    if where == server.endpoint.host or "/" not in where:
        hint = "; not every registry lists its repositories: name them with --registry HOST/REPOSITORY or --list FILE"
        return NetError(f"{error}{hint}", error.status)
    return error


def _next(server: "Server", before: str, link: str) -> str:
    """The path of the next page: of this server, whatever host the link names."""
    parts = urlsplit(link)
    if parts.path.startswith("/"):
        path = parts.path
    elif parts.path:
        path = f"{before.partition('?')[0].rpartition('/')[0]}/{parts.path}"
    else:
        path = before.partition("?")[0]
    return quote(f"{path}?{parts.query}" if parts.query else path, safe="/?&=%:@+,;~!$'()*")


def _repository(host: str, name: str) -> str:
    try:
        return parse_registry_reference(f"{host}/{name}").repository
    except ImageError:
        raise ImageError(f"{host}: {printable(name, 100)!r} is no name of a repository; is it a registry?") from None


def _check(found: dict[str, None], what: str) -> None:
    if len(found) >= _MOST:
        raise ImageError(f"{what}; name fewer of them")


def _decoded(data: bytes, kind: type[_Kind], where: str) -> _Kind:
    try:
        return msgspec.json.decode(data, type=kind)
    except (msgspec.MsgspecError, UnicodeError, RecursionError) as error:
        raise ImageError(f"{where}: its list cannot be read: {error}") from error
