"""From the facts of every layer to what the container sees.

Works on facts, not on a file tree: only wanted files, symlinks and hard links are carried upwards; the listings of the
upper layers tell what they hide. Parents that are symlinks are followed, as container engines do when they apply a
layer. Source: OCI image specification, layer.md.
"""

from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property

from msgspec import Struct

from lading.inventory.catalogers.cataloger import CatalogerResult
from lading.inventory.facts import Capture, LayerFacts, Link, Structure
from lading.inventory.router import Router, copy_of
from lading.model.diagnostic import Diagnostic
from lading.model.diagnostics import diagnostic
from lading.safeio.listing import Listing, top

_MOST_HOPS = 40  # the kernel's own bound, path_resolution(7)


Known = tuple[str, str]
"""A reader's name, and the path by which it knows a file."""


class Seen(Struct, frozen=True):
    """A file as some layer left it and one reader read it. `captured_as` is the path it was read as."""

    path: str
    known_as: str
    layer: int
    reader: str
    captured_as: str
    facts: CatalogerResult

    @property
    def known(self) -> Known:
        """Where it stands in what was squashed."""
        return self.reader, self.known_as


class Squashed(Struct, frozen=True):
    """`visible` has, by reader and the path it knows, what the container sees there. `history` holds for every such
    path what each layer wrote, lowest first, whether or not it is still there; `removed` the layer that took away the
    last of it. `links` are the links to directories above wanted files, with the directory each leads to.
    `detours` are files to read that no reader asked for by their real path, for the layers (by index) that hold them:
    run those layers' passes again with them, and squash again."""

    visible: dict[Known, Seen]
    history: dict[Known, tuple[Seen, ...]]
    removed: dict[Known, int]
    links: dict[str, str]
    detours: dict[int, dict[str, str]]
    diagnostics: tuple[Diagnostic, ...]


def squash(layers: Mapping[int, LayerFacts], router: Router) -> Squashed:
    """The layers (by index, any order) as the container would see them."""
    tree = _Tree(router)
    stack = [_Listed(index, layers[index]) for index in sorted(layers)]
    for layer in stack:
        tree.apply(layer, stack)
    return _View(tree, stack, router).squashed()


class _Listed:
    """A layer's facts with its listings decoded when first asked for."""

    def __init__(self, index: int, facts: LayerFacts) -> None:
        self.index = index
        self.structure: Structure = facts.structure
        self.readers = facts.readers

    @cached_property
    def others(self) -> Listing:
        return Listing(self.structure.others)

    @cached_property
    def tops(self) -> frozenset[str]:
        return frozenset(self.structure.tops)

    @cached_property
    def directories(self) -> set[str]:
        return Listing(self.structure.directories).paths

    @cached_property
    def read(self) -> set[Known]:
        """The files that have been read, by reader and real path."""
        return {(reader, capture.path) for reader, facts in self.readers.items() for capture in facts.captures}

    @cached_property
    def copies(self) -> dict[tuple[str, str, str], Capture]:
        """What was read for hard links, by reader, the path of the content and the path the link is known as."""
        return {
            (reader, capture.path, capture.known_as): capture
            for reader, facts in self.readers.items()
            for capture in facts.copies
        }


