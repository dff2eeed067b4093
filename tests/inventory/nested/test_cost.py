"""Containers that ask for more than they give: their work is counted, and what they would take memory for is left."""

import gzip
import lzma
import struct
from collections.abc import Callable, Iterator

import pytest

from lading.inventory.layer import read_layer
from lading.inventory.nested.expand import expanded, paths_around
from lading.inventory.router import Router
from lading.inventory.tree import Tree, any_begins
from lading.model.errors import LimitError, SafeIOError
from lading.safeio import zips
from lading.safeio.blocks import decompressor_of, lz4_block
from lading.safeio.containers.cpio import iter_cpio
from lading.safeio.containers.members import Member, Opening
from lading.safeio.containers.tars import iter_archive
from lading.safeio.containers.zips import iter_zip
from lading.safeio.limits import WORK_FLOOR, Limits, Work, WorkPool
from lading.safeio.squashfs import SquashFs
from lading.safeio.tar import StreamInput
from lading.safeio.zips import ZipBudget
from tests.inventory.nested.containers import LODASH, asar, cpio, found, places, squashfs, tarred, zipped
from tests.inventory.unpacking import squash_all
from tests.safeio.tar_blocks import file, pax
from tests.tars import File, make_tar

LONG = "a" * 4096


class Spent:
    """Counts steps."""

    def __init__(self) -> None:
        self.steps = 0

    def __call__(self, steps: int) -> None:
        self.steps += steps


def opening(spend: Callable[[int], None] | None = None) -> Opening:
    return Opening("a", Limits(), ZipBudget(spend=spend))


