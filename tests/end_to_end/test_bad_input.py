"""Hostile and broken images through the whole program: one clear line or remark, and never a clean result."""

import gzip
import hashlib
import json
import os
import shutil
import signal
import subprocess
import sys
import tarfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from isal import igzip

from tests.image.images import AMD64, CONFIG, LAYER, MANIFEST, Blobs
from tests.inventory.test_assemble import DEBIAN, status
from tests.support.program import Lading
from tests.tars import Entry, File, Symlink, make_tar

pytestmark = pytest.mark.long


def write_layout(root: Path, *layers: tuple[bytes, str]) -> str:
    """An OCI layout of (gzip blob, diff ID) layers; gives the reference to it."""
    blobs = Blobs()
    described = [blobs.add(blob, LAYER) for blob, _ in layers]
    config = {**AMD64, "rootfs": {"type": "layers", "diff_ids": [diff_id for _, diff_id in layers]}}
    manifest = {
        "schemaVersion": 2,
        "mediaType": MANIFEST,
        "config": blobs.add_json(config, CONFIG),
        "layers": described,
    }
    for name, data in blobs.files(blobs.add_json(manifest, MANIFEST)).items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(data)
    return f"oci:{root}"


def layer(entries: Sequence[Entry]) -> tuple[bytes, str]:
    tar = make_tar(entries)
    return igzip.compress(tar), f"sha256:{hashlib.sha256(tar).hexdigest()}"


def remarks(lading: Lading, *arguments: str) -> tuple[int, list[tuple[str, str]]]:
    """The exit status of a scan and the (code, message) of its incomplete diagnostics."""
    done = lading("scan", *arguments, "--offline", "-o", "json", status=None)
    report = json.loads(done.stdout)
    told = [
        (one["code"], one["message"]) for one in report["targets"][0]["diagnostics"] if one["level"] == "incomplete"
    ]
    return done.status, told


NO_PACKAGES = (
    "no-packages",
    "no packages were found, so nothing was matched",
)


def test_ten_gigabytes_of_zeros(lading: Lading, tmp_path: Path) -> None:
    info = tarfile.TarInfo("zeros")
    info.size = 10_000_000_000
    blob = gzip.compress(info.tobuf(tarfile.GNU_FORMAT)) + gzip.compress(bytes(100_000_000)) * 100
    reference = write_layout(tmp_path / "image", (blob, f"sha256:{'0' * 64}"))
    told = remarks(lading, reference)
    assert told == (
        3,
        [
            (
                "limit-ratio",
                "inflates more than 100 to 1 (a decompression bomb?); the rest was not read "
                "(--limit ratio=N raises this)",
            ),
            NO_PACKAGES,
        ],
    )


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> str:
    """An image of 700,000 empty files: more work than one of its size may ask for."""
    header = bytearray(tarfile.TarInfo("n" * 40).tobuf(tarfile.USTAR_FORMAT))
    header[148:156] = b" " * 8
    rest = sum(header) - 40 * ord("n")
    digest, members = hashlib.sha256(), []
    for block in range(700):
        headers = []
        for number in range(block * 1000, block * 1000 + 1000):
            name = b"srv/many/%08d" % number
            header[0:40] = name.ljust(40, b"x")
            header[148:156] = b"%06o\0 " % (rest + sum(header[0:40]))
            headers.append(bytes(header))
        data = b"".join(headers)
        digest.update(data)
        members.append(igzip.compress(data, 1))
    return write_layout(tmp_path_factory.mktemp("many"), (b"".join(members), f"sha256:{digest.hexdigest()}"))


def test_very_many_empty_entries(lading: Lading, many: str) -> None:
    work = "asks for more work than an image of its size may; the rest was not read (--limit work=N raises this)"
    assert remarks(lading, many) == (3, [("limit-work", work), NO_PACKAGES])
    assert remarks(lading, many, "--limit", "work=100M") == (3, [NO_PACKAGES])
    assert remarks(lading, many, "--limit", "work=100M", "--limit", "entries=100K", "--no-cache") == (
        3,
        [("limit-entries", "more than 100,000 entries; the rest was not read (--limit entries=N raises this)"),
         NO_PACKAGES],
    )  # fmt: skip


def test_loops_of_symlinks(lading: Lading, tmp_path: Path) -> None:
    loop: list[Entry] = [Symlink("etc/os-release", "loop"), Symlink("etc/loop", "os-release"), Symlink("var", "var")]
    loops = [("symlink-loop", "a symlink loop hides a file Lading looks for")] * 2
    assert remarks(lading, write_layout(tmp_path / "image", layer(loop))) == (3, [NO_PACKAGES, *loops])


def test_an_empty_image(lading: Lading, tmp_path: Path) -> None:
    assert remarks(lading, write_layout(tmp_path / "image")) == (3, [NO_PACKAGES])
    (tmp_path / "root").mkdir()
    assert remarks(lading, f"dir:{tmp_path}/root") == (3, [NO_PACKAGES])


