"""Random stacks of layers, what Lading makes of them, and how that is held against a container engine.

A case is its seed: the same layers in every run. Files begin with a mark by which the one reader knows them, or with
another, so that nobody wants them; every kind of entry meets every other at few paths.
"""

import random
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from lading.inventory.catalogers.cataloger import Cataloger, CatalogerResult
from lading.inventory.squash import Engine
from tests.inventory.unpacking import unpacked
from tests.tars import Directory, Entry, File, Hardlink, Symlink, make_tar

MARK = b"TE"
READER = Cataloger(name="all", version=1, parse=lambda file: CatalogerResult(text=file.text), magic=(MARK,))
_NAMES = ("a", "b", "c", "d")
_KINDS = ("file",) * 6 + ("directory",) * 3 + ("symlink",) * 4 + ("hardlink",) * 2 + ("whiteout",) * 3 + ("opaque",)
_ODD = (".wh.", ".wh..wh.x", ".wh..wh.plnk", ".wh..wh.plnk/1", ".wh..", ".wh...")
_TARGETS = (".", "..", "/", "/../..")

Root = Mapping[str, str]
"""A root filesystem: path to what lies there, "f" and the content of a file, "l" and the target of a link, "d", "o"."""


def random_layers(seed: int) -> list[list[Entry]]:
    """One to four layers of up to seven entries."""
    dice = random.Random(seed)
    layers: list[list[Entry]] = []
    for _ in range(dice.randint(1, 4)):
        lower = [entry.path for layer in layers for entry in layer if isinstance(entry, File)]
        layers.append(_layer(dice, dice.randint(1, dice.choice((2, 4, 7))), lower))
    return layers


def _layer(dice: random.Random, size: int, lower: Sequence[str]) -> list[Entry]:
    entries: list[Entry] = []
    while len(entries) < size:
        path = _path(dice)
        above = path.rpartition("/")[0]
        inside = f"{above}/" if above else ""
        match dice.choice(_KINDS) if dice.random() > 0.02 else "odd":
            case "file":
                entries.append(File(path, dice.choice((MARK, MARK, b"xx")) + str(dice.randrange(1000)).encode()))
            case "directory":
                entries.append(Directory(path))
            case "symlink":
                entries.append(Symlink(path, _target(dice)))
            case "hardlink":
                own = [entry.path for entry in entries if isinstance(entry, File | Symlink)]
                place = dice.random()
                known = own if own and place < 0.8 else lower if lower and place < 0.95 else [_path(dice)]
                entries.append(Hardlink(path, dice.choice(known)))
            case "whiteout":
                entries.append(File(f"{inside}.wh.{path.rpartition('/')[2]}"))
            case "opaque":
                entries.append(File(f"{path}/.wh..wh..opq" if dice.random() < 0.9 else ".wh..wh..opq"))
            case _:
                entries.append(File(f"{inside}{dice.choice(_ODD)}"))
    return entries


def _path(dice: random.Random) -> str:
    return "/".join(dice.choice(_NAMES) for _ in range(dice.choice((1, 1, 2, 2, 2, 3))))


def _target(dice: random.Random) -> str:
    path = _path(dice)
    forms = (path, f"/{path}", f"../{path}", f"./{path}", f"{path}/", f"{path}/../{_path(dice)}", *_TARGETS)
    return dice.choice(forms[:3] if dice.random() < 0.9 else forms)


class Reading(NamedTuple):
    """What Lading makes of layers: the content of marked files by path; whether it says that something is missing, and
    that engines may disagree."""

    files: dict[str, str]
    incomplete: bool
    disputed: bool


def read(layers: Sequence[Sequence[Entry]], engine: Engine) -> Reading:
    squashed, facts = unpacked([make_tar(layer) for layer in layers], engine, [READER])
    remarks = [*squashed.diagnostics, *(one for layer in facts.values() for one in layer.structure.diagnostics)]
    files = {seen.path: seen.facts.text for seen in squashed.visible.values()}
    return Reading(files, any(one.level == "incomplete" for one in remarks), squashed.disputed)


def marked_files(root: Root | None) -> dict[str, str] | None:
    """The marked files of a root filesystem; None of layers that an engine refuses."""
    if root is None:
        return None
    return {path: what[1:] for path, what in root.items() if what.startswith(f"f{MARK.decode()}")}


def difference(layers: Sequence[Sequence[Entry]], in_place: Root | None, overlay: Root | None) -> str:
    """What is wrong with Lading's reading of layers that some engine takes: the name of the way of unpacking that sees
    something else, or "". What is said to be incomplete is not wrong."""
    first = read(layers, "in place")
    if first.incomplete:
        return ""
    if (expected := marked_files(in_place)) is not None and first.files != expected:
        return "in place"
    second = read(layers, "overlay") if first.disputed else first
    if (expected := marked_files(overlay)) is not None and not second.incomplete and second.files != expected:
        return "overlay"
    return ""
