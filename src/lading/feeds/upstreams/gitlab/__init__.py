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
from lading.feeds.upstreams.gitlab.duplicates import Duplicate, add, cve_first, merge_alike, merge_duplicates
from lading.feeds.yaml_records import MOST_SUMMARY, YamlRecord, day_of, list_field, parse_record, text_field
from lading.formats.summaries import short
from lading.model.advisory import Advisory, AdvisoryText, Range
from lading.model.errors import FormatError
from lading.model.names import advisory_name
from lading.model.severities import cvss_severity
from lading.versions.constraints import ranges_of
from lading.versions.extremes import oldest
from lading.versions.ranges import contains
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
def affected_ranges(type: str, text: str) -> tuple[Range, ...]:
    """What a record's `affected_range` stands for. All dialects but those of brackets write "and" as a comma or a
    space. What cannot be read (a date is no version) bounds a range as it is written: no version can be compared with
    it, so whether one is inside cannot be told."""
    if text.replace(" ", "") in _NOTHING:
        return ()
    parts = [text] if type in _BRACKETS else _AND.sub(",", text).split("||")
    read = [ranges_of(_TYPES[type].scheme, part) for part in parts]
    if all(found is not None for found in read):
        read = [ranges_of(_TYPES[type].scheme, "||".join(parts))]
    spans = [
        (Range(before=part.strip()),) if found is None else found for part, found in zip(parts, read, strict=False)
    ]
    # "From 0 on" is meant to include what sorts below it: pre-releases, Go's pseudo-versions.
    return tuple(
        structs.replace(span, introduced="") if span.introduced in _LOWEST else span
        for found in spans
        for span in found
    )


_AND = re.compile(r"(?<=[^\s<>=!~^|,])\s+(?=[<>=!~^])")


class _Shards:
    """The advisories of all types. One vulnerability of one package may have several records."""

    def __init__(self, build: Build) -> None:
        self._build = build
        self._advisories: dict[tuple[str, str, str], Advisory] = {}
        self._texts: dict[tuple[str, str, str], AdvisoryText] = {}
        self._duplicates: list[Duplicate] = []
        self._links: dict[tuple[str, str], list[tuple[str, frozenset[str]]]] = {}

    def add(self, record: YamlRecord) -> None:
        type, _, slug = text_field(record, "package_slug").partition("/")
        if type not in _TYPES or not slug:
            raise FormatError("no package of a known type")
        advisory = _advisory(record, type, _package(type, slug))
        self._texts.setdefault((type, advisory.package, advisory.id), _text(record, advisory))
        self._build.date(day_of(text_field(record, "date")))
        meant = _meant(record)
        if meant:
            self._duplicates.append(Duplicate(type, meant, advisory))
            return
        add(
            self._advisories,
            type,
            advisory if meant is None else structs.replace(advisory, state="withdrawn", ranges=()),
        )
        if meant is None and (links := frozenset(filter(_LINK.match, list_field(record, "urls")))):
            self._links.setdefault((type, advisory.package), []).append((advisory.id, links))

    def write(self) -> None:
        merge_duplicates(self._advisories, self._duplicates)
        merge_alike(self._advisories, self._links)
        for (type, package, id), advisory in self._advisories.items():
            writer = self._build.shard(f"gitlab-{type}", _TYPES[type].scheme)
            if writer is not None:
                writer.add(advisory)
                writer.add_text(self._texts[type, package, id])


