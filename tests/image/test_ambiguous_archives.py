"""Archives that Docker, containerd and Podman read in different ways are refused, others are read as all of them do."""

import gzip
import io
import json
import tarfile
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from lading.image.open import OpenOptions, list_images, open_image
from lading.model.diagnostic import Diagnostic
from lading.model.errors import ImageError
from tests.image.images import APP, ARM64, BASE, Blobs, config, contents, sha256, tagged

_OPTIONS = OpenOptions(platform="linux/amd64")
_A, _B = (json.dumps(config((tar,))).encode() for tar in (BASE, APP))
_FILES = [("a.json", _A), ("b.json", _B), ("a.tar", BASE), ("b.tar", APP)]
_REFUSED = "refused, as engines differ in what they see"

Member = tuple[str, bytes | None] | tuple[str, str, bytes]


def _manifest(*images: tuple[str, str, str]) -> bytes:
    """`manifest.json` for images by the names of configuration, layer and image."""
    return json.dumps(
        [{"Config": c, "RepoTags": [tag] if tag else None, "Layers": [layer]} for c, layer, tag in images]
    ).encode()


_FOR_A, _FOR_B = _manifest(("a.json", "a.tar", "x:1")), _manifest(("b.json", "b.tar", "x:1"))


def _layout(*tars: bytes, tag: str = "1") -> list[Member]:
    blobs = Blobs()
    entries = [tagged(blobs.image((tar,)), tag) for tar in tars]
    return list(blobs.files(*entries).items())


