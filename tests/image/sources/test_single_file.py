"""Single files in place of images."""

import io
import zipfile
from pathlib import Path

import pytest

import lading
from lading.engine.options import ScanOptions
from lading.engine.targets import list_target
from lading.image.open import OpenOptions, open_image
from lading.model.errors import ImageError, UsageError
from lading.model.image import Image, Layer
from tests.image.images import contents, pack


def _jar() -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr(
            zipfile.ZipInfo("META-INF/maven/org.a/b/pom.properties"), "groupId=org.a\nartifactId=b\nversion=1.2\n"
        )
    return file.getvalue()


_ENVIRONMENT = lading.Environment(database=lading.StarterDatabase())
_LOCK = b'{"name": "x", "lockfileVersion": 3, "packages": {"node_modules/lodash": {"version": "4.17.20"}}}'


@pytest.mark.parametrize("prefix", ["", "file:"])
@pytest.mark.parametrize(
    ("name", "content", "package"),
    [("b-1.2.jar", _jar(), ("org.a:b", "1.2")), ("package-lock.json", _LOCK, ("lodash", "4.17.20"))],
)
def test_what_is_in_a_file(tmp_path: Path, prefix: str, name: str, content: bytes, package: tuple[str, str]) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    listed = list_target(f"{prefix}{path}", ScanOptions(), _ENVIRONMENT)
    assert listed.image == Image(str(path), "file", layers=(Layer(1),))
    assert [(one.name, one.version) for one in listed.inventory.packages] == [package]
    assert [one.path for one in listed.inventory.packages[0].locations] == [name]
    assert [one.code for one in listed.diagnostics if one.level == "incomplete"] == []


def test_a_file_in_which_nothing_is_known_is_incomplete(tmp_path: Path) -> None:
    path = tmp_path / "notes.txt"
    path.write_bytes(b"hello")
    listed = list_target(str(path), ScanOptions(), _ENVIRONMENT)
    assert listed.inventory.packages == ()
    assert [(one.code, one.level, one.where) for one in listed.diagnostics] == [
        ("file-not-known", "incomplete", str(path))
    ]


def test_the_file_is_the_only_one_of_a_tar(tmp_path: Path) -> None:
    path = tmp_path / "a.bin"
    path.write_bytes(b"x" * 1000)
    path.chmod(0o640)
    opened = open_image(f"file:{path}", OpenOptions())
    (content,) = contents(opened)
    assert len(content) == 512 + 1024 + 1024
    assert content[:100].rstrip(b"\0") == b"a.bin"
    assert content[512:1512] == b"x" * 1000
    assert not any(content[1512:])


@pytest.mark.parametrize("prefix", ["", "file:", "rootfs-archive:"])
def test_a_packed_root_filesystem(tmp_path: Path, prefix: str) -> None:
    path = tmp_path / "root.tar"
    status = b"Package: bash\nStatus: install ok installed\nVersion: 1.0-1\nArchitecture: amd64\n\n"
    path.write_bytes(pack({"etc/os-release": b"ID=debian\nVERSION_ID=12\n", "var/lib/dpkg/status": status}))
    listed = list_target(f"{prefix}{path}", ScanOptions(), _ENVIRONMENT)
    assert listed.image == Image(str(path), "rootfs-archive", layers=(Layer(1),))
    assert [one.name for one in listed.inventory.packages] == ["bash"]


def test_what_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes(b"x")
    for reference, kind, message in [
        (f"file:{tmp_path}", ImageError, f"{tmp_path}: is a directory: dir:PATH reads it"),
        (f"file:{path}:1", ImageError, f"{path}: is a file, which has no tag '1'"),
        ("file:/dev/zero", ImageError, "/dev/zero: cannot be read: it is not a file"),
        ("file:nowhere", ImageError, "nowhere: no such file or directory"),
    ]:
        with pytest.raises(kind) as raised:
            open_image(reference, OpenOptions())
        assert str(raised.value) == message
    with pytest.raises(UsageError, match="is a file, which has no platform: leave --platform out"):
        open_image(f"file:{path}", OpenOptions(platform="linux/amd64"))
