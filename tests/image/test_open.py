"""What a reference is taken for, and what is said when it is nothing."""

import os
import platform
from pathlib import Path

import pytest

from lading.image.open import OpenOptions, open_image
from lading.model.errors import ImageError, UsageError
from lading.model.image import Image, Layer
from tests.image.images import Blobs, pack, write_files

_NO_IMAGE = (
    "not a container image: expected an image layout, or a tar (plain, gzip, zstd, xz or bzip2) "
    "as docker save, podman save or skopeo copy write it; file:PATH reads whatever is in a file"
)


@pytest.fixture(autouse=True)
def machine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(platform, "machine", lambda: "x86_64")


def _refused(reference: str, options: OpenOptions = OpenOptions()) -> str:  # noqa: B008
    with pytest.raises(ImageError) as raised:
        open_image(reference, options)
    return str(raised.value)


@pytest.mark.parametrize("prefix", ["", "dir:"])
def test_directory_is_a_root_filesystem(tmp_path: Path, prefix: str) -> None:
    (tmp_path / "etc").mkdir()
    opened = open_image(f"{prefix}{tmp_path}", OpenOptions())
    assert opened.image == Image(str(tmp_path), "rootfs", layers=(Layer(1),))
    assert (opened.root, opened.layers, opened.sequential) == (str(tmp_path), (), False)
    opened.close()


def test_relative_directory_gives_an_absolute_root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "root").mkdir()
    monkeypatch.chdir(tmp_path)
    opened = open_image("root", OpenOptions())
    assert (opened.image.name, opened.root) == ("root", str(tmp_path / "root"))


def test_root_filesystem_has_no_platform(tmp_path: Path) -> None:
    with pytest.raises(UsageError) as raised:
        open_image(str(tmp_path), OpenOptions(platform="linux/amd64"))
    assert str(raised.value) == f"{tmp_path}: is a root filesystem, which has no platform: leave --platform out"


def test_a_project_with_a_file_index_json_is_no_layout(tmp_path: Path) -> None:
    (tmp_path / "index.json").write_text("{}")
    assert open_image(str(tmp_path), OpenOptions()).image.source == "rootfs"
    (tmp_path / "blobs").mkdir()
    assert _refused(str(tmp_path)) == f"{tmp_path}: index.json: neither an image manifest nor an index (no media type)"


def test_layout_whose_path_holds_colons(tmp_path: Path) -> None:
    blobs = Blobs()
    files = blobs.files(blobs.image())
    path = write_files(tmp_path / "a:b", files)
    opened = open_image(f"oci:{path}", OpenOptions())
    assert opened.image.name == str(path)
    opened.close()
    assert _refused(f"oci:{path}:x") == f"{path}: no image with the tag 'x': there is no tag"


@pytest.mark.parametrize(
    "reference",
    [
        "./image", "../image", "/nowhere/image", "image.tar", "some/image.tar.gz", "image.tgz", "image.tar.zst",
        "oci:image", "oci:image:tag", "docker-archive:image:a:b", "dir:image",
    ],
)  # fmt: skip
def test_no_such_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, reference: str) -> None:
    monkeypatch.chdir(tmp_path)
    path = reference.removeprefix("oci:").removeprefix("docker-archive:").removeprefix("dir:")
    assert _refused(reference) == f"{path}: no such file or directory"


def test_nothing_is_named() -> None:
    for reference in ("", "oci:", "registry:"):
        with pytest.raises(UsageError) as raised:
            open_image(reference, OpenOptions())
        assert str(raised.value) == f"{reference!r}: no image is named"


@pytest.mark.parametrize(
    "content",
    [b"", pack({"etc/motd": b"root"}), b"\x1f\x8bnot gzip", b"\0" * 10240],
    ids=["empty", "tar", "gzip", "zeros"],
)
def test_file_that_is_no_image(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "file"
    path.write_bytes(content)
    assert _refused(str(path)) == f"{path}: {_NO_IMAGE}"


def test_file_named_as_root_filesystem(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.touch()
    assert _refused(f"dir:{path}") == f"{path}: is not a directory; without dir: its kind is detected"


def test_directory_named_as_docker_archive(tmp_path: Path) -> None:
    assert _refused(f"docker-archive:{tmp_path}") == (
        f"{tmp_path}: is a directory, not an archive of docker save; without docker-archive: it is detected"
    )


def test_tar_with_more_members_than_images_have(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lading.image.members._MOST_MEMBERS", 2)
    path = tmp_path / "root.tar"
    path.write_bytes(pack({"opt/a": b"", "opt/b": b"", "opt/c": b""}))
    assert _refused(str(path)) == f"{path}: {_NO_IMAGE}"
    assert _refused(f"docker-archive:{path}") == f"{path}: {_NO_IMAGE}"
    path.write_bytes(pack({"etc/passwd": b"", "etc/group": b"", "etc/shadow": b""}))
    assert open_image(str(path), OpenOptions()).image.source == "rootfs-archive"


def test_file_that_cannot_be_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "image.tar"
    path.write_bytes(b"\x1f\x8bsecret")
    real = os.open

    def refuse(name: str, *args: int) -> int:
        if name == str(path):
            raise PermissionError(13, "Permission denied")
        return real(name, *args)

    monkeypatch.setattr(os, "open", refuse)
    assert _refused(str(path)) == f"{path}: cannot be read: Permission denied"


def test_pipe_is_not_waited_for(tmp_path: Path) -> None:
    path = tmp_path / "pipe"
    os.mkfifo(path)
    assert _refused(str(path)) == f"{path}: cannot be read: it is not a file"


def test_dangling_symlink(tmp_path: Path) -> None:
    path = tmp_path / "image.tar"
    path.symlink_to("nowhere")
    assert _refused(str(path)) == f"{path}: cannot be read: No such file or directory"


def test_bad_platform() -> None:
    with pytest.raises(UsageError) as raised:
        open_image("debian", OpenOptions(platform="arm"))
    assert str(raised.value) == "--platform arm: expected OS/ARCH or OS/ARCH/VARIANT, such as linux/arm64, or all"
