"""The facts of one layer, gathered entry by entry, whether they come from a tar or from a directory walk."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any, Protocol

from lading.inventory.catalogers.cataloger import CatalogerResult
from lading.inventory.facts import Capture, LayerFacts, Link, ReaderFacts, Structure
from lading.inventory.router import Route, Router
from lading.model.diagnostic import Diagnostic
from lading.model.diagnostics import diagnostic
from lading.model.errors import LimitError
from lading.model.reader import MAGIC_BYTES, Content, Reader, WantedFile
from lading.safeio.limits import Limits
from lading.safeio.listing import Listing, ListingWriter

WHITEOUT = ".wh."
_OPAQUE = ".wh..wh..opq"
_MOST_REMARKS = 10


class LayerFile(Protocol):
    """A regular file as the pass meets it. `mode` the permission bits; `peek` gives its first bytes, fewer when it has
    fewer; `read_content` all of it, at most once, and raises LimitError beyond `limit` bytes."""

    @property
    def mode(self) -> int: ...
    def peek(self, size: int) -> bytes: ...
    def read_content(self, limit: int) -> Content: ...


class FactsBuilder:
    """Takes a layer's entries in their order."""

    def __init__(self, router: Router, limits: Limits) -> None:
        self._router = router
        self._limits = limits
        self._captures: dict[str, dict[str, Capture]] = {}
        self._ancestors: set[str] = set()
        self._whiteouts: list[str] = []
        self._opaques: list[str] = []
        self._links: dict[str, str] = {}
        self._hardlinks: dict[str, dict[str, Link]] = {}
        self._copies: dict[tuple[str, str, str], Capture] = {}
        self._given: defaultdict[str, _Given] = defaultdict(_Given)
        self._remarks: list[Diagnostic] = []
        self._untold = 0
        self._complete = True
        self.directories = ListingWriter()
        self.others = ListingWriter()
        self.entries = 0

    def file(self, path: str, file: LayerFile) -> None:
        """A regular file, which is looked into only when it is wanted, and read once however many want it."""
        router = self._router
        if path in self._ancestors or path in self._links or path in self._captures or path in self._hardlinks:
            self._replace(path)
        by_name = router.routes(path)
        by_content = router.routes_by_content(path, file.peek(MAGIC_BYTES))
        copies = router.copies.get(path, ())
        if by_name or by_content or copies:
            self._capture(path, {route.reader.name: route for route in (*by_content, *by_name)}, copies, file)

    def symlink(self, path: str, target: str) -> None:
        """A symbolic link."""
        self._replace(path)
        self._links[path] = target

    def hardlink(self, path: str, target: str) -> None:
        """A further name for the content of `target`."""
        self._replace(path)
        readers = {route.reader.name: route.path for route in self._router.routes(path)}
        for reader in self._captures.get(target, ()):
            if reader in self._router.by_content:
                readers.setdefault(reader, "")
        if readers:
            self._hardlinks[path] = {reader: Link(target, known_as) for reader, known_as in readers.items()}

    def special(self, path: str) -> None:
        """A device, a pipe: nothing to read, but it takes the place of what was there."""
        self._replace(path)

    def directory(self, path: str) -> None:
        """A directory: takes the place of a file or link of this layer."""
        if path in self._links or path in self._captures or path in self._hardlinks:
            self._replace(path)

    def whiteout(self, path: str) -> None:
        """A whiteout or opaque marker by its own path (`a/.wh.b` hides `a/b`)."""
        directory, _, name = path.rpartition("/")
        if name == _OPAQUE:
            self._opaques.append(directory)
        elif hidden := name.removeprefix(WHITEOUT):
            self._whiteouts.append(f"{directory}/{hidden}" if directory else hidden)

    def remark(self, diagnostic: Diagnostic) -> None:
        """Keeps a diagnostic about this layer; all but the first few are only counted."""
        if len(self._remarks) < _MOST_REMARKS or diagnostic.level == "incomplete":
            self._remarks.append(diagnostic)
        else:
            self._untold += 1

    def stopped(self, error: LimitError) -> None:
        """A limit ended the pass."""
        self._complete = False
        self._remarks.append(diagnostic(f"limit-{error.limit}", str(error)))

    def build(self) -> LayerFacts:
        """The facts, sorted."""
        if self._untold:
            self._remarks.append(diagnostic("more-remarks", f"{self._untold:,} more remarks of this kind"))
        others = self.others.finish()
        self._capture_entries(others)
        structure = Structure(
            whiteouts=tuple(sorted(set(self._whiteouts))),
            opaques=tuple(sorted(set(self._opaques))),
            links=dict(sorted(self._links.items())),
            directories=self.directories.finish(),
            others=others,
            tops=tuple(sorted(self.others.tops)),
            entries=self.entries,
            complete=self._complete,
            diagnostics=tuple(self._remarks),
        )
        return LayerFacts(structure, self._by_reader())

    def _by_reader(self) -> dict[str, ReaderFacts]:
        captures: defaultdict[str, list[Capture]] = defaultdict(list)
        for path in sorted(self._captures):
            for reader, capture in self._captures[path].items():
                captures[reader].append(capture)
        hardlinks: defaultdict[str, dict[str, Link]] = defaultdict(dict)
        for path, links in self._hardlinks.items():
            for reader, link in links.items():
                hardlinks[reader][path] = link
        copies: defaultdict[str, list[Capture]] = defaultdict(list)
        for key in sorted(self._copies):
            copies[key[-1]].append(self._copies[key])
        return {
            reader: ReaderFacts(
                tuple(captures[reader]),
                hardlinks[reader],
                tuple(copies[reader]),
                self._given[reader].largest,
                self._given[reader].refused,
            )
            for reader in sorted({*captures, *hardlinks, *copies})
        }

    def _capture(self, path: str, routes: dict[str, Route], copies: Sequence[Route], file: LayerFile) -> None:
        if len(routes) + len(copies) > 1:
            file = _Kept(file)
        if routes:
            self._captures[path] = {
                name: Capture(path, route.path, self._read(path, route, file)) for name, route in routes.items()
            }
            self._add_ancestors(path)
        for copy in copies:
            self._copies[path, copy.path, copy.reader.name] = Capture(path, copy.path, self._read(path, copy, file))

    def _add_ancestors(self, path: str) -> None:
        while path := path.rpartition("/")[0]:
            if path in self._ancestors:
                break
            self._ancestors.add(path)

    def _read(self, path: str, route: Route, file: LayerFile) -> CatalogerResult:
        reader: Reader[CatalogerResult] = route.reader
        given = self._given[reader.name]
        try:
            if reader.head:
                content: Content = file.peek(reader.head)
            else:
                content = file.read_content(self._limits.spool)
                given.largest = max(given.largest, len(content))
            return reader.parse(WantedFile(route.path, file.mode, content, self._limits.file))
        except LimitError as error:
            if error.limit not in ("file", "spool"):
                raise
            given.refused = True
            message = f"{error}; it was not read (--limit {error.limit}=N raises this)"
            return CatalogerResult(diagnostics=(diagnostic("file-too-large", message, path),))
        except (ValueError, LookupError, RecursionError) as error:
            # A parser met hostile input nobody thought of. The scan goes on, and says what it could not read.
            message = f"the {reader.name} cataloger failed on it ({type(error).__name__}); it was not read"
            return CatalogerResult(diagnostics=(diagnostic("cataloger-failed", message, path),))

    def _capture_entries(self, listing: bytes) -> None:
        for directory, reader in self._router.entries.items():
            if any(top == directory or top.startswith(f"{directory}/") for top in self.others.tops):
                below = Listing(listing).iter_below(f"{directory}/")
                for name in {path[len(directory) + 1 :].partition("/")[0] for path in below}:
                    self._capture_entry(f"{directory}/{name}", reader)

    def _capture_entry(self, path: str, reader: Reader[Any]) -> None:
        facts = reader.parse(WantedFile(path, 0, b""))
        if facts != CatalogerResult():
            self._captures.setdefault(path, {})[reader.name] = Capture(path, path, facts)

    def _replace(self, path: str) -> None:
        """A later entry of the same layer takes the place of an earlier one and of all that lay below it."""
        self._captures.pop(path, None)
        self._links.pop(path, None)
        self._hardlinks.pop(path, None)
        if path in self._ancestors:
            for below in [capture for capture in self._captures if capture.startswith(f"{path}/")]:
                del self._captures[below]


class _Given:
    """What a reader was given of a layer."""

    def __init__(self) -> None:
        self.largest = 0
        self.refused = False


class _Kept:
    """A file that several readers want."""

    def __init__(self, file: LayerFile) -> None:
        self._file = file
        self._content: Content | None = None

    @property
    def mode(self) -> int:
        return self._file.mode

    def peek(self, size: int) -> bytes:
        return self._file.peek(size) if self._content is None else self._content[:size]

    def read_content(self, limit: int) -> Content:
        if self._content is None:
            self._content = self._file.read_content(limit)
        return self._content
