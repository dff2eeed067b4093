"""Photon OS: its CVE metadata, a shard for each release, and its advisories (PHSA) as OVAL, a lesser one.

Source: https://packages.broadcom.com/photon/photon_cve_metadata/ and …/photon_oval_definitions/. Older rows of the
metadata go by source packages, newer ones by every binary, so both names are looked up.
"""

import re
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path

import msgspec
from msgspec import Struct

from lading.feeds.feed import UNREADABLE, Build, Document, Feed, Unit, open_document, read_document
from lading.formats.decoders.oval import Definition, Oval, iter_leaves
from lading.model.advisory import Advisory, AdvisoryText, Range, Severity, SeverityLabel, ShardName
from lading.model.errors import FeedError, SafeIOError
from lading.model.severities import word_severity
from lading.versions.evr import plain_evr

_ADDRESS = "https://packages.broadcom.com/photon"
_RELEASES = ("1.0", "2.0", "3.0", "4.0", "5.0")
_LIMIT = 500_000_000
_METADATA = re.compile(r"photon/(?:[^/]+/)?cve_data_photon(\d+\.\d+)\.json", re.ASCII)
_OVAL = re.compile(r"photon/(?:[^/]+/)?com\.vmware\.phsa-photon(\d+)\.xml(?:\.gz)?", re.ASCII)
_SHARD = re.compile(r"(oval-)?photon-(\d+)\.0", re.ASCII)
# "UNK-1", "UNK-CVE-…" and slips of the pen ("Re") name no vulnerability that anybody else knows.
_VULNERABILITY = re.compile(r"CVE-\d{4}-\d+|(?!CVE|UNK)[A-Z]{2,8}-[\w-]*\d[\w-]*", re.ASCII)
_BEFORE = re.compile(r"all versions before (\S+) are vulnerable")
_EARLIER = re.compile(r"(\S+) is earlier than (\S+)")
_NONE = ("", "NA", "N/A", "None")
_SCORES: tuple[tuple[float, SeverityLabel], ...] = ((9.0, "critical"), (7.0, "high"), (4.0, "medium"), (0.1, "low"))


class _Row(Struct, frozen=True):
    cve_id: str
    pkg: str
    status: str
    res_ver: str = ""
    aff_ver: str = ""
    cve_score: float | str | None = None


def parse_metadata(shard: str, files: Mapping[str, Path], build: Build) -> None:
    """One release. Raises FeedError when a document is not a list of rows."""
    writer = build.shard(shard, "rpm", "both")
    if writer is None:
        return
    found: dict[tuple[str, str], list[_Row]] = {}
    for path in files.values():
        try:
            rows = msgspec.json.decode(read_document(path, _LIMIT), type=list[msgspec.Raw])
        except UNREADABLE as error:
            raise FeedError(f"{path}: not Photon's CVE metadata: {error}") from error
        for raw in rows:
            try:
                row = msgspec.json.decode(raw, type=_Row)
            except UNREADABLE:
                build.skip(bytes(raw)[:100].decode("utf-8", "replace"))
                continue
            if row.pkg and _VULNERABILITY.fullmatch(row.cve_id):
                found.setdefault((row.pkg, row.cve_id), []).append(row)
            elif not _is_free(row):
                build.skip(f"{row.cve_id} {row.pkg}")
    for same in found.values():
        writer.add(_advisory(same))


def parse_oval(shard: str, files: Mapping[str, Path], build: Build) -> None:
    """One release. Raises FeedError when a document is broken."""
    writer = build.shard(shard, "rpm", "binary")
    if writer is None:
        return
    for path in files.values():
        try:
            oval = Oval(partial(open_document, path))
            build.date(oval.timestamp)
            for definition in oval.definitions():
                fixes = _fixes(definition)
                if not fixes:
                    build.skip(f"{definition.id} {definition.title}")
                for advisory in _patches(definition, fixes):
                    writer.add(advisory)
                    writer.add_text(_text(definition, advisory.id))
        except SafeIOError as error:
            raise FeedError(f"{path}: not an OVAL document: {error}") from error