def _advisory(record: YamlRecord, type: str, package: str) -> Advisory:
    ranges = affected_ranges(type, text_field(record, "affected_range"))
    names = {text_field(record, "identifier"), *list_field(record, "identifiers")} - {""}
    if not names:
        raise FormatError("no name")
    id, *aliases = sorted(names, key=cve_first)
    vectors = (text_field(record, name) for name in ("cvss_v4", "cvss_v3", "cvss_v2"))
    cwes = tuple(dict.fromkeys(cwe for cwe in list_field(record, "cwe_ids") if cwe not in _EVERYWHERE))
    malicious = _MALICIOUS in cwes or any(name.startswith("MAL-") for name in names)
    fixes, free = list_field(record, "fixed_versions"), text_field(record, "not_impacted")
    return Advisory(
        id=id,
        package=package,
        state="affected" if ranges else "not_affected",
        ranges=tuple(_with_fix(span, fixes, free, ranges, _TYPES[type].scheme) for span in ranges),
        aliases=tuple(aliases),
        severities=tuple(found for vector in vectors if vector and (found := cvss_severity(vector)) is not None),
        kind="malware" if malicious else "vulnerability",
        cwes=cwes,
    )


def _meant(record: YamlRecord) -> str | None:
    """The record that one was taken back for, as its duplicate; empty for one taken back without another, None for one
    that stands. There is no field for it: the title or the text says so."""
    title, text = text_field(record, "title"), text_field(record, "description")[:_MOST_TOLD]
    if not (_TITLE.match(title) or _TEXT.search(text)):
        return None
    named = _DUPLICATE_OF.search(text)
    return named["name"] if named is not None else ""


_MOST_TOLD = 1000
_TITLE = re.compile(r"(?:withdrawn|duplicate)(?: advisory)?(?::|$)|false[ -]positive", re.IGNORECASE)
_TEXT = re.compile(
    r"\b(?:advisory|CVE) (?:is|was|has been) (?:now )?(?:withdrawn|marked as (?:a )?false[ -]positive)"
    r"|\*\* ?REJECT(?:ED)? ?\*\*|advisory duplicates another"
    r"|(?:advisory|candidate|this) is a (?:reservation )?duplicate of",
    re.IGNORECASE,
)
_LINK = re.compile(
    r"https://[^/]+/.+/(?:issues|pull|merge_requests|commit)/[0-9a-f]+/?$|https://hackerone\.com/reports/\d+$"
)
"""An issue, a change or a report: what tells of one vulnerability, as release notes may not."""
_DUPLICATE_OF = re.compile(r"duplicate of\b[^.]{0,120}?\b(?P<name>(?:GHSA(?:-[0-9a-z]{4}){3}|(?:CVE|GMS)-\d{4}-\d+))")


def _with_fix(span: Range, fixes: Sequence[str], free: str, ranges: Sequence[Range], scheme: str) -> Range:
    """A range with its fix: the version that it ends before where the record names it as one, else the first fix that
    comes after its end and before the next range. `free` is the text on which versions are free of it."""
    if not span.has_end or any(compare(scheme, span.fixed, fix) == 0 for fix in fixes):
        return span
    if span.fixed and span.fixed in free:
        return span
    if span.fixed:
        span = structs.replace(span, fixed="", before=span.fixed)
        outside = [fix for fix in fixes if contains(scheme, fix, ranges) is False]
        above = [fix for fix in outside if compare(scheme, span.before, fix) == -1]
        return structs.replace(span, fixed=oldest(scheme, above))
    above = [fix for fix in fixes if compare(scheme, span.last_affected, fix) == -1]
    starts = [one.introduced or one.after for one in ranges if one.introduced or one.after]
    later = [start for start in starts if compare(scheme, span.last_affected, start) == -1]
    first = [fix for fix in above if all(compare(scheme, fix, other) in (-1, 0) for other in (*above, *later))]
    return structs.replace(span, fixed=first[0]) if first else span


def _text(record: YamlRecord, advisory: Advisory) -> AdvisoryText:
    urls = (url for url in list_field(record, "urls") if url.startswith(("https://", "http://")))
    return AdvisoryText(
        id=advisory.id,
        packages=(advisory.package,),
        summary=short(text_field(record, "title"), MOST_SUMMARY),
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
    interval=37,  # a week, and thirty days that the open edition waits
)
