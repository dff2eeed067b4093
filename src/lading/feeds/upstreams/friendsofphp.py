"""FriendsOfPHP's security advisories: Composer packages.

Source: https://github.com/FriendsOfPHP/security-advisories, its README. The versions of a branch all have to hold; a
version is affected when it is so in one of the branches.
"""

import re
from collections.abc import Mapping
from pathlib import Path

from lading.feeds.feed import Build, Document
from lading.feeds.one_unit import feed_of_one_unit
from lading.feeds.records import iter_matching
from lading.feeds.yaml_records import (
    MOST_SUMMARY,
    YamlRecord,
    day_of,
    list_field,
    mapping_field,
    parse_record,
    text_field,
)
from lading.formats.summaries import short
from lading.model.advisory import Advisory, AdvisoryText, ShardName
from lading.model.errors import FormatError
from lading.model.names import advisory_name
from lading.versions.constraints import ranges_of

_MEMBER_LIMIT = 2_000_000
_URL = "https://github.com/FriendsOfPHP/security-advisories/archive/refs/heads/master.tar.gz"
_SHARD = ShardName("friendsofphp")
_LAYOUT = re.compile(r"friendsofphp/(?:[^/]+\.(?:tar(?:\.(?:gz|bz2|zst))?|tgz|zip)|[^/]+/[^/]+/[^/]+\.yaml)")
_RECORD = re.compile(r"(?:^|/)(?P<record>[^/]+/[^/]+/(?P<file>[^/]+))\.yaml$")
_KNOWN_ID = re.compile(r"(?:CVE-\d{4}-\d+|GHSA(?:-[0-9a-z]{4}){3})")


def parse_advisories(files: Mapping[str, Path], build: Build) -> None:
    """The one shard. Raises FeedError when an archive cannot be read."""
    for path, data in iter_matching(files, _MEMBER_LIMIT, _RECORD):
        _read_record(path, data, build)


def _read_record(path: re.Match[str], data: bytes | None, build: Build) -> None:
    try:
        record = parse_record(data)
        advisory = _advisory(record, path)
    except FormatError:
        build.skip(f"{path['record']}.yaml")
        return
    writer = build.shard(_SHARD, "packagist")
    if writer is not None:
        writer.add(advisory)
        title, link = text_field(record, "title"), text_field(record, "link")
        writer.add_text(_text(advisory, short(title, MOST_SUMMARY), link))
    build.date(advisory.fix_date)


def _text(advisory: Advisory, title: str, link: str) -> AdvisoryText:
    return AdvisoryText(advisory.id, title, link, published=advisory.fix_date, packages=(advisory.package,))


def _advisory(record: YamlRecord, path: re.Match[str]) -> Advisory:
    kind, _, package = text_field(record, "reference").partition("://")
    branches = [branch for branch in mapping_field(record, "branches").values() if isinstance(branch, dict)]
    texts = [",".join(versions) for branch in branches if (versions := list_field(branch, "versions"))]
    ranges = ranges_of("packagist", "||".join(texts)) if texts else None
    if kind != "composer" or not package or ranges is None:
        raise FormatError("no package or no versions that can be read")
    names = (text_field(record, "cve"), path["file"])
    id = next((name for name in names if _KNOWN_ID.fullmatch(name)), path["record"])
    return Advisory(
        id=id,
        package=advisory_name("composer", package),
        state="affected" if ranges else "not_affected",
        ranges=ranges,
        aliases=tuple(name for name in names if name != id and _KNOWN_ID.fullmatch(name)),
        # Branches are fixed one after another; with the last one, all are.
        fix_date=max((day_of(text_field(branch, "time")) for branch in branches), default=""),
    )


FEED = feed_of_one_unit(
    "friendsofphp",
    "FriendsOfPHP security advisories",
    Document("friendsofphp/security-advisories-master.tar.gz", _URL),
    _LAYOUT,
    lambda shard: shard == _SHARD,
    parse_advisories,
)
