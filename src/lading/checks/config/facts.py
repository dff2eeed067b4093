"""What configuration checks rest on: facts, each of a kind with named values (docs/checks.md lists them)."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Final, Literal, get_args

from msgspec import Struct
from msgspec.msgpack import Decoder, encode

from lading.model.checks import SeenFile

FactKind = Literal[
    "image",
    "variable",
    "label",
    "port",
    "volume",
    "instruction",
    "package",
    "file",
    "setting",
    "account",
    "artifact",
]
KINDS: Final[tuple[FactKind, ...]] = get_args(FactKind)

Value = str | int | bool

VALUES: Final[Mapping[FactKind, Mapping[str, type]]] = {
    "image": {
        "user": str,
        "root": bool,
        "named": str,
        "healthcheck": str,
        "has_healthcheck": bool,
        "entrypoint": str,
        "command": str,
        "program": str,
        "workdir": str,
        "packages": int,
        "minimal": bool,
    },
    "variable": {"name": str, "value": str},
    "label": {"name": str, "value": str},
    "port": {"port": int, "protocol": str},
    "volume": {"path": str},
    "instruction": {"name": str, "text": str, "number": int, "base": bool, "first": bool},
    "package": {"type": str, "name": str, "version": str},
    "file": {
        "path": str,
        "mode": str,
        "uid": int,
        "gid": int,
        "size": int,
        "directory": bool,
        "setuid": bool,
        "setgid": bool,
        "capabilities": bool,
        "world_writable": bool,
        "group_writable": bool,
        "privileged": bool,
        "system": bool,
        "how": str,
    },
    "setting": {"format": str, "name": str, "value": str},
    "account": {"name": str, "uid": int, "shell": str, "password": str, "file": str},
    "artifact": {"path": str, "what": str},
}
"""By kind, the values of its facts and their types. A setting of XML has its attributes besides, as `@name`."""


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

    @property
    def path(self) -> str:
        """That of its file, empty without one."""
        return self.file.path if self.file is not None else ""


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