class _Tree:
    """What has been seen, layer by layer: wanted files, symlinks, and hard links whose content is not at hand."""

    def __init__(self, router: Router) -> None:
        self._router = router
        self.files: dict[str, dict[str, Seen]] = {}
        """By path, what each reader made of it."""
        self.links: dict[str, str] = {}
        self.history: dict[Known, list[Seen]] = {}
        self.removed: dict[Known, int] = {}
        self.detours: dict[int, dict[str, str]] = {}
        self._resolved: dict[str, str] = {}
        self._tops: dict[str, str] = {}

    def apply(self, layer: _Listed, stack: Sequence[_Listed]) -> None:
        """Puts one more layer on top."""
        structure = layer.structure
        self._resolved.clear()
        hidden = {self.real_parent(path) for path in structure.whiteouts}
        opaque = {self._directory(path) for path in structure.opaques}
        if self.files or self.links:
            self._remove(layer.index, _Hiding(hidden, opaque, layer))
        for path, target in structure.links.items():
            self.links[self.real_parent(path)] = target
        self._resolved.clear()
        for reader, facts in layer.readers.items():
            for capture in facts.captures:
                self._see(self.real_parent(capture.path), capture.known_as, layer, reader, capture)
        for reader, facts in layer.readers.items():
            for path, link in facts.hardlinks.items():
                self._hardlink(path, link, reader, layer, stack)

    def real_parent(self, path: str) -> str:
        """`path` with the symlinks among its parents followed; itself where they loop."""
        directory, _, name = path.rpartition("/")
        if not directory or not self.links:
            return path
        real = self._directory(directory)
        return f"{real}/{name}" if real else name

    def resolve(self, path: str) -> str | None:
        """`path` with every symlink followed, None when they loop."""
        hops = 0
        done: list[str] = []
        todo = path.split("/")[::-1]
        while todo:
            part = todo.pop()
            if part == "..":
                del done[-1:]
                continue
            if part in ("", "."):
                continue
            here = "/".join([*done, part])
            target = self.links.get(here)
            if target is None:
                done.append(part)
                continue
            hops += 1
            if hops > _MOST_HOPS:
                return None
            if target.startswith("/"):
                done = []
            todo += target.split("/")[::-1]
        return "/".join(done)

    def _directory(self, path: str) -> str:
        real = self._resolved.get(path)
        if real is None:
            resolved = self.resolve(path)
            real = self._resolved[path] = path if resolved is None else resolved
        return real

    def _see(self, real: str, known_as: str, layer: _Listed, reader: str, capture: Capture) -> None:
        known_as = real if reader in self._router.anywhere else known_as
        seen = Seen(real, known_as, layer.index, reader, capture.path, capture.facts)
        self.files.setdefault(real, {})[reader] = seen
        self.history.setdefault(seen.known, []).append(seen)
        self.removed.pop(seen.known, None)

    def _remove(self, layer: int, hiding: "_Hiding") -> None:
        for path in hiding.hidden(self.files, self._tops):
            self.removed.update((seen.known, layer) for seen in self.files.pop(path).values())
        for path in hiding.hidden(self.links, self._tops):
            del self.links[path]

    def _hardlink(self, path: str, link: Link, reader: str, layer: _Listed, stack: Sequence[_Listed]) -> None:
        """A wanted path shares the content of another, in this layer or in one below. What its reader makes of that
        often depends on where it lies: then it has to be read as the link."""
        target = self.real_parent(link.target)
        source = self.files.get(target, {}).get(reader)
        real = self.real_parent(path)
        if source is not None and self._is_alike(source, link):
            capture = Capture(source.captured_as, source.known_as, source.facts)
            self._see(real, link.known_as or real, layer, reader, capture)
            return
        if not link.known_as:
            return
        names = {link.target, target, *(one.captured_as for one in self.files.get(target, {}).values())}
        for below in reversed([one for one in stack if one.index <= layer.index]):
            for name in sorted(names):
                if copy := below.copies.get((reader, name, link.known_as)):
                    self._see(real, link.known_as, layer, reader, copy)
                    return
                if below.others.holds(name):
                    self.detours.setdefault(below.index, {})[copy_of(name, link.known_as)] = link.known_as
                    return

    def _is_alike(self, source: Seen, link: Link) -> bool:
        """Whether what was read is what the same reader would make of a link to it."""
        if source.reader in self._router.by_content:
            return not link.known_as
        return (
            bool(link.known_as)
            and source.reader not in self._router.anywhere
            and source.known_as.rpartition("/")[2] == link.known_as.rpartition("/")[2]
        )


class _Hiding:
    """What one layer takes away from those below it: `whiteouts`, `opaques`, and what it puts in their place."""

    def __init__(self, whiteouts: set[str], opaques: set[str], layer: _Listed) -> None:
        self._whiteouts = whiteouts
        self._opaques = opaques
        self._layer = layer
        self._gone = {"": "" in opaques}

    def hidden(self, paths: Iterable[str], tops: dict[str, str]) -> list[str]:
        """Which paths of lower layers are gone: by their own names, or with a directory above them. `tops` keeps what
        `top` says of each."""
        near: dict[str, bool] = {}
        found = []
        for path in paths:
            above = tops.get(path)
            if above is None:
                above = tops[path] = top(path)
            close = near.get(above)
            if close is None:
                close = near[above] = self._is_near(above)
            if path in self._layer.directories or (close and self._hides(path)):
                found.append(path)
        return found

    def _is_near(self, above: str) -> bool:
        """Whether the layer may hide anything below these first directories, other than by a directory's own name."""
        marks = self._whiteouts or self._opaques
        return bool(marks) or not self._layer.tops.isdisjoint(("", above, above.partition("/")[0]))

    def _hides(self, path: str) -> bool:
        return path in self._whiteouts or self._is_gone(path.rpartition("/")[0]) or self._is_replaced(path)

    def _is_gone(self, directory: str) -> bool:
        """Whether all that a lower layer has in `directory` is gone."""
        gone = self._gone.get(directory)
        if gone is None:
            gone = directory in self._whiteouts or directory in self._opaques
            gone = gone or self._is_gone(directory.rpartition("/")[0]) or self._is_replaced(directory)
            self._gone[directory] = gone
        return gone

    def _is_replaced(self, path: str) -> bool:
        """Whether the layer has something other than a directory at `path`."""
        return top(path) in self._layer.tops and path in self._layer.others.paths