def _tar(members: Sequence[Member]) -> bytes:
    """A tar of files; a text and a type make a link, None a directory."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.GNU_FORMAT) as archive:
        for name, content, *kind in members:
            info = tarfile.TarInfo(name)
            if isinstance(content, bytes):
                info.size = len(content)
                archive.addfile(info, io.BytesIO(content))
            else:
                info.type, info.linkname = kind[0] if kind else tarfile.DIRTYPE, content or ""
                archive.addfile(info)
    return buffer.getvalue()


@pytest.fixture(params=[bytes, gzip.compress], ids=["plain", "compressed"])
def write(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[Sequence[Member]], str]:
    def write_it(members: Sequence[Member]) -> str:
        path = tmp_path / "image.tar"
        path.write_bytes(request.param(_tar(members)))
        return str(path)

    return write_it


Write = Callable[[Sequence[Member]], str]


def _refused(reference: str) -> str:
    with pytest.raises(ImageError) as raised:
        open_image(reference, _OPTIONS)
    return str(raised.value)


@pytest.mark.parametrize(
    ("members", "name"),
    [
        ([*_FILES, ("manifest.json", _FOR_A), ("manifest.json", _FOR_B)], "manifest.json"),
        ([*_FILES, ("manifest.json", _FOR_A), ("./manifest.json", _FOR_B)], "manifest.json"),
        ([*_FILES, ("manifest.json", _FOR_A), ("/manifest.json", _FOR_B)], "manifest.json"),
        ([*_FILES, ("manifest.json", _FOR_A), ("y/../manifest.json", _FOR_B)], "manifest.json"),
        ([*_FILES, ("m", _FOR_B), ("manifest.json", _FOR_A), ("manifest.json", "m", tarfile.SYMTYPE)], "manifest.json"),
        ([*_FILES, ("m", _FOR_B), ("manifest.json", _FOR_A), ("manifest.json", "m", tarfile.LNKTYPE)], "manifest.json"),
        ([*_FILES, ("a.json", _A + b" "), ("manifest.json", _FOR_A)], "a.json"),
        ([*_FILES, ("a.tar", APP), ("manifest.json", _FOR_A)], "a.tar"),
        ([*_FILES, ("a.tar", BASE[:-1] + b"x"), ("manifest.json", _FOR_A)], "a.tar"),
        ([*_layout(BASE), *_layout(APP)], "index.json"),
    ],
)
def test_a_name_that_comes_twice(write: Write, members: Sequence[Member], name: str) -> None:
    path = write(members)
    assert _refused(path) == (
        f"{path}: {name} lies in it 2 times with different contents; refused, as engines take different ones"
    )


def test_a_name_that_comes_twice_with_the_same_content(write: Write) -> None:
    path = write([*_FILES, ("a.tar", BASE), ("./manifest.json", _FOR_A), ("manifest.json", _FOR_A)])
    opened = open_image(path, _OPTIONS)
    assert opened.diagnostics == tuple(
        Diagnostic(
            "warning", "archive-repeats", f"{name} lies in the archive 2 times, always with the same content", path
        )
        for name in ("manifest.json", "a.tar")
    )
    assert contents(opened) == [BASE]


def test_more_names_that_come_twice_than_are_compared(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lading.image.store._MOST_REPEATED", 1)
    path = write([*_FILES, ("a.tar", BASE), ("manifest.json", _FOR_A), ("manifest.json", _FOR_A)])
    assert _refused(path) == f"{path}: more than 1 names come more than once; refused"


@pytest.mark.parametrize(
    ("members", "name"),
    [
        ([*_FILES, ("manifest.json", _FOR_A), ("x", ".", tarfile.SYMTYPE), ("x/manifest.json", _FOR_B)], "x"),
        ([*_FILES, ("d/a.tar", BASE), ("d", "e", tarfile.SYMTYPE), ("e/a.tar", APP), ("manifest.json", _FOR_A)], "d"),
        ([*_layout(BASE), ("blobs", b"")], "blobs"),
        ([*_layout(BASE), ("x", b""), ("x/y", None)], "x"),
    ],
)
def test_files_below_what_is_no_directory(write: Write, members: Sequence[Member], name: str) -> None:
    path = write(members)
    assert _refused(path) == f"{path}: {name} is no directory, yet files lie below it; {_REFUSED}"
    assert _refused(f"oci:{path}") == f"{path}: {name} is no directory, yet files lie below it; {_REFUSED}"


def test_links_to_absolute_paths(write: Write) -> None:
    manifest = _manifest(("d/c", "d/l", "x:1"))
    link = ("d/c", "/k", tarfile.SYMTYPE)
    path = write([link, ("k", _A), ("d/k", _B), ("d/l", BASE), ("manifest.json", manifest)])
    assert _refused(path) == f"{path}: d/c is a link to an absolute path; {_REFUSED}"


def test_a_name_that_is_a_device_as_well(write: Write) -> None:
    path = write([*_FILES, ("manifest.json", _FOR_A), ("manifest.json", "", tarfile.FIFOTYPE)])
    assert _refused(path) == f"{path}: manifest.json is a file and something else at once; {_REFUSED}"


@pytest.mark.parametrize(
    "members",
    [
        [(f"./{name}", data) for name, data in [*_FILES, ("manifest.json", _FOR_A)]],
        [*_FILES, ("m", _FOR_A), ("manifest.json", "m", tarfile.SYMTYPE)],
        [("d", None), ("d", None), *_FILES, ("manifest.json", _FOR_A)],
        [*_FILES, ("manifest.json", _FOR_A), *_layout(BASE)],
        [*_FILES, ("manifest.json", _FOR_A), *_layout()],
        [*_FILES, ("manifest.json", _manifest(("a.json", "a.tar", "x:1"), ("a.json", "a.tar", "y:2"))), *_layout(BASE)],
    ],
)
def test_what_all_engines_read_alike(write: Write, members: Sequence[Member]) -> None:
    opened = open_image(write(members), _OPTIONS)
    assert (opened.image.config_digest, opened.diagnostics) == (sha256(_A), ())
    assert contents(opened) == [BASE]


@pytest.mark.parametrize("prefix", ["", "oci:", "docker-archive:"])
@pytest.mark.parametrize(
    "members",
    [
        [*_FILES, ("manifest.json", _FOR_A), *_layout(APP)],
        [*_FILES, ("manifest.json", _FOR_A), *[one for one in _layout(APP) if one[0] != "oci-layout"]],
        [*_FILES, ("manifest.json", _FOR_B), *_layout(BASE)],
    ],
)
def test_two_formats_with_different_images(write: Write, prefix: str, members: Sequence[Member]) -> None:
    path = write(members)
    assert _refused(f"{prefix}{path}") == (
        f"{path}: manifest.json and index.json name different images; "
        "refused, as engines take different ones: save the image again"
    )


def _two_names(first: bytes, second: bytes) -> list[Member]:
    """Images A and B saved as x:1 and y:2, beside a layout in which these names have the given layers."""
    manifest = _manifest(("a.json", "a.tar", "x:1"), ("b.json", "b.tar", "y:2"))
    blobs = Blobs()
    names = {"x:1": first, "y:2": second}
    entries = [
        {**tagged(blobs.image((tar,)), name.partition(":")[2])}
        | {
            "annotations": {
                "io.containerd.image.name": f"docker.io/library/{name}",
                "org.opencontainers.image.ref.name": name[-1],
            }
        }
        for name, tar in names.items()
    ]
    return [*_FILES, ("manifest.json", manifest), *blobs.files(*entries).items()]


def test_two_formats_with_several_images(write: Write) -> None:
    path = write(_two_names(BASE, APP))
    for reference, tar in [
        (f"{path}:x:1", BASE),
        (f"{path}:y:2", APP),
        (f"oci:{path}:1", BASE),
        (f"oci:{path}:2", APP),
    ]:
        assert contents(open_image(reference, _OPTIONS))[0][:2] in (tar[:2], b"\x1f\x8b")
    assert list_images(path, _OPTIONS) == (f"docker-archive:{path}:x:1", f"docker-archive:{path}:y:2")
    assert list_images(f"oci:{path}", _OPTIONS) == (f"oci:{path}:1", f"oci:{path}:2")
    for digest in (sha256(_A), sha256(_B)):
        assert open_image(f"{path}@{digest}", _OPTIONS).image.config_digest == digest
    assert _refused(f"{path}@{sha256(b'')}") == f"{path}: no image with the digest '@{sha256(b'')}': there is x:1, y:2"


def test_two_formats_that_exchange_names(write: Write) -> None:
    path = write(_two_names(APP, BASE))
    for reference in (f"{path}:x:1", f"{path}:y:2", f"oci:{path}:1", f"oci:{path}:2"):
        assert _refused(reference) == (
            f"{path}: manifest.json and index.json name different images; "
            "refused, as engines take different ones: save the image again"
        )


def test_a_layout_for_several_platforms_beside_one_of_its_images(write: Write) -> None:
    blobs = Blobs()
    amd, arm = blobs.image((BASE,)), blobs.image((APP,), ARM64)
    index = blobs.index({**amd, "platform": {"os": "linux", "architecture": "amd64"}}, {**arm, "platform": ARM64})
    del blobs.held[arm["digest"]]  # Docker saves what it has
    path = write([*_FILES, ("manifest.json", _FOR_A), *blobs.files(tagged(index, "1")).items()])
    assert open_image(path, _OPTIONS).image.config_digest == sha256(_A)


def test_images_without_a_name(write: Write) -> None:
    path = write([*_FILES, ("manifest.json", _manifest(("a.json", "a.tar", ""), ("b.json", "b.tar", "")))])
    assert _refused(path) == f"{path}: holds several images; add one of these to its name: " + ", ".join(
        sorted(f"@{sha256(data)}" for data in (_A, _B))
    )
    assert list_images(path, _OPTIONS) == tuple(sorted(f"docker-archive:{path}@{sha256(data)}" for data in (_A, _B)))


def test_a_layout_of_another_version(write: Write) -> None:
    rest = [one for one in _layout(BASE) if one[0] != "oci-layout"]
    path = write([*rest, ("oci-layout", b'{"imageLayoutVersion": "2.0.0"}')])
    assert _refused(path) == f"{path}: oci-layout: is of version '2.0.0', of which only 1.0.0 is known"