def _advisory(rows: Sequence[_Row]) -> Advisory:
    """What the rows of one vulnerability and package come to: what one calls affected, another cannot clear."""
    concerned = [row for row in rows if not _is_free(row)]
    fixed = sorted({version for row in concerned if (version := _fix(row))})
    return Advisory(
        id=rows[0].cve_id,
        package=rows[0].pkg,
        state="affected" if concerned else "not_affected",
        ranges=tuple(Range(fixed=version) for version in fixed) or ((Range(),) if concerned else ()),
        severities=tuple(dict.fromkeys(one for row in rows if (one := _severity(row.cve_score)))),
    )


def _is_free(row: _Row) -> bool:
    return row.status.strip().lower() == "not affected"


def _fix(row: _Row) -> str:
    """The version with the fix, empty where there is none."""
    if row.res_ver not in _NONE:
        return plain_evr(row.res_ver)
    before = _BEFORE.match(row.aff_ver)
    return plain_evr(before[1]) if before and row.status.strip().lower() == "fixed" else ""


def _severity(score: float | str | None) -> Severity | None:
    """Photon gives a CVSS score without its vector."""
    try:
        number = float(score or 0)
    except ValueError:
        return None
    label = next((label for least, label in _SCORES if number >= least), None)
    return Severity(label, "photon", number) if label else None


def _fixes(definition: Definition) -> dict[str, str]:
    """Fixed versions by package."""
    matches = (_EARLIER.fullmatch(leaf.comment) for leaf, _ in iter_leaves(definition.criteria))
    return {match[1]: plain_evr(match[2]) for match in matches if match}


def _patches(definition: Definition, fixes: Mapping[str, str]) -> list[Advisory]:
    severity = word_severity(definition.severity, "photon")
    return [
        Advisory(
            id=vulnerability.id,
            package=package,
            ranges=(Range(fixed=version),),
            severities=(severity,) if severity else (),
            note=definition.title.partition(" ")[0],
            fix_date=definition.issued,
        )
        for vulnerability in definition.vulnerabilities
        if _VULNERABILITY.fullmatch(vulnerability.id)
        for package, version in fixes.items()
    ]


def _text(definition: Definition, vulnerability: str) -> AdvisoryText:
    url = next((one.url for one in definition.references if one.source == "PHSA"), "")
    return AdvisoryText(vulnerability, summary=definition.title.partition(" ")[2].partition(" (")[0], url=url)


def _metadata_unit(release: str, path: str = "") -> Unit:
    name = f"cve_data_photon{release}.json"
    document = Document(path or f"photon/cve_metadata/{name}", f"{_ADDRESS}/photon_cve_metadata/{name}")
    shard = f"photon-{release}"
    return Unit(shard, (document,), partial(parse_metadata, shard))


def _oval_unit(major: str, path: str = "") -> Unit:
    name = f"com.vmware.phsa-photon{major}.xml.gz"
    document = Document(path or f"photon/oval/{name}", f"{_ADDRESS}/photon_oval_definitions/{name}")
    shard = f"oval-photon-{major}.0"
    return Unit(shard, (document,), partial(parse_oval, shard))


def _units(held: Sequence[str] | None) -> tuple[Unit, ...]:
    if held is None:
        majors = [release.partition(".")[0] for release in _RELEASES]
        return (*map(_metadata_unit, _RELEASES), *map(_oval_unit, majors))
    metadata = {match[1]: path for path in held if (match := _METADATA.fullmatch(path))}
    ovals = {match[1]: path for path in held if (match := _OVAL.fullmatch(path))}
    return (
        *(_metadata_unit(release, metadata[release]) for release in sorted(metadata)),
        *(_oval_unit(major, ovals[major]) for major in sorted(ovals)),
    )


def _unit_for(shard: ShardName) -> Unit | None:
    match = _SHARD.fullmatch(shard)
    if match is None:
        return None
    return _oval_unit(match[2]) if match[1] else _metadata_unit(f"{match[2]}.0")


FEED = Feed("photon", "Photon OS CVE metadata and advisories", _units, _unit_for)
