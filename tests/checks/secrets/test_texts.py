"""The texts in files that hold several: class files, byte code, small compressed files."""

import contextlib
import gc
import gzip
import io
import struct
import weakref
import zipfile
from collections.abc import Iterator, Mapping

import pytest

from lading.checks.secrets import files
from lading.checks.secrets.texts import iter_texts
from lading.model.errors import LimitError
from lading.model.reader import WantedFile
from tests.checks.secrets.test_images import token
from tests.tars import File, make_tar

MEGABYTE = 1024 * 1024


def java_class(*texts: str, size: int = 0) -> bytes:
    """A class file as far as its constants: texts, the last one behind others of `size` bytes."""
    packed = [b"\1" + struct.pack(">H", len(text)) + text.encode() for text in texts]
    filling = (b"\1" + struct.pack(">H", 1000) + b"." * 1000) * (size // 1003)
    return b"\xca\xfe\xba\xbe\0\0\0\x34\0\x10" + b"".join(packed[:-1]) + filling + packed[-1]


def python_code(text: str, before: int = 0) -> bytes:
    """Byte code with a text among its constants, as marshal writes it, behind other bytes."""
    return b"\xa7\r\r\n" + bytes(12) + b"\x01d" * (before // 2) + b"a" + struct.pack("<I", len(text)) + text.encode()


def jar(members: Mapping[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", method) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return held.getvalue()


def members(path: str, content: bytes) -> list[tuple[str, str]]:
    """The rules by which secrets are found, with where in the file they are."""
    found = files.parse(WantedFile(path, 0o644, content))
    return [(one.rule, one.member) for one in files._decode(found.facts)] if found.facts else []


@pytest.mark.parametrize("method", [zipfile.ZIP_DEFLATED, zipfile.ZIP_STORED])
def test_class_files_that_are_looked_through_together_are_told_apart(method: int) -> None:
    first, second, third = token(1), token(2), token(3)
    inner = jar({"z/In.class": java_class(f"key={third}")})
    held = {
        "a/A.class": java_class("nothing of interest"),
        "a/B.class": java_class("nothing", f"token={first}"),
        "a/C.class": java_class(first[:20]),
        "a/D.class": java_class(first[20:] + "....."),
        "lib/in.jar": inner,
        "a/Big.class": java_class(f"in front: {second}", "....................", size=MEGABYTE),
        "a/E.class": java_class("nothing", f"token={second}"),
    }
    assert members("app.jar", jar(held, method)) == [
        ("github-personal-token", "lib/in.jar!/z/In.class"),
        ("github-personal-token", "a/B.class"),
        ("github-personal-token", "a/Big.class"),
        ("github-personal-token", "a/E.class"),
    ]


@pytest.mark.parametrize("before", [0, 20, MEGABYTE - 48, MEGABYTE - 40, MEGABYTE - 22, MEGABYTE, 3 * MEGABYTE + 7])
def test_byte_code_of_any_size(before: int) -> None:
    found = [("github-personal-token", "")]
    assert members("a.pyc", python_code(f"token = '{token()}'", before)) == found
    text = f"token = '{token()}'"
    assert members("A.class", java_class("x" * 40, text, size=before)) == found


@pytest.mark.parametrize(
    "content",
    [
        gzip.compress(token().encode(), mtime=0),
        gzip.compress(b"a\n", mtime=0) + gzip.compress(token().encode(), mtime=0),
        gzip.compress(b"." * MEGABYTE + token().encode(), mtime=0),
        gzip.compress(make_tar([File("a", token().encode())]), mtime=0),
        gzip.compress(gzip.compress(token().encode(), mtime=0), mtime=0),
    ],
    ids=["small", "members", "much", "tar", "twice"],
)
def test_small_compressed_files(content: bytes) -> None:
    assert [rule for rule, _ in members("log.gz", content)] == ["github-personal-token"]


def test_a_damaged_compressed_file_holds_nothing() -> None:
    assert members("log.gz", gzip.compress(token().encode(), mtime=0)[:-12]) == []


def test_an_archive_of_zeros_takes_little_of_what_an_image_may_cost() -> None:
    """As the tests of Kubernetes carry one, an empty disk: three such ended the reading of a whole image."""
    spent: list[int] = []
    content = gzip.compress(make_tar([File("disk", bytes(40_000_000)), File("key", token(7).encode())]), 1)
    file = WantedFile("srv/disk.tar.gz", 0o644, content, 256_000_000, spent.append)
    assert files.parse(file).facts
    assert 100_000 < sum(spent) < 200_000


@pytest.fixture
def _uncollected() -> Iterator[None]:
    """No cycles are looked for meanwhile."""
    gc.disable()
    yield
    gc.enable()


@pytest.mark.usefixtures("_uncollected")
@pytest.mark.parametrize(
    "content",
    [jar({"a.txt": b"text"}), gzip.compress(make_tar([File("a.txt", b"text")]), mtime=0)],
    ids=["zip", "gzip"],
)
def test_the_error_that_ends_a_layer_keeps_nothing_of_it(content: bytes) -> None:
    class Spent:
        def __call__(self, steps: int) -> None:
            raise LimitError("enough", "work")

    def looked_through() -> "weakref.ref[Spent]":
        spent = Spent()
        with contextlib.suppress(LimitError):
            list(iter_texts("a", content, lambda data: [], told.append, spent))
        return weakref.ref(spent)

    told: list[str] = []
    assert (looked_through()(), told) == (None, [])
