"""Layers read by their tables of contents: the same findings as by the whole, less to fetch, and nothing believed."""

import io
import random
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from lading import Environment, StarterDatabase
from lading.engine.options import ScanOptions
from lading.engine.scan import scan
from lading.model.diagnostic import Diagnostic
from lading.model.report import Target
from lading.safeio.limits import Limits
from tests.fleet import CURL, OS_RELEASE, dpkg_status
from tests.inventory.test_assemble import DEBIAN
from tests.support.fleet_registry import FleetRegistry, serve_fleet
from tests.support.lazy_layers import Edit, Kind, LazyLayer, Table, lazy_layer, write_lazy_image
from tests.support.program import Lading
from tests.tars import Directory, Entry, File, Hardlink, Symlink, make_tar

pytestmark = pytest.mark.long

DEFAULT = Limits()
KINDS: tuple[Kind, ...] = ("estargz", "chunked")


def noise(size: int) -> bytes:
    return random.Random(size).randbytes(size)


def wheel(name: str) -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as archive:
        archive.writestr(f"{name}-1.0.dist-info/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
        archive.writestr(f"{name}/data.bin", noise(20_000))
    return held.getvalue()


def honest() -> list[Entry]:
    """A layer with packages of several kinds, programs, files in files, links, and much that nobody looks at."""
    return [
        Directory("etc"),
        File("etc/os-release", OS_RELEASE),
        File("var/lib/dpkg/status", dpkg_status([CURL, ("bash", "5.2.15-2"), *((f"p{n}", "1") for n in range(200))])),
        File("usr/share/doc/curl/manual.txt", noise(300_000)),
        File("opt/app/notes.md", noise(200_000)),
        File("opt/app/requests-1.0-py3-none-any.whl", wheel("requests")),
        File("opt/app/hidden.data", wheel("urllib3")),
        File("usr/lib/node_modules/lodash/package.json", b'{"name": "lodash", "version": "4.17.20"}'),
        File("usr/lib/node_modules/lodash/lodash.js", noise(150_000)),
        File("usr/bin/tool", b"\x7fELF\x02\x01\x01" + bytes(57) + noise(30_000)),
        File("usr/lib/libx.so.1", b"\x7fELF\x02\x01\x01" + bytes(57) + noise(30_000)),
        Symlink("usr/bin/other", "tool"),
        Hardlink("usr/bin/same", "usr/bin/tool"),
        File("opt/app/empty.txt", b""),
    ]


@contextmanager
def registry(path: Path, layers: list[LazyLayer], *, ranges: bool = True) -> Iterator[tuple[str, FleetRegistry]]:
    served = FleetRegistry({("team/app", "1"): write_lazy_image(path, layers)}, ranges=ranges)
    with serve_fleet(served) as server:
        yield f"{server.host}/team/app:1", served


def scanned(reference: str, place: Path | None = None, *, lazy: bool = True, limits: Limits = DEFAULT) -> Target:
    options = ScanOptions(lazy=lazy, limit=limits)
    (target,) = scan(reference, options, Environment(database=StarterDatabase(), layer_cache=place)).targets
    return target


def codes(target: Target) -> list[str]:
    return [one.code for one in target.diagnostics]


def of_lazy(target: Target) -> list[Diagnostic]:
    return [one for one in target.diagnostics if one.code in ("layer-by-toc", "lazy-not-used")]


@pytest.mark.parametrize("kind", KINDS)
def test_an_honest_layer_gives_the_same_and_less_is_fetched(kind: Kind, tmp_path: Path) -> None:
    layer = lazy_layer(make_tar(honest()), kind)
    with registry(tmp_path / "image", [layer]) as (reference, served):
        lazy, sent = scanned(reference), served.sent
        whole = scanned(reference, lazy=False)
    assert {one.name for one in whole.packages} >= {"curl", "requests", "urllib3", "lodash"}
    assert (lazy.packages, lazy.findings, lazy.unmanaged) == (whole.packages, whole.findings, whole.unmanaged)
    assert lazy.findings
    assert sent < len(layer.blob) // 2
    (told,) = of_lazy(lazy)
    assert (told.level, told.where) == ("incomplete", "layer 1")
    assert f" of {len(layer.blob):,} bytes were fetched" in told.message
    assert [one for one in lazy.diagnostics if one != told] == list(whole.diagnostics)
    assert lazy.incomplete


@pytest.mark.parametrize("kind", KINDS)
def test_a_table_that_hides_a_package_counts_as_incomplete_and_spoils_no_cache(kind: Kind, tmp_path: Path) -> None:
    def hide(table: Table) -> None:
        table[:] = [one for one in table if "node_modules" not in one["name"]]

    layer = lazy_layer(make_tar(honest()), kind, hide)
    with registry(tmp_path / "image", [layer]) as (reference, _):
        hidden, whole = scanned(reference, tmp_path / "cache"), scanned(reference, tmp_path / "cache", lazy=False)
        again = scanned(reference, tmp_path / "cache")
    assert "lodash" not in {one.name for one in hidden.packages}
    assert hidden.incomplete
    assert "lodash" in {one.name for one in whole.packages}
    assert not of_lazy(whole)
    assert (again.packages, of_lazy(again)) == (whole.packages, [])  # what was read whole is at hand


@pytest.mark.parametrize("kind", KINDS)
def test_no_gate_passes_on_a_table_alone(kind: Kind, tmp_path: Path, lading: Lading) -> None:
    layer = lazy_layer(make_tar([DEBIAN, File("var/lib/dpkg/status", dpkg_status([("bash", "5.2.15-2")]))]), kind)
    with registry(tmp_path / "image", [layer]) as (reference, _):
        command = ("scan", reference, "--starter", "--fail-on", "low", "--plain-http")
        lading(*command, status=0)
        assert "layer-by-toc" in lading(*command, "-o", "json", "--lazy", "--no-cache", status=3).stdout


def test_what_gives_no_parts_is_read_whole_and_told(tmp_path: Path) -> None:
    tar = make_tar(honest())
    plain = LazyLayer(tar, lazy_layer(tar, "chunked").diff_id, {})
    expected = {
        "ranges": "layer 1 was read as a whole: 127.0.0.1",
        "plain": "layer 1 was read as a whole: the manifest states no table of contents",
    }
    for name, layer, ranges in (("ranges", lazy_layer(tar, "estargz"), False), ("plain", plain, True)):
        with registry(tmp_path / name, [layer], ranges=ranges) as (reference, _):
            found = scanned(reference)
        (told,) = of_lazy(found)
        assert (told.level, told.message[: len(expected[name])]) == ("info", expected[name])
        assert "lodash" in {one.name for one in found.packages}
        assert not found.incomplete


def changed(number: int, **values: object) -> Edit:
    def edit(table: Table) -> None:
        files = [one for one in table if one["type"] == "reg" and one.get("size")]
        files[number].update(values)

    return edit


def sharing(table: Table) -> None:
    """All files have the content of one."""
    table[:] = [one for one in table if one["type"] != "chunk"]
    files = [one for one in table if one["type"] == "reg" and one.get("size")]
    for one in files:
        one.update({name: files[0][name] for name in files[0] if name != "name"})


HOSTILE: dict[str, Edit] = {
    "a negative offset": changed(1, offset=-1),
    "an offset behind the end": changed(1, offset=1 << 50, endOffset=1 << 51),
    "a huge size": changed(1, size=1 << 59),
    "a negative size": changed(1, size=-5),
    "a size beyond numbers": changed(1, size=1 << 80),
    "a piece of another content": changed(1, chunkDigest="sha256:" + "0" * 64),
    "a piece without a digest": changed(1, chunkDigest="", digest=""),
    "pieces that overlap": changed(1, chunkSize=1),
    "an unknown kind": changed(1, type="door"),
    "a name with a NUL": changed(1, name="a\0b"),
    "a huge number within": changed(1, innerOffset=1 << 60),
    "a number within that is not there": changed(1, innerOffset=1 << 20),
    "an attribute that is none": changed(1, xattrs={"user.a": "?"}),
}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", HOSTILE)
def test_a_table_that_does_not_fit_is_not_used(name: str, kind: Kind, tmp_path: Path) -> None:
    layer = lazy_layer(make_tar(honest()), kind, HOSTILE[name])
    with registry(tmp_path / "image", [layer]) as (reference, served):
        found = scanned(reference)
        assert served.sent < 3 * len(layer.blob)
    (told,) = of_lazy(found)
    assert (told.code, told.level) == ("lazy-not-used", "info")
    assert {one.name for one in found.packages} >= {"curl", "requests", "lodash"}


@pytest.mark.parametrize("kind", KINDS)
def test_files_that_share_their_content_are_fetched_once(kind: Kind, tmp_path: Path) -> None:
    layer = lazy_layer(make_tar(honest()), kind, sharing)
    with registry(tmp_path / "image", [layer]) as (reference, served):
        assert codes(scanned(reference)).count("layer-by-toc") == 1
        assert served.sent < len(layer.blob) // 2


@pytest.mark.parametrize("kind", KINDS)
def test_what_inflates_again_and_again_is_bounded(kind: Kind, tmp_path: Path) -> None:
    def many(table: Table) -> None:
        last = table[-1]
        table += [{**last, "name": f"usr/bin/bomb{number}"} for number in range(100_000)]

    bomb = File("usr/bin/bomb", bytes(32_000_000))
    layer = lazy_layer(make_tar([*honest(), bomb]), kind, many, chunk=1 << 25)
    with registry(tmp_path / "image", [layer]) as (reference, _):
        found = scanned(reference, limits=Limits(work=20))
    assert "limit-work" in codes(found)
    assert found.incomplete


@pytest.mark.parametrize("kind", KINDS)
def test_another_table_than_the_manifest_states_is_not_used(kind: Kind, tmp_path: Path) -> None:
    layer = lazy_layer(make_tar(honest()), kind)
    name = next(name for name, text in layer.annotations.items() if text.startswith("sha256:"))
    stated = LazyLayer(layer.blob, layer.diff_id, {**layer.annotations, name: "sha256:" + "0" * 64})
    with registry(tmp_path / "image", [stated]) as (reference, _):
        (told,) = of_lazy(scanned(reference))
    assert told.message == (
        "layer 1 was read as a whole: the table of contents has another digest than the manifest states"
    )


def test_a_table_of_too_many_entries_is_not_used(tmp_path: Path) -> None:
    def many(table: Table) -> None:
        table += [{"name": f"d{number}", "type": "dir"} for number in range(300_001)]

    with registry(tmp_path / "image", [lazy_layer(make_tar(honest()), "chunked", many)]) as (reference, _):
        (told,) = of_lazy(scanned(reference))
    assert told.code == "lazy-not-used"
