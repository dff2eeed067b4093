"""GitHub's advisories, from their repository: a second source beside OSV's copies of them.

Source: https://github.com/github/advisory-database. Only what people have reviewed is read: the rest is NVD's text and
mostly names no package.
"""

import re
from collections.abc import Mapping
from pathlib import Path

from lading.feeds.feed import Build, Document
from lading.feeds.one_unit import feed_of_one_unit
from lading.feeds.osv_records import add_osv_record
from lading.feeds.records import iter_records
from lading.formats.decoders.osv.ecosystems import ECOSYSTEMS, shard_name
from lading.model.advisory import ShardName

_MEMBER_LIMIT = 5_000_000
_URL = "https://github.com/github/advisory-database/archive/refs/heads/main.tar.gz"
_LAYOUT = re.compile(
    r"(?:ghsa|github|advisory-database)/(?:[^/]+\.(?:tar(?:\.(?:gz|bz2|zst))?|tgz|zip)|(?:.*/)?advisories/github-reviewed/.+\.json)"
)
_RECORD = re.compile(r"(?:^|/)advisories/github-reviewed/.+\.json$")


def parse_advisories(files: Mapping[str, Path], build: Build) -> None:
    """A shard for each ecosystem. Raises FeedError when an archive cannot be read."""
    for name, data in iter_records(files, _MEMBER_LIMIT):
        if _RECORD.search(name):
            add_osv_record(name, data, build, shard_of)


def shard_of(ecosystem: str) -> ShardName | None:
    """`github-npm` for npm; None for an ecosystem Lading does not know."""
    return ShardName(f"github-{shard_name(ecosystem)}") if ecosystem in ECOSYSTEMS else None


FEED = feed_of_one_unit(
    "ghsa",
    "GitHub advisories",
    Document("ghsa/advisory-database-main.tar.gz", _URL),
    _LAYOUT,
    lambda shard: shard in {shard_of(ecosystem) for ecosystem in ECOSYSTEMS},
    parse_advisories,
    interval=7,
)
