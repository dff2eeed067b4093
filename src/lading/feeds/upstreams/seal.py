"""Seal's records: packages of distributions and libraries that it rebuilds with fixes.

Source: https://vulnfeed.sealsecurity.io/v1/osv/renamed/vulnerabilities.zip, OSV records of ecosystems such as
`Seal:Debian`, `Seal:Red Hat:8` and `Seal:npm`, one for each vulnerability and package: several have one name.
"""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from lading.feeds.feed import Build, Document
from lading.feeds.one_unit import feed_of_one_unit
from lading.feeds.osv_records import add_osv_record
from lading.feeds.records import iter_matching
from lading.formats.decoders.osv.ecosystems import shard_name
from lading.model.advisory import ShardName

_ADDRESS: Final = "https://vulnfeed.sealsecurity.io/v1/osv/renamed/vulnerabilities.zip"
_MEMBER_LIMIT: Final = 20_000_000
_PREFIX: Final = "seal-"
_LAYOUT: Final = re.compile(r"seal/(?:[^/]+\.zip|.+\.json)")
_RECORD: Final = re.compile(r"^(?:seal/)?(?P<record>.+)\.json$")


def parse_export(files: Mapping[str, Path], build: Build) -> None:
    """The shards of everything that Seal rebuilds. Raises FeedError when an archive cannot be read."""
    for path, data in iter_matching(files, _MEMBER_LIMIT, _RECORD):
        add_osv_record(f"{path['record']}.json", data, build, _shard_of)


def _shard_of(ecosystem: str) -> ShardName | None:
    return shard_name(ecosystem) if ecosystem.startswith("Seal:") else None


FEED = feed_of_one_unit(
    "seal",
    "Seal",
    Document("seal/vulnerabilities.zip", _ADDRESS),
    _LAYOUT,
    lambda shard: shard.startswith(_PREFIX),
    parse_export,
)
