"""GitLab's advisory database, in its open edition: a second source on libraries, and the only one on Conan's.

Source: https://gitlab.com/gitlab-org/advisories-community, its README and schema.
"""

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Final

from msgspec import Struct, structs

from lading.feeds.feed import Build, Document
from lading.feeds.one_unit import feed_of_one_unit
from lading.feeds.records import iter_matching
from lading.feeds.yaml_records import YamlRecord, day_of, list_field, parse_record, short, text_field
from lading.model.advisory import Advisory, AdvisoryText, Range
from lading.model.errors import FormatError
from lading.model.names import advisory_name
from lading.model.severities import cvss_severity
from lading.versions.constraints import ranges_of
from lading.versions.schemes import compare

_MEMBER_LIMIT = 2_000_000
_URL = "https://gitlab.com/gitlab-org/advisories-community/-/archive/main/advisories-community-main.tar.gz"
# What upstream writes for "no version": an advisory found to be wrong.
_NOTHING = frozenset({"<0", "(,0)", "[,0)", "(0)"})
_LOWEST = frozenset({"0", "0.0.0", "0.0.0-0"})
# OWASP's category of components with known vulnerabilities, which stands in every record.
_EVERYWHERE = frozenset({"CWE-937", "CWE-1035"})
_MALICIOUS = "CWE-506"


class _Type(Struct, frozen=True):
    scheme: str
    purl: str


_TYPES: Final[Mapping[str, _Type]] = {
    "cargo": _Type("semver", "cargo"),
    "conan": _Type("conan", "conan"),
    "gem": _Type("gem", "gem"),
    "go": _Type("golang", "golang"),
    "maven": _Type("maven", "maven"),
    "npm": _Type("npm", "npm"),
    "nuget": _Type("nuget", "nuget"),
    "packagist": _Type("packagist", "composer"),
    "pub": _Type("pub", "pub"),
    "pypi": _Type("pep440", "pypi"),
    "swift": _Type("swift", "swift"),
}
_BRACKETS = ("maven", "nuget")
_LAYOUT = re.compile(
    rf"(?:glad|gitlab)/(?:[^/]+\.(?:tar(?:\.(?:gz|bz2|zst))?|tgz|zip)|(?:{'|'.join(_TYPES)})/.+/[^/]+\.yml)"
)
_RECORD = re.compile(rf"(?:^|/)(?P<record>(?:{'|'.join(_TYPES)})/.+/[^/]+\.yml)$")


def parse_advisories(files: Mapping[str, Path], build: Build) -> None:
    """The shard `gitlab-TYPE` of each type of package. Raises FeedError when an archive cannot be read."""
    shards = _Shards(build)
    for path, data in iter_matching(files, _MEMBER_LIMIT, _RECORD):
        # Most of the time goes into reading the records.
        if not build.wants(f"gitlab-{path['record'].partition('/')[0]}"):
            continue
        try:
            shards.add(parse_record(data))
        except FormatError:
            build.skip(path["record"])
    shards.write()


@lru_cache(maxsize=16_384)  # many packages of one project have the same
def affected_ranges(type: str, text: str) -> tuple[Range, ...] | None:
    """What a record's `affected_range` stands for; None when it cannot be read. All dialects but those of brackets
    write "and" as a comma or a space."""
    if text.replace(" ", "") in _NOTHING:
        return ()
    if type not in _BRACKETS:
        text = _AND.sub(",", text)
    found = ranges_of(_TYPES[type].scheme, text)
    if found is None:
        return None
    # "From 0 on" is meant to include what sorts below it: pre-releases, Go's pseudo-versions.
    return tuple(structs.replace(span, introduced="") if span.introduced in _LOWEST else span for span in found)


_AND = re.compile(r"(?<=[^\s<>=!~^|,])\s+(?=[<>=!~^])")


