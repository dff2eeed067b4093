"""The facts of one layer, gathered entry by entry, whether they come from a tar or from a directory walk.

Entries do what they would do to a directory in which the layer is unpacked, in their order: a link that an entry made
leads later ones elsewhere, and a later entry takes the place of an earlier one. Source: OCI image specification,
layer.md, and for what it does not speak of, what container engines do (see squash).
"""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from operator import attrgetter

from lading.inventory.catalogers.cataloger import ONLY_BY_NAME, CatalogerResult
from lading.inventory.facts import Capture, LayerFacts, Link, ReaderFacts, Structure
from lading.inventory.nested.kinds import STARTS, Kind
from lading.inventory.nested.walk import Nest, carried, with_inside
from lading.inventory.position import MOST_CHARACTERS, Position
from lading.inventory.reading import FileReader, LayerFile, Shared, StatedEntry
from lading.inventory.router import Route, Router
from lading.inventory.tree import Node, Tree
from lading.model.diagnostic import Diagnostic
from lading.model.diagnostics import diagnostic
from lading.model.errors import InventoryError, LimitError
from lading.model.reader import LOOK_BYTES, MAGIC_BYTES, WantedFile
from lading.safeio.limits import Limits, Work
from lading.safeio.listing import Listing, ListingWriter

WHITEOUT = ".wh."
_OPAQUE = ".wh..wh..opq"
_TAR = ".tar"
_NO_NAMES = ("", ".", "..")
_MOST_REMARKS = 10
_A_LAYER = 3000
_AN_ENTRY, _A_LOOK, _A_LINK, _A_WHITEOUT, _A_HARD_LINK, _A_COPY = 6, 2, 9, 12, 2, 160
_CHARACTERS_A_STEP = 50
"""What things cost, in steps (see lading.safeio.limits.Work)."""
_MOST_INCOMPLETE = 1000
_NOTHING = CatalogerResult()


Unlooked = Callable[[str, int], bool]
"""Whether a file that no reader wants by its name is left alone, by its path and permission bits, rather than looked
into for what its content says."""