class Pieces:
    """A stream that counts how often it is asked."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self.asked = 0

    def read(self, size: int, /) -> bytes:
        self.asked += 1
        data, self._data = self._data[:size], self._data[size:]
        return data

    def close(self) -> None: ...


@pytest.mark.parametrize("zeros", [0, 4, 8, 512, 64 * 1024 - 4, 64 * 1024, 3_000_000])
def test_zeros_between_archives_of_cpio_are_passed_over(zeros: int) -> None:
    one, two = cpio({"a": b"x" * 5}), cpio({"b": b"y"})
    source = StreamInput(Pieces(one + bytes(zeros) + two + bytes(zeros)), "a")
    assert [(member.path, member.read_content(9)[:]) for member in iter_cpio(source, opening())] == [
        ("a", b"xxxxx"),
        ("b", b"y"),
    ]


def test_zeros_are_passed_over_in_large_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    calls = 0
    peek = StreamInput.peek

    def counted(self: StreamInput, size: int, /) -> bytes:
        nonlocal calls
        calls += 1
        return peek(self, size)

    monkeypatch.setattr(StreamInput, "peek", counted)
    assert list(iter_cpio(StreamInput(Pieces(cpio({}) + bytes(10_000_000)), "a"), opening())) == []
    assert calls < 400


def streams(one: bytes, rest: bytes) -> bytes:
    return one + rest * 1000


def header(size: int) -> bytes:
    """The first block of a tar with a file of that size."""
    return tarred({"a": bytes(size)})[:512]


def lz4(data: bytes) -> bytes:
    return struct.pack("<I", len(data) | 1 << 31) + data


def lzip(data: bytes) -> bytes:
    packed = lzma.compress(data, lzma.FORMAT_ALONE, filters=[{"id": lzma.FILTER_LZMA1, "dict_size": 1 << 20}])
    return b"LZIP\1\x14" + packed[13:] + struct.pack("<IQQ", 0, len(data), len(packed) + 13)


LZ4 = b"\x04\x22\x4d\x18\x60\x70\x73"


@pytest.mark.parametrize(
    ("data", "least"),
    [
        (streams(gzip.compress(header(1000), mtime=0), gzip.compress(b"a", mtime=0)), 20_000),
        (streams(LZ4 + lz4(header(1000)), lz4(b"a")), 60_000),
        (streams(LZ4 + lz4(header(1000)), struct.pack("<I", 1) + b"\0"), 40_000),
        (streams(lzip(header(1000)), lzip(b"")), 200_000),
    ],
    ids=["gzip", "lz4", "empty lz4", "empty lzip"],
)
def test_every_piece_of_what_is_compressed_costs(data: bytes, least: int) -> None:
    spent = Spent()
    try:
        for member in iter_archive(data, opening(spent)):
            member.read_content(10_000)
    except SafeIOError as error:  # the empty ones give too little
        assert "ends too early" in str(error)
    assert least <= spent.steps < 2 * least


def test_short_repetitions_of_lz4_cost_by_what_is_compressed() -> None:
    block = b"\x10a\1\0" + b"\0\1\0" * 999 + b"\x10a"
    spent = Spent()
    assert lz4_block(block, 65_536, spend=spent) == b"a" * 4002
    assert spent.steps == len(block) // 4
    spent = Spent()
    assert decompressor_of(5, "a", spent)(block, 65_536) == b"a" * 4002
    assert spent.steps == len(block) // 4


@pytest.mark.parametrize(("value", "steps"), [(b"", 1.5), (b"\0", 3)], ids=["plain", "with a NUL"])
def test_records_before_entries_cost_wherever_the_tar_lies(value: bytes, steps: float) -> None:
    data = (pax(*((b"k%d" % one, value) for one in range(400))) + file()) * 10
    least = int(10 * 400 * steps)
    spent = Spent()
    assert names(iter_archive(data, opening(spent))) == ["f"] * 10
    assert least <= spent.steps < 2 * least
    pool = WorkPool(0, 1)
    pool.take(WORK_FLOOR // 2 - least // 2)
    facts = read_layer(StreamInput(Pieces(data), "a"), Router(()), Limits(), "a", lambda: None, work=Work(pool))
    assert [one.code for one in facts.structure.diagnostics] == ["limit-work"]


def test_links_of_lower_layers_that_are_too_many_end_the_layer_and_not_the_scan() -> None:
    pool = WorkPool(0, 1)
    pool.take(WORK_FLOOR // 2 - 100)
    below = {f"a/{number}": "/b" for number in range(100)}
    source = StreamInput(Pieces(file()), "a")
    facts = read_layer(source, Router(()), Limits(), "a", lambda: None, below, Work(pool))
    assert [one.code for one in facts.structure.diagnostics] == ["limit-work"]
    assert not facts.structure.complete


def names(members: Iterator[Member]) -> list[str]:
    return [member.path for member in members]


def test_paths_that_no_file_system_takes_are_left() -> None:
    inventory, diagnostics = found({"a.asar": asar({**LODASH, f"{LONG}/b": b"x", f"{LONG}/c": b"x"})})
    assert places(inventory) == {"lodash@4.17.20": [f"a.asar!/{next(iter(LODASH))}"]}
    assert [(one.code, one.message) for one in diagnostics] == [
        ("archive-not-read", "files whose paths are longer than any file system takes")
    ]
    with pytest.raises(LimitError, match="names of members that are too long"):
        names(iter_zip(zipped({f"{LONG}.json": b""}), opening(), as_java=True))


def test_names_of_a_zip_archive_take_so_much_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(zips, "_MOST_NAMES", 1000)
    data = zipped({f"{number}{'a' * 96}.b": b"" for number in range(10)})
    assert len(names(iter_zip(data, opening(), as_java=True))) == 10
    with pytest.raises(LimitError, match="names of members that are too long"):
        names(iter_zip(zipped({f"{number:03}{'a' * 96}.b": b"" for number in range(10)}), opening(), as_java=True))


def test_a_directory_is_read_in_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(zips, "_PIECE", 1000)
    monkeypatch.setattr(zips, "_LONGEST_ENTRY", 200)
    every = [f"{number}{'a' * (number % 90)}" for number in range(300)]
    assert names(iter_zip(zipped(dict.fromkeys(every, b"")), opening(), as_java=True)) == every


def test_entries_of_a_file_system_cost() -> None:
    spent = Spent()
    entries = list(SquashFs(squashfs({"a/b": b"x", "a/c": b"y"}), "a", spent).entries())
    assert len(entries) == 3
    assert spent.steps == 3 * 12


def test_an_archive_that_layers_write_again_has_no_history_of_all_that_any_of_them_has() -> None:
    layers = [
        [File("a.zip", zipped({f"node_modules/p{layer}/package.json": b'{"name": "p%d", "version": "1"}' % layer}))]
        for layer in range(1, 21)
    ]
    squashed = expanded(squash_all(layers))
    states = {
        path: [(seen.layer, len(seen.facts.packages)) for seen in history]
        for (reader, path), history in squashed.history.items()
        if reader == "node" and "!/" in path
    }
    assert states == {
        f"a.zip!/node_modules/p{layer}/package.json": [(layer, 1), *([(layer + 1, 0)] if layer < 20 else [])]
        for layer in range(1, 21)
    }


def test_marks_in_names_are_followed_so_far() -> None:
    assert list(paths_around("a!/b!/c")) == ["a", "a!/b"]
    assert len(list(paths_around("!/" * 2000))) == 40
    inventory, diagnostics = found({f"{'!/' * 2000}node_modules/lodash/package.json": LODASH[next(iter(LODASH))]})
    assert [one.name for one in inventory.packages] == ["lodash"]
    assert diagnostics == ()


def test_directories_that_are_kept_cost() -> None:
    spent = Spent()
    tree: Tree[str] = Tree(spent)
    tree.grow("a/b/c")
    tree.grow("a/b/d")
    assert spent.steps == 4 * 8


def test_whether_a_path_begins_so() -> None:
    assert any_begins(["a/b", "a/c", "b"], "a/")
    assert not any_begins(["a/b", "a/c", "b"], "c/")
    assert not any_begins([], "a/")


def test_records_of_packages_are_read_up_to_a_size() -> None:
    large = tarred({"a-1/Cargo.toml": b'[package]\nname = "a"\nversion = "1"\n#' + bytes(1_000_000)})
    inventory, diagnostics = found({"a.crate": gzip.compress(large, mtime=0)})
    assert inventory.packages == ()
    assert [(one.code, one.message) for one in diagnostics] == [
        ("archive-not-read", "a-1/Cargo.toml: 1,000,036 bytes, above the limit of 1,000,000 for one file")
    ]


def test_a_container_is_so_many_packages_and_says_so_much() -> None:
    record = b'[package]\nname = "a%d"\nversion = "1"\n'
    crate = tarred({f"{number}/Cargo.toml": record % number for number in range(30)})
    inventory, diagnostics = found({"a.crate": gzip.compress(crate, mtime=0)})
    assert len(inventory.packages) == 10
    assert [(one.code, one.message) for one in diagnostics] == [
        ("archive-limit", "more than 10 packages that it says to be")
    ]
    _, diagnostics = found({"a.tar": make_tar(File("var/lib/dpkg/status", b"x") for _ in range(50))})
    assert [(one.code, one.message) for one in diagnostics] == [
        ("archived-system", "dpkg's database var/lib/dpkg/status in it was not read")
    ]
