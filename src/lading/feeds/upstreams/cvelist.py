"""The CVE list: what those who number vulnerabilities, and others, say is affected; CISA's SSVC points.

Source: https://github.com/CVEProject/cvelistV5. Since April 2026 the NVD analyses few CVEs, so that programs are to be
found here alone.
"""

import re
from collections.abc import Mapping
from pathlib import Path

from lading.feeds.feed import Build, Document
from lading.feeds.one_unit import feed_of_one_unit
from lading.feeds.records import iter_parsed
from lading.formats.decoders.cve import CveRecord, advisories_of, facts_of, parse_cve
from lading.formats.summaries import short
from lading.model.advisory import CVE, AdvisoryText

_MEMBER_LIMIT = 10_000_000
_MOST_SUMMARY = 200
_RECORD = re.compile(r"(?:^|/)(?P<record>\d{4}/\d+xxx/CVE-\d{4}-\d{4,}\.json)$")
_LAYOUT = re.compile(
    r"(?:cvelist|cvelistV5)/(?:[^/]+\.(?:zip|tar(?:\.(?:gz|xz|bz2|zst))?|tgz)|(?:.*/)?\d{4}/\d+xxx/CVE-\d{4}-\d{4,}\.json)"
)


def parse_records(files: Mapping[str, Path], build: Build) -> None:
    """The shard "cve". Raises FeedError when an archive cannot be read."""
    writer = build.shard(CVE, "generic", "cpe")
    if writer is None:
        return
    for record in iter_parsed(files, _MEMBER_LIMIT, _RECORD, parse_cve, build):
        build.date(record.cve_metadata.date_updated[:10])
        facts = facts_of(record)
        if facts is not None:
            writer.add_facts(facts)
        advisories = advisories_of(record)
        for advisory in advisories:
            writer.add(advisory)
        if advisories:
            writer.add_text(_text(record))


def _text(record: CveRecord) -> AdvisoryText:
    metadata = record.cve_metadata
    return AdvisoryText(
        metadata.cve_id,
        short(record.containers.cna.title, _MOST_SUMMARY),
        f"https://www.cve.org/CVERecord?id={metadata.cve_id}",
        metadata.date_published[:10],
        metadata.date_updated[:10],
    )


FEED = feed_of_one_unit(
    "cvelist",
    "CVE list",
    Document("cvelist/cvelistV5-main.zip", "https://github.com/CVEProject/cvelistV5/archive/refs/heads/main.zip"),
    _LAYOUT,
    lambda shard: shard == CVE,
    parse_records,
    interval=1,
    bulk="more than 1 GB",
)