class FactsBuilder:
    """Takes a layer's entries in their order. `below` are links of lower layers that the layer is unpacked over, by
    path with their targets. `unlooked` is there where every look costs a request. An entry that no container engine
    takes raises InventoryError."""

    def __init__(
        self,
        router: Router,
        limits: Limits,
        below: Mapping[str, str] | None = None,
        work: Work | None = None,
        unlooked: Unlooked | None = None,
    ) -> None:
        self._unlooked = unlooked
        self._router = router
        self._routes_in = router.routes_in
        self._magic = router.magic | STARTS
        self._copied = router.copies
        self._everything = router.everything
        self.wants_modes = bool(router.modes)
        """Whether `stated` is to be called for every file, hard link and directory, after it was met."""
        self._modes = 0
        for one in router.modes:
            self._modes |= one.modes
        self._stated: dict[str, dict[str, Capture]] = {}
        self._work = work or Work()
        self._files = FileReader(limits, self._work)
        self._nest = Nest(router, self._files, limits, self._work)
        self._below = dict(below or {})
        self._tree: Tree[Capture | Link] = Tree(self._work.spend)
        self._at = Position(self._tree)
        self._whiteouts: set[str] = set()
        self._reopened: set[str] = set()
        self._opaques: set[str] = set()
        self._copies: dict[tuple[str, str, str], Capture] = {}
        self._remarks: list[Diagnostic] = []
        self._untold = 0
        self._untold_incomplete = False
        self._complete = True
        self._directories = ListingWriter()
        self._others = ListingWriter(with_tops=True)
        self._note = self._others.append
        self._linked = ListingWriter()
        self._targets = ListingWriter()
        self.entries = 0

    def begin(self) -> None:
        """Lays out the links of lower layers, before all else. Raises LimitError when they are too many."""
        for path, target in self._below.items():
            node = self._tree.grow(path)
            node.link, node.given = target, True

    def file(self, path: str, file: LayerFile) -> None:
        """A regular file, which is looked into only when it is wanted."""
        # Most entries are files that nobody wants: what `_other` does stands here once more.
        at = self._at
        cut = path.rfind("/")
        written = path[:cut] if cut > 0 else ""
        if written != at.written:
            at.go(written)
        name = path[cut + 1 :]
        if at.moved or not name:
            path = self._moved(name)
        if at.unnamed:
            at.imply()
        self._note(path)
        if at.node is not None and name in at.node.children:
            self._replace(name)
        routes = self._routes_in(at.directory, name)
        if self._unlooked is not None and not routes and self._unlooked(path, file.mode):
            return
        head = file.peek(MAGIC_BYTES)
        if (
            routes
            or head[:2] in self._magic
            or name[-4:] == _TAR
            or "." not in name
            or (self._copied and path in self._copied)
        ):
            self._capture(path, name, routes, head, file)
        elif self._everything:
            self._show(path, name, file)

    def symlink(self, path: str, target: str) -> None:
        """A symbolic link."""
        name = self._other(path)[1]
        self._link(name, target)

    def hardlink(self, path: str, target: str) -> None:
        """A further name for what lies at `target`, which may be a symbolic link too."""
        self._work.spend(_A_HARD_LINK + len(target) // _CHARACTERS_A_STEP)
        target = self._real(target)
        path, name = self._other(path)
        source = self._tree.find(target)
        routes = self._router.routes_in(self._at.directory, name)
        if source is not None and source.link is not None:
            self._link(name, source.link)
            return
        known = {} if source is None else source.kept
        kept: dict[str, Capture | Link] = {}
        for route in routes:
            reader = route.reader.name
            same: Capture | Link | None = self._copies.get((target, route.path, reader))
            if same is None:
                same = known.get(reader)
                same = same if same and is_alike(self._router, reader, same.known_as, route.path) else None
            kept[reader] = (
                Capture(path, route.path, same.facts) if isinstance(same, Capture) else Link(target, route.path)
            )
        for reader, one in known.items():
            if reader in kept or not isinstance(one, Capture):
                continue
            if one.facts.inside or (reader in self._router.by_content and one.facts.unknown != ONLY_BY_NAME):
                kept[reader] = Capture(path, path, one.facts)
        if kept:
            self._work.spend(_A_COPY * len(kept))
            self._at.grow().children.setdefault(name, Node()).kept = kept
        elif not known:
            self._linked.append(path)
            self._targets.append(target)

    def stated(self, path: str, entry: StatedEntry) -> None:
        """What an entry that was met states of itself, for readers that ask for that alone."""
        mode = entry.mode
        is_wanted = mode & self._modes or entry.capabilities
        if not (is_wanted or self._stated):
            return
        path = self._real(path)
        self._stated.pop(path, None)
        kept = {}
        for reader in self._router.modes if is_wanted else ():
            if mode & reader.modes or entry.capabilities:
                self._work.spend(_AN_ENTRY)
                facts = reader.parse(WantedFile(path, mode, b"", stat=entry.stat))
                if facts != _NOTHING:
                    kept[reader.name] = Capture(path, path, facts)
        if kept:
            self._stated[path] = kept

    def special(self, path: str) -> None:
        """A device, a pipe: nothing to read, but it takes the place of what was there."""
        self._other(path)

    def directory(self, path: str) -> None:
        """A directory: takes the place of a file or link."""
        at = self._at
        name = at.enter(path)
        if not name:
            return
        at.imply()
        real = at.at(name) if at.moved else path
        self._directories.append(real)
        child = at.node.children.get(name) if at.node is not None else None
        if child is not None and at.node is not None and not child.children:
            del at.node.children[name]
            at.forget()
        if real in self._whiteouts:
            self._reopened.add(real)
        at.open(path, name)

    def whiteout(self, path: str) -> None:
        """A whiteout or opaque marker by its own path (`a/.wh.b` hides `a/b`)."""
        self._work.spend(_A_WHITEOUT + 2 * len(path) // _CHARACTERS_A_STEP)
        at = self._at
        name = at.enter(path)
        at.mark()
        if name == _OPAQUE:
            self._opaques.add(at.directory)
            self._lose_given(at.node, at.directory)
            return
        name = name.removeprefix(WHITEOUT)
        if name in _NO_NAMES:
            raise InventoryError("a whiteout of no name: container engines refuse the layer")
        hidden = at.at(name)
        self._whiteouts.add(hidden)
        child = at.node.children.get(name) if at.node is not None else None
        if child is not None and child.given and at.node is not None:
            del at.node.children[name]
            at.forget()
        elif child is not None:
            self._lose_given(child, hidden)
            if child.kept or child.link is not None:
                message = "a whiteout of what its own layer holds: container engines refuse the layer"
                self.remark(diagnostic("refused-entry", message, hidden))

    def remark(self, told: Diagnostic) -> None:
        """Keeps a diagnostic about this layer; all but the first few are only counted."""
        incomplete = told.level == "incomplete"
        if len(self._remarks) < (_MOST_INCOMPLETE if incomplete else _MOST_REMARKS):
            self._remarks.append(told)
        else:
            self._untold += 1
            self._untold_incomplete |= incomplete

    def stopped(self, error: LimitError) -> None:
        """A limit ended the pass."""
        self._complete = False
        self._remarks.append(diagnostic(f"limit-{error.limit}", str(error)))

    def flush(self, entries: int) -> None:
        """Keeps small what was gathered, and counts what so many more entries cost; to be called now and then. Raises
        LimitError when that is too much."""
        listings = (
            self._others,
            self._directories,
            self._linked,
            self._targets,
            self._at.implied,
            self._at.marked,
        )
        characters = sum(listing.flush() for listing in listings)
        self._work.spend(entries * _AN_ENTRY + characters // _CHARACTERS_A_STEP)

    def end(self, entries: int) -> None:
        """As `flush`, of the last entries; counts what the layer itself costs too."""
        self.flush(entries)
        self._work.spend(_A_LAYER)

    def build(self) -> LayerFacts:
        """The facts, sorted."""
        if self._untold:
            code = "more-unread" if self._untold_incomplete else "more-remarks"
            self._remarks.append(diagnostic(code, f"{self._untold:,} more remarks of this kind"))
        others = self._others.finish()
        links, captures, hardlinks = self._sorted_tree()
        self._capture_entries(others, captures)
        for path in sorted(self._stated):
            for reader, capture in self._stated[path].items():
                captures[reader].append(capture)
        structure = Structure(
            whiteouts=tuple(sorted(self._whiteouts)),
            reopened=tuple(sorted(self._reopened)),
            opaques=tuple(sorted(self._opaques)),
            links=links,
            directories=self._directories.finish(),
            others=others,
            implied=self._at.implied.finish(),
            marked=self._at.marked.finish(),
            linked=self._linked.finish(),
            targets=self._targets.finish(),
            tops=tuple(sorted(self._others.tops)),
            entries=self.entries,
            complete=self._complete,
            diagnostics=tuple(self._remarks),
        )
        return LayerFacts(structure, self._by_reader(captures, hardlinks), self._below)

    def _sorted_tree(self) -> tuple[dict[str, str], dict[str, list[Capture]], dict[str, dict[str, Link]]]:
        """The links by path, and by reader what was captured and the hard links to read."""
        links: dict[str, str] = {}
        captures: defaultdict[str, list[Capture]] = defaultdict(list)
        hardlinks: defaultdict[str, dict[str, Link]] = defaultdict(dict)
        waiting = [("", self._tree.root)]
        while waiting:
            prefix, above = waiting.pop()
            for name, node in above.children.items():
                if node.children:
                    waiting.append((f"{prefix}{name}/", node))
                if node.link is not None and not node.given:
                    links[f"{prefix}{name}"] = node.link
                for reader, one in node.kept.items():
                    if isinstance(one, Capture):
                        captures[reader].append(one)
                    else:
                        hardlinks[reader][f"{prefix}{name}"] = one
        for found in captures.values():
            found.sort(key=attrgetter("path"))
        return (
            dict(sorted(links.items())),
            captures,
            {name: dict(sorted(one.items())) for name, one in hardlinks.items()},
        )

    def _by_reader(
        self, captures: Mapping[str, list[Capture]], hardlinks: Mapping[str, dict[str, Link]]
    ) -> dict[str, ReaderFacts]:
        copies: defaultdict[str, list[Capture]] = defaultdict(list)
        for key in sorted(self._copies):
            copies[key[-1]].append(self._copies[key])
        given = self._files.given
        return {
            reader: ReaderFacts(
                tuple(captures.get(reader, ())),
                hardlinks.get(reader, {}),
                tuple(copies.get(reader, ())),
                given[reader].largest,
                given[reader].refused,
            )
            for reader in sorted({*captures, *hardlinks, *copies})
        }

    def _other(self, path: str) -> tuple[str, str]:
        """Takes the place of what lies at a path; gives the real path and the name."""
        at = self._at
        name = at.enter(path)
        path = self._moved(name)
        at.imply()
        self._note(path)
        if at.node is not None and name in at.node.children:
            self._replace(name)
        return path, name

    def _moved(self, name: str) -> str:
        if not name:
            raise InventoryError("an entry in the place of the root: container engines refuse the layer")
        return self._at.at(name)

    def _replace(self, name: str) -> None:
        if self._at.node is not None:
            del self._at.node.children[name]
            self._at.forget()

    def _real(self, path: str) -> str:
        """A path with the links on the way to it followed."""
        directory, _, name = path.rpartition("/")
        resolved = self._tree.resolve(directory)
        if resolved is None:
            raise InventoryError("a hard link through symbolic links that lead in a circle")
        return f"{resolved[0]}/{name}" if resolved[0] else name

    def _link(self, name: str, target: str) -> None:
        self._work.spend(_A_LINK)
        if len(target) > MOST_CHARACTERS:
            raise InventoryError(f"a link of {len(target):,} characters, which no container engine can make")
        node = self._at.grow().children[name] = Node()
        node.link = target
        self._at.forget()

    def _capture(self, path: str, name: str, by_name: Sequence[Route], head: bytes, file: LayerFile) -> None:
        self._work.spend(_A_LOOK)
        routes = [*by_name]
        if head[:2] in self._magic:
            named = {route.reader.name for route in by_name}
            routes += [one for one in self._router.routes_by_content(path, head) if one.reader.name not in named]
        routes += self._taking(path, file)
        copies = self._router.copies.get(path, ())
        shared = Shared(file)
        kind = self._nest.kind(path, head, shared)
        if not (routes or copies or kind):
            return
        results = self._files.read(path, [*routes, *copies], shared)
        for route in reversed(copies):
            self._copies[path, route.path, route.reader.name] = Capture(path, route.path, results.pop())
        kept = {
            route.reader.name: Capture(path, route.path, facts)
            for route, facts in zip(routes, results, strict=True)
            if not route.reader.everything or facts != _NOTHING
        }
        if kind is not None:
            self._look_into(path, shared, kind, kept)
        if kept:
            node = self._at.grow().children[name] = Node()
            node.kept = dict(kept)

    def _show(self, path: str, name: str, file: LayerFile) -> None:
        """Hands a file that is no container to the readers of everything."""
        routes = self._taking(path, file)
        if routes:
            results = zip(routes, self._files.read(path, routes, file), strict=True)
            kept = {one.reader.name: Capture(path, path, facts) for one, facts in results if facts != _NOTHING}
            if kept:
                node = self._at.grow().children[name] = Node()
                node.kept = dict(kept)

    def _taking(self, path: str, file: LayerFile) -> list[Route]:
        """The readers of everything that take a file."""
        return [
            Route(one, path) for one in self._everything if one.takes is None or one.takes(path, file.peek(LOOK_BYTES))
        ]

    def _look_into(self, path: str, file: LayerFile, kind: Kind, kept: dict[str, Capture]) -> None:
        """Adds to what readers made of a container what they make of the files in it."""
        found = self._nest.read(path, file, kind)
        for reader in sorted(kept.keys() | found.keys()):
            capture = kept.get(reader, Capture(path, path, _NOTHING))
            facts = with_inside(reader, capture.facts, found.get(reader))
            if facts != _NOTHING or reader in kept:
                kept[reader] = Capture(path, capture.known_as, carried(facts) if kind.is_carried else facts)

    def _lose_given(self, node: Node[Capture | Link] | None, path: str) -> None:
        """A whiteout takes away the links of lower layers below a directory."""
        if node is not None and self._below:
            for _, one in list(self._tree.iter_below(path, node)):
                if one.given:
                    one.link, one.given = None, False
            self._at.forget()

    def _capture_entries(self, listing: bytes, captures: Mapping[str, list[Capture]]) -> None:
        for directory, reader in self._router.entries.items():
            if any(top == directory or top.startswith(f"{directory}/") for top in self._others.tops):
                below = Listing(listing).iter_below(f"{directory}/")
                for name in sorted({path[len(directory) + 1 :].partition("/")[0] for path in below}):
                    facts = reader.parse(WantedFile(f"{directory}/{name}", 0, b""))
                    if facts != _NOTHING:
                        captures[reader.name].append(Capture(f"{directory}/{name}", f"{directory}/{name}", facts))


def is_alike(router: Router, reader: str, read_as: str, known_as: str) -> bool:
    """Whether what a reader made of a file that it knows as `read_as` is what it would make of a hard link to it."""
    return read_as == known_as or (
        reader not in router.anywhere and read_as.rpartition("/")[2] == known_as.rpartition("/")[2]
    )
