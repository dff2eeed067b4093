"""The Ruby Advisory Database: gems, and Ruby itself in its several engines.

Source: https://github.com/rubysec/ruby-advisory-db, its README. A version is affected unless it satisfies one of the
requirements `patched_versions` or `unaffected_versions`.
"""

import re
from collections.abc import Mapping
from pathlib import Path

from lading.feeds.feed import Build, Document
from lading.feeds.one_unit import feed_of_one_unit
from lading.feeds.records import iter_matching
from lading.feeds.yaml_records import MOST_SUMMARY, YamlRecord, day_of, list_field, parse_record, text_field
from lading.formats.summaries import short
from lading.model.advisory import Advisory, AdvisoryText, Range, ShardName
from lading.model.errors import FormatError
from lading.model.severities import score_severity
from lading.versions.constraints import outside

_MEMBER_LIMIT = 2_000_000
_URL = "https://github.com/rubysec/ruby-advisory-db/archive/refs/heads/master.tar.gz"
_GEMS, _RUBIES = ShardName("rubysec"), ShardName("rubysec-rubies")
_LAYOUT = re.compile(r"rubysec/(?:[^/]+\.(?:tar(?:\.(?:gz|bz2|zst))?|tgz|zip)|(?:gems|rubies)/[^/]+/[^/]+\.yml)")
_RECORD = re.compile(r"(?:^|/)(?P<record>(?P<kind>gems|rubies)/(?P<package>[^/]+)/(?P<file>[^/]+)\.yml)$")
_ENGINES = {"rbx": "rubinius"}


def parse_advisories(files: Mapping[str, Path], build: Build) -> None:
    """The shards of gems and of engines. Raises FeedError when an archive cannot be read."""
    for path, data in iter_matching(files, _MEMBER_LIMIT, _RECORD):
        _read_record(path, data, build)


def _read_record(path: re.Match[str], data: bytes | None, build: Build) -> None:
    rubies = path["kind"] == "rubies"
    try:
        record = parse_record(data)
        package = text_field(record, "engine" if rubies else "gem") or path["package"]
        advisory = _advisory(record, package, path["file"], rubies=rubies)
    except FormatError:
        build.skip(path["record"])
        return
    writer = build.shard(_RUBIES, "generic") if rubies else build.shard(_GEMS, "gem")
    if writer is not None:
        writer.add(advisory)
        writer.add_text(
            AdvisoryText(
                id=advisory.id,
                packages=(advisory.package,),
                summary=short(text_field(record, "title"), MOST_SUMMARY),
                url=text_field(record, "url"),
                published=day_of(text_field(record, "date")),
            )
        )
    build.date(day_of(text_field(record, "date")))


def _advisory(record: YamlRecord, package: str, file: str, *, rubies: bool) -> Advisory:
    free = (*list_field(record, "patched_versions"), *list_field(record, "unaffected_versions"))
    ranges = outside("gem", free) if free else (Range(),)
    if ranges is None:
        raise FormatError("a requirement that cannot be read")
    if rubies:
        package = _ENGINES.get(package, package)
        ranges = tuple(_of_ruby(span, package) for span in ranges)
    prefixes = {"cve": "CVE-", "ghsa": "GHSA-", "osvdb": "OSVDB-"}
    names = [f"{prefix}{name}" for field, prefix in prefixes.items() if (name := text_field(record, field))]
    scores = ((text_field(record, f"cvss_v{version}"), f"cvss{version}") for version in (4, 3, 2))
    return Advisory(
        id=names[0] if names else file,
        package=package,
        state="affected" if ranges else "not_affected",
        ranges=ranges,
        aliases=tuple(names[1:]),
        severities=tuple(found for score, source in scores if (found := score_severity(score, source)) is not None),
    )


def _of_ruby(span: Range, engine: str) -> Range:
    """Bounds as the engines write their versions: the gem for Ruby 2.0.0p195 is 2.0.0.195, and 2.1.A is the first that
    a gem of 2.1 could have. Some records name Gentoo's revision of a release, which is patched: 1.8.2-r2."""

    def written(bound: str) -> str:
        bound = bound.removesuffix(".A")
        return _PATCH_LEVEL.sub(r"\1p\2", bound) if engine == "ruby" else bound

    return Range(*map(written, (span.introduced, span.fixed, span.last_affected, span.after)))


_PATCH_LEVEL = re.compile(r"^(\d+\.\d+\.\d+)(?:\.|-r)(\d+)$")


FEED = feed_of_one_unit(
    "rubysec",
    "Ruby Advisory Database",
    Document("rubysec/ruby-advisory-db-master.tar.gz", _URL),
    _LAYOUT,
    lambda shard: shard in (_GEMS, _RUBIES),
    parse_advisories,
)