def test_a_deleted_package_database(lading: Lading, tmp_path: Path) -> None:
    layers = (layer([DEBIAN, status("a=1")]), layer([File("var/lib/dpkg/.wh.status")]))
    status_code, told = remarks(lading, write_layout(tmp_path / "image", *layers))
    assert status_code == 3
    assert (
        "package-database-deleted",
        "layer 2 deleted the dpkg package database; its packages are listed as layer 1 left them, "
        "what changed since is unknown",
    ) in told


def test_an_unknown_distribution(lading: Lading, tmp_path: Path) -> None:
    plan9: list[Entry] = [File("etc/os-release", b'ID=plan9\nPRETTY_NAME="Plan 9"\n'), status("a=1")]
    told = remarks(lading, write_layout(tmp_path / "image", layer(plan9)))
    assert told == (3, [("distribution-unknown", "1 package was not matched: no advisories for Plan 9")])


def test_missing_advisories(lading: Lading, tmp_path: Path) -> None:
    told = remarks(lading, write_layout(tmp_path / "image", layer([DEBIAN, status("a=1")])))
    message = "1 package was not matched: the advisories debian-12 are not downloaded; run: lading db update debian-12"
    assert told == (3, [("advisories-missing", message)])


def test_a_corrupt_shard(lading: Lading, tmp_path: Path, own_home: Path) -> None:
    feeds = tmp_path / "feeds" / "debian"
    feeds.mkdir(parents=True)
    vulnerability = {"releases": {"bookworm": {"status": "open", "urgency": "high"}}}
    (feeds / "tracker.json").write_text(json.dumps({"a": {"CVE-2024-1": vulnerability}}))
    lading("db", "update", "--from", feeds.parent)
    reference = write_layout(tmp_path / "image", layer([DEBIAN, status("a=1")]))
    lading("scan", reference, "--offline", "--fail-on", "high", status=1)
    (shard,) = (own_home / ".local/share/lading/db/shards/debian-12").glob("*.sqlite")
    data = bytearray(shard.read_bytes())
    data[len(data) // 2] ^= 0xFF
    shard.write_bytes(data)
    done = lading("scan", reference, "--offline", status=2)
    found = hashlib.sha256(data).hexdigest()
    assert (done.status, done.stdout, done.stderr) == (
        2,
        "",
        f"lading: the shard debian-12 cannot be read ({shard}: its digest is sha256:{found}, expected "
        f"sha256:{shard.stem}); run: lading db update debian-12\n",
    )


@pytest.fixture
def full_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system with room for next to nothing."""
    if os.geteuid() or not shutil.which("mount"):
        pytest.skip("mounting a small file system needs root")
    place = tmp_path / "full"
    place.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=4k", "none", str(place)], capture_output=True).returncode:
        pytest.skip("a small file system cannot be mounted here")
    yield place
    subprocess.run(["umount", str(place)], check=True)


def test_a_full_disk_for_the_cache(
    lading: Lading, tmp_path: Path, full_disk: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(full_disk))
    many: list[Entry] = [DEBIAN, status(*(f"package-{number}=1" for number in range(500)))]
    report = json.loads(lading("packages", write_layout(tmp_path / "image", layer(many)), "-o", "json").stdout)
    assert len(report["packages"]) == 500
    (told,) = report["diagnostics"]
    assert (told["level"], told["code"]) == ("warning", "cache-not-written")
    assert told["message"].endswith("No space left on device; the scan went on without it")
    assert [path.name for path in full_disk.rglob("*") if path.is_file()] == ["layers.key"]


def processor_time(pid: str) -> float:
    """What a process has used so far (seconds)."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def test_interrupting_leaves_nothing(many: str, own_home: Path) -> None:
    """In the middle of a layer: its worker has begun, and is for seconds not at the end."""
    process = subprocess.Popen(
        [sys.executable, "-m", "lading", "scan", many, "--offline", "--limit", "work=100M"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children")
    while process.poll() is None and max(map(processor_time, children.read_text().split()), default=0) < 1:
        time.sleep(0.02)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=120)
    assert (process.returncode, out, err) == (130, "", "lading: interrupted\n")
    assert [path for path in own_home.rglob("*") if path.is_file()] == []


@pytest.mark.parametrize("more", [(), ("-o", "json")])
def test_a_reader_that_has_seen_enough_does_not_change_the_gate(more: tuple[str, ...], tmp_path: Path) -> None:
    image = write_layout(tmp_path / "image", layer([DEBIAN, status("curl=7.88.1-10")]))
    command = [sys.executable, "-m", "lading", "scan", image, "--starter", "--fail-on", "any", *more]
    read, write = os.pipe()
    os.close(read)
    done = subprocess.run(command, stdout=write, stderr=subprocess.PIPE, text=True, timeout=120, check=False)
    os.close(write)
    assert (done.returncode, done.stderr) == (1, "")
