"""Where a feed's documents come from: upstream itself or a mirror (feeds.web), a directory laid out like one, or what
the database keeps of earlier refreshes."""

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from hashlib import sha256
from pathlib import Path
from typing import Protocol

from msgspec import Struct

from lading.feeds.feed import Document, Unit
from lading.feeds.raw import RawFile, RawStore, RawUnit
from lading.model.errors import FeedError
from lading.model.ports import Progress

_SAMPLES = "samples"
_MOST_NAMED = 20


def _nothing() -> None: ...


class Fetch(Struct, frozen=True):
    """Documents at hand. `files` maps their layout paths to local files; `urls` and `validators` are those of the
    unit's own documents, of the first twenty; `date` is the newest modification time that upstream tells (ISO 8601),
    or empty; `digest` stands for all documents together, empty where nothing is to be compared. `accept` is called when
    they could be read: only then do they replace what was kept before."""

    files: dict[str, Path]
    urls: tuple[str, ...]
    validators: tuple[str, ...]
    date: str
    digest: str = ""
    accept: Callable[[], None] = _nothing


class FeedSource(Protocol):
    """`held` lists the layout paths that are there, None when only asking will tell. `partial` is set for a mirror,
    which need not have every feed. `fetch` gives a unit's documents for as long as its context lasts. It raises
    FeedError or NetError."""

    @property
    def partial(self) -> bool: ...

    def held(self) -> Sequence[str] | None: ...

    def fetch(self, unit: Unit, progress: Progress) -> AbstractContextManager[Fetch]: ...


class DirectorySource:
    """A directory in the layout of a mirror; a file may have the suffix .xz. What lies in its directory `samples` is
    read as if it lay in the directory itself."""

    def __init__(self, root: Path) -> None:
        if not root.is_dir():
            raise FeedError(f"--from {root}: no such directory")
        self._root = root
        self.partial = False

    def held(self) -> Sequence[str]:
        found = []
        for folder, _, names in os.walk(self._root):
            base = Path(folder).relative_to(self._root)
            if base.parts[:1] == (_SAMPLES,):
                base = base.relative_to(_SAMPLES)
            found += [str(base / name.removesuffix(".xz")) for name in names]
        return sorted(set(found))

    @contextmanager
    def fetch(self, unit: Unit, progress: Progress) -> Iterator[Fetch]:
        files = {}
        for document in unit.documents:
            path = self._find(document)
            if path is not None:
                files[document.path] = path
        named = tuple(path.name for path in files.values())[:_MOST_NAMED]
        # When a copy was written here says nothing of how old its data is.
        yield Fetch(files, named, ("",) * len(named), "")

    def _find(self, document: Document) -> Path | None:
        for root in (self._root, self._root / _SAMPLES):
            for path in (root / document.path, root / f"{document.path}.xz"):
                if path.is_file():
                    return path
        if document.optional:
            return None
        raise FeedError(f"{self._root / document.path}: no such file (nor with .xz)")


class RawSource:
    """What the database keeps of earlier refreshes."""

    def __init__(self, raw: RawStore) -> None:
        self._raw = raw
        self.partial = False

    def held(self) -> None:
        return None

    @contextmanager
    def fetch(self, unit: Unit, progress: Progress) -> Iterator[Fetch]:
        with self._raw.unit(unit.name) as raw:
            if not raw.held:
                raise FeedError("no documents of it are kept")
            yield fetch_of(unit, raw, raw.held)


def fetch_of(unit: Unit, raw: RawUnit, files: Mapping[str, RawFile], accept: Callable[[], None] = _nothing) -> Fetch:
    """Documents that are kept, or in the spool on the way there."""
    own = [files[document.path] for document in unit.documents if document.path in files][:_MOST_NAMED]
    listed = "".join(f"{path}\0{files[path].digest}\n" for path in sorted(files))
    return Fetch(
        {path: raw.path(path, file) for path, file in files.items()},
        tuple(file.url for file in own),
        tuple(file.validator for file in own),
        max((file.modified for file in files.values()), default=""),
        f"sha256:{sha256(listed.encode()).hexdigest()}",
        accept,
    )
