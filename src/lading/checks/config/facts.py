"""What configuration checks rest on: facts, each of a kind with named values (docs/checks.md lists them)."""

from collections.abc import Iterable, Iterator
from typing import Final, Literal

from msgspec import Struct
from msgspec.msgpack import Decoder, encode

from lading.model.checks import SeenFile

FactKind = Literal["image", "variable", "label", "port", "volume", "instruction", "file", "setting", "account"]

Value = str | int | bool


class Fact(Struct, frozen=True, array_like=True):
    """One fact: `values` by name. `line` is that in its file, 0 for none."""

    kind: FactKind
    values: dict[str, Value]
    line: int = 0


class PlacedFact(Struct, frozen=True):
    """A fact and the file that states it; None for what the image itself does. `layer` is the one that has it, 0 where
    that is not known."""

    fact: Fact
    file: SeenFile | None = None
    layer: int = 0


_decode = Decoder(tuple[Fact, ...]).decode


def encoded(facts: Iterable[Fact]) -> bytes:
    """The facts of a file as they are kept; b"" for none."""
    every = tuple(facts)
    return encode(every) if every else b""


def facts_of(files: Iterable[SeenFile]) -> Iterator[PlacedFact]:
    """What was kept of files."""
    for file in files:
        for fact in _decode(file.facts):
            yield PlacedFact(fact, file, file.layer)


MOST_FACTS: Final = 10_000
"""Of one file."""
