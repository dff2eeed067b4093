"""`registries.conf` of Podman, Buildah, Skopeo and CRI-O, with its drop-in files.

Source: containers-registries.conf(5) and containers-registries.conf.d(5). The first form of the file
(`[registries.search]` and the like) is read too, as these tools read it: as the main file alone, and unmixed.
"""

import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final, Literal

import msgspec
from msgspec import Struct

from lading.model.errors import FormatError, NetError, SafeIOError
from lading.net.address import is_place
from lading.net.routes import RegistriesFiles
from lading.safeio.small_files import read_small

_MOST: Final = 1024 * 1024
_SHOWN: Final = 100

Mode = Literal["enforcing", "permissive", "disabled"]


class Mirror(Struct, frozen=True):
    """Another place of a registry's repositories, and which pulls it is for."""

    location: str
    insecure: bool = False
    pull: Literal["all", "digest-only", "tag-only"] = "all"


class Registry(Struct, frozen=True):
    """What one file (`origin`) says of the repositories below `prefix` (HOST, HOST/PATH or *.DOMAIN): they lie below
    `location` (empty: where they say), and below the mirrors before that."""

    prefix: str
    location: str
    origin: Path
    insecure: bool = False
    blocked: bool = False
    mirrors: tuple[Mirror, ...] = ()


class Conf(Struct, frozen=True):
    """What all the files together say. `aliases` has what a short name means and the file that says so; empty for one
    that a file takes back."""

    registries: tuple[Registry, ...] = ()
    search: tuple[str, ...] = ()
    search_origin: Path | None = None
    mode: Mode = "permissive"
    aliases: Mapping[str, tuple[str, Path]] = {}


def read_conf(files: RegistriesFiles) -> Conf:
    """The configuration, of later files over that of earlier ones. Raises NetError for a file that cannot be read, or
    says what cannot be."""
    registries: dict[str, Registry] = {}
    search, search_origin = tuple[str, ...](), None
    mode: Mode = "permissive"
    aliases: dict[str, tuple[str, Path]] = {}
    for path, is_main in _iter_files(files):
        document = _read(path, is_main=is_main)
        registries.update(_registries(document, path))
        aliases.update({name: (value, path) for name, value in (document.aliases or {}).items()})
        mode = document.mode or mode
        if document.search is not None:
            search, search_origin = tuple(_place(one, path) for one in document.search), path
    if files.aliases is not None and os.path.exists(files.aliases):  # noqa: PTH110 - False for no rights
        learnt = _read(files.aliases, is_main=False)
        aliases.update({name: (value, files.aliases) for name, value in (learnt.aliases or {}).items()})
    return Conf(tuple(registries[prefix] for prefix in sorted(registries)), search, search_origin, mode, aliases)


def find_registry(conf: Conf, name: str) -> tuple[Registry, int] | None:
    """What is said of a repository (HOST/PATH): by the longest prefix that covers it, and how much of the name that is;
    None for nothing."""
    found = [(one, length) for one in conf.registries if (length := covered(one.prefix, name))]
    return max(found, key=lambda one: len(one[0].prefix), default=None)


def covered(prefix: str, name: str) -> int:
    """How many characters of a name a prefix covers, which end where a part of the name does; 0 when it does not."""
    if prefix.startswith("*."):
        domain = prefix[1:]
        start = name.partition("/")[0].find(domain)
        end = start + len(domain)
        return end if start >= 0 and name[end : end + 1] in ("", ":", "/") else 0
    if not name.startswith(prefix):
        return 0
    return len(prefix) if name[len(prefix) : len(prefix) + 1] in ("", ":", "/") else 0


class _Mirror(Struct, frozen=True, rename="kebab"):
    location: str = ""
    insecure: bool = False
    pull_from_mirror: Literal["", "all", "digest-only", "tag-only"] = ""


class _Registry(_Mirror, frozen=True, rename="kebab"):
    prefix: str = ""
    mirror: list[_Mirror] = []
    blocked: bool = False
    mirror_by_digest_only: bool = False


class _List(Struct, frozen=True):
    registries: list[str] = []


class _First(Struct, frozen=True):
    """The first form of the file."""

    search: _List = _List()
    insecure: _List = _List()
    block: _List = _List()


class _Document(Struct, frozen=True):
    registry: list[_Registry] = []
    search: list[str] | None = msgspec.field(default=None, name="unqualified-search-registries")
    mode: Mode | None = msgspec.field(default=None, name="short-name-mode")
    aliases: dict[str, str] | None = None
    registries: _First | None = None


