"""What others have entered for CVEs that the NVD has not analysed: products and versions in the NVD's own form.

Source: https://github.com/anchore/nvd-data-overrides (CC0).
"""

import re
from collections.abc import Mapping
from pathlib import Path

from lading.feeds.feed import Build, Document
from lading.feeds.one_unit import feed_of_one_unit
from lading.feeds.records import iter_parsed
from lading.formats.decoders.nvd import advisories_of, parse_override
from lading.model.advisory import NVD_OVERRIDES

_MEMBER_LIMIT = 10_000_000
_RECORD = re.compile(r"(?:^|/)(?P<record>data/\d{4}/CVE-\d{4}-\d+\.json)$")
_LAYOUT = re.compile(
    r"nvd-data-overrides/(?:[^/]+\.(?:zip|tar(?:\.(?:gz|xz|bz2|zst))?|tgz)|(?:.*/)?data/\d{4}/CVE-\d{4}-\d+\.json)"
)


def parse_overrides(files: Mapping[str, Path], build: Build) -> None:
    """The shard "nvd-overrides". Raises FeedError when an archive cannot be read."""
    writer = build.shard(NVD_OVERRIDES, "generic", "cpe")
    if writer is None:
        return
    for record in iter_parsed(files, _MEMBER_LIMIT, _RECORD, parse_override, build):
        for advisory in advisories_of(record):
            writer.add(advisory)


FEED = feed_of_one_unit(
    "nvd-overrides",
    "Overrides of the NVD's data",
    Document(
        "nvd-data-overrides/nvd-data-overrides-main.tar.gz",
        "https://github.com/anchore/nvd-data-overrides/archive/refs/heads/main.tar.gz",
    ),
    _LAYOUT,
    lambda shard: shard == NVD_OVERRIDES,
    parse_overrides,
)
