"""OSV records: the interchange format of most advisory databases.

Source: https://ossf.github.io/osv-schema/ (1.7), and what the databases that publish in it do beyond or against it.
"""

import re
from collections.abc import Sequence
from functools import cmp_to_key, lru_cache
from itertools import pairwise

import msgspec
from msgspec import Struct

from lading.model.advisory import Advisory, AdvisoryText, Range, Severity, SeverityLabel, ShardName
from lading.model.errors import FormatError
from lading.versions.numbers import number
from lading.versions.schemes import compare

_SCHEMES = {
    "AlmaLinux": "rpm", "Alpaquita": "apk", "Alpine": "apk", "Azure Linux": "rpm", "Bitnami": "bitnami", "CRAN": "cran",
    "Chainguard": "apk", "Debian": "deb", "Echo": "deb", "Go": "golang", "Hackage": "hackage", "Hex": "semver",
    "Julia": "semver", "Mageia": "rpm", "Maven": "maven", "MinimOS": "apk", "NuGet": "nuget", "Packagist": "packagist",
    "Pub": "pub", "PyPI": "pep440", "Red Hat": "rpm", "Rocky Linux": "rpm", "RubyGems": "gem", "SUSE": "rpm",
    "SwiftURL": "semver", "Ubuntu": "deb", "Wolfi": "apk", "crates.io": "semver", "npm": "npm", "openEuler": "rpm",
    "openSUSE": "rpm",
}  # fmt: skip
# Their records are advisories about packages, which name the flaws they fix as `related` or `upstream`; elsewhere a
# record is the flaw, and its other names are `aliases`.
_DISTRIBUTIONS = frozenset(
    name for name, scheme in _SCHEMES.items() if scheme in ("apk", "deb", "rpm")
)  # fmt: skip
_WORDS: dict[str, SeverityLabel] = {
    "negligible": "negligible", "none": "negligible", "low": "low", "moderate": "medium", "medium": "medium",
    "important": "high", "high": "high", "critical": "critical",
}  # fmt: skip
_CVSS = {"CVSS_V2": "cvss2", "CVSS_V3": "cvss3", "CVSS_V4": "cvss4"}
_MOST_SUMMARY = 300
_SENTENCE = re.compile(r"(.+?[.!?])(?:\s|$)", re.DOTALL)
_REFERENCES = ("ADVISORY", "WEB", "ARTICLE", "REPORT", "FIX", "PACKAGE")


class _Package(Struct, frozen=True):
    ecosystem: str
    name: str


class _Range(Struct, frozen=True):
    type: str
    events: list[dict[str, str]] | None = None


class _Severity(Struct, frozen=True):
    type: str
    score: str


class _Specific(Struct, frozen=True):
    """Of what a database adds as it likes: its word for the severity, and for what is no flaw ("unmaintained")."""

    severity: object = None
    informational: object = None


class _Affected(Struct, frozen=True):
    package: _Package | None = None
    ranges: list[_Range] | None = None
    versions: list[str] | None = None
    severity: list[_Severity] | None = None
    database_specific: _Specific | None = None


class _Reference(Struct, frozen=True):
    url: str
    type: str = ""


class OsvRecord(Struct, frozen=True):
    """What Lading reads of a record; dates are RFC 3339."""

    id: str
    modified: str = ""
    published: str = ""
    withdrawn: str | None = None
    summary: str | None = None
    details: str | None = None
    aliases: list[str] | None = None
    related: list[str] | None = None
    upstream: list[str] | None = None
    severity: list[_Severity] | None = None
    affected: list[_Affected] | None = None
    references: list[_Reference] | None = None
    database_specific: _Specific | None = None


_DECODER = msgspec.json.Decoder(OsvRecord)


def parse_osv(data: bytes) -> OsvRecord:
    """One record. Raises FormatError."""
    try:
        return _DECODER.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise FormatError(f"not an OSV record: {error}") from error


