"""The files of packages with their digests, for bills of materials that list them: every layer is read once more, and
of each file no more is kept than its digests."""

import hashlib
import threading
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Mapping
from posixpath import normpath
from typing import Final

from lading.engine.layers import Ask, LayerReader
from lading.formats.sbom.files import ALGORITHMS, Carried, carried
from lading.inventory.catalogers.cataloger import Cataloger, CatalogerResult
from lading.inventory.catalogers.registry import Group
from lading.inventory.facts import LayerFacts, Structure
from lading.inventory.reach import links_of
from lading.inventory.seen import Squashed
from lading.inventory.stated_files import stated_files
from lading.model.checks import SeenFile
from lading.model.diagnostic import Diagnostic
from lading.model.package import Inventory
from lading.model.ports import OpenedImage, Progress
from lading.model.reader import PACE_OF_PROGRAMS, WantedFile
from lading.safeio.content import iter_pieces
from lading.safeio.limits import Limits
from lading.safeio.listing import Listing

_MOST_LINKS: Final = 40
_MD5: Final = 32
_LAYER: Final = "layer "
_Digests = tuple[bytes, str]
"""The digests of a content one after the other, and its MD5 where that is asked for."""


def read_package_files(
    opened: OpenedImage,
    squashed: Squashed,
    inventory: Inventory,
    layers: Mapping[int, LayerFacts],
    limits: Limits,
    progress: Progress,
    check: Callable[[], None],
) -> tuple[tuple[SeenFile, ...], tuple[Diagnostic, ...]]:
    """The files that packages list and the container sees, by package, and what could not be read of them. Raises as
    LayerReader."""
    structures = [layers[index].structure for index in sorted(layers)]
    paths = _Paths(dict(links_of((one.links for one in structures), (one.whiteouts for one in structures))))
    stated: dict[str, str] = {}
    owned: dict[str, list[str]] = {}
    for package, files in stated_files(squashed, inventory.packages):
        real = {paths.real(path): digest for path, digest in files.items()}
        owned[package.id] = sorted(path for path in real if path not in stated)
        stated |= {path: digest for path, digest in real.items() if path not in stated}
    reading = _Reading(stated, progress)
    reader = LayerReader(opened, (reading.group,), None, limits, reading, check)
    facts = reading.read(reader, whole=not (opened.root or opened.directories))
    present = _present(facts, reading.found, sorted(stated))
    seen = (
        carried(id, (_carried(path, present[path], stated[path]) for path in files if path in present))
        for id, files in owned.items()
        if any(path in present for path in files)
    )
    return tuple(seen), tuple(sorted(set(_told(facts.values()))))


def _carried(path: str, digests: _Digests, stated: str) -> Carried:
    whole, md5 = digests
    known = {md5, *(whole[at : at + size].hex() for at, size in _places())}
    return path, whole, "" if stated in known else stated


def _places() -> Iterator[tuple[int, int]]:
    at = 0
    for size in ALGORITHMS.values():
        yield at, size
        at += size


