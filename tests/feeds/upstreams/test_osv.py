"""The OSV export: archives and single records, whichever way a copy is laid out."""

import io
import json
import zipfile
from pathlib import Path

import pytest

from lading.feeds.upstreams.osv import FEED, parse_export, shard_of
from lading.model.advisory import Advisory, Range, ShardName
from tests.feeds.recorder import Recorder


def record(id: str, *packages: tuple[str, str], **fields: object) -> bytes:
    ranges = [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": "2"}]}]
    affected = [{"package": {"ecosystem": one, "name": name}, "ranges": ranges} for one, name in packages]
    return json.dumps({"id": id, "modified": "2026-01-01T00:00:00Z", "affected": affected, **fields}).encode()


def archive(**members: bytes) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as packed:
        for name, data in members.items():
            packed.writestr(name.replace("__", "/"), data)
    return file.getvalue()


def read(tmp_path: Path, ecosystem: str, **documents: bytes) -> Recorder:
    files = {}
    for number, (path, data) in enumerate(documents.items()):
        files[path] = tmp_path / str(number)
        files[path].write_bytes(data)
    recorder = Recorder()
    parse_export(ecosystem, files, recorder)  # type: ignore[arg-type]
    return recorder


def test_an_archive_and_newer_records_beside_it(tmp_path: Path) -> None:
    held = {
        "osv/npm/all.zip": archive(
            **{"A-1.json": record("A-1", ("npm", "old")), "A-2.json": record("A-2", ("npm", "b")), "A-3.json": b"{"}
        ),
        "osv/npm/A-1.json": record("A-1", ("npm", "new"), ("PyPI", "elsewhere")),
    }
    found = read(tmp_path, "npm", **held)
    assert found.shards.keys() == {"npm"}
    npm = found.shards["npm"]
    assert (npm.scheme, npm.names) == ("npm", "source")
    fixed = (Range(fixed="2"),)
    assert npm.advisories == [Advisory("A-1", "new", ranges=fixed), Advisory("A-2", "b", ranges=fixed)]
    assert npm.texts.keys() == {"A-1", "A-2"}
    assert found.skipped == ["A-3.json"]


def test_the_go_database_is_the_same_shard(tmp_path: Path) -> None:
    one = record("GO-2024-1", ("Go", "stdlib"))
    held = {
        "osv/Go/all.zip": archive(**{"GO-2024-1.json": one}),
        "go/vulndb.zip": archive(
            **{"ID__GO-2024-1.json": one, "ID__GO-2024-2.json": record("GO-2024-2", ("Go", "toolchain")),
               "index__db.json": b"{}", "index__vulns.json": b"[]"}
        ),
    }  # fmt: skip
    found = read(tmp_path, "Go", **held)
    assert [one.package for one in found.shards["go"].advisories] == ["stdlib", "toolchain"]
    assert (found.shards["go"].scheme, found.skipped) == ("golang", [])


def test_the_text_of_a_notice_is_found_by_the_vulnerability(tmp_path: Path) -> None:
    notice = record(
        "ALSA-1", ("AlmaLinux:9", "a"), ("AlmaLinux:9", "b"), ("AlmaLinux:8", "a"), ("Rocky Linux:8", "a"),
        related=["CVE-2024-1"], summary="Low: a",
    )  # fmt: skip
    found = read(tmp_path, "AlmaLinux", **{"osv/AlmaLinux/ALSA-1.json": notice})
    assert found.shards.keys() == {"almalinux-8", "almalinux-9"}
    assert [one.package for one in found.shards["almalinux-9"].advisories] == ["a", "b"]
    assert found.shards["almalinux-9"].names == "binary"
    assert {id: text.summary for id, text in found.shards["almalinux-9"].texts.items()} == {"CVE-2024-1": "Low: a"}


def test_ecosystems_that_share_records_are_read_together(tmp_path: Path) -> None:
    both = record("CGA-1", ("Chainguard", "a"), ("Wolfi", "a"), related=["CVE-2024-1"])
    found = read(tmp_path, "Chainguard", **{"osv/Wolfi/all.zip": archive(**{"CGA-1.json": both})})
    assert found.shards.keys() == {"osv-chainguard", "osv-wolfi"}


@pytest.mark.parametrize(
    ("path", "unit"),
    [
        ("osv/npm/all.zip", "osv npm"),
        ("osv/Rocky Linux/all.zip", "osv Rocky Linux"),
        ("osv/Rocky%20Linux/RLSA-2024:1.json", "osv Rocky Linux"),
        ("osv-records/GitHub_Actions/GHSA-1.json", "osv GitHub Actions"),
        ("ghsa/osv-Maven-subset/all.zip", "osv Maven"),
        ("rocky/osv/RLSA-2024_1.json", "osv Rocky Linux"),
        ("suse-osv/osv.tar.bz2", "osv SUSE"),
        ("osv/openSUSE/all.zip", "osv SUSE"),
        ("go/vulndb.zip", "osv Go"),
        ("go/ID/GO-2024-1.json", "osv Go"),
        ("osv-records/OSS-Fuzz/OSV-1.json", ""),
        ("osv/npm/modified_id.csv", ""),
        ("osv/ecosystems.txt", ""),
    ],
)
def test_layouts(path: str, unit: str) -> None:
    assert [one.name for one in FEED.units([path])] == ([unit] if unit else [])


def test_what_is_fetched() -> None:
    units = {unit.name: unit for unit in FEED.units(None)}
    assert units.keys() >= {"osv npm", "osv Debian", "osv Rocky Linux", "osv Alpaquita", "osv VSCode"}
    assert units.keys().isdisjoint(
        {"osv Ubuntu", "osv ConanCenter", "osv SUSE", "osv Chainguard", "osv BellSoft Hardened Containers"}
    )
    assert [document.url.rpartition("/")[0][-12:] for document in units["osv Rocky Linux"].documents] == [
        "Rocky%20Linux"[-12:]
    ]
    assert len(units["osv Alpaquita"].documents) == 2


@pytest.mark.parametrize(
    ("ecosystem", "shard", "unit"),
    [
        ("PyPI", "pypi", "osv PyPI"),
        ("AlmaLinux:9", "almalinux-9", "osv AlmaLinux"),
        ("Debian:12", "osv-debian-12", "osv Debian"),
        ("Wolfi", "osv-wolfi", "osv Chainguard"),
        ("Red Hat:a:b", "osv-red-hat", "osv Red Hat"),
        ("Azure Linux:3", "osv-azurelinux-3.0", "osv Azure Linux"),
        ("Azure Linux:2", "osv-mariner-2.0", "osv Azure Linux"),
        ("SUSE:Linux Enterprise Micro 5.5", "osv-sle-micro-5.5", "osv SUSE"),
        ("openSUSE:Leap 15.5", "osv-opensuse-leap-15.5", "osv SUSE"),
        ("BellSoft Hardened Containers:23", "bellsoft-hardened-containers-23", "osv Alpaquita"),
    ],
)
def test_the_unit_of_a_shard(ecosystem: str, shard: str, unit: str) -> None:
    assert shard_of(ecosystem) == shard
    found = FEED.unit_for(ShardName(shard))
    assert found is not None and found.name == unit


def test_shards_of_other_feeds() -> None:
    assert [FEED.unit_for(ShardName(name)) for name in ("debian-12", "wolfi", "rhel-9", "gitlab-npm", "kev")] == [
        None
    ] * 5


def test_one_release_of_several(tmp_path: Path) -> None:
    records = {"1.json": record("ALSA-1", ("AlmaLinux:8", "curl")), "2.json": record("ALSA-2", ("AlmaLinux:9", "curl"))}
    (tmp_path / "all.zip").write_bytes(archive(**records))
    recorder = Recorder("almalinux-9")
    parse_export("AlmaLinux", {"osv/AlmaLinux/all.zip": tmp_path / "all.zip"}, recorder)  # type: ignore[arg-type]
    assert {name: [one.id for one in shard.advisories] for name, shard in recorder.shards.items()} == {
        "almalinux-9": ["ALSA-2"]
    }
