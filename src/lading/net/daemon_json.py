"""What the configuration of Docker's daemon says of registries.

Source: Docker, "dockerd" (`registry-mirrors`, `insecure-registries`): mirrors are for Docker Hub alone; an insecure
registry is named by HOST[:PORT] or is in a network, and is asked with TLS, whatever its certificate, then without.
"""

import ipaddress
import os
from pathlib import Path
from typing import Final

import msgspec
from msgspec import Struct

from lading.model.errors import NetError
from lading.net.address import is_place, split_address
from lading.net.hub import HUB, address_of
from lading.net.routes import Endpoint, Route, ServerTls

_MOST: Final = 1024 * 1024
_SHOWN: Final = 100


def find_route(files: tuple[Path, ...], host: str, repository: str) -> Route | None:
    """What the first of the files that is there, and may be read, says of a registry; None where it says nothing.
    Raises NetError for a file that says what cannot be."""
    path = next((one for one in files if os.access(one, os.R_OK) and os.path.isfile(one)), None)  # noqa: PTH113 - False for no rights
    if path is None:
        return None
    daemon = _read(path)
    mirrors = [_mirror(address, path, daemon, repository) for address in daemon.mirrors] if host == HUB else []
    own = Endpoint(host, address_of(host), repository, tls=ServerTls(_is_insecure(host, daemon)))
    return Route((*mirrors, own), str(path)) if mirrors or own.tls.insecure else None


class _Daemon(Struct):
    mirrors: list[str] = msgspec.field(default=[], name="registry-mirrors")
    insecure: list[str] = msgspec.field(default=[], name="insecure-registries")


def _read(path: Path) -> _Daemon:
    try:
        with path.open("rb") as file:
            return msgspec.json.decode(file.read(_MOST), type=_Daemon)
    except OSError as error:
        raise NetError(f"{path}: cannot be read: {error.strerror}") from error
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise NetError(f"{path}: cannot be read: {error}") from error


def _mirror(address: str, path: Path, daemon: _Daemon, repository: str) -> Endpoint:
    try:
        parts = split_address(address)
        if parts.path.rstrip("/") or parts.query or parts.fragment:
            raise NetError("more than a host")
    except NetError as error:
        shown = address.partition("?")[0].rpartition("@")[2][:_SHOWN]
        raise NetError(f"{path}: registry-mirrors: {shown!r}: not http(s)://HOST[:PORT]") from error
    place = parts.netloc.lower()
    return Endpoint(place, place, repository, parts.scheme, tls=ServerTls(_is_insecure(place, daemon)))


def _is_insecure(place: str, daemon: _Daemon) -> bool:
    """Whether a server need not be trusted. Names are not looked up to be found in a network."""
    if not is_place(place):
        return False
    host = split_address(f"https://{place}").hostname or ""
    for one in daemon.insecure:
        try:
            if "/" in one and ipaddress.ip_address(host) in ipaddress.ip_network(one, strict=False):
                return True
        except ValueError:
            continue
        if place.lower() == one.lower():
            return True
    return False
