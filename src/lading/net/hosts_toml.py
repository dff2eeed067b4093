"""`hosts.toml` of containerd and nerdctl: where the repositories of one registry are asked for.

Source: containerd, docs/hosts.md ("Registry Configuration"). In `certs.d/` the directories `HOST_PORT_`, `HOST:PORT`
and `HOST` are for one registry, `_default` for all others.
"""

import os
import posixpath
from pathlib import Path
from typing import Any, Final, Literal
from urllib.parse import urlsplit

import msgspec
from msgspec import Struct

from lading.model.errors import NetError
from lading.net.address import split_address
from lading.net.hub import address_of
from lading.net.registries_conf import read_table
from lading.net.routes import Endpoint, Route, ServerTls

_NAME: Final = "hosts.toml"
_SHOWN: Final = 100
_HTTP_PORT: Final = 80
_TOKEN: Final = frozenset("!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyz")


def find_route(directories: tuple[Path, ...], host: str, repository: str) -> Route | None:
    """What the file for a registry says, or the one for all registries, in the first directory that has either; None
    without one. Raises NetError for a file that cannot be read, or says what cannot be."""
    for directory in directories:
        for name in _names(host):
            path = directory / name / _NAME
            if os.path.isfile(path):  # noqa: PTH113 - False for no rights
                return _read(path, host, repository)
    return None


def _names(host: str) -> tuple[str, ...]:
    name, colon, port = host.rpartition(":")
    with_port = (f"{name}_{port}_",) if colon and port.isdigit() else ()
    return (*with_port, host, "_default")


class _Host(Struct, frozen=True):
    capabilities: list[Literal["pull", "resolve", "push"]] = []
    ca: str | list[str] = []
    client: str | list[str | list[str]] = []
    skip_verify: bool = False
    header: dict[str, str | list[str]] = {}
    override_path: bool = False


class _File(_Host, frozen=True):
    server: str = ""
    host: dict[str, _Host] = {}


def _read(path: Path, host: str, repository: str) -> Route:
    table = read_table(path)
    try:
        file = msgspec.convert(_small(table), _File)
    except msgspec.ValidationError as error:
        raise NetError(f"{path}: {error}") from error
    hosts = [_endpoint(address, one, path, host, repository) for address, one in file.host.items()]
    if file.server:
        own = _endpoint(file.server, file, path, host, repository)
    else:
        own = Endpoint(host, address_of(host), repository)
    return Route((*hosts, own), str(path), asked_for_each=True)


def _small(table: dict[str, Any]) -> dict[str, Any]:
    """Capabilities count in letters of any size."""
    for one in (table, *(table["host"].values() if isinstance(table.get("host"), dict) else ())):
        named = one.get("capabilities") if isinstance(one, dict) else None
        if isinstance(named, list):
            one["capabilities"] = [word.lower() if isinstance(word, str) else word for word in named]
    return table


def _endpoint(address: str, one: _Host, path: Path, host: str, repository: str) -> Endpoint:
    url = address if address.startswith("http") else f"https://{address}"
    try:
        parts = split_address(url)
        if parts.query or parts.fragment:
            raise NetError("has a query")
    except NetError as error:
        shown = urlsplit(url)._replace(netloc=urlsplit(url).netloc.rpartition("@")[2], query="", fragment="").geturl()
        raise NetError(f"{path}: {shown[:_SHOWN]!r}: not the address of a registry, as https://HOST/PATH") from error
    place = parts.netloc.lower()
    tls = ServerTls(one.skip_verify, _paths(one.ca, path), tuple(_pair(pair, path) for pair in _pairs(one.client)))
    # What says how to speak TLS to a server that is named without it is for one that may speak it after all.
    either = parts.scheme == "http" and tls != ServerTls() and parts.port != _HTTP_PORT
    can = one.capabilities or ["pull", "resolve", "push"]
    return Endpoint(
        host=host if place == address_of(host) else place,
        address=place,
        repository=repository,
        scheme="either" if either else parts.scheme,
        root=_root(parts.path, override=one.override_path),
        namespace="" if place == address_of(host) else host,
        tls=tls,
        headers=_headers(one, path),
        tags={"pull", "resolve"} <= set(can),
        digests="pull" in can,
    )


def _root(path: str, *, override: bool) -> str:
    root = posixpath.normpath(path) if path else ""
    root = "" if root == "/" else root
    return root if override or root.endswith("/v2") else f"{root}/v2"


def _paths(named: str | list[str], file: Path) -> tuple[Path, ...]:
    return tuple(file.parent / one for one in ([named] if isinstance(named, str) else named))


def _pairs(client: str | list[str | list[str]]) -> list[str | list[str]]:
    return [client] if isinstance(client, str) else client


def _pair(pair: str | list[str], file: Path) -> tuple[Path, Path | None]:
    files = _paths(pair, file)
    if len(files) not in (1, 2) or (len(files) == 1 and not isinstance(pair, str)):
        raise NetError(f"{file}: client: a pair is two files, a certificate's and its key's")
    return files[0], files[1] if len(files) == 2 else None


def _headers(one: _Host, path: Path) -> tuple[tuple[str, str], ...]:
    """What is sent with every request. Raises NetError for what is no header."""
    found = tuple(
        (name, ", ".join([value] if isinstance(value, str) else value)) for name, value in sorted(one.header.items())
    )
    for name, value in found:
        if not name or set(name.lower()) - _TOKEN or not (value.isascii() and value.isprintable()):
            raise NetError(f"{path}: header {name[:_SHOWN]!r}: its name or value cannot be sent")
    return found
