"""VEX repositories: an archive or a directory of documents with an index by package, which a manifest may name.

Source: https://github.com/aquasecurity/vex-repo-spec, version 0.1. Where it has the client choose between repositories
by priority, the rule for conflicting statements decides here (docs/vex.md).
"""

import re
from collections.abc import Iterator, Mapping
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Final
from urllib.parse import unquote, urlsplit

from msgspec import Struct

from lading.engine.vex.trust import RawVex
from lading.model.errors import UsageError
from lading.safeio.inflate import open_inflated
from lading.safeio.javascript_json import decode_json
from lading.safeio.limits import Limits
from lading.safeio.tar import FILE, StreamInput, iter_tar, normalise
from lading.safeio.zip_files import iter_zip

MANIFEST: Final = "vex-repository.json"
INDEX: Final = "index.json"
_WELL_KNOWN: Final = f"/.well-known/{MANIFEST}"
_ARCHIVES: Final = (".tar", ".tar.gz", ".tgz", ".tar.bz2", ".tbz2", ".tar.xz", ".txz", ".tar.zst", ".zip")
_INTERVAL: Final = re.compile(r"(?:(\d{1,6})h)?(?:(\d{1,6})m)?(?:(\d{1,9})s)?")
_SHORTEST: Final = timedelta(hours=1)
_VERSION: Final = re.compile(r"v[01]\.\d+")
_MOST_DOCUMENT: Final = 64_000_000
_MOST_BYTES: Final = 1_000_000_000
_LIMITS: Final = Limits(entries=2_000_000, total=20_000_000_000)


class Location(Struct, frozen=True):
    """Where a repository's archive lies, the directory in it that has the index, and how often to ask for it."""

    url: str
    root: str
    interval: timedelta


class _Place(Struct):
    url: str


class _Version(Struct):
    spec_version: str
    locations: list[_Place]
    update_interval: str = ""


class _Manifest(Struct):
    versions: dict[str, _Version]
    latest_version: str = ""


class _Indexed(Struct):
    id: str
    location: str


class _Index(Struct):
    packages: list[_Indexed]


def manifest_address(url: str) -> str:
    """The address of the manifest, of a host or a repository of GitHub that is named alone; empty for others."""
    parts = urlsplit(url)
    path = parts.path.strip("/")
    if parts.path.endswith(f"/{MANIFEST}"):
        return url
    if not path and not parts.query:
        return f"{parts.scheme}://{parts.netloc}{_WELL_KNOWN}"
    if parts.hostname == "github.com" and re.fullmatch(r"[^/]+/[^/]+", path):
        return f"https://raw.githubusercontent.com/{path.removesuffix('.git')}/HEAD/{MANIFEST}"
    return ""


def archive_location(url: str) -> Location | None:
    """What an address with a subdirectory behind `//` names, None when it is no archive."""
    address, root = _split(url)
    is_archive = urlsplit(address).path.lower().endswith(_ARCHIVES)
    return Location(address, root, _SHORTEST) if is_archive else None


def is_manifest(data: bytes) -> bool:
    """Whether a document is a manifest."""
    return _manifest(data) is not None


def locations_of(data: bytes, where: str) -> tuple[Location, ...]:
    """The places of the newest version that can be read. Raises UsageError."""
    manifest = _manifest(data)
    if manifest is None:
        raise UsageError(f"--vex {where}: no manifest of a VEX repository")
    known = [one for one in manifest.versions.values() if _VERSION.fullmatch(one.spec_version)]
    if not known:
        raise UsageError(f"--vex {where}: the repository has no version that is read; v0 and v1 are")
    newest = max(known, key=lambda one: [int(part) for part in one.spec_version[1:].split(".")])
    if not newest.locations:
        raise UsageError(f"--vex {where}: the manifest names no location")
    interval = max(_interval(newest.update_interval), _SHORTEST)
    return tuple(Location(*_split(one.url), interval) for one in newest.locations)


def is_archive(path: Path) -> bool:
    """Whether a file is an archive by its name."""
    return path.name.lower().endswith(_ARCHIVES)


