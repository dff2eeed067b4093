"""The tar walker, against archives that Python's tarfile and GNU tar write, and against damaged ones."""

import io
import shutil
import subprocess
import tarfile
from pathlib import Path
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lading.model.errors import LimitError, SafeIOError
from lading.model.ports import Region
from lading.safeio import tar
from lading.safeio.content import Room
from lading.safeio.limits import Limits
from lading.safeio.region import RegionInput
from lading.safeio.tar import StreamInput, iter_tar, normalise
from tests.tars import BytesStream, Directory, Entry, File, Hardlink, Symlink, make_tar

LONG = "d" * 90 + "/" + "e" * 90 + "/" + "f" * 120
ENTRIES: list[Entry] = [
    Directory("etc/"),
    File("etc/one", b"first"),
    File(LONG, b"long name"),
    Symlink("etc/link", "../" + LONG),
    Hardlink("etc/hard", "etc/one"),
    File("etc/ünï", b"x" * 1000),
    File("empty"),
]


def read_all(data: bytes, limits: Limits | None = None) -> list[tuple[str, str, str, bytes]]:
    limits = limits or Limits()
    source = StreamInput(BytesStream(data), "layer 1", chunk=700)
    return [
        (entry.path, entry.kind, entry.linkname, entry.read(limits.file) if entry.kind == "file" else b"")
        for entry in iter_tar(source, "layer 1", limits)
    ]


EXPECTED = [
    ("etc", "directory", "", b""),
    ("etc/one", "file", "", b"first"),
    (LONG, "file", "", b"long name"),
    ("etc/link", "symlink", "../" + LONG, b""),
    ("etc/hard", "hardlink", "etc/one", b""),
    ("etc/ünï", "file", "", b"x" * 1000),
    ("empty", "file", "", b""),
]


@pytest.mark.parametrize("chunk", [100, 700, 1024, 4096])
@pytest.mark.parametrize("room", [None, Room(0), Room(9_000), Room(100_000)])
def test_contents_of_all_sizes(chunk: int, room: Room | None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tar, "_PIECE", 1_000)
    monkeypatch.setattr(tar, "IN_MEMORY", 5_000)
    sizes = (1, 510, 512, 999, 1_000, 1_001, 4_999, 5_000, 5_001, 8_000, 20_000)
    files = {f"{number}": Random(number).randbytes(size) for number, size in enumerate(sizes)}
    data = make_tar([File(name, content) for name, content in files.items()])
    seen = {}
    for _ in range(2):  # what was taken of the room is given back
        source = StreamInput(BytesStream(data), "layer 1", chunk, room)
        for entry in iter_tar(source, "layer 1", Limits()):
            assert entry.peek(4) == files[entry.path][:4]
            seen[entry.path] = entry.read_content(100_000)[:]
        assert seen == files
    cut = data[: data.index(files["10"]) + 15_000]
    with pytest.raises(SafeIOError, match="ends too early"):
        for entry in iter_tar(StreamInput(BytesStream(cut), "layer 1", chunk, room), "layer 1", Limits()):
            entry.read_content(100_000)


@pytest.mark.parametrize("tar_format", [tarfile.PAX_FORMAT, tarfile.GNU_FORMAT])
def test_names_links_and_contents(tar_format: int) -> None:
    assert read_all(make_tar(ENTRIES, tar_format)) == EXPECTED


def test_contents_need_not_be_read_and_regions_can_be_seeked(tmp_path: Path) -> None:
    data = make_tar(ENTRIES)
    path = tmp_path / "archive"
    path.write_bytes(b"before" + data + b"after")
    source = RegionInput(Region(str(path), 6, len(data)))
    found = [
        (entry.path, entry.read(99) if entry.path == "etc/one" else b"") for entry in iter_tar(source, "x", Limits())
    ]
    source.close()
    assert found == [(path, b"first" if path == "etc/one" else b"") for path, *_ in EXPECTED]


def test_ustar_prefix_and_base_256_size() -> None:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.USTAR_FORMAT) as tar:
        info = tarfile.TarInfo("p" * 100 + "/" + "n" * 50)
        info.size = 3
        tar.addfile(info, io.BytesIO(b"abc"))
    header = bytearray(buffer.getvalue())
    header[124:136] = b"\x80" + (3).to_bytes(11, "big")
    header[148:156] = b" " * 8
    header[148:156] = b"%06o\0 " % sum(header[:512])
    assert read_all(bytes(header)) == [("p" * 100 + "/" + "n" * 50, "file", "", b"abc")]


