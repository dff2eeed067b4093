"""From the facts of every layer to what the container sees.

Works on facts, not on a file tree: only files that readers want, symlinks and hard links are carried upwards; the
listings of the upper layers tell what they hide. Source: OCI image specification, layer.md.

Container engines unpack layers in two ways, which differ where a layer speaks of more than itself (a path that leads
through a link of a lower layer, a directory that is removed and made again, a whiteout of everything):

- "overlay", the default of Docker, Podman and containerd: each layer by itself, and the kernel merges them;
- "in place", umoci and the engines' other storage drivers: each layer over the ones below.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from itertools import chain, islice
from typing import Final, Literal

from lading.inventory.builder import is_alike
from lading.inventory.facts import Capture, LayerFacts, Link, Structure
from lading.inventory.router import Router, copy_of
from lading.inventory.seen import Known, Seen, Squashed
from lading.inventory.tree import Node, Tree
from lading.inventory.view import View
from lading.model.diagnostic import Diagnostic
from lading.model.diagnostics import diagnostic
from lading.safeio.listing import Listing

Engine = Literal["in place", "overlay"]
_MOST_REPLACED: Final = 50_000
"""Paths of one layer with something below them that are remembered; of more the listing is gone through again."""


def squash(layers: Mapping[int, LayerFacts], router: Router, engine: Engine = "in place") -> Squashed:
    """The layers (by index, any order) as the container would see them. For "overlay" the facts are those made without
    links of lower layers."""
    stack = [Listed(index, layers[index]) for index in sorted(layers)]
    unpacked = _Unpacked(router, engine == "overlay")
    for layer in stack:
        unpacked.apply(layer, stack)
    return unpacked.squashed(stack)


class Listed:
    """A layer's facts with its listings decoded when first asked for."""

    def __init__(self, index: int, facts: LayerFacts) -> None:
        self.index = index
        self.structure: Structure = facts.structure
        self.readers = facts.readers
        self.below = facts.below

    @cached_property
    def others(self) -> Listing:
        return Listing(self.structure.others)

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

    def iter_linked(self) -> Iterator[tuple[str, str]]:
        """The hard links that no reader asked for by name, with what each leads to."""
        return zip(Listing(self.structure.linked), Listing(self.structure.targets), strict=True)

    def iter_entered(self) -> Iterator[str]:
        """The directories through which the layer speaks of more than itself, should they lead through links."""
        yield from Listing(self.structure.implied)
        yield from Listing(self.structure.marked)
        targets = (link.target for facts in self.readers.values() for link in facts.hardlinks.values())
        for target in (*targets, *Listing(self.structure.targets)):
            yield target.rpartition("/")[0]


