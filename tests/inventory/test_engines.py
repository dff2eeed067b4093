"""What container engines make of layers: every sequence that was found to matter, and random ones against umoci.

The expected roots are what umoci 0.5.0 ("in place") and containerd 2.0.5 ("overlay") made of the layers;
bench/layers.py asks both again, and about tens of thousands of random sequences more.
"""

import os
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.inventory.random_layers import MARK, difference, random_layers, read
from tests.support.umoci import unpacked_by_umoci
from tests.tars import Directory, Entry, File, Hardlink, Symlink, make_tar

Layers = Sequence[Sequence[Entry]]


def f(path: str, text: str = "x") -> File:
    return File(path, MARK + text.encode())


def unwanted(path: str) -> File:
    return File(path, b"nobody wants it")


AGREED: dict[str, tuple[Layers, dict[str, str]]] = {
    "a link to nowhere leads where it says": ([[Symlink("l", "q/w"), f("l/a")]], {"q/w/a": "x"}),
    "a chain of links": (
        [[f("d/a", "old")], [Directory("d"), Symlink("l", "m"), Symlink("m", "/n/"), Symlink("n", "d"), f("l/a")]],
        {"d/a": "x"},
    ),
    "a link that is retargeted later": (
        [[Symlink("l", "d"), f("l/a"), Symlink("l", "e"), f("l/b")]],
        {"d/a": "x", "e/b": "x"},
    ),
    "a link out of the root": ([[Symlink("l", "../../../d"), f("l/a")]], {"d/a": "x"}),
    "an absolute link": ([[Symlink("a/l", "/d"), f("a/l/x")]], {"d/x": "x"}),
    "a link through what is not there": ([[Symlink("l", "no/../d"), f("l/a")]], {"d/a": "x"}),
    "a link through a file": ([[f("no"), Symlink("l", "no/../d"), f("l/a")]], {"no": "x", "d/a": "x"}),
    "a path that climbs": ([[f("d/../b"), f("../c")]], {"b": "x", "c": "x"}),
    "a whiteout": ([[f("d/a"), f("d/b")], [File("d/.wh.a")]], {"d/b": "x"}),
    "a whiteout of a directory, which comes back": ([[f("d/a")], [File(".wh.d")], [f("d/b")]], {"d/b": "x"}),
    "a whiteout before what takes the place": ([[f("a", "1")], [File(".wh.a"), f("a", "2")]], {"a": "2"}),
    "a whiteout through a link of its layer": (
        [[f("d/a"), f("d/b")], [Symlink("l", "d"), File("l/.wh.a")]],
        {"d/b": "x"},
    ),
    "a whiteout that is a directory": ([[f("d/a"), f("e")], [Directory(".wh.d")]], {"e": "x"}),
    "whiteouts of whiteouts": (
        [[f("d/a")], [File("d/.wh..wh.x"), File("d/.wh..wh.plnk"), f(".wh..wh.plnk/1")]],
        {"d/a": "x", ".wh..wh.plnk/1": "x"},
    ),
    "an opaque mark before and after": (
        [[f("d/a"), f("e/a")], [f("d/b"), File("d/.wh..wh..opq"), File("e/.wh..wh..opq"), f("e/b")]],
        {"d/b": "x", "e/b": "x"},
    ),
    "an opaque mark after what lies deeper": (
        [[f("d/s/a")], [f("d/s/b"), File("d/.wh..wh..opq")]],
        {"d/s/b": "x"},
    ),
    "a directory in a link's place, its marks its own": (
        [
            [f("srv/a"), f("srv/s/b"), Symlink("l", "/srv")],
            [Directory("l"), File("l/.wh..wh..opq"), File("l/.wh.a"), f("l/c")],
        ],
        {"srv/a": "x", "srv/s/b": "x", "l/c": "x"},
    ),
    "a directory in a link's place, marks below it": (
        [[f("srv/s/b"), Symlink("l", "srv")], [Directory("l"), Directory("l/s"), File("l/s/.wh..wh..opq"), f("l/s/c")]],
        {"srv/s/b": "x", "l/s/c": "x"},
    ),
    "a file in a directory's place": ([[f("d/a")], [unwanted("d")]], {}),
    "a link in a directory's place": ([[f("d/a"), f("e/a", "2")], [Symlink("d", "e")]], {"e/a": "2"}),
    "a directory in a file's place": ([[f("a")], [Directory("a"), f("a/b")]], {"a/b": "x"}),
    "a file in a file's place, nobody wants it": ([[f("a")], [unwanted("a")]], {}),
    "a device in a directory's place and a directory again": (
        [[f("d/a")], [Symlink("d", "nowhere")], [Directory("d"), f("d/b")]],
        {"d/b": "x"},
    ),
    "directories merge": ([[f("d/a")], [Directory("d"), f("d/b")]], {"d/a": "x", "d/b": "x"}),
    "what lies twice in a layer": (
        [[f("a", "1"), f("a", "2"), Directory("d"), f("d/b"), f("d")]],
        {"a": "2", "d": "x"},
    ),
    "a hard link, and its content rewritten": ([[f("a", "1"), Hardlink("b", "a"), f("a", "2")]], {"a": "2", "b": "1"}),
    "a hard link, rewritten above": ([[f("a", "1"), Hardlink("b", "a")], [f("a", "2")]], {"a": "2", "b": "1"}),
    "a hard link, its content whited out": ([[f("a"), Hardlink("b", "a")], [File(".wh.a")]], {"b": "x"}),
    "a hard link through a link": ([[f("d/a"), Symlink("l", "d"), Hardlink("b", "l/a")]], {"d/a": "x", "b": "x"}),
    "a hard link to a link": (
        [[Symlink("s", "d"), Hardlink("e/s", "s"), f("e/s/a")]],
        {"e/d/a": "x"},
    ),
    "an entry for the root": ([[Directory("./"), f("a")]], {"a": "x"}),
}
"""Layers, and what every engine sees that takes them."""

