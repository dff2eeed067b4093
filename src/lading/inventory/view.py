"""The finished tree, asked for the paths that readers know."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Protocol

from lading.inventory.caches import Caches
from lading.inventory.catalogers.cataloger import Cataloger
from lading.inventory.router import Router
from lading.inventory.seen import Known, Seen
from lading.inventory.tree import Node, Tree, any_begins
from lading.model.diagnostic import Diagnostic
from lading.model.diagnostics import diagnostic
from lading.safeio.listing import Listing

_MOST_HOPS = 40
"""The kernel's own bound, path_resolution(7)."""
_MOST_CHAINED = 4
"""How many links after one another are followed to a directory that matters."""


class Layer(Protocol):
    """What has to be known of a layer to have more of it read."""

    @property
    def index(self) -> int: ...
    @property
    def others(self) -> Listing: ...
    @property
    def read(self) -> set[Known]: ...


class View:
    """What a container sees. `detours` are those that are asked for already."""

    def __init__(
        self, tree: Tree[Seen], stack: Sequence[Layer], router: Router, detours: Mapping[int, Mapping[str, str]]
    ) -> None:
        self._tree = tree
        self._stack = stack
        self._router = router
        self._links: list[tuple[str, str]] = []
        self._loops: set[str] = set()
        self.visible: dict[Known, Seen] = {}
        self.detours = {index: dict(paths) for index, paths in detours.items()}

    def look(self) -> None:
        """Finds what every reader asks for."""
        anywhere = self._router.anywhere
        waiting = [("", self._tree.root)]
        while waiting:
            prefix, above = waiting.pop()
            for name, node in above.children.items():
                if node.children:
                    waiting.append((f"{prefix}{name}/", node))
                if node.link is not None:
                    self._links.append((f"{prefix}{name}", node.link))
                for reader, seen in node.kept.items():
                    if reader in anywhere:
                        self.visible[reader, seen.path] = seen
        self._links.sort()
        taken: set[Known] = set()
        for path in self._router.files:
            self._look_at(path, taken)
        for directory in self._router.directories:
            self._look_in(directory)

    def diagnostics(self) -> Iterator[Diagnostic]:
        """What could not be seen."""
        for path in sorted(self._loops):
            yield diagnostic("symlink-loop", "a symlink loop hides a file Lading looks for", path)

    def links(self) -> dict[str, str]:
        """The links to directories above visible files, to such files in package caches, and to what readers of remains
        see, with what each leads to."""
        if not self._links:
            return {}
        caches = Caches(seen.path for seen in self.visible.values())
        remains = {one.name for one in self._router.readers if isinstance(one, Cataloger) and one.is_remains}
        wanted = {seen.path for seen in self.visible.values() if seen.reader in remains or caches.around(seen.path)}
        return dict(self._iter_links_to(wanted, sorted({seen.path for seen in self.visible.values()})))

    def _look_at(self, wanted: str, taken: set[Known]) -> None:
        found = self._resolve(wanted)
        if found is None:
            return
        real, node = found
        for route in self._router.routes(wanted):
            reader = route.reader.name
            seen = node.kept.get(reader) if node is not None else None
            if (reader, real) in taken:
                continue
            if seen is not None:
                taken.add((reader, real))
                self.visible[reader, wanted] = seen
            elif real != wanted:
                self._detour(real, wanted)

    def _look_in(self, directory: str) -> None:
        found = self._resolve(directory)
        if found is None:
            return
        real, node = found
        for name, child in node.children.items() if node is not None else ():
            wanted = f"{directory}/{name}"
            routes = self._router.routes(wanted)
            if routes and child.link is not None:
                self._look_at(wanted, set())
            for route in routes:
                if route.reader.name in child.kept:
                    self.visible[route.reader.name, wanted] = child.kept[route.reader.name]
        if real != directory:
            self._detour(f"{real}/", f"{directory}/")

    def _iter_links_to(self, wanted: set[str], paths: Sequence[str]) -> Iterator[tuple[str, str]]:
        """Those that lead by themselves to what is wanted or to a directory above one of the `paths`, which are sorted,
        and those that lead to such links, a few times over."""
        names = {name for path in paths for name in path.split("/")} | {"", ".", ".."}
        left = self._links
        for _ in range(_MOST_CHAINED):
            near = {link: target for link, target in left if target.rstrip("/").rpartition("/")[2] in names}
            left = [one for one in left if one[0] not in near]
            names = set()
            for link in near:
                found = self._tree.resolve(link, _MOST_HOPS)
                if found is not None and (found[0] in wanted or (found[0] and any_begins(paths, f"{found[0]}/"))):
                    names.add(link.rpartition("/")[2])
                    yield link, found[0]
            if not names:
                return

    def _resolve(self, wanted: str) -> tuple[str, Node[Seen] | None] | None:
        found = self._tree.resolve(wanted, _MOST_HOPS)
        if found is None:
            parts = wanted.split("/")
            prefixes = ("/".join(parts[:end]) for end in range(1, len(parts) + 1))
            self._loops.add(next(prefix for prefix in prefixes if self._tree.resolve(prefix, _MOST_HOPS) is None))
        return found

    def _detour(self, real: str, wanted: str) -> None:
        """Asks for a file, or (for paths that end in a slash) all in a directory, of the layers that have it and have
        not been read for it yet."""
        readers = [route.reader.name for route in self._router.routes(wanted)]
        for layer in self._stack:
            if real.endswith("/"):
                every = {path for _, path in layer.read}
                inside = real.removeprefix("/")  # of the root nothing is left
                held = any(
                    "/" not in path[len(inside) :] and path not in every for path in layer.others.iter_below(inside)
                )
            else:
                held = any((name, real) not in layer.read for name in readers) and layer.others.holds(real)
            if held:
                self.detours.setdefault(layer.index, {})[real] = wanted