def to_advisories(record: OsvRecord) -> list[tuple[str, Advisory]]:
    """(ecosystem as the record writes it, advisory) for each package and flaw the record names; none when it was
    withdrawn. The entries of one package are one advisory."""
    if record.withdrawn:
        return []
    packages: dict[tuple[str, str], list[_Affected]] = {}
    for affected in record.affected or ():
        if affected.package is not None and affected.package.name:
            packages.setdefault((affected.package.ecosystem, affected.package.name), []).append(affected)
    return [
        (ecosystem, advisory)
        for (ecosystem, name), entries in packages.items()
        for advisory in _advisories(record, ecosystem, name, entries)
    ]


def text_of(record: OsvRecord) -> AdvisoryText:
    """What is shown of a record: its summary, or the first sentence of its details, and the best reference."""
    text = (record.summary or "").strip()
    if not text:
        details = (record.details or "").strip()[: 4 * _MOST_SUMMARY]
        sentence = _SENTENCE.match(details)
        text = sentence[1] if sentence else details
    text = " ".join(text.split())
    if len(text) > _MOST_SUMMARY:
        text = f"{text[: _MOST_SUMMARY - 1]}…"
    return AdvisoryText(
        id=record.id, summary=text, url=_reference(record), published=record.published, modified=record.modified
    )


def ecosystem_scheme(ecosystem: str) -> str:
    """The version scheme of an ecosystem, which may carry a release (`Debian:12`); empty when none is known."""
    return _SCHEMES.get(ecosystem.partition(":")[0], "")


def shard_name(ecosystem: str) -> ShardName:
    """The name of an ecosystem's shard: `Debian:12` is debian-12, `Alpine:v3.20` alpine-3.20, `Rocky Linux:8`
    rocky-linux-8, `crates.io` crates.io."""
    family, _, release = ecosystem.lower().partition(":")
    release = re.sub(r"^v(?=\d)", "", release)
    return ShardName(re.sub(r"[^a-z0-9._+]+", "-", f"{family}-{release}" if release else family).strip("-"))


def _advisories(record: OsvRecord, ecosystem: str, package: str, entries: Sequence[_Affected]) -> list[Advisory]:
    scheme = ecosystem_scheme(ecosystem)
    ranges = dict.fromkeys(one for entry in entries for span in entry.ranges or () for one in _ranges(span, scheme))
    versions = dict.fromkeys(version for entry in entries for version in entry.versions or ())
    if not ranges and not versions:
        return []
    flaws, aliases, note = _names(record, ecosystem)
    severities = _severities(record, ecosystem, entries)
    return [
        Advisory(
            id=flaw,
            package=package,
            ranges=tuple(ranges),
            versions=tuple(versions),
            aliases=aliases,
            severities=severities,
            note=note,
        )
        for flaw in flaws
    ]


def _names(record: OsvRecord, ecosystem: str) -> tuple[Sequence[str], tuple[str, ...], str]:
    """The flaws a record is about, their other names, and the advisory's own name where it is not a flaw's.

    A distribution's advisory often fixes several flaws at once: each is a flaw of its own, not another name.
    """
    if ecosystem.partition(":")[0] in _DISTRIBUTIONS:
        linked = {*(record.aliases or ()), *(record.related or ()), *(record.upstream or ())}
        flaws = sorted(name for name in linked if name.startswith("CVE-") and name != record.id)
        if flaws:
            return flaws, (), record.id
    aliases = sorted({*(record.aliases or ())} - {record.id}, key=lambda name: (not name.startswith("CVE-"), name))
    return [record.id], tuple(aliases), ""


