"""The Ruby Advisory Database."""

from pathlib import Path

import pytest

from lading.feeds.upstreams.rubysec import FEED, parse_advisories
from lading.model.advisory import Advisory, AdvisoryText, Range, Severity, ShardName
from lading.versions.ranges import contains
from tests.feeds.recorder import Recorder
from tests.feeds.yaml_tree import parse_tree

GEM = """---
gem: thing
cve: 2024-1111
ghsa: aaaa-bbbb-cccc
osvdb: 12345
url: https://example.org/vulnerability
title: A vulnerability
date: 2024-01-02
cvss_v2: 7.5
cvss_v3: 9.8
unaffected_versions:
  - "< 1.0"
patched_versions:
  - "~> 1.5.2"
  - ">= 2.0.1"
"""
RUBY = """---
engine: ruby
cve: 2013-4073
url: https://example.org/ruby
title: Another
date: 2013-06-27
patched_versions:
  - "~> 1.8.7.374"
  - ">= 2.0.0.247"
"""


def read(tmp_path: Path, members: dict[str, str], single: dict[str, str] | None = None) -> Recorder:
    return parse_tree(parse_advisories, "rubysec", members, single or {}, tmp_path)


def test_a_gem(tmp_path: Path) -> None:
    found = read(tmp_path, {"gems/thing/CVE-2024-1111.yml": GEM})
    shard = found.shards["rubysec"]
    assert (shard.scheme, found.dates) == ("gem", ["2024-01-02"])
    assert shard.advisories == [
        Advisory(
            "CVE-2024-1111",
            "thing",
            ranges=(Range("1.0", fixed="1.5.2"), Range("1.6.A", fixed="2.0.1")),
            aliases=("GHSA-aaaa-bbbb-cccc", "OSVDB-12345"),
            severities=(Severity("critical", "cvss3", 9.8), Severity("high", "cvss2", 7.5)),
        )
    ]
    assert shard.texts == {
        "CVE-2024-1111": AdvisoryText(
            "CVE-2024-1111", "A vulnerability", "https://example.org/vulnerability", "2024-01-02", packages=("thing",)
        )
    }


def test_ruby_itself(tmp_path: Path) -> None:
    found = read(
        tmp_path,
        {
            "rubies/ruby/CVE-2013-4073.yml": RUBY,
            "rubies/rbx/a.yml": "engine: rbx\nghsa: aaaa-bbbb-cccc\npatched_versions: ['>= 1.2.4']\n",
            "rubies/jruby/b.yml": "engine: jruby\ncve: 2012-1\npatched_versions: ['>= 1.6.5.1']\n",
        },
    )
    shard = found.shards["rubysec-rubies"]
    assert shard.scheme == "generic"
    assert {one.package: (one.id, one.ranges) for one in shard.advisories} == {
        "ruby": ("CVE-2013-4073", (Range(fixed="1.8.7p374"), Range("1.8.8", fixed="2.0.0p247"))),
        "rubinius": ("GHSA-aaaa-bbbb-cccc", (Range(fixed="1.2.4"),)),
        "jruby": ("CVE-2012-1", (Range(fixed="1.6.5.1"),)),
    }


def test_a_patched_revision_of_a_ruby(tmp_path: Path) -> None:
    record = "engine: ruby\ncve: 2005-1\npatched_versions: ['>= 1.8.2-r2']\n"
    (only,) = read(tmp_path, {"rubies/ruby/a.yml": record}).shards["rubysec-rubies"].advisories
    assert [contains("generic", version, only.ranges) for version in ("1.8.2", "1.8.3", "3.4.7")] == [
        True,
        False,
        False,
    ]


RAILS = "patched_versions: ['~> 6.1.7, >= 6.1.7.1', '>= 7.0.4.1']\n"


@pytest.mark.parametrize(
    ("fields", "ranges", "state"),
    [
        ("", (Range(),), "affected"),
        ("patched_versions: []\n", (Range(),), "affected"),
        ("unaffected_versions: ['< 2']\n", (Range("2"),), "affected"),
        (RAILS, (Range(fixed="6.1.7.1"), Range("6.2.A", fixed="7.0.4.1")), "affected"),
        ("patched_versions: ['>= 2']\nunaffected_versions: ['< 2']\n", (), "not_affected"),
    ],
)
def test_versions(fields: str, ranges: tuple[Range, ...], state: str, tmp_path: Path) -> None:
    found = read(tmp_path, {"gems/a/b.yml": f"gem: a\ncve: 2024-1\n{fields}"})
    assert [(one.ranges, one.state) for one in found.shards["rubysec"].advisories] == [(ranges, state)]


def test_what_cannot_be_read_is_skipped(tmp_path: Path) -> None:
    found = read(
        tmp_path,
        {
            "gems/a/odd.yml": "gem: a\ncve: 2024-1\npatched_versions: ['about 2']\n",
            "gems/a/broken.yml": "a: b: c",
            "gems/a/nameless.yml": "gem: a\n",
        },
    )
    assert sorted(found.skipped) == ["gems/a/broken.yml", "gems/a/odd.yml"]
    assert [one.id for one in found.shards["rubysec"].advisories] == ["nameless"]


def test_single_records_are_newer_than_the_archive(tmp_path: Path) -> None:
    text = "gem: {}\ncve: 2024-1\npatched_versions: ['>= {}']\n"
    found = read(
        tmp_path,
        {"gems/a/CVE-2024-1.yml": text.format("a", 1), "gems/b/CVE-2024-1.yml": text.format("b", 1)},
        {"gems/a/CVE-2024-1.yml": text.format("a", 2)},
    )
    assert {one.package: one.ranges for one in found.shards["rubysec"].advisories} == {
        "a": (Range(fixed="2"),),
        "b": (Range(fixed="1"),),
    }


def test_layouts_and_shards() -> None:
    paths = ["rubysec/ruby-advisory-db-master.tar", "rubysec/gems/a/CVE-2024-1.yml", "rubysec/LICENSE.txt"]
    assert [len(FEED.units([path])) for path in paths] == [1, 1, 0]
    known = [name for name in ("rubysec", "rubysec-rubies", "rubygems") if FEED.unit_for(ShardName(name))]
    assert known == ["rubysec", "rubysec-rubies"]
    assert len(FEED.units(None)) == 1