class _Unpacked:
    """What has been unpacked so far: wanted files, and symlinks."""

    def __init__(self, router: Router, overlay: bool) -> None:
        self._router = router
        self._overlay = overlay
        self._entries = frozenset(one.name for one in router.entries.values())
        self._lasting = self._entries.union(one.name for one in router.modes)
        self._tree: Tree[Seen] = Tree()
        self._history: dict[Known, list[Seen]] = {}
        self._removed: dict[Known, int] = {}
        self._detours: dict[int, dict[str, str]] = {}
        self._below: dict[int, dict[str, str]] = {}
        self._disputed = False
        self._remarks: list[Diagnostic] = []

    def squashed(self, stack: Sequence[Listed]) -> Squashed:
        """What the container sees of it."""
        view = View(self._tree, stack, self._router, self._detours)
        view.look()
        return Squashed(
            visible=view.visible,
            history={known: tuple(seen) for known, seen in self._history.items()},
            removed=self._removed,
            links=view.links(),
            detours=view.detours,
            below=self._below,
            disputed=self._disputed,
            diagnostics=(*self._remarks, *view.diagnostics()),
        )

    def apply(self, layer: Listed, stack: Sequence[Listed]) -> None:
        """Puts one more layer on top."""
        links = dict(layer.structure.links)
        hard = list(self._hardlinks(layer, stack))
        if self._tree.root.children:
            if not self._overlay:
                self._look_below(layer)
                hard += self._linked(layer, links)
            self._hide(layer)
        for path, target in links.items():
            self._tree.grow(path).link = target
        for reader, facts in layer.readers.items():
            for one in facts.captures:
                self._see(self._seen(one.path, one.known_as, layer, reader, one))
        for seen in hard:
            self._see(seen)

    def _seen(self, path: str, known_as: str, layer: Listed, reader: str, source: Capture | Seen) -> Seen:
        captured_as = source.path if isinstance(source, Capture) else source.captured_as
        known_as = path if reader in self._router.anywhere else known_as
        return Seen(path, known_as, layer.index, reader, captured_as, source.facts)

    def _see(self, seen: Seen) -> None:
        self._tree.grow(seen.path).kept[seen.reader] = seen
        self._history.setdefault(seen.known, []).append(seen)
        self._removed.pop(seen.known, None)

    # --- what a layer says of lower ones ---

    def _look_below(self, layer: Listed) -> None:
        """Finds the links of lower layers that lead where a layer writes: it has to be read with these."""
        wanted = {path: target for path, target in layer.below.items() if self._link_at(path) == target}
        for path in layer.iter_entered():
            self._tree.resolve(path, trace=wanted)
        if wanted != layer.below:
            self._below[layer.index] = wanted
        self._disputed = self._disputed or bool(wanted)

    def _link_at(self, path: str) -> str | None:
        node = self._tree.find(path)
        return node.link if node is not None else None

    def _hardlinks(self, layer: Listed, stack: Sequence[Listed]) -> Iterator[Seen]:
        for reader, facts in layer.readers.items():
            for path, link in facts.hardlinks.items():
                seen = self._hardlink(path, link, reader, layer, stack)
                if seen is not None:
                    yield seen

    def _hardlink(self, path: str, link: Link, reader: str, layer: Listed, stack: Sequence[Listed]) -> Seen | None:
        """A wanted path shares the content of another, in this layer or in one below. What its reader makes of that
        often depends on where it lies: then it has to be read as the link."""
        lower = self._tree.find(link.target)
        kept = lower.kept if lower is not None and not layer.others.holds(link.target) else {}
        source = kept.get(reader)
        if source is not None and is_alike(self._router, reader, source.known_as, link.known_as):
            return self._seen(path, link.known_as, layer, reader, source)
        places = {link.target, *(one.captured_as for one in kept.values())}
        for holder in reversed([one for one in stack if one.index <= layer.index]):
            for place in sorted(places):
                if copy := holder.copies.get((reader, place, link.known_as)):
                    if holder is layer:
                        self._remarks.append(_foreign(path))  # the layer has its target later
                    return self._seen(path, link.known_as, layer, reader, copy)
                if holder.others.holds(place):
                    self._detours.setdefault(holder.index, {})[copy_of(place, link.known_as)] = link.known_as
                    return None
        return None

    def _linked(self, layer: Listed, links: dict[str, str]) -> Iterator[Seen]:
        """Hard links to files of lower layers that are known by their content, or to symlinks, which go to `links`."""
        for path, target in layer.iter_linked():
            lower = self._tree.find(target)
            if lower is None or not (lower.kept or lower.link):
                continue
            if layer.others.holds_before(target, path):
                continue  # it is a link to what its own layer put there, of which no reader made anything
            self._remarks.append(_foreign(path))
            if lower.link is not None:
                links[path] = lower.link
            for reader, seen in lower.kept.items():
                if seen.facts.inside or reader in self._router.by_content:
                    yield self._seen(path, path, layer, reader, seen)

    # --- what a layer takes away ---

    def _hide(self, layer: Listed) -> None:
        structure = layer.structure
        directories = Listing(structure.directories)
        has_tops = any(self._tree.find(top) is not None for top in structure.tops)
        others = self._iter_there(layer.others) if has_tops else iter(())
        # Before its whiteouts: one in a directory that the layer replaces goes with that, and hides nothing.
        replaced = list(islice(others, _MOST_REPLACED))
        more = len(replaced) == _MOST_REPLACED
        self._remarks += (
            _ambiguous(path) for path, node in chain(replaced, others) if node.children and directories.holds(path)
        )
        reopened = set(structure.reopened)
        for path in structure.whiteouts:
            if path not in reopened or not self._is_merged(path):
                self._remove(path, layer.index)
        for path in structure.opaques:
            if path or not self._is_merged(path):
                self._empty(path, layer.index)
        for path, _ in self._iter_there(layer.others) if more else replaced:
            self._remove(path, layer.index)
        for _, node in self._iter_there(directories):
            self._become_directory(node, layer.index, self._entries)
        for path in Listing(structure.implied):
            self._become_directories(path, layer.index)
        for path in Listing(structure.marked):
            self._mark(path, layer.index)

    def _is_merged(self, path: str) -> bool:
        """Whether what lower layers have below a path is there all the same, where engines differ in that."""
        node = self._tree.find(path)
        self._disputed = self._disputed or (node is not None and bool(node.children))
        return self._overlay

    def _mark(self, path: str, layer: int) -> None:
        """A whiteout lies in a directory, which a layer that is unpacked by itself then has."""
        if self._overlay:
            self._become_directories(path, layer)
        else:
            for node in self._iter_down(path):
                self._disputed = self._disputed or bool(node.kept.keys() - self._lasting) or node.link is not None

    def _become_directories(self, path: str, layer: int) -> None:
        for node in self._iter_down(path):
            self._become_directory(node, layer, self._lasting)

    def _become_directory(self, node: Node[Seen], layer: int, lasting: frozenset[str]) -> None:
        """What lies there is a directory now; what `lasting` readers saw there stays, as it is about one."""
        node.link = None
        for reader in node.kept.keys() - lasting:
            self._removed[node.kept.pop(reader).known] = layer

    def _remove(self, path: str, layer: int) -> None:
        above, _, name = path.rpartition("/")
        node = self._tree.find(above)
        if node is not None and name in node.children:
            self._forget(node.children.pop(name), layer)

    def _empty(self, path: str, layer: int) -> None:
        node = self._tree.find(path)
        if node is not None:
            for child in node.children.values():
                self._forget(child, layer)
            node.children = {}

    def _forget(self, node: Node[Seen], layer: int) -> None:
        for _, one in self._tree.iter_below("", node):
            self._removed.update((seen.known, layer) for seen in one.kept.values())

    def _iter_down(self, path: str) -> Iterator[Node[Seen]]:
        """What is there of the directories that lead to a path, and at the path."""
        node: Node[Seen] | None = self._tree.root
        for part in path.split("/") if path else ():
            node = node.children.get(part) if node is not None else None
            if node is None:
                return
            yield node

    def _iter_there(self, paths: Iterable[str]) -> Iterator[tuple[str, Node[Seen]]]:
        """Those of many paths at which something is, which may be removed."""
        directory: str | None = None
        node: Node[Seen] | None = None
        for path in paths:
            cut = path.rfind("/")
            above = path[:cut] if cut > 0 else ""
            if above != directory:
                directory, node = above, self._tree.find(above)
            if node is not None:
                child = node.children.get(path[cut + 1 :])
                if child is not None:
                    yield path, child


def _ambiguous(path: str) -> Diagnostic:
    message = "is a directory and something else in one layer: what lower layers have below it is not known"
    return diagnostic("ambiguous-entry", message, path)


def _foreign(path: str) -> Diagnostic:
    message = "a hard link to what its layer does not have before it: most container engines refuse the layer"
    return diagnostic("refused-entry", message, path)