def _iter_files(files: RegistriesFiles) -> Iterator[tuple[Path, bool]]:
    """The files to read in their order, and whether each is the main one. Raises NetError."""
    own = files.named is None and files.user is not None and os.path.exists(files.user)  # noqa: PTH110
    main = files.named or (files.user if own else files.system)
    if main is not None and (files.named is not None or os.path.exists(main)):  # noqa: PTH110
        yield main, True
    for directory in (None if own else files.system_drop_ins, files.user_drop_ins):
        try:
            names = sorted(os.listdir(directory)) if directory is not None else []  # noqa: PTH208 - sorted by name
        except (FileNotFoundError, NotADirectoryError):
            continue
        except OSError as error:
            raise NetError(f"{directory}: cannot be read: {error.strerror}") from error
        for name in names:
            path = (directory or Path()) / name
            if name.endswith(".conf") and not path.is_dir():
                yield path, False


def _read(path: Path, *, is_main: bool) -> _Document:
    table = read_table(path)
    try:
        document = msgspec.convert(table, _Document)
    except msgspec.ValidationError as error:
        raise NetError(f"{path}: {error}") from error
    if document.registries is None:
        return document
    if not is_main or table.keys() - {"registries"}:
        raise NetError(f"{path}: mixes the first form of the file ([registries…]) with the second ([[registry]])")
    return _converted(document.registries)


def read_table(path: Path) -> dict[str, Any]:
    """The tables of a file in TOML. Raises NetError."""
    from lading.safeio.toml_text import parse_toml

    try:
        return parse_toml(read_small(path, _MOST))
    except SafeIOError as error:
        raise NetError(str(error)) from error
    except FormatError as error:
        raise NetError(f"{path}: {error}") from error


def _converted(first: _First) -> _Document:
    blocked, insecure = first.block.registries, first.insecure.registries
    registry = [
        _Registry(location=one, blocked=one in blocked, insecure=one in insecure)
        for one in dict.fromkeys((*blocked, *insecure))
    ]
    return _Document(registry, first.search.registries)


def _registries(document: _Document, path: Path) -> dict[str, Registry]:
    """What a file says, by prefix; of two with the same prefix the first one counts."""
    found: dict[str, Registry] = {}
    by_location: dict[str, Registry] = {}
    for one in document.registry:
        location, prefix = _location(one.location, path), _location(one.prefix or one.location, path)
        _check(one, location, prefix, path)
        mirrors = tuple(_mirror(mirror, by_digest=one.mirror_by_digest_only, path=path) for mirror in one.mirror)
        registry = Registry(prefix, location, path, one.insecure, one.blocked, mirrors)
        place = location or prefix
        other = by_location.setdefault(place, registry)
        if (registry.insecure, registry.blocked) != (other.insecure, other.blocked):
            raise NetError(f"{path}: says of {place} both that it is insecure or blocked, and that it is not")
        found.setdefault(prefix, registry)
    return found


def _check(one: _Registry, location: str, prefix: str, path: Path) -> None:
    """Raises NetError."""
    if not prefix:
        raise NetError(f"{path}: has a [[registry]] with neither prefix nor location")
    if prefix.startswith("*."):
        if any(sign in prefix for sign in "/@:"):
            raise NetError(f"{path}: the prefix {prefix[:_SHOWN]!r} must be *.DOMAIN and nothing more")
    elif not location:
        raise NetError(f"{path}: the registry {prefix[:_SHOWN]!r} has no location")
    if one.pull_from_mirror:
        raise NetError(f"{path}: pull-from-mirror is for mirrors, not for the registry {prefix[:_SHOWN]!r}")


def _mirror(mirror: _Mirror, *, by_digest: bool, path: Path) -> Mirror:
    location = _location(mirror.location, path)
    if not location:
        raise NetError(f"{path}: has a [[registry.mirror]] without a location")
    if by_digest and mirror.pull_from_mirror:
        raise NetError(f"{path}: the mirror {location[:_SHOWN]!r}: mirror-by-digest-only excludes pull-from-mirror")
    return Mirror(location, mirror.insecure, "digest-only" if by_digest else mirror.pull_from_mirror or "all")


def _location(text: str, path: Path) -> str:
    location = text.rstrip("/")
    host = location.partition("/")[0].removeprefix("*.")
    if location and ("://" in location or not is_place(host.partition("@")[0])):
        raise NetError(f"{path}: {text[:_SHOWN]!r}: not HOST[:PORT][/PATH], without http:// or https://")
    return location


def _place(text: str, path: Path) -> str:
    place = text.rstrip("/")
    if not is_place(place):
        raise NetError(f"{path}: unqualified-search-registries: {text[:_SHOWN]!r}: not HOST[:PORT]")
    return place