DISPUTED: dict[str, tuple[Layers, dict[str, str], dict[str, str]]] = {
    "through a link of a lower layer": (
        [[Symlink("lib", "usr/lib"), f("usr/lib/a")], [f("lib/b")]],
        {"usr/lib/a": "x", "usr/lib/b": "x"},
        {"usr/lib/a": "x", "lib/b": "x"},
    ),
    "through a link that is removed later": (
        [[f("d/s/a", "old")], [Symlink("z", "d/s")], [f("z/a", "new")], [File(".wh.z")]],
        {"d/s/a": "new"},
        {"d/s/a": "old"},
    ),
    "through a link that is replaced later": (
        [[f("d/a", "old")], [Symlink("z", "d")], [f("z/a", "new")], [unwanted("z")]],
        {"d/a": "new"},
        {"d/a": "old"},
    ),
    "through a chain of links of several layers": (
        [[Symlink("a", "b")], [Symlink("b", "/c/../d")], [f("a/x"), Symlink("d", "e"), f("a/y")]],
        {"e/y": "x"},
        {"a/x": "x", "a/y": "x"},
    ),
    "what nobody wants, through a link": (
        [[Symlink("l", "d"), f("d/a")], [unwanted("l/a")]],
        {},
        {"d/a": "x"},
    ),
    "through a link, which becomes a directory": (
        [[Symlink("l", "d"), f("d/a")], [f("l/b"), Directory("l"), f("l/c")]],
        {"d/a": "x", "d/b": "x", "l/c": "x"},
        {"d/a": "x", "l/b": "x", "l/c": "x"},
    ),
    "a whiteout through a link": (
        [[Symlink("l", "d"), f("d/a"), f("d/b")], [File("l/.wh.a")]],
        {"d/b": "x"},
        {"d/a": "x", "d/b": "x"},
    ),
    "an opaque mark through a link": (
        [[Symlink("l", "d"), f("d/a")], [File("l/.wh..wh..opq"), f("l/c")]],
        {"d/c": "x"},
        {"d/a": "x", "l/c": "x"},
    ),
    "everything whited out": (
        [[f("a"), f("d/b")], [File(".wh..wh..opq"), f("c")]],
        {"c": "x"},
        {"a": "x", "d/b": "x", "c": "x"},
    ),
    "a directory that is removed and made again": (
        [[f("d/a"), f("d/b")], [File(".wh.d"), Directory("d"), f("d/c")]],
        {"d/c": "x"},
        {"d/a": "x", "d/b": "x", "d/c": "x"},
    ),
    "a whiteout below a file": ([[f("a")], [File("a/.wh.b")]], {"a": "x"}, {}),
}
"""Layers, and what engines see that unpack in place, and that overlay."""

