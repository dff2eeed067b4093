"""Targets that are no images: SBOMs, package URLs, and what comes on standard input."""

import gzip
import lzma
import os
import tempfile
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import lading
from lading.engine.options import ScanOptions
from lading.engine.targets import list_target
from lading.image.members import NO_IMAGE
from lading.model.errors import LadingError
from tests.formats.sboms import cyclonedx
from tests.image.images import Blobs, pack, tagged

_ENVIRONMENT = lading.Environment(database=lading.StarterDatabase())
_SBOM = cyclonedx({"type": "library", "name": "lodash", "version": "4.17.20", "purl": "pkg:npm/lodash@4.17.20"})
_PURLS = b"\n# two\npkg:npm/lodash@4.17.20\n  pkg:deb/debian/curl@7.88.1-10?arch=amd64&distro=debian-12\n"
_STATUS = b"Package: bash\nStatus: install ok installed\nVersion: 1.0-1\nArchitecture: amd64\n\n"
_ROOT = pack({"etc/os-release": b"ID=debian\nVERSION_ID=12\n", "var/lib/dpkg/status": _STATUS})


def _listed(target: str) -> tuple[str, str, list[str]]:
    listed = list_target(target, ScanOptions(platform="linux/amd64", standing=frozenset({"platform"})), _ENVIRONMENT)
    return listed.image.name, listed.image.source, [one.name for one in listed.inventory.packages]


def _refused(target: str) -> str:
    with pytest.raises(LadingError) as raised:
        _listed(target)
    return str(raised.value)


@pytest.fixture
def piped() -> Iterator[Callable[[bytes], None]]:
    """Puts bytes into a pipe at standard input."""
    kept = os.dup(0)
    threads = []

    def put(data: bytes) -> None:
        read, write = os.pipe()
        os.dup2(read, 0)
        os.close(read)
        threads.append(threading.Thread(target=_write, args=(write, data)))
        threads[-1].start()

    try:
        yield put
    finally:
        os.dup2(kept, 0)
        os.close(kept)
        for thread in threads:
            thread.join()


def _write(descriptor: int, data: bytes) -> None:
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)


def _layout() -> bytes:
    blobs = Blobs()
    return pack(blobs.files(tagged(blobs.image(), "1")))


@pytest.mark.parametrize("packed", [bytes, gzip.compress, lzma.compress])
@pytest.mark.parametrize(
    ("target", "content", "source", "packages"),
    [
        ("-", _SBOM, "sbom", ["lodash"]),
        ("sbom:-", _SBOM, "sbom", ["lodash"]),
        ("purl:-", _PURLS, "sbom", ["curl", "lodash"]),
        ("-", _ROOT, "rootfs-archive", ["bash"]),
        ("file:-", _ROOT, "rootfs-archive", ["bash"]),
        ("-", _layout(), "oci-archive", []),
        ("oci-archive:-:1", _layout(), "oci-archive", []),
    ],
    ids=["sbom", "sbom:", "purl:", "rootfs", "file:", "layout", "oci-archive:"],
)
def test_what_comes_on_standard_input(
    piped: Callable[[bytes], None],
    packed: Callable[[bytes], bytes],
    target: str,
    content: bytes,
    source: str,
    packages: list[str],
) -> None:
    piped(packed(content))
    name, *found = _listed(target)
    assert name in ("standard input", "standard input:1", "app") or source == "sbom"
    assert found == [source, packages]


def test_a_file_is_read_where_it_lies(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "root.tar"
    path.write_bytes(_ROOT)

    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("a copy was made")

    monkeypatch.setattr(tempfile, "TemporaryFile", refuse)
    kept = os.dup(0)
    file = os.open(path, os.O_RDONLY)
    os.dup2(file, 0)
    try:
        assert _listed("-") == ("standard input", "rootfs-archive", ["bash"])
    finally:
        os.dup2(kept, 0)
        os.close(kept)
        os.close(file)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "is empty"),
        (b"hello", NO_IMAGE),
        (_ROOT[:1300], "the tar archive ends too early (truncated): fetch the image again"),
        (b'{"a": 1}', "neither CycloneDX nor SPDX"),
    ],
)
def test_what_is_refused_on_standard_input(piped: Callable[[bytes], None], content: bytes, message: str) -> None:
    piped(content)
    assert _refused("-") == f"standard input: {message}"


def test_a_terminal_is_no_image() -> None:
    leader, terminal = os.openpty()
    kept = os.dup(0)
    os.dup2(terminal, 0)
    try:
        assert _refused("-") == (
            "standard input: is a terminal: pipe an image or an SBOM in (docker save NAME | lading scan -)"
        )
    finally:
        os.dup2(kept, 0)
        for one in (kept, leader, terminal):
            os.close(one)


def test_package_urls(tmp_path: Path) -> None:
    path = tmp_path / "list"
    path.write_bytes(_PURLS)
    assert _listed(f"purl:{path}") == (str(path), "sbom", ["curl", "lodash"])
    for target in ("pkg:npm/lodash@4.17.20", "purl:pkg:npm/lodash@4.17.20"):
        assert _listed(target) == ("pkg:npm/lodash@4.17.20", "sbom", ["lodash"])
    path.write_bytes(b"pkg:npm/lodash@1\nlodash 1\n")
    assert _refused(f"purl:{path}") == (f"{path}: line 2: 'lodash 1' is no package URL: expected pkg:TYPE/NAME@VERSION")
    path.write_bytes(b"# nothing\n")
    assert _refused(f"purl:{path}") == f"{path}: lists no package URL"
    path.write_bytes(b"\xff\xfe")
    assert _refused(f"purl:{path}") == f"{path}: is no list of package URLs: byte 0 is not UTF-8"
    assert _refused("pkg:npm") == "pkg:npm: line 1: 'pkg:npm' is no package URL: expected pkg:TYPE/NAME@VERSION"
    assert _refused(f"purl:{tmp_path}/none") == f"{tmp_path}/none: cannot be read: No such file or directory"


def test_an_sbom_that_inflates_too_far(tmp_path: Path) -> None:
    path = tmp_path / "s.json.gz"
    path.write_bytes(gzip.compress(b" " * 5000 + _SBOM))
    options = ScanOptions().limit.with_option("file=2000")
    with pytest.raises(LadingError, match=r"inflates to more than 2,000 bytes \(--limit file=N raises this\)"):
        list_target(f"sbom:{path}", ScanOptions(limit=options), _ENVIRONMENT)
    assert _listed(f"sbom:{path}")[2] == ["lodash"]


def test_nothing_is_left_of_standard_input(
    piped: Callable[[bytes], None], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = tmp_path / "temporary"
    place.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(place))
    piped(_ROOT + bytes(1_000_000))
    assert _listed("-")[2] == ["bash"]
    assert list(place.iterdir()) == []
