"""What is published beside the source: layers, lock files and archives that depend on nothing but what goes in."""

import hashlib
import io
import json
import os
import re
import subprocess
import tarfile
from pathlib import Path

import pytest

from release.bundle import checksums, packed
from release.image import Tree
from release.wheels import LOCK, ROOT, lock_for

VEX = ROOT / "release/lading.openvex.json"


def archive(*entries: tuple[str, bytes]) -> bytes:
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w") as written:
        for name, data in entries:
            entry = tarfile.TarInfo(name)
            entry.size, entry.mtime, entry.uname = len(data), 9_000_000_000, "builder"
            written.addfile(entry, io.BytesIO(data))
    return file.getvalue()


def test_a_layer_depends_on_its_files_and_the_time_alone() -> None:
    one, other = Tree(), Tree()
    one.add_tar(
        archive(("./lib/libc.so.6", b"c"), ("./usr/share/doc/libc6/copyright", b"GPL"), ("./etc/os-release", b""))
    )
    one.add("etc/passwd", b"root")
    other.add("etc/passwd", b"root")
    other.add_tar(archive(("etc/os-release", b""), ("usr/share/doc/libc6/copyright", b"GPL"), ("lib/libc.so.6", b"c")))
    assert one.tar(1_700_000_000) == other.tar(1_700_000_000)
    with tarfile.open(fileobj=io.BytesIO(one.tar(1_700_000_000))) as written:
        entries = written.getmembers()
    assert [entry.name for entry in entries] == [
        "etc",
        "etc/os-release",
        "etc/passwd",
        "usr/lib/libc.so.6",
        "usr/share/doc/libc6/copyright",
    ]
    assert {(entry.mtime, entry.uname, entry.uid) for entry in entries} == {(1_700_000_000, "", 0)}


def test_what_nobody_reads_in_a_container_is_left_out() -> None:
    tree = Tree()
    texts = (
        "usr/share/man/man1/a.1",
        "usr/share/doc/a/changelog.gz",
        "usr/share/locale/de/a.mo",
        "usr/share/doc/a/copyright",
    )
    tree.add_tar(archive(*((name, b"1") for name in texts)))
    assert [path for path, _ in tree.files("")] == ["usr/share/doc/a/copyright"]


@pytest.mark.parametrize(
    ("machine", "python", "absent"),
    [
        ("amd64", "3.11", set()),
        ("amd64", "3.14", {"backports-zstd"}),
        ("arm64-musl", "3.13", {"cel-expr-python"}),
        ("macos", "", set()),
    ],
)
def test_the_libraries_of_a_machine(machine: str, python: str, absent: set[str]) -> None:
    every = set(re.findall(r"^([\w-]+)==", LOCK.read_text(), re.MULTILINE))
    kept = lock_for(machine, python)
    assert every - set(re.findall(r"^([\w-]+)==", kept, re.MULTILINE)) == absent
    assert kept.count("--hash=sha256:") > 100


def test_a_bundle_depends_on_its_files_and_the_time_alone(tmp_path: Path) -> None:
    for name, names in (("one", ("install.sh", "a.whl")), ("two", ("a.whl", "install.sh"))):
        (tmp_path / name / "lading").mkdir(parents=True)
        for file in names:
            (tmp_path / name / "lading" / file).write_text(file)
            os.utime(tmp_path / name / "lading" / file, (len(name), len(file)))
    one, two = (packed(tmp_path / name / "lading", 1_700_000_000) for name in ("one", "two"))
    assert one == two
    with tarfile.open(fileobj=io.BytesIO(one)) as written:
        assert [(entry.name, entry.mode) for entry in written] == [
            ("lading/a.whl", 0o644),
            ("lading/install.sh", 0o755),
        ]


@pytest.mark.parametrize("shell", ["sh", "bash"])
def test_a_bundle_that_was_changed_is_not_installed(tmp_path: Path, shell: str) -> None:
    bundle = tmp_path / "lading"
    bundle.mkdir()
    (bundle / "install.sh").write_bytes((ROOT / "release/install.sh").read_bytes())
    (bundle / "requirements.txt").write_text("")
    (bundle / "SHA256SUMS").write_text(checksums(bundle))
    assert hashlib.sha256(b"").hexdigest() in (bundle / "SHA256SUMS").read_text()
    (bundle / "requirements.txt").write_text("lading\n")
    done = subprocess.run([shell, bundle / "install.sh", tmp_path / "there"], capture_output=True, text=True)
    assert done.returncode == 2
    assert done.stderr.endswith("lading: the bundle is not what was published: fetch it again\n")
    assert not (tmp_path / "there").exists()


def test_every_statement_of_the_image_gives_its_reason() -> None:
    statements = json.loads(VEX.read_bytes())["statements"]
    assert all(one["impact_statement"] and one["justification"] for one in statements)
    assert len({one["vulnerability"]["name"] for one in statements}) == len(statements)