INCOMPLETE: dict[str, Layers] = {
    "links in a circle": [[Symlink("a", "b"), Symlink("b", "a"), f("a/x")]],
    "links of a lower layer in a circle": [[Symlink("a", "b"), Symlink("b", "a")], [f("a/x")]],
    "whiteouts without a name": [[f("d/a")], [File("d/.wh.")]],
    "a whiteout of its directory": [[f("d/a")], [File("d/.wh..")]],
    "a whiteout of what its layer holds": [[f("a")], [f("a", "2"), File(".wh.a")]],
    "a hard link to a lower layer": [[f("a")], [Hardlink("b", "a")]],
    "a hard link to what comes later": [[f("a", "1")], [Hardlink("b", "a"), f("a", "2")]],
    "a file and a directory at one path": [[f("d/a")], [unwanted("d"), Directory("d"), f("d/b")]],
    "a whiteout in a directory that its layer replaces": [
        [f("d/a"), unwanted("d/d")],
        [File("d/.wh.a"), unwanted("d"), Directory("d")],
    ],
    "an opaque mark in a directory that its layer replaces": [
        [f("d/a")],
        [File("d/.wh..wh..opq"), Symlink("d", "e"), Directory("d")],
    ],
    "a whiteout of a directory that comes back as two things": [
        [f("d/a")],
        [File(".wh.d"), unwanted("d"), Directory("d")],
    ],
    "a path no engine can make": [[f("/".join(["d"] * 3000))]],
    "a link no engine can make": [[Symlink("l", "d" * 5000)]],
}
"""Layers that engines refuse, or of which Lading cannot tell what is there."""

ONCE_WRONG: tuple[Layers, ...] = (
    [[Directory("b"), Directory("c"), f("c"), Symlink("c/b", "a")]],
    [[Symlink("a/a", "/a/d"), f("c")], [Hardlink("d", "c"), unwanted("d"), Symlink("b/a", "/a/b")]],
    [
        [Symlink("a", "../c/c")],
        [f("a/c"), Hardlink("d/d", "a/c")],
        [Hardlink("b", "a/c"), Symlink("c", "/c/c"), Symlink("b/c", "a"), Symlink("d", "d/../a/c")],
    ],
    [
        [Symlink("a/a", "c/a/d"), Symlink("a/d", "../a/a"), f("b/a")],
        [f("a/a/b")],
        [Hardlink("b", "a/a/b"), Symlink("a/b/b", "d/c"), Directory("b/c")],
    ],
    [[f("b/a", "1")], [Hardlink("a/c/a", "b/a"), Symlink("d", "/b"), unwanted("d/a")], [f("d/a", "2")]],
    [[f("d/b"), f("b/d", "1")], [Symlink("b/c", "/d/c/d"), Hardlink("d", "b/d"), f("b/d", "2")]],
    [[Symlink("b", "c/b"), f("b/a")], [Hardlink("a/d/b", "b/a"), Symlink("a/d", "c"), Directory("d/d/a")]],
)
"""What random sequences came to that were once read as no engine does, or without a word."""


@pytest.mark.parametrize("name", AGREED)
def test_what_every_engine_sees(name: str) -> None:
    layers, files = AGREED[name]
    marked = {path: f"{MARK.decode()}{text}" for path, text in files.items()}
    for engine in ("in place", "overlay"):
        reading = read(layers, engine)
        assert (reading.files, reading.incomplete) == (marked, False)


@pytest.mark.parametrize("name", DISPUTED)
def test_what_engines_disagree_about(name: str) -> None:
    layers, in_place, overlay = DISPUTED[name]
    readings = [read(layers, "in place"), read(layers, "overlay")]
    assert readings[0].disputed
    assert [reading.incomplete for reading in readings] == [False, False]
    assert [reading.files for reading in readings] == [
        {path: f"{MARK.decode()}{text}" for path, text in files.items()} for files in (in_place, overlay)
    ]


@pytest.mark.parametrize("name", INCOMPLETE)
def test_what_cannot_be_read_as_engines_do_is_told(name: str) -> None:
    assert read(INCOMPLETE[name], "in place").incomplete


@pytest.mark.debian("umoci")
@pytest.mark.skipif(os.geteuid() != 0, reason="umoci unpacks the layers of root only as root")
@pytest.mark.parametrize("first", range(0, 60, 10))
def test_umoci_sees_the_same(first: int, tmp_path: Path) -> None:
    for seed in range(first, first + 10):
        layers = random_layers(seed)
        assert (
            seed,
            difference(layers, unpacked_by_umoci([make_tar(layer) for layer in layers], tmp_path / str(seed)), None),
        ) == (seed, "")


@pytest.mark.debian("umoci")
@pytest.mark.skipif(os.geteuid() != 0, reason="umoci unpacks the layers of root only as root")
def test_umoci_sees_the_same_where_lading_once_did_not(tmp_path: Path) -> None:
    known = [layers for layers, _ in AGREED.values()] + [layers for layers, _, _ in DISPUTED.values()]
    for number, layers in enumerate([*ONCE_WRONG, *known]):
        assert (
            number,
            difference(layers, unpacked_by_umoci([make_tar(layer) for layer in layers], tmp_path / str(number)), None),
        ) == (number, "")
