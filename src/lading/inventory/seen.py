"""What the container sees: files with what readers made of them, and which layer left them."""

from msgspec import Struct
from msgspec.msgpack import encode

from lading.inventory.catalogers.cataloger import CatalogerResult
from lading.model.diagnostic import Diagnostic

Known = tuple[str, str]
"""A reader's name, and the path by which it knows a file."""


class Seen(Struct, frozen=True):
    """A file as some layer left it and one reader read it. `captured_as` is the path at which its layer has it."""

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
    last of it. `links` are the links to directories above wanted files, to such files in package caches and to what is
    left of an erased package database, with what each leads to.

    `detours` are files to read that no reader asked for by their real path, for the layers (by index) that hold them,
    and `below` the links of lower layers that layers must be read with: run those layers' passes again with them, and
    squash again. `disputed` is on when container engines may see something else.
    """

    visible: dict[Known, Seen]
    history: dict[Known, tuple[Seen, ...]]
    removed: dict[Known, int]
    links: dict[str, str]
    detours: dict[int, dict[str, str]]
    below: dict[int, dict[str, str]]
    disputed: bool
    diagnostics: tuple[Diagnostic, ...]


def differences_of(one: Squashed, other: Squashed) -> list[str]:
    """The paths at which a reader sees something in one that it sees nowhere in the other, sorted."""
    first, second = (
        {(seen.known, seen.layer, seen.captured_as): seen for seen in squashed.visible.values()}
        for squashed in (one, other)
    )
    told = [
        {(seen.reader, seen.layer, encode(seen.facts)): seen.path for key, seen in mine.items() if key not in theirs}
        for mine, theirs in ((first, second), (second, first))
    ]
    return sorted(
        {told[0][key] for key in told[0].keys() - told[1]} | {told[1][key] for key in told[1].keys() - told[0]}
    )
