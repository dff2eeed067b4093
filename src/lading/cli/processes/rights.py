"""What the worker of a scan may do, by what is scanned."""

import os
import sys
from collections.abc import Iterator
from contextlib import suppress
from itertools import islice
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from msgspec import Struct

from lading.cli.processes.landlock import Rights
from lading.cli.processes.seccomp import Sockets
from lading.engine.documents import document_path
from lading.engine.settings import Settings
from lading.image.open import local_path
from lading.image.places import engine_addresses, engine_files
from lading.model.errors import FormatError, ImageError, NetError, UsageError
from lading.net.engines import EngineAddress
from lading.net.registries import KnownRegistries

_MOST_LINKS: Final = 10_000
_LIBRARIES: Final = (
    "/lib", "/lib64", "/usr/lib", "/usr/lib64", "/usr/local/lib", "/nix/store", "/etc/ld.so.cache", "/etc/localtime",
    "/usr/share/zoneinfo", "/etc/terminfo", "/usr/share/terminfo", "/dev/null", "/dev/zero", "/dev/urandom",
    "/proc/self",
)  # fmt: skip
_SOCKETS: Final[tuple[Sockets, ...]] = ("none", "local", "any")
_HTTP, _DNS = 80, 53
_NETWORK: Final = (
    "/etc/resolv.conf", "/etc/hosts", "/etc/nsswitch.conf", "/etc/host.conf", "/etc/gai.conf", "/etc/services",
    "/etc/ssl", "/etc/pki", "/etc/ca-certificates", "/usr/share/ca-certificates", "/usr/local/share/ca-certificates",
    "/var/lib/ca-certificates", "/run/systemd/resolve", "/run/nscd", "/etc/passwd",
)  # fmt: skip


def reading_rights(target: str, settings: Settings) -> Rights:
    """While a target is read, but for the directory of temporary files. One that lies in a registry needs the network,
    and to any port: registries hand out layers from elsewhere. One that an engine has needs that engine alone."""
    places = settings.places
    needs = [_need(one, settings) for one in (target, settings.base) if one]
    read = [*_python(), *(path for one in needs for path in one.read), str(places.bases)]
    write = [str(_made(places.layers.parent))] if settings.cache or settings.db else []
    if not (settings.starter or settings.db or settings.offline):
        _made(places.database)  # which the front door may fill meanwhile
    sockets: Sockets = max((one.sockets for one in needs), key=_SOCKETS.index, default="none")
    remote = [one for one in needs if one.sockets == "any"]
    ports = () if any(not one.ports for one in remote) else tuple(port for one in remote for port in one.ports)
    return Rights((*read, *_database(settings)), tuple(write), sockets, ports)


def matching_rights(settings: Settings) -> Rights:
    """Once the advisories are opened: nothing is written any more, and the target is not read."""
    return Rights((*_python(), *_database(settings)))


def _made(directory: Path) -> Path:
    """Rights can be given only on what is there. That it cannot be made is told by who wants to write to it."""
    with suppress(OSError):
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    return directory


class _Need(Struct, frozen=True):
    """What one image is read by, as Rights says it."""

    read: tuple[str, ...]
    sockets: Sockets = "none"
    ports: tuple[int, ...] = ()


def _need(target: str, settings: Settings) -> _Need:
    document = document_path(target)
    path = local_path(target) if document is None else document
    if path is not None:
        return _Need(tuple(_source(path)))
    network = (*_NETWORK, *_certificates(settings))
    asked = target, settings.image_from, settings.network.engines
    files: tuple[str, ...] = ()
    addresses: tuple[EngineAddress, ...] | None = ()
    with suppress(UsageError, NetError, ImageError, FormatError):  # told by who asks the engine
        files = tuple(map(str, engine_files(*asked)))
        addresses = engine_addresses(*asked)
    if addresses is None:
        return _Need((*network, *files), "any")
    files += tuple(str(file) for one in addresses if one.tls is not None for file in one.tls.files)
    ports = tuple(_port(one.url) for one in addresses if not one.unix)
    return _Need((*network, *files), "any", (*ports, _DNS)) if ports else _Need(files, "local")


def _port(url: str) -> int:
    with suppress(ValueError):
        return urlsplit(url).port or _HTTP
    return _HTTP


def _python() -> Iterator[str]:
    yield from (os.path.realpath(one) for one in (sys.prefix, sys.base_prefix, *sys.path, *_library_path()) if one)
    yield str(Path(__file__).resolve().parents[1])
    yield from _LIBRARIES


def _library_path() -> Iterator[str]:
    yield from os.environ.get("LD_LIBRARY_PATH", "").split(":")


def _database(settings: Settings) -> Iterator[str]:
    places = settings.places
    yield from (
        str(one)
        for one in (places.database, places.unpacked, places.keys.database, settings.db_key, settings.db)
        if one
    )


def _certificates(settings: Settings) -> Iterator[str]:
    yield from map(str, settings.network.certificates)
    registries = settings.network.registries
    if isinstance(registries, KnownRegistries):
        yield from map(str, registries.files)
    if settings.ca_cert is not None:
        yield str(settings.ca_cert)
    yield from (os.environ[name] for name in ("SSL_CERT_FILE", "SSL_CERT_DIR") if os.environ.get(name))


def _source(path: str) -> Iterator[str]:
    """A path, and what the links in a layout lead to, which may be blobs that several layouts share."""
    yield path
    yield from (os.path.realpath(one.path) for one in islice(_files(path), _MOST_LINKS) if one.is_symlink())


def _files(path: str) -> Iterator["os.DirEntry[str]"]:
    """The files of a layout, and no others."""
    if os.path.lexists(os.path.join(path, "oci-layout")):  # noqa: PTH118
        for directory in (path, f"{path}/blobs", f"{path}/blobs/sha256", f"{path}/blobs/sha512"):
            yield from _entries(directory)
    elif os.path.lexists(os.path.join(path, "manifest.json")):  # noqa: PTH118
        yield from _entries(path)


def _entries(directory: str) -> Iterator["os.DirEntry[str]"]:
    try:
        with os.scandir(directory) as found:
            yield from found
    except OSError:
        return