def test_a_pax_size_overrides_and_a_global_header_lasts() -> None:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.PAX_FORMAT, pax_headers={"comment": "g"}) as tar:
        info = tarfile.TarInfo("a")
        info.size = 5
        info.pax_headers = {"path": "renamed"}
        tar.addfile(info, io.BytesIO(b"12345"))
        tar.addfile(tarfile.TarInfo("b"))
    assert [(path, content) for path, _, _, content in read_all(buffer.getvalue())] == [
        ("renamed", b"12345"),
        ("b", b""),
    ]


def test_names_that_are_not_utf_8_stay_readable() -> None:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.GNU_FORMAT, encoding="latin-1") as tar:
        tar.addfile(tarfile.TarInfo("caf\xe9"))
    assert read_all(buffer.getvalue())[0][0] == "caf\\xe9"


@pytest.mark.parametrize(
    "options",
    [
        ["--format=gnu"],
        ["--format=pax", "--sparse-version=0.0"],
        ["--format=pax", "--sparse-version=0.1"],
        ["--format=pax", "--sparse-version=1.0"],
    ],
)
def test_sparse_files_have_their_holes_back(tmp_path: Path, options: list[str]) -> None:
    if not shutil.which("tar"):
        pytest.skip("GNU tar is not installed")
    path = tmp_path / "sparse"
    with path.open("wb") as file:
        for piece in range(60):
            file.seek(piece * 100_000)
            file.write(b"data%d" % piece)
        file.truncate(7_000_000)
    (tmp_path / "after").write_bytes(b"next")
    command = ["tar", "-S", *options, "-C", str(tmp_path), "-cf", str(tmp_path / "t.tar"), "sparse", "after"]
    subprocess.run(command, check=True)
    archive = (tmp_path / "t.tar").read_bytes()
    assert len(archive) < 1_000_000
    assert [(name, content) for name, _, _, content in read_all(archive)] == [
        ("sparse", path.read_bytes()),
        ("after", b"next"),
    ]
    assert [entry.path for entry in iter_tar(StreamInput(BytesStream(archive), "x"), "x", Limits())] == [
        "sparse",
        "after",
    ]


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("./a/b/", "a/b"),
        ("/a//b", "a/b"),
        ("../../a", "a"),
        ("a/../../b", "b"),
        (".", ""),
        ("a/.hidden/..x", "a/.hidden/..x"),
    ],
)
def test_normalise(path: str, expected: str) -> None:
    assert normalise(path) == expected


def test_a_truncated_archive_is_one_clear_error() -> None:
    data = make_tar([File("a", b"x" * 2000)])
    for end in (100, 700, 1500):
        with pytest.raises(SafeIOError) as caught:
            read_all(data[:end])
        assert str(caught.value) == "layer 1: the tar archive ends too early (truncated): fetch the image again"


def test_what_is_no_tar_is_one_clear_error() -> None:
    with pytest.raises(SafeIOError) as caught:
        read_all(b"<html>not found</html>" * 100)
    assert str(caught.value) == "layer 1: not a tar archive, or a damaged one (bad header checksum after entry 0)"


def test_an_archive_may_end_without_an_end_mark() -> None:
    data = make_tar([File("a", b"x" * 512)])
    assert read_all(data[:1024]) == [("a", "file", "", b"x" * 512)]
    assert read_all(b"") == []


def test_limits_on_entries_and_file_size() -> None:
    data = make_tar([File("a", b"12345"), File("b"), File("c")])
    with pytest.raises(LimitError) as caught:
        read_all(data, Limits(entries=2))
    assert str(caught.value) == "more than 2 entries; the rest was not read (--limit entries=N raises this)"
    with pytest.raises(LimitError) as caught:
        read_all(data, Limits(file=4))
    assert str(caught.value) == "a: 5 bytes, above the limit of 4 for one file"


@given(st.binary(min_size=1, max_size=40), st.integers(0, 6000), st.booleans())
def test_damage_never_escapes_as_another_error(junk: bytes, position: int, fix_checksum: bool) -> None:
    data = bytearray(make_tar(ENTRIES))
    position %= len(data)
    data[position : position + len(junk)] = junk
    if fix_checksum:
        start = position - position % 512
        header = data[start : start + 512]
        header[148:156] = b" " * 8
        data[start + 148 : start + 156] = b"%06o\0 " % sum(header)
    try:
        read_all(bytes(data), Limits(file=100_000))
    except SafeIOError as error:
        assert "\n" not in str(error)
