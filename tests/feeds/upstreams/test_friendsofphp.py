"""FriendsOfPHP's security advisories."""

from pathlib import Path

import pytest

from lading.feeds.upstreams.friendsofphp import FEED, parse_advisories
from lading.model.advisory import Advisory, AdvisoryText, Range, ShardName
from tests.feeds.recorder import Recorder
from tests.feeds.yaml_tree import parse_tree

RECORD = """
title: A vulnerability
link: https://example.org/vulnerability
cve: CVE-2024-1111
branches:
    2.x:
        time: 2024-02-03 04:05:06
        versions: ['>=2.0.0', '<2.1.1']
    1.x:
        time: ~
        versions: ['<=1.7.2']
reference: composer://Vendor/thing
"""


def read(tmp_path: Path, members: dict[str, str], single: dict[str, str] | None = None) -> Recorder:
    return parse_tree(parse_advisories, "friendsofphp", members, single or {}, tmp_path)


def test_a_record(tmp_path: Path) -> None:
    found = read(tmp_path, {"vendor/thing/CVE-2024-1111.yaml": RECORD})
    shard = found.shards["friendsofphp"]
    assert (shard.scheme, found.dates) == ("packagist", ["2024-02-03"])
    assert shard.advisories == [
        Advisory(
            "CVE-2024-1111",
            "vendor/thing",
            ranges=(Range(last_affected="1.7.2"), Range("2.0.0", fixed="2.1.1")),
            fix_date="2024-02-03",
        )
    ]
    assert shard.texts == {
        "CVE-2024-1111": AdvisoryText(
            "CVE-2024-1111",
            "A vulnerability",
            "https://example.org/vulnerability",
            "2024-02-03",
            packages=("vendor/thing",),
        )
    }


@pytest.mark.parametrize(
    ("cve", "file", "id", "aliases"),
    [
        ("~", "2024-02-03", "vendor/thing/2024-02-03", ()),
        ("~", "CVE-2024-2222", "CVE-2024-2222", ()),
        ("~", "GHSA-77mv-mp2j-gxxh", "GHSA-77mv-mp2j-gxxh", ()),
        ("CVE-2024-1111", "GHSA-77mv-mp2j-gxxh", "CVE-2024-1111", ("GHSA-77mv-mp2j-gxxh",)),
        ("CVE-2024-1111", "2024-02-03", "CVE-2024-1111", ()),
    ],
)
def test_names(cve: str, file: str, id: str, aliases: tuple[str, ...], tmp_path: Path) -> None:
    found = read(tmp_path, {f"vendor/thing/{file}.yaml": RECORD.replace("cve: CVE-2024-1111", f"cve: {cve}")})
    assert [(one.id, one.aliases) for one in found.shards["friendsofphp"].advisories] == [(id, aliases)]


def test_what_cannot_be_read_is_skipped(tmp_path: Path) -> None:
    found = read(
        tmp_path,
        {
            "v/p/branchless.yaml": "title: x\nreference: composer://v/p\n",
            "v/p/odd.yaml": RECORD.replace("<=1.7.2", "about 1"),
            "v/p/foreign.yaml": RECORD.replace("composer:", "pear:"),
            "v/p/broken.yaml": "a: b: c",
            "v/p/good.yaml": RECORD,
        },
    )
    assert sorted(found.skipped) == [f"v/p/{name}.yaml" for name in ("branchless", "broken", "foreign", "odd")]
    assert len(found.shards["friendsofphp"].advisories) == 1


def test_single_records_are_newer_than_the_archive(tmp_path: Path) -> None:
    other = RECORD.replace("Vendor/thing", "vendor/other")
    found = read(
        tmp_path,
        {"vendor/thing/CVE-2024-1111.yaml": RECORD, "vendor/other/CVE-2024-1111.yaml": other},
        {"vendor/thing/CVE-2024-1111.yaml": RECORD.replace("1.7.2", "1.7.3")},
    )
    last = {one.package: one.ranges[0].last_affected for one in found.shards["friendsofphp"].advisories}
    assert last == {"vendor/thing": "1.7.3", "vendor/other": "1.7.2"}


def test_layouts_and_shards() -> None:
    paths = ["friendsofphp/security-advisories-master.tar", "friendsofphp/v/p/a.yaml", "friendsofphp/LICENSE"]
    assert [len(FEED.units([path])) for path in paths] == [1, 1, 0]
    assert FEED.unit_for(ShardName("friendsofphp")) is not None
    assert FEED.unit_for(ShardName("packagist")) is None
    assert len(FEED.units(None)) == 1
