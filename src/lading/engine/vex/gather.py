"""The VEX documents for one scan: those that the user names, read before anything of the image is; and what of them and
of those that lie in the image or are attached to it counts."""

from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from msgspec import Struct

from lading.engine.vex.files import iter_directory, read_file
from lading.engine.vex.repository import (
    Location,
    archive_location,
    is_archive,
    is_manifest,
    is_repository,
    locations_of,
    manifest_address,
    read_archive,
    read_directory,
)
from lading.engine.vex.subjects import subject_of
from lading.engine.vex.trust import RawVex, weigh_trust
from lading.engine.vex.web import VexWeb
from lading.model.diagnostic import Diagnostic
from lading.model.diagnostics import diagnostic
from lading.model.errors import FormatError, NetError, UsageError
from lading.model.finding import VexTrust
from lading.model.package import FoundVex
from lading.model.vex import HeldVex
from lading.safeio.trusted_keys import TrustedKeys

_NAMED: Final = "named by --vex"


class NamedVex(Struct, frozen=True):
    """The documents that the user names, as they are, in that order; the keys that the user trusts; what has to be told
    of addresses; and which of both the organisation says itself (`approved`)."""

    documents: tuple[RawVex, ...] = ()
    keys: TrustedKeys = TrustedKeys()
    notes: tuple[tuple[str, str], ...] = ()
    approved: frozenset[VexTrust] = frozenset()


class GatheredVex(Struct, frozen=True):
    """The documents, in the order in which they were named, then those of the image; and what of them could not be
    read."""

    documents: tuple[HeldVex, ...] = ()
    diagnostics: tuple[Diagnostic, ...] = ()


def read_named_vex(sources: Sequence[str], keys: TrustedKeys, open_web: Callable[[], VexWeb]) -> NamedVex:
    """The documents of `sources` (files, directories, addresses, VEX repositories), and the keys that are trusted.
    `open_web` gives what fetches, for who needs it. Raises LadingError for a source that cannot be read."""
    reading = _Reading(open_web)
    try:
        documents = tuple(raw for source in sources for raw in reading.iter_source(source))
    finally:
        reading.close()
    return NamedVex(documents, keys, tuple(reading.notes.items()))


def gather_vex(
    named: NamedVex,
    lying: Iterable[FoundVex],
    about: Container[str] | None = None,
    attached: Iterable[FoundVex] = (),
) -> GatheredVex:
    """What counts of the documents that the user names, of those that lie in the image and of those that are attached
    to it. Of a repository's documents
    those are read that are `about` a package, all by default. Raises UsageError for a file that was named and cannot be
    read; one of many that cannot is told."""
    gathering = _Gathering(named)
    for raw in named.documents:
        if not raw.package or about is None or subject_of(raw.package) in about:
            gathering.add(raw)
    for one in lying:
        gathering.add(RawVex(one.data, f"image:/{one.path}", one.signature or None, layer=one.layer))
    for one in attached:
        gathering.add(RawVex(one.data, f"attached:{one.path}"))
    told = (diagnostic("vex-not-renewed", why, where) for where, why in named.notes)
    return GatheredVex(tuple(gathering.documents), (*gathering.diagnostics, *told))


class _Reading:
    def __init__(self, open_web: Callable[[], VexWeb]) -> None:
        self._open_web = open_web
        self._web: VexWeb | None = None
        self._directory: TemporaryDirectory[str] | None = None

    @property
    def notes(self) -> Mapping[str, str]:
        return self._web.notes if self._web is not None else {}

    def iter_source(self, source: str) -> Iterator[RawVex]:
        if "://" in source:
            yield from self._iter_address(source)
            return
        path = Path(source)
        if path.is_dir():
            yield from read_directory(path, _NAMED) if is_repository(path) else iter_directory(path, _NAMED)
        elif is_archive(path) and path.is_file():
            yield from read_archive(path, "", source, _NAMED)
        else:
            raw = read_file(path, _NAMED)
            yield from self._iter_locations(locations_of(raw.data, source)) if is_manifest(raw.data) else (raw,)

    def close(self) -> None:
        if self._web is not None:
            self._web.close()
        if self._directory is not None:
            self._directory.cleanup()

    def _iter_address(self, url: str) -> Iterator[RawVex]:
        location = archive_location(url)
        if location is not None:
            yield from self._iter_locations((location,))
            return
        web = self._connect()
        if address := manifest_address(url):
            yield from self._iter_locations(locations_of(web.read(address), address))
            return
        data, signature = web.document(url)
        if is_manifest(data):
            yield from self._iter_locations(locations_of(data, url))
        else:
            yield RawVex(data, url, signature, _NAMED, is_alone=True)

    def _iter_locations(self, locations: Sequence[Location]) -> Iterator[RawVex]:
        """The documents of the first place that gives its archive."""
        web = self._connect()
        if self._directory is None:
            self._directory = TemporaryDirectory(prefix="lading-")
        for place, one in enumerate(locations, 1):
            try:
                path = web.archive(one.url, one.interval, Path(self._directory.name))
            except NetError:
                if place == len(locations):
                    raise
                continue
            yield from read_archive(path, one.root, one.url, _NAMED)
            return

    def _connect(self) -> VexWeb:
        if self._web is None:
            self._web = self._open_web()
        return self._web


class _Gathering:
    def __init__(self, named: NamedVex) -> None:
        self._keys = named.keys
        self._approved = named.approved
        self.documents: list[HeldVex] = []
        self.diagnostics: list[Diagnostic] = []

    def add(self, raw: RawVex) -> None:
        """Takes a document in."""
        try:
            held, checked = weigh_trust(raw, self._keys, self._approved)
        except FormatError as error:
            if raw.is_alone:
                raise UsageError(f"--vex {error}") from error
            why = str(error).removeprefix(f"{raw.where}: ")
            self.diagnostics.append(diagnostic("vex-unreadable", why, raw.where))
            return
        self.documents.append(held)
        if checked.is_wrong:
            self.diagnostics.append(diagnostic("vex-signature", f"{checked.why}: not applied", raw.where))