def _ranges(span: _Range, scheme: str) -> list[Range]:
    """The closed and open stretches that a range's events bound. Commit ranges say nothing about a version."""
    if span.type == "GIT":
        return []
    events = [(kind, version) for event in span.events or () for kind, version in event.items()]
    found = []
    introduced: str | None = None
    for kind, version in _in_order(events, scheme):
        if kind == "introduced":
            introduced = ("" if version == "0" else version) if introduced is None else introduced
        elif introduced is not None and kind in ("fixed", "last_affected"):
            found.append(Range(introduced, **{kind: version}))
            introduced = None
        elif introduced is not None and kind == "limit" and version != "*":
            found.append(Range(introduced, fixed=version))
            introduced = None
    if introduced is not None:
        found.append(Range(introduced))
    return found


def _in_order(events: list[tuple[str, str]], scheme: str) -> list[tuple[str, str]]:
    """Events by version: their order in a file means nothing.

    Without the scheme's rules the file's order stands where starts and ends take turns in it; where they do not,
    numbers are compared as numbers, for a stretch that is lost would look like no flaw.
    """

    def order(left: tuple[str, str], right: tuple[str, str]) -> int:
        if "0" in (left[1], right[1]) and left[1] != right[1]:
            return -1 if left[1] == "0" else 1
        # "Only version X" starts and ends at X: this end comes last. Others keep the file's order.
        return compare(scheme, left[1], right[1]) or (left[0] == "last_affected") - (right[0] == "last_affected")

    if all(version == "0" or compare(scheme, version, version) == 0 for _, version in events):
        return sorted(events, key=cmp_to_key(order))
    starts = [kind == "introduced" for kind, _ in events]
    if starts[0] and all(one != after for one, after in pairwise(starts)):
        return events
    return sorted(events, key=lambda event: _natural(event[1]))


def _natural(version: str) -> list[tuple[int, int, str]]:
    """Text before the end (it is mostly a pre-release), the end before numbers, numbers by value."""
    parts = [(0, 0, part) if not part[0].isdigit() else (2, *number(part)) for part in _PARTS.findall(version)]
    return [*parts, (1, 0, "")]


_PARTS = re.compile(r"[0-9]+|[^0-9.]+")


def _severities(record: OsvRecord, ecosystem: str, entries: Sequence[_Affected]) -> tuple[Severity, ...]:
    stated = [*(record.severity or ()), *(one for entry in entries for one in entry.severity or ())]
    found = [_severity(one.type, one.score) for one in stated]
    for specific in (record.database_specific, *(entry.database_specific for entry in entries)):
        if specific is not None:
            found.append(_word(specific.severity, "osv"))
            if isinstance(specific.informational, str):
                found.append(Severity("unknown", "osv", text=specific.informational))
    if ecosystem_scheme(ecosystem) == "rpm":
        # "Important: curl security update"
        family = shard_name(ecosystem).partition("-")[0]
        found.append(_word((record.summary or "").partition(":")[0], family))
    return tuple(dict.fromkeys(one for one in found if one is not None))


def _word(text: object, source: str) -> Severity | None:
    label = _WORDS.get(text.lower()) if isinstance(text, str) else None
    return Severity(label, source, text=str(text)) if label else None


@lru_cache(maxsize=4096)
def _severity(kind: str, text: str) -> Severity | None:
    """A vector's base score and rating, or a distribution's own word; None for what cannot be read."""
    source = _CVSS.get(kind)
    if source is None:
        return _word(text, kind.lower())
    from cvss import CVSS2, CVSS3, CVSS4, CVSSError

    try:
        if source == "cvss4":
            vector4 = CVSS4(text)
            score, rating = float(vector4.base_score), str(vector4.severity)
        else:
            vector = CVSS2(text) if source == "cvss2" else CVSS3(text)
            score, rating = float(vector.scores()[0]), str(vector.severities()[0])
    except CVSSError:
        return None
    return Severity(_WORDS.get(rating.lower(), "unknown"), source, score, text)


def _reference(record: OsvRecord) -> str:
    references = record.references or ()
    for kind in _REFERENCES:
        for reference in references:
            if reference.type == kind and reference.url.startswith(("https://", "http://")):
                return reference.url
    return f"https://osv.dev/vulnerability/{record.id}"