class _Reading:
    """Reads the content of wanted files. Is told of progress, by which it knows which layer a thread is at."""

    def __init__(self, stated: Mapping[str, str], progress: Progress) -> None:
        self.found: dict[int, dict[str, _Digests]] = {}
        """By layer and path, the digests of what it has there."""
        self._stated = stated
        self._progress = progress
        self._at = threading.local()
        reader = Cataloger(
            name="file-contents",
            version=1,
            parse=self._take,
            everything=True,
            takes=self._takes,
            pace=PACE_OF_PROGRAMS,
        )
        self.group = Group(reader.name, (reader,))

    def read(self, reader: LayerReader, *, whole: bool) -> dict[int, LayerFacts]:
        """The facts of all layers: read together, or where these lie unpacked one after the other."""
        if whole:
            self.found = {index: {} for index in reader.indexes}
            return reader.read({index: Ask() for index in reader.indexes})
        facts: dict[int, LayerFacts] = {}
        for index in reader.indexes:
            self._begin(index)
            facts |= reader.read({index: Ask()})
        return facts

    def start(self, key: str, text: str, total: int = 0) -> None:
        """As Progress."""
        if key.startswith(_LAYER):
            self._begin(int(key.removeprefix(_LAYER)))
        self._progress.start(key, text, total)

    def advance(self, key: str, amount: int) -> None:
        """As Progress."""
        self._progress.advance(key, amount)

    def finish(self, key: str) -> None:
        """As Progress."""
        self._progress.finish(key)

    def _begin(self, index: int) -> None:
        self._at.files = self.found[index] = {}

    def _takes(self, path: str, head: bytes) -> bool:
        """Whether a file is wanted; what the layer had there before is no more, should it not be read."""
        wanted = path in self._stated
        if wanted:
            self._at.files.pop(path, None)
        return wanted

    def _take(self, file: WantedFile) -> CatalogerResult:
        made = [hashlib.new(name, usedforsecurity=False) for name in ALGORITHMS]
        md5 = hashlib.md5(usedforsecurity=False) if len(self._stated[file.path]) == _MD5 else None
        for piece in iter_pieces(file.content):
            for one in made:
                one.update(piece)
            if md5 is not None:
                md5.update(piece)
        digests = b"".join(one.digest() for one in made), md5.hexdigest() if md5 is not None else ""
        self._at.files[file.path] = digests
        return CatalogerResult()


class _Paths:
    """Real paths: those that lie through links to directories have them followed."""

    def __init__(self, links: Mapping[str, str]) -> None:
        self._links = links
        self._known: dict[str, str] = {"": ""}

    def real(self, path: str) -> str:
        """Where the file at a path lies; a link in the place of the file itself is not followed."""
        directory, _, name = path.rpartition("/")
        if directory not in self._known:
            self._known[directory] = self._followed(directory)
        above = self._known[directory]
        return f"{above}/{name}" if above else name

    def _followed(self, directory: str) -> str:
        done, left = "", directory.split("/")
        for _ in range(_MOST_LINKS):
            while left:
                done = f"{done}/{left.pop(0)}" if done else left.pop(0)
                if done in self._links:
                    break
            else:
                return done
            target = self._links[done]
            above = "" if target.startswith("/") else done.rpartition("/")[0]
            done, left = "", [*normpath(f"/{above}/{target}").strip("/").split("/"), *left]
            left = [part for part in left if part]
        return directory


def _present(
    facts: Mapping[int, LayerFacts], found: Mapping[int, dict[str, _Digests]], wanted: list[str]
) -> dict[str, _Digests]:
    """What the container sees of the wanted paths (sorted)."""
    present: dict[str, _Digests] = {}
    for index in sorted(facts):
        structure, new = facts[index].structure, found.get(index, {})
        for path in _hidden(structure, wanted):
            present.pop(path, None)
        if present:
            for path in Listing(structure.others):
                present.pop(path, None)
        present |= {path: one for path, one in new.items() if path not in structure.links}
        among = set(wanted) if structure.linked else set()
        for path, target in zip(Listing(structure.linked), Listing(structure.targets), strict=True):
            if path in among and target in present:
                present[path] = present[target]
    return present


def _hidden(structure: Structure, wanted: list[str]) -> Iterator[str]:
    """The wanted paths of lower layers that a layer hides: what it takes away, and what lies below that; each once,
    however many names hide it."""
    hidden = {*structure.whiteouts, *structure.opaques, *structure.links}
    for path in hidden:
        yield path
        if any(above in hidden for above in _above(path)):
            continue
        below = f"{path}/" if path else ""
        for place in range(bisect_left(wanted, below), len(wanted)):
            if not wanted[place].startswith(below):
                break
            yield wanted[place]


def _above(path: str) -> Iterator[str]:
    """The directories above a path, the root too."""
    while path:
        path = path.rpartition("/")[0]
        yield path


def _told(facts: Iterable[LayerFacts]) -> Iterator[Diagnostic]:
    """What could not be read of the files."""
    for one in facts:
        for reader in one.readers.values():
            for capture in reader.captures:
                yield from capture.facts.diagnostics