class _Shards:
    """The advisories of all types. One vulnerability of one package may have several records."""

    def __init__(self, build: Build) -> None:
        self._build = build
        self._advisories: dict[tuple[str, str, str], Advisory] = {}
        self._texts: dict[tuple[str, str], AdvisoryText] = {}

    def add(self, record: YamlRecord) -> None:
        type, _, slug = text_field(record, "package_slug").partition("/")
        if type not in _TYPES or not slug:
            raise FormatError("no package of a known type")
        advisory = _advisory(record, type, _package(type, slug))
        key = (type, advisory.package, advisory.id)
        held = self._advisories.get(key)
        self._advisories[key] = _together(held, advisory) if held is not None else advisory
        self._texts.setdefault((type, advisory.id), _text(record, advisory.id))
        self._build.date(day_of(text_field(record, "date")))

    def write(self) -> None:
        for (type, _, id), advisory in self._advisories.items():
            writer = self._build.shard(f"gitlab-{type}", _TYPES[type].scheme)
            if writer is not None:
                writer.add(advisory)
                writer.add_text(self._texts[type, id])


def _advisory(record: YamlRecord, type: str, package: str) -> Advisory:
    ranges = affected_ranges(type, text_field(record, "affected_range"))
    if ranges is None:
        raise FormatError("a range that cannot be read")
    names = {text_field(record, "identifier"), *list_field(record, "identifiers")} - {""}
    if not names:
        raise FormatError("no name")
    id, *aliases = sorted(names, key=lambda name: (not name.startswith("CVE-"), name))
    vectors = (text_field(record, name) for name in ("cvss_v4", "cvss_v3", "cvss_v2"))
    cwes = tuple(dict.fromkeys(cwe for cwe in list_field(record, "cwe_ids") if cwe not in _EVERYWHERE))
    malicious = _MALICIOUS in cwes or any(name.startswith("MAL-") for name in names)
    fixes = list_field(record, "fixed_versions")
    return Advisory(
        id=id,
        package=package,
        state="affected" if ranges else "not_affected",
        ranges=tuple(_with_fix(span, fixes, ranges, _TYPES[type].scheme) for span in ranges),
        aliases=tuple(aliases),
        severities=tuple(found for vector in vectors if vector and (found := cvss_severity(vector)) is not None),
        kind="malware" if malicious else "vulnerability",
        cwes=cwes,
    )


def _with_fix(span: Range, fixes: Sequence[str], ranges: Sequence[Range], scheme: str) -> Range:
    """A range up to its last affected version, with the first fix that comes after it and before the next range."""
    if span.fixed or not span.last_affected:
        return span
    above = [fix for fix in fixes if compare(scheme, span.last_affected, fix) == -1]
    starts = [one.introduced or one.after for one in ranges if one.introduced or one.after]
    later = [start for start in starts if compare(scheme, span.last_affected, start) == -1]
    first = [fix for fix in above if all(compare(scheme, fix, other) in (-1, 0) for other in (*above, *later))]
    return structs.replace(span, fixed=first[0]) if first else span


def _together(one: Advisory, other: Advisory) -> Advisory:
    """Two records on one vulnerability of one package: whatever either says is affected."""

    def both(left: tuple[str, ...], right: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(dict.fromkeys((*left, *right)))

    ranges = tuple(dict.fromkeys((*one.ranges, *other.ranges)))
    return structs.replace(
        one,
        state="affected" if ranges else "not_affected",
        ranges=ranges,
        aliases=tuple(sorted({*one.aliases, *other.aliases}, key=lambda name: (not name.startswith("CVE-"), name))),
        severities=tuple(dict.fromkeys((*one.severities, *other.severities))),
        kind=one.kind if one.kind != "vulnerability" else other.kind,
        cwes=both(one.cwes, other.cwes),
    )


def _text(record: YamlRecord, id: str) -> AdvisoryText:
    urls = (url for url in list_field(record, "urls") if url.startswith(("https://", "http://")))
    return AdvisoryText(
        id=id,
        summary=short(text_field(record, "title")),
        url=next(urls, ""),
        published=day_of(text_field(record, "pubdate")),
        modified=day_of(text_field(record, "date")),
    )


def _package(type: str, slug: str) -> str:
    if type == "maven":
        slug = slug.replace("/", ":", 1)
    return advisory_name(_TYPES[type].purl, slug)


FEED = feed_of_one_unit(
    "gitlab",
    "GitLab advisory database",
    Document("glad/advisories-community-main.tar.gz", _URL),
    _LAYOUT,
    lambda shard: shard in {f"gitlab-{type}" for type in _TYPES},
    parse_advisories,
)