class _View:
    """The finished tree, asked for the paths that catalogers know."""

    def __init__(self, tree: _Tree, stack: Sequence[_Listed], router: Router) -> None:
        self._tree = tree
        self._stack = stack
        self._router = router
        self._visible: dict[Known, Seen] = {}
        self._detours = {index: dict(paths) for index, paths in tree.detours.items()}
        self._loops: set[str] = set()

    def squashed(self) -> Squashed:
        taken: set[Known] = set()
        for path in self._router.files:
            self._look(path, taken)
        for directory in self._router.directories:
            self._look_in(directory)
        self._look_behind_links()
        self._look_anywhere()
        tree = self._tree
        loops = [
            diagnostic("symlink-loop", "a symlink loop hides a file Lading looks for", path)
            for path in sorted(self._loops)
        ]
        return Squashed(
            visible=dict(sorted(self._visible.items())),
            history={path: tuple(seen) for path, seen in tree.history.items()},
            removed=tree.removed,
            links=self._directory_links(),
            detours=self._detours,
            diagnostics=tuple(loops),
        )

    def _look(self, wanted: str, taken: set[Known]) -> None:
        real = self._resolve(wanted)
        if real is None:
            return
        files = self._tree.files.get(real, {})
        for route in self._router.routes(wanted):
            reader = route.reader.name
            if (reader, real) in taken:
                continue
            if reader in files:
                taken.add((reader, real))
                self._visible[reader, wanted] = files[reader]
            elif real != wanted:
                self._detour(real, wanted)

    def _look_in(self, directory: str) -> None:
        real = self._resolve(directory)
        if real is None:
            return
        for path, files in self._tree.files.items():
            if path.rpartition("/")[0] == real:
                wanted = f"{directory}/{path.rpartition('/')[2]}"
                for route in self._router.routes(wanted):
                    if route.reader.name in files:
                        self._visible[route.reader.name, wanted] = files[route.reader.name]
        if real != directory:
            self._detour(f"{real}/", f"{directory}/")
        for path in [path for path in self._tree.links if path.rpartition("/")[0] == real]:
            wanted = f"{directory}/{path.rpartition('/')[2]}"
            if self._router.routes(wanted):
                self._look(wanted, set())

    def _look_anywhere(self) -> None:
        """Files of readers that want them wherever they lie."""
        for path, files in self._tree.files.items():
            for reader, seen in files.items():
                if reader in self._router.anywhere:
                    self._visible[reader, path] = seen

    def _look_behind_links(self) -> None:
        """A layer may write a wanted file through a symlinked directory: `lib/x` where `lib` leads to `usr/lib`."""
        wishes = [*self._router.files, *(f"{directory}/" for directory in self._router.directories)]
        parents: dict[str, list[str]] = {}
        for wanted in wishes:
            parent = wanted.rstrip("/")
            while parent := parent.rpartition("/")[0]:
                parents.setdefault(parent, []).append(wanted)
            parents.setdefault(wanted.rstrip("/"), []).append(wanted)
        names = {parent.rpartition("/")[2] for parent in parents} | {"", ".", ".."}
        for link, target in self._tree.links.items():
            if target.rstrip("/").rpartition("/")[2] not in names:
                continue
            real = self._tree.resolve(link)
            for wanted in parents.get(real or "", ()):
                alias = link + wanted[len(real or "") :]
                if alias != link and not self._router.routes(alias.rstrip("/")):
                    self._detour(alias, wanted)

    def _directory_links(self) -> dict[str, str]:
        above: set[str] = set()
        for seen in self._visible.values():
            directory = seen.path.rpartition("/")[0]
            while directory and directory not in above:
                above.add(directory)
                directory = directory.rpartition("/")[0]
        names = {directory.rpartition("/")[2] for directory in above} | {"", ".", ".."}
        links = {}
        for link, target in self._tree.links.items():
            if target.rstrip("/").rpartition("/")[2] in names:
                real = self._tree.resolve(link)
                if real in above:
                    links[link] = real
        return links

    def _resolve(self, wanted: str) -> str | None:
        real = self._tree.resolve(wanted)
        if real is None:
            parts = wanted.split("/")
            prefixes = ("/".join(parts[:end]) for end in range(1, len(parts) + 1))
            self._loops.add(next(prefix for prefix in prefixes if self._tree.resolve(prefix) is None))
        return real

    def _detour(self, real: str, wanted: str) -> None:
        """Asks for a file, or (for paths that end in a slash) all in a directory, of the layers that have it and have
        not been read for it yet."""
        readers = [route.reader.name for route in self._router.routes(wanted)]
        for layer in self._stack:
            if real.endswith("/"):
                every = {path for _, path in layer.read}
                held = any(path not in every for path in layer.others.iter_below(real))
            else:
                held = any((name, real) not in layer.read for name in readers) and layer.others.holds(real)
            if held:
                self._detours.setdefault(layer.index, {})[real] = wanted
