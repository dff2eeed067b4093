"""The layer pass over real bytes: compression, digests, cache, detours, limits, cancelling."""

import gzip
import tarfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import cast

import pytest
from msgspec import structs

from lading.engine import cache
from lading.engine.inventory import Wanted, take_inventory
from lading.model.diagnostic import Diagnostic
from lading.model.errors import ImageError
from lading.model.image import Base, BaseEvidence, Clues, Image, ImageConfig, Layer
from lading.model.package import Inventory
from lading.model.ports import Arrivals, ByteStream, NoProgress
from lading.safeio.limits import Limits
from lading.safeio.zstd import compress
from tests.inventory.test_assemble import DEBIAN, ELF, layers_of, status
from tests.tars import BytesStream, Entry, File, Hardlink, Symlink, make_tar


@dataclass
class Source:
    layer: Layer
    blob: bytes
    opened: int = 0

    @property
    def cache_key(self) -> str:
        return self.layer.diff_id

    def open(self) -> ByteStream:
        self.opened += 1
        return BytesStream(self.blob)


@dataclass
class Opened:
    layers: Sequence[Source] = ()
    root: str = ""
    sequential: bool = False
    arrivals: Arrivals | None = None
    directories: tuple[str, ...] = ()
    kernels: bool = False
    image: Image = field(default_factory=lambda: Image(name="test", source="oci-layout"))
    clues: Clues = field(default_factory=Clues)
    diagnostics: Sequence[Diagnostic] = ()

    def close(self) -> None: ...


def digest(data: bytes) -> str:
    return f"sha256:{sha256(data).hexdigest()}"


def source(index: int, tar: bytes, blob: bytes | None = None, diff_id: str = "") -> Source:
    blob = gzip.compress(tar, mtime=0) if blob is None else blob
    return Source(Layer(index, diff_id or digest(tar), digest(blob), len(blob)), blob)


def blobs(*sources: Source, base: Base | None = None) -> Opened:
    """An image whose layers are named by the digests of their blobs."""
    return Opened(sources, image=Image("test", "oci-layout", layers=tuple(one.layer for one in sources), base=base))


def image(*layers: Sequence[Entry]) -> Opened:
    return Opened([source(index, make_tar(entries)) for index, entries in enumerate(layers, 1)])


def take(
    opened: Opened, directory: Path | None = None, limits: Limits | None = None
) -> tuple[Inventory, tuple[Diagnostic, ...]]:
    listed = take_inventory(opened, cache=directory, limits=limits or Limits(), progress=NoProgress())
    return listed.inventory, listed.diagnostics


LAYERS = ([DEBIAN, status("a=1", "b=1")], [status("a=1", "b=2")])


def test_layers_of_any_compression_give_the_same() -> None:
    tars = [make_tar(entries) for entries in LAYERS]
    expected = {"a=1": 1, "b=2": 2}
    for pack in (gzip.compress, compress, bytes):
        opened = Opened([source(index, tar, pack(tar)) for index, tar in enumerate(tars, 1)])
        inventory, diagnostics = take(opened)
        assert (layers_of(inventory), diagnostics) == (expected, ())


def test_the_second_scan_reads_no_layer(tmp_path: Path) -> None:
    first, second = image(*LAYERS), image(*LAYERS)
    inventory, _ = take(first, tmp_path)
    assert take(second, tmp_path)[0] == inventory
    assert [[one.opened for one in opened.layers] for opened in (first, second)] == [[1, 1], [0, 0]]
    assert cache.info(tmp_path).entries == 3  # each layer, and the image
    assert cache.clear(tmp_path).entries == 3
    assert cache.info(tmp_path) == cache.CacheInfo(0, 0)


def test_what_the_image_runs_from_a_cache_is_no_other_images(tmp_path: Path) -> None:
    """The same layers under another command: what is kept of the one says nothing of the other."""
    wheel = File("root/.cache/pip/x/idna-3.4.dist-info/METADATA", b"Metadata-Version: 2.1\nName: idna\nVersion: 3.4\n")
    found = []
    for command in (("sh",), ("python3", "/root/.cache/pip/x/run.py"), ("sh",)):
        opened = image([DEBIAN, wheel])
        opened.clues = Clues(config=ImageConfig(command=command))
        found.append([one.name for one in take(opened, tmp_path)[0].packages])
    assert found == [[], ["idna"], []]


