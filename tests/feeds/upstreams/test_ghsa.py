"""GitHub's advisory repository."""

import io
import json
import tarfile
from pathlib import Path

import pytest

from lading.feeds.upstreams.ghsa import FEED, parse_advisories
from lading.model.advisory import Advisory, Range, Severity, ShardName
from tests.feeds.recorder import Recorder

REVIEWED = "advisories/github-reviewed/2024/01"


def record(id: str, **fields: object) -> bytes:
    ranges = [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}]}]
    affected = [
        {
            "package": {"ecosystem": "npm", "name": "a"},
            "ranges": ranges,
            "database_specific": {"last_known_affected_version_range": "<= 1.9"},
        },
        {"package": {"ecosystem": "Unheard", "name": "a"}, "ranges": ranges},
    ]
    specific = {"severity": "MODERATE", "cwe_ids": ["CWE-79"]}
    whole = {"id": id, "aliases": ["CVE-2024-1"], "affected": affected, "database_specific": specific, **fields}
    return json.dumps(whole).encode()


def test_only_what_was_reviewed_is_read(tmp_path: Path) -> None:
    members = {
        f"main/{REVIEWED}/GHSA-a/GHSA-a.json": record("GHSA-a"),
        f"main/{REVIEWED}/GHSA-b/GHSA-b.json": b"[",
        f"main/{REVIEWED}/GHSA-c/GHSA-c.json": record("GHSA-c", withdrawn="2024-01-01T00:00:00Z"),
        "main/advisories/unreviewed/2024/01/GHSA-d/GHSA-d.json": record("GHSA-d"),
    }
    archive = tmp_path / "main.tar.gz"
    with tarfile.open(archive, "w:gz") as packed:
        for name, data in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            packed.addfile(info, io.BytesIO(data))
    newer = tmp_path / "GHSA-a.json"
    newer.write_bytes(record("GHSA-a", aliases=["CVE-2024-2"]))
    recorder = Recorder()
    files = {"ghsa/main.tar.gz": archive, f"ghsa/{REVIEWED}/GHSA-a/GHSA-a.json": newer}
    parse_advisories(files, recorder)  # type: ignore[arg-type]
    assert recorder.shards.keys() == {"github-npm"}
    shard = recorder.shards["github-npm"]
    severities = (Severity("medium", "ghsa", text="MODERATE"),)
    assert shard.advisories == [
        Advisory(
            "GHSA-a", "a", ranges=(Range(last_affected="1.9"),), aliases=("CVE-2024-2",), severities=severities,
            cwes=("CWE-79",),
        ),
        Advisory("GHSA-c", "a", "withdrawn", aliases=("CVE-2024-1",)),
    ]  # fmt: skip
    assert (shard.scheme, list(shard.texts)) == ("npm", ["GHSA-a", "GHSA-c"])
    assert recorder.skipped == [f"main/{REVIEWED}/GHSA-b/GHSA-b.json"]


@pytest.mark.parametrize(
    ("path", "taken"),
    [
        (f"ghsa/{REVIEWED}/GHSA-a/GHSA-a.json", True),
        ("ghsa/advisory-database-main.tar.gz", True),
        ("ghsa/main.zip", True),
        ("ghsa/advisories/unreviewed/2024/01/GHSA-a/GHSA-a.json", False),
        ("ghsa/osv-Maven-subset/all.zip", False),
        ("osv/npm/all.zip", False),
    ],
)
def test_layouts(path: str, taken: bool) -> None:
    assert len(FEED.units([path])) == taken


def test_shards() -> None:
    known = [name for name in ("github-npm", "github-crates.io", "npm", "gitlab-npm") if FEED.unit_for(ShardName(name))]
    assert known == ["github-npm", "github-crates.io"]
    (unit,) = FEED.units(None)
    assert unit.name == "ghsa"
