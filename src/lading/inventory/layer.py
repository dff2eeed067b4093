"""The layer pass: one walk over one layer, from its bytes to facts.

Nothing is unpacked. Files a cataloger wants are read into memory and parsed at once; of everything else only the path
is kept, compressed, because a file may hide what a lower layer holds. Whiteouts follow the OCI image specification,
layer.md: "Representing Changes".
"""

from collections.abc import Callable, Iterable
from typing import Protocol

from msgspec import Struct

from lading.inventory.catalogers.cataloger import CatalogerResult
from lading.inventory.router import MAGIC_BYTES, Route, Router
from lading.model.diagnostic import Diagnostic
from lading.model.errors import LimitError
from lading.model.reader import Content, WantedFile
from lading.safeio.limits import Limits
from lading.safeio.listing import Listing, ListingWriter
from lading.safeio.tar import DIRECTORY, FILE, HARDLINK, SYMLINK, Entry, TarInput, iter_tar

SCHEMA = 4
"""Grows whenever LayerFacts changes its shape or its meaning; part of the layer cache's key."""

_WHITEOUT = ".wh."
_OPAQUE = ".wh..wh..opq"
_MOST_REMARKS = 10
_CHECK_MASK = 0x3FF


class Capture(Struct, frozen=True, array_like=True):
    """A wanted file's facts. `path` is where it lies, `known_as` the path its cataloger asked for."""

    path: str
    known_as: str
    cataloger: str
    facts: CatalogerResult


class Link(Struct, frozen=True, array_like=True):
    """A hard link to `target`. `known_as` is the path its cataloger asked for, empty where only content tells."""

    target: str
    known_as: str


class LayerFacts(Struct, frozen=True, array_like=True):
    """Everything later stages need to know of one layer. Paths are normalised, without a leading slash.

    `captures` are sorted by path. `whiteouts` are the paths removed from the layers below, `opaques` the directories
    whose lower content is hidden. `links` maps symlinks to their targets as written, `hardlinks` are those of wanted
    paths, `copies` what was read for them, by the path of the content. `directories` and `others` list every entry (see
    safeio.listing), `tops` the first two directories above each of `others`. `complete` is off when a limit stopped the
    pass.
    """

    captures: tuple[Capture, ...]
    whiteouts: tuple[str, ...]
    opaques: tuple[str, ...]
    links: dict[str, str]
    hardlinks: dict[str, Link]
    copies: tuple[Capture, ...]
    directories: bytes
    others: bytes
    tops: tuple[str, ...]
    entries: int
    complete: bool
    diagnostics: tuple[Diagnostic, ...]


class LayerFile(Protocol):
    """A regular file as the pass meets it. `mode` the permission bits; `peek` gives its first bytes, fewer when it has
    fewer; `read_content` all of it, and raises LimitError beyond `limit` bytes."""

    @property
    def mode(self) -> int: ...
    def peek(self, size: int) -> bytes: ...
    def read_content(self, limit: int) -> Content: ...


