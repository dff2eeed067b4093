"""Seal's records: packages of distributions and libraries that it rebuilds with fixes.

Source: https://vulnfeed.sealsecurity.io/v1/osv/renamed/vulnerabilities.zip for builds that have names of their own
(`seal-requests`), and https://vulnfeed.sealsecurity.io/v1/osv/vulnerabilities.zip for those that keep their names
(`requests` 2.14.2+sp1). Both hold OSV records of ecosystems such as `Seal:Debian`, `Seal:Red Hat:8` and `Seal:npm`, one
for each vulnerability and package: several have one name.
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

_ADDRESS: Final = "https://vulnfeed.sealsecurity.io/v1/osv/"
_ARCHIVES: Final = ("renamed/vulnerabilities.zip", "vulnerabilities.zip")
_MEMBER_LIMIT: Final = 20_000_000
_PREFIX: Final = "seal-"
_LAYOUT: Final = re.compile(r"seal/(?:.+/)?[^/]+\.(?:zip|json)")
_RECORD: Final = re.compile(r"^(?:seal/(?:renamed/)?)?(?P<record>.+)\.json$")
_RENAMED: Final = "seal/renamed/"


def parse_export(files: Mapping[str, Path], build: Build) -> None:
    """The shards of everything that Seal rebuilds. Raises FeedError when an archive cannot be read."""
    for renamed in (True, False):
        held = {path: file for path, file in files.items() if path.startswith(_RENAMED) is renamed}
        for path, data in iter_matching(held, _MEMBER_LIMIT, _RECORD):
            add_osv_record(f"{path['record']}.json", data, build, _shard_of)


def _shard_of(ecosystem: str) -> ShardName | None:
    return shard_name(ecosystem) if ecosystem.startswith("Seal:") else None


FEED = feed_of_one_unit(
    "seal",
    "Seal",
    tuple(Document(f"seal/{name}", f"{_ADDRESS}{name}") for name in _ARCHIVES),
    _LAYOUT,
    lambda shard: shard.startswith(_PREFIX),
    parse_export,
)