def test_a_damaged_cache_entry_is_read_again(tmp_path: Path) -> None:
    take(image(*LAYERS), tmp_path)
    for path in tmp_path.glob("??/*"):
        data = bytearray(path.read_bytes())
        data[len(data) // 2] ^= 0xFF
        path.write_bytes(data)
    again = image(*LAYERS)
    inventory, diagnostics = take(again, tmp_path)
    assert (layers_of(inventory), diagnostics) == ({"a=1": 1, "b=2": 2}, ())
    assert [one.opened for one in again.layers] == [1, 1]


def test_a_cache_that_cannot_be_written_is_told_and_the_scan_goes_on(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("not a directory")
    inventory, diagnostics = take(image(*LAYERS), blocked)
    assert layers_of(inventory) == {"a=1": 1, "b=2": 2}
    assert {(one.level, one.code) for one in diagnostics} == {("warning", "cache-not-written")}
    assert all(one.message.endswith("; the scan went on without it") for one in diagnostics)


def test_a_cache_that_cannot_be_trusted_is_told_and_the_scan_goes_on(tmp_path: Path) -> None:
    directory = tmp_path / "layers"
    take(image(*LAYERS), directory)
    cache.key_file(directory).chmod(0o644)
    again = image(*LAYERS)
    inventory, diagnostics = take(again, directory)
    assert layers_of(inventory) == {"a=1": 1, "b=2": 2}
    assert [(one.level, one.code) for one in diagnostics] == [("warning", "cache-not-used")]
    assert [one.opened for one in again.layers] == [1, 1]


def test_entries_of_another_key_are_told_and_read_again(tmp_path: Path) -> None:
    take(image(*LAYERS), tmp_path)
    for key, opened, said in ((b"shared", [1, 1], 3), (b"shared", [0, 0], 0), (b"other", [1, 1], 3)):
        again = image(*LAYERS)
        inventory, diagnostics, *_ = take_inventory(
            again, cache=tmp_path, cache_key=key, limits=Limits(), progress=NoProgress()
        )
        assert layers_of(inventory) == {"a=1": 1, "b=2": 2}
        assert [one.opened for one in again.layers] == opened
        message = f"{said} cache entries of another key or user were ignored"
        assert diagnostics == ((Diagnostic("info", "cache-of-another-key", message),) if said else ())


def test_a_link_behind_which_nobody_looked_is_read_in_a_second_pass(tmp_path: Path) -> None:
    moved = status("a=1", path="srv/database/status")
    opened = image([DEBIAN, moved], [Symlink("var/lib/dpkg", "/srv/database")])
    assert layers_of(take(opened, tmp_path)[0]) == {"a=1": 1}
    assert [one.opened for one in opened.layers] == [2, 1]
    again = image([DEBIAN, moved], [Symlink("var/lib/dpkg", "/srv/database")])
    assert layers_of(take(again, tmp_path)[0]) == {"a=1": 1}
    assert [one.opened for one in again.layers] == [0, 0]


@pytest.mark.parametrize(("target", "where"), [("/opt/packages", "opt/packages/"), ("/", ""), ("../../..", "")])
def test_a_directory_of_package_files_may_lie_elsewhere(target: str, where: str) -> None:
    parts = [status(f"{name}=1", path=f"{where}{name}") for name in "ab"]
    opened = image([DEBIAN, *parts, status("c=1", path=f"{where}below/c")], [Symlink("var/lib/dpkg/status.d", target)])
    assert layers_of(take(opened)[0]) == {"a=1": 1, "b=1": 1}
    assert [source.opened for source in opened.layers] == [2, 1]


def test_a_hard_link_to_a_lower_layer_is_read_in_a_second_pass() -> None:
    opened = image([DEBIAN, status("a=1", path="opt/status")], [Hardlink("var/lib/dpkg/status", "opt/status")])
    assert layers_of(take(opened)[0]) == {"a=1": 2}


def test_what_engines_disagree_about_is_told(tmp_path: Path) -> None:
    """The real database is smuggled in through a link that is gone at the end."""
    layers: tuple[list[Entry], ...] = (
        [DEBIAN, status("a=1")],
        [Symlink("zz", "var/lib")],
        [status("a=1", "openssl=1", path="zz/dpkg/status")],
        [File(".wh.zz")],
    )
    for opened in ([1, 1, 2, 1], [0, 0, 0, 0]):
        smuggling = image(*layers)
        inventory, diagnostics = take(smuggling, tmp_path)
        assert layers_of(inventory) == {"a=1": 1, "openssl=1": 3}
        assert [(one.level, one.code, one.where) for one in diagnostics] == [
            ("incomplete", "engines-disagree", "var/lib/dpkg/status")
        ]
        assert [one.opened for one in smuggling.layers] == opened


def test_what_every_engine_sees_is_no_disagreement() -> None:
    """A program lies elsewhere, and is the same program."""
    through = image([DEBIAN, status("a=1"), Symlink("bin", "usr/bin")], [File("bin/tool", ELF)])
    inventory, diagnostics = take(through)
    assert [one.path for one in inventory.unmanaged] == ["usr/bin/tool"]
    assert diagnostics == ()


@pytest.mark.parametrize("evidence", ["index", "annotation", "named", ""])
def test_a_wrong_diff_id_that_something_hangs_on_ends_the_scan(tmp_path: Path, evidence: BaseEvidence | str) -> None:
    tar = make_tar(LAYERS[0])
    wrong = source(1, tar, diff_id=digest(b"another layer"))
    if evidence:
        opened = blobs(wrong, base=Base(1, "debian:12", cast("BaseEvidence", evidence), ""))
    else:
        opened = blobs(Source(structs.replace(wrong.layer, digest=""), wrong.blob))
    with pytest.raises(ImageError) as caught:
        take(opened, tmp_path)
    assert str(caught.value).startswith("test: layer 1 (")
    assert digest(b"another layer") in str(caught.value) and digest(tar) in str(caught.value)
    assert cache.info(tmp_path).entries == 0


def test_damaged_layers_are_one_clear_error() -> None:
    tar = make_tar(LAYERS[0])
    for blob, message in (
        (gzip.compress(tar)[:-20], "the compressed data ends too early: fetch the image again"),
        (tar[:520], "the tar archive ends too early (truncated): fetch the image again"),
        (b"<html>" * 200, "not a tar archive, or a damaged one (bad header checksum after entry 0)"),
    ):
        content = tar if blob[:2] == b"\x1f\x8b" else blob
        opened = Opened([source(1, content, blob)])
        with pytest.raises(ImageError) as caught:
            take(opened)
        assert str(caught.value) == f"test: layer 1 ({digest(blob)[:19]}): {message}"


def test_a_limit_leaves_an_incomplete_result_that_is_not_cached(tmp_path: Path) -> None:
    opened = image([DEBIAN, status("a=1"), *(File(f"many/{number}") for number in range(100))], LAYERS[1])
    inventory, diagnostics = take(opened, tmp_path, Limits(entries=50))
    assert layers_of(inventory) == {"a=1": 1, "b=2": 2}
    assert diagnostics == (
        Diagnostic(
            "incomplete",
            "limit-entries",
            "more than 50 entries; the rest was not read (--limit entries=N raises this)",
            "layer 1",
        ),
    )
    assert cache.info(tmp_path).entries == 1


def test_a_file_above_the_file_limit_is_told() -> None:
    status = "var/lib/dpkg/status"
    _, diagnostics = take(image([DEBIAN, File(status, b"Package: a\nVersion: 1\n")]), limits=Limits(file=10))
    assert ("incomplete", "file-too-large", status) in [(one.level, one.code, one.where) for one in diagnostics]


def test_ten_gigabytes_of_zeros_meet_the_ratio_limit() -> None:
    info = tarfile.TarInfo("zeros")
    info.size = 10_000_000_000
    header = info.tobuf(tarfile.GNU_FORMAT)
    blob = gzip.compress(header) + gzip.compress(bytes(100_000_000)) * 100
    opened = Opened([Source(Layer(1, digest(b""), digest(blob), len(blob)), blob)])
    inventory, diagnostics = take(opened)
    assert inventory.packages == ()
    assert [(one.level, one.code, one.where) for one in diagnostics] == [("incomplete", "limit-ratio", "layer 1")]


def test_a_path_that_climbs_out_is_kept_inside_and_told() -> None:
    inventory, diagnostics = take(image([DEBIAN, status("a=1", path="../../var/lib/dpkg/status")]))
    assert layers_of(inventory) == {"a=1": 1}
    assert diagnostics == (
        Diagnostic(
            "warning",
            "escaping-path",
            "a path that climbs out of the image's root; it was kept inside, as container engines do",
            "layer 1: var/lib/dpkg/status",
        ),
    )


def test_a_root_filesystem_is_read_where_it_lies(tmp_path: Path) -> None:
    root = tmp_path / "root"
    for entry in (*LAYERS[1], File("opt/release", DEBIAN.content)):
        assert isinstance(entry, File)
        path = root / entry.path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(entry.content)
    (root / "etc").mkdir()
    (root / "etc/os-release").symlink_to("/opt/release")
    (root / "etc/alpine-release").symlink_to("/etc/hostname")  # of the image, never of the host
    (root / "proc").mkdir()
    inventory, diagnostics = take(Opened(root=str(root)))
    assert layers_of(inventory) == {"a=1": 1, "b=2": 1}
    assert inventory.distribution is not None and inventory.distribution.release == "debian-12"
    assert diagnostics == ()


def test_an_inventory_is_kept_for_its_layers_its_scope_and_whole_reads_only(tmp_path: Path) -> None:
    layers = (source(1, make_tar([DEBIAN, status("a=1")])), source(2, make_tar([status("a=2")])))
    opened = Opened(layers)
    squashed, _ = take(opened, tmp_path)
    (entry,) = (path for path in tmp_path.glob("??/*") if b"a@2" in path.read_bytes())
    entry.write_bytes(entry.read_bytes()[:-1])
    assert take(opened, tmp_path)[0] == squashed
    deleted, _, *_ = take_inventory(
        opened, cache=tmp_path, limits=Limits(), progress=NoProgress(), wanted=Wanted(scope="deleted")
    )
    assert [f"{one.name}={one.version}" for one in deleted.packages] == ["a=1"]
    assert [one.opened for one in layers] == [1, 1]