def read_archive(path: Path, root: str, where: str, named_by: str) -> Iterator[RawVex]:
    """The documents that the index of an archive names. Raises UsageError and SafeIOError."""
    prefix = f"{normalise(root)}/" if normalise(root) else ""
    index = next((data for name, data in _iter_files(path, where) if name == f"{prefix}{INDEX}"), None)
    if index is None and not prefix:
        # Archives of whole repositories have a directory around everything.
        found = ((name, data) for name, data in _iter_files(path, where) if name.count("/") == 1)
        prefix, index = next(
            ((name.removesuffix(INDEX), data) for name, data in found if name.endswith(f"/{INDEX}")), ("", None)
        )
    if index is None:
        raise UsageError(f"--vex {where}: the archive has no {prefix}{INDEX}, as VEX repositories have")
    wanted = {f"{prefix}{place}": id for place, id in _locations(index, where).items()}
    total = 0
    for name, data in _iter_files(path, where, frozenset(wanted)):
        id = wanted.pop(name, "")
        if not id:
            continue
        total += len(data)
        if total > _MOST_BYTES:
            raise UsageError(f"--vex {where}: more than {_MOST_BYTES:,} bytes of documents")
        yield RawVex(data, f"{where}: {name.removeprefix(prefix)}", named_by=named_by, package=id)


def is_repository(directory: Path) -> bool:
    """Whether a directory is a repository by its index."""
    try:
        with (directory / INDEX).open("rb") as file:
            decode_json(file.read(_MOST_DOCUMENT), _Index)
    except (OSError, ValueError):
        return False
    return True


def read_directory(directory: Path, named_by: str) -> Iterator[RawVex]:
    """The documents that the index of a directory names. Raises UsageError."""
    try:
        locations = _locations((directory / INDEX).read_bytes(), str(directory))
        for place, id in locations.items():
            path = directory / place
            with path.open("rb") as file:
                data = file.read(_MOST_DOCUMENT)
            yield RawVex(data, str(path), named_by=named_by, package=id)
    except OSError as error:
        raise UsageError(f"--vex {error.filename}: cannot be read: {error.strerror}") from error


def _manifest(data: bytes) -> _Manifest | None:
    try:
        return decode_json(data, _Manifest)
    except ValueError:
        return None


def _locations(index: bytes, where: str) -> Mapping[str, str]:
    """By place of the document, the package that it is about. Raises UsageError."""
    try:
        packages = decode_json(index, _Index).packages
    except ValueError as error:
        raise UsageError(f"--vex {where}: {INDEX} cannot be read: {error}") from error
    found: dict[str, str] = {}
    for one in packages:
        place = normalise(one.location)
        if not place or place != one.location.removeprefix("./"):
            raise UsageError(f"--vex {where}: {INDEX} names {one.location[:80]!r}, which is no place in the repository")
        # One document may be about several packages: it is read for each of them.
        found[place] = "" if place in found else one.id
    return {place: id or "pkg:" for place, id in found.items()}


def _iter_files(path: Path, where: str, wanted: frozenset[str] | None = None) -> Iterator[tuple[str, bytes]]:
    """The files of an archive with their content: those that are wanted, or every index. Raises SafeIOError."""
    try:
        file = path.open("rb")
    except OSError as error:
        raise UsageError(f"--vex {where}: cannot be read: {error.strerror}") from error
    with file:
        if file.read(2) == b"PK":
            for name, data in iter_zip(path, _MOST_DOCUMENT):
                if data is not None and _is_wanted(normalise(name), wanted):
                    yield normalise(name), data
            return
        file.seek(0)
        with closing(open_inflated(file, where, _LIMITS)) as stream:
            for entry in iter_tar(StreamInput(stream, where), where, _LIMITS):
                if entry.kind == FILE and _is_wanted(entry.path, wanted):
                    yield entry.path, entry.read(_MOST_DOCUMENT)


def _is_wanted(name: str, wanted: frozenset[str] | None) -> bool:
    return name in wanted if wanted is not None else name.rpartition("/")[2] == INDEX


def _split(url: str) -> tuple[str, str]:
    """An address and the directory behind the second `//` in it."""
    scheme, colon, rest = url.partition("://")
    place, slashes, root = rest.partition("//")
    return f"{scheme}{colon}{place}", unquote(root.strip("/")) if slashes else ""


def _interval(text: str) -> timedelta:
    match = _INTERVAL.fullmatch(text)
    hours, minutes, seconds = (int(part or 0) for part in (match.groups() if match else (0, 0, 0)))
    return timedelta(hours=hours, minutes=minutes, seconds=seconds)
