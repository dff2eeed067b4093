"""Where in the tree of its layer an entry lies.

Archives list what lies in one directory together, so the directory of the last entry is mostly that of the next.
"""

from lading.inventory.facts import Capture, Link
from lading.inventory.tree import Node, Tree
from lading.model.errors import InventoryError
from lading.safeio.listing import ListingWriter

MOST_CHARACTERS = 4095
"""Of a path: PATH_MAX without its NUL. No engine can make a longer one."""


class Position:
    """The directory of an entry: as the archive writes it (`written`, None when it has to be looked for anew), its real
    path (`directory`), what of it is in the tree (`node`, None for nothing). `moved`: the two paths differ. `unnamed`:
    the directory has no entry of its own just before, and that was not noted yet."""

    def __init__(self, tree: Tree[Capture | Link]) -> None:
        self._tree = tree
        self._open: list[str] = []
        self._last = tree.root
        self.written: str | None = None
        self.directory = ""
        self.node: Node[Capture | Link] | None = tree.root
        self.moved = False
        self.unnamed = False
        self.implied = ListingWriter()
        """Directories that entries lie in without one of their own just before them."""
        self.marked = ListingWriter()
        """The same of whiteouts."""

    def enter(self, path: str) -> str:
        """Goes to an entry's directory; gives the entry's name in it. Raises InventoryError when nothing can lie at
        that path."""
        cut = path.rfind("/")
        written = path[:cut] if cut > 0 else ""
        if written != self.written:
            self.go(written)
        return path[cut + 1 :]

    def go(self, written: str) -> None:
        """Goes to a directory. Raises InventoryError as `enter` does."""
        self.written = None
        if len(written) > MOST_CHARACTERS:
            raise InventoryError(f"a path of {len(written):,} characters, which no container engine can make")
        real = written
        last, node = self._find(real)
        if node is not None and node.link is not None:
            resolved = self._tree.resolve(written)
            if resolved is None:
                raise InventoryError("symbolic links that lead in a circle: container engines refuse the layer")
            real = resolved[0]
            last, node = self._find(real)
        inside = f"{real}/"
        self._close_to(inside)
        # The last that is open leads to the directory: as long as its path, it is the directory.
        named = not real or bool(self._open and len(self._open[-1]) == len(inside))
        self.unnamed = not named or bool(last.kept)
        self._last, self.directory, self.node, self.moved = last, real, node, real != written
        self.written = written

    def at(self, name: str) -> str:
        """The real path of an entry of the directory."""
        return f"{self.directory}/{name}" if self.directory else name

    def imply(self) -> None:
        """Notes that an entry lies in the directory, which takes the place of a file above it."""
        if self.unnamed:
            self.implied.append(self.directory)
            self.unnamed = False
            self._last.kept.clear()

    def mark(self) -> None:
        """Notes that a whiteout lies in the directory."""
        if self.unnamed:
            self.marked.append(self.directory)

    def open(self, path: str, name: str) -> None:
        """The entry is the directory `path` itself, of this name where the last was: those that follow mostly lie in
        it."""
        inside = f"{self.at(name)}/"
        self._close_to(inside)
        self._open.append(inside)
        if self.written is not None:
            self.written, self.directory = path, inside[:-1]
            self.node = self.node.children.get(name) if self.node is not None else None
            self.unnamed = False

    def forget(self) -> None:
        """Links or files have changed: the next entry looks for its directory anew."""
        self.written = None

    def grow(self) -> Node[Capture | Link]:
        """The directory's node, made when there is none."""
        if self.node is None:
            self.node = self._tree.grow(self.directory)
        return self.node

    def _find(self, path: str) -> tuple[Node[Capture | Link], Node[Capture | Link] | None]:
        """How far the tree goes along a path, and what lies at its end, or the first link on the way."""
        node = self._tree.root
        for part in path.split("/") if path else ():
            child = node.children.get(part)
            if child is None:
                return node, None
            node = child
            if node.link is not None:
                break
        return node, node

    def _close_to(self, inside: str) -> None:
        """Leaves the open directories that do not lead to one, which ends in a slash here."""
        while self._open and not inside.startswith(self._open[-1]):
            self._open.pop()