class FactsBuilder:
    """Gathers facts entry by entry, whether they come from a tar or from a directory walk."""

    def __init__(self, router: Router, limits: Limits) -> None:
        self._router = router
        self._limits = limits
        self._captures: dict[str, Capture] = {}
        self._ancestors: set[str] = set()
        self._whiteouts: list[str] = []
        self._opaques: list[str] = []
        self._links: dict[str, str] = {}
        self._hardlinks: dict[str, Link] = {}
        self._copies: dict[tuple[str, str], Capture] = {}
        self._remarks: list[Diagnostic] = []
        self._untold = 0
        self._complete = True
        self.directories = ListingWriter()
        self.others = ListingWriter()
        self.entries = 0

    def file(self, path: str, file: LayerFile) -> None:
        """A regular file, which is looked into only when it is wanted."""
        copies = self._router.copies.get(path, ())
        if copies:
            file = _Kept(file)
        if path in self._ancestors or path in self._links or path in self._captures:
            self._replace(path)
        route = self._router.route(path)
        if route is None:
            route = self._router.route_by_content(path, file.peek(MAGIC_BYTES))
        if route is not None:
            self._capture(path, route, file)
        for copy in copies:
            facts = self._read(path, copy, file)
            self._copies[path, copy.path] = Capture(path, copy.path, copy.cataloger.name, facts)

    def symlink(self, path: str, target: str) -> None:
        """A symbolic link."""
        self._replace(path)
        self._links[path] = target

    def hardlink(self, path: str, target: str) -> None:
        """A further name for the content of `target`."""
        self._replace(path)
        route = self._router.route(path)
        if route is not None or target in self._captures:
            self._hardlinks[path] = Link(target, route.path if route is not None else "")

    def special(self, path: str) -> None:
        """A device, a pipe: nothing to read, but it takes the place of what was there."""
        self._replace(path)

    def directory(self, path: str) -> None:
        """A directory: takes the place of a file or link of this layer."""
        if path in self._links or path in self._captures:
            self._replace(path)

    def whiteout(self, path: str) -> None:
        """A whiteout or opaque marker by its own path (`a/.wh.b` hides `a/b`)."""
        directory, _, name = path.rpartition("/")
        if name == _OPAQUE:
            self._opaques.append(directory)
        elif hidden := name.removeprefix(_WHITEOUT):
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
        self._remarks.append(Diagnostic("incomplete", f"limit-{error.limit}", str(error)))

    def build(self) -> LayerFacts:
        """The facts, sorted."""
        if self._untold:
            self._remarks.append(Diagnostic("warning", "more-remarks", f"{self._untold:,} more remarks of this kind"))
        others = self.others.finish()
        self._capture_entries(others)
        return LayerFacts(
            captures=tuple(self._captures[path] for path in sorted(self._captures)),
            whiteouts=tuple(sorted(set(self._whiteouts))),
            opaques=tuple(sorted(set(self._opaques))),
            links=dict(sorted(self._links.items())),
            hardlinks=self._hardlinks,
            copies=tuple(self._copies[key] for key in sorted(self._copies)),
            directories=self.directories.finish(),
            others=others,
            tops=tuple(sorted(self.others.tops)),
            entries=self.entries,
            complete=self._complete,
            diagnostics=tuple(self._remarks),
        )

    def _capture(self, path: str, route: Route, file: LayerFile) -> None:
        self._captures[path] = Capture(path, route.path, route.cataloger.name, self._read(path, route, file))
        self._hardlinks.pop(path, None)
        while path := path.rpartition("/")[0]:
            if path in self._ancestors:
                break
            self._ancestors.add(path)

    def _read(self, path: str, route: Route, file: LayerFile) -> CatalogerResult:
        cataloger = route.cataloger
        try:
            content = file.peek(cataloger.head) if cataloger.head else file.read_content(self._limits.spool)
            return cataloger.parse(WantedFile(route.path, file.mode, content, self._limits.file))
        except LimitError as error:
            if error.limit not in ("file", "spool"):
                raise
            message = f"{error}; it was not read (--limit {error.limit}=N raises this)"
            return CatalogerResult(diagnostics=(Diagnostic("incomplete", "file-too-large", message, path),))
        except (ValueError, LookupError, RecursionError) as error:
            # A parser met hostile input nobody thought of. The scan goes on, and says what it could not read.
            message = f"the {cataloger.name} cataloger failed on it ({type(error).__name__}); it was not read"
            return CatalogerResult(diagnostics=(Diagnostic("incomplete", "cataloger-failed", message, path),))

    def _capture_entries(self, listing: bytes) -> None:
        for directory, cataloger in self._router.entries.items():
            if any(top == directory or top.startswith(f"{directory}/") for top in self.others.tops):
                below = Listing(listing).iter_below(f"{directory}/")
                for name in {path[len(directory) + 1 :].partition("/")[0] for path in below}:
                    path = f"{directory}/{name}"
                    facts = cataloger.parse(WantedFile(path, 0, b""))
                    if facts != CatalogerResult():
                        self._captures[path] = Capture(path, path, cataloger.name, facts)

    def _replace(self, path: str) -> None:
        """A later entry of the same layer takes the place of an earlier one and of all that lay below it."""
        self._captures.pop(path, None)
        self._links.pop(path, None)
        self._hardlinks.pop(path, None)
        if path in self._ancestors:
            for below in [capture for capture in self._captures if capture.startswith(f"{path}/")]:
                del self._captures[below]


class _Kept:
    """A file that is read more than once."""

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


def read_layer(
    tar_input: TarInput, router: Router, limits: Limits, where: str, check: Callable[[], None]
) -> LayerFacts:
    """The facts of one layer's tar. `check` is called every thousand entries and may raise to cancel.

    Raises SafeIOError when the tar is damaged; a limit that is met leaves facts with `complete` off.
    """
    builder = FactsBuilder(router, limits)
    try:
        _walk(iter_tar(tar_input, where, limits), builder, check)
    except LimitError as error:
        builder.stopped(error)
    return builder.build()


def _walk(entries: Iterable[Entry], builder: FactsBuilder, check: Callable[[], None]) -> None:
    count = 0
    for count, entry in enumerate(entries, 1):
        path, kind = entry.path, entry.kind
        if not count & _CHECK_MASK:
            check()
            builder.entries = count
            builder.others.flush()
            builder.directories.flush()
        if entry.escapes:
            message = "a path that climbs out of the image's root; it was kept inside, as container engines do"
            builder.remark(Diagnostic("warning", "escaping-path", message, path))
        if _WHITEOUT in path and path.rpartition("/")[2].startswith(_WHITEOUT):
            builder.whiteout(path)
        elif kind is DIRECTORY:
            builder.directories.append(path)
            builder.directory(path)
        else:
            builder.others.append(path)
            if kind is FILE:
                builder.file(path, entry)
            elif kind is SYMLINK:
                builder.symlink(path, entry.linkname)
            elif kind is HARDLINK:
                builder.hardlink(path, entry.linkname)
            else:
                builder.special(path)
    builder.entries = count
