"""The part of a file tree that matters: files that readers want, and symbolic links, by the parts of their paths.

Paths are normalised, without a leading slash; the root is the empty string. What is not here may exist all the same:
nothing is known of files that nobody wants, nor of most directories.
"""

from bisect import bisect_left
from collections.abc import Callable, Iterator, Sequence
from typing import Generic, TypeVar

Kept = TypeVar("Kept")

MOST_LINKS = 255
"""How many links container engines follow on the way to an entry's directory before they refuse the layer."""

_A_NODE = 8
"""What one costs, in steps (see lading.safeio.limits.Work): far more memory than time."""


class Node(Generic[Kept]):
    """What lies at one path: a file (`kept` has what each reader made of it), a symbolic link, or a directory above
    others. `given` marks a link of a lower layer."""

    __slots__ = ("children", "given", "kept", "link")

    def __init__(self) -> None:
        self.children: dict[str, Node[Kept]] = {}
        self.kept: dict[str, Kept] = {}
        self.link: str | None = None
        self.given = False


class Tree(Generic[Kept]):
    """Grows by what is put into it, and loses what is removed with all below it."""

    def __init__(self, spend: Callable[[int], None] | None = None) -> None:
        """`spend` is told what following links and growing cost, and may raise to stop that."""
        self.root: Node[Kept] = Node()
        self._spend = spend

    def find(self, path: str) -> Node[Kept] | None:
        """What lies at a path, no link followed."""
        node: Node[Kept] | None = self.root
        for part in path.split("/") if path else ():
            node = node.children.get(part) if node is not None else None
        return node

    def grow(self, path: str) -> Node[Kept]:
        """What lies at a path, made when there is nothing."""
        node = self.root
        for part in path.split("/") if path else ():
            child = node.children.get(part)
            if child is None:
                self._count(_A_NODE)
                child = node.children[part] = Node()
            node = child
        return node

    def resolve(
        self, path: str, most: int = MOST_LINKS, trace: dict[str, str] | None = None
    ) -> tuple[str, Node[Kept] | None] | None:
        """Where a path leads with every link followed, and what lies there; None when more than `most` links follow one
        another. What does not exist is taken as a directory, and `..` stops at the root, as container engines do.
        `trace` gets the links that were followed."""
        node: Node[Kept] | None = self.root
        for part in path.split("/") if path else ():
            node = node.children.get(part) if node is not None else None
            if node is None:
                return path, None
            if node.link is not None:
                return self._follow(path, most, trace)
        return path, node

    def iter_below(self, path: str, node: Node[Kept]) -> Iterator[tuple[str, Node[Kept]]]:
        """A node that lies at `path`, and all below it."""
        waiting = [(path, node)]
        while waiting:
            path, node = waiting.pop()
            yield path, node
            prefix = f"{path}/" if path else ""
            waiting += [(f"{prefix}{name}", child) for name, child in node.children.items()]

    def _follow(self, path: str, most: int, trace: dict[str, str] | None) -> tuple[str, Node[Kept] | None] | None:
        done: list[str] = []
        nodes: list[Node[Kept] | None] = [self.root]
        todo = path.split("/")[::-1]
        followed, cost = 0, len(todo)
        while todo:
            part = todo.pop()
            if part == "..":
                del done[-1:], nodes[max(1, len(nodes) - 1) :]
                continue
            if part in ("", "."):
                continue
            above = nodes[-1]
            node = above.children.get(part) if above is not None else None
            if node is None or node.link is None:
                done.append(part)
                nodes.append(node)
                continue
            followed += 1
            cost += len(node.link) // 2
            if followed > most:
                self._count(cost)
                return None
            if trace is not None:
                trace["/".join([*done, part])] = node.link
            if node.link.startswith("/"):
                del done[:], nodes[1:]
            todo += node.link.split("/")[::-1]
        self._count(cost)
        return "/".join(done), nodes[-1]

    def _count(self, parts: int) -> None:
        if self._spend is not None:
            self._spend(parts)


def any_begins(paths: Sequence[str], start: str) -> bool:
    """Whether one of many paths, which are sorted, begins so. The directories above them would be far more."""
    at = bisect_left(paths, start)
    return at < len(paths) and paths[at].startswith(start)
