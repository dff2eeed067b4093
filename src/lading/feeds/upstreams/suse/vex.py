"""SUSE's statements on vulnerabilities (CSAF VEX), a document for each CVE.

Source: https://ftp.suse.com/pub/projects/security/csaf-vex/. Fixed packages stand under `recommended` or
`first_fixed`, by name, version and release; the others by name alone.
"""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path
from posixpath import basename
from typing import Final

import msgspec
from msgspec import Struct

from lading.feeds.csaf_mirror import iter_documents
from lading.feeds.feed import UNREADABLE, Build
from lading.feeds.upstreams.suse.claims import Claim, advisory_of
from lading.feeds.upstreams.suse.products import places_of
from lading.formats.decoders.csaf import Cvss, Document, Note, Threat
from lading.formats.summaries import short
from lading.model.advisory import AdvisoryText, Severity, State
from lading.model.severities import cvss_severity, word_severity

_NAME: Final = re.compile(r"cve-\d+-\d+\.json", re.ASCII)
_LIMIT: Final = 200_000_000
_STATES: Final[Mapping[str, State]] = {
    "first_fixed": "affected",
    "fixed": "affected",
    "recommended": "affected",
    "first_affected": "affected",
    "known_affected": "affected",
    "last_affected": "affected",
    "known_not_affected": "not_affected",
    "under_investigation": "under_investigation",
}
_FIXED: Final = ("first_fixed", "fixed", "recommended")
_ARCH: Final = re.compile(r"\.(?:aarch64|i[3-6]86|noarch|nosrc|ppc64(?:le)?|s390x?|src|x86_64)$")
_NO_FIX: Final = "no_fix_planned"
_MOST_SUMMARY: Final = 400


class _Score(Struct, frozen=True):
    cvss_v2: Cvss | None = None
    cvss_v3: Cvss | None = None
    cvss_v4: Cvss | None = None


class _Remedy(Struct, frozen=True):
    category: str
    product_ids: tuple[str, ...] = ()


class _Vulnerability(Struct, frozen=True):
    """Of a vulnerability only what is used: lists of thousands of products stand beside its scores and remedies too."""

    cve: str = ""
    notes: tuple[Note, ...] = ()
    product_status: dict[str, tuple[str, ...]] = {}
    scores: tuple[_Score, ...] = ()
    threats: tuple[Threat, ...] = ()
    remediations: msgspec.Raw = msgspec.Raw(b"[]")


class _Vex(Struct, frozen=True):
    """A document without its product tree: the ids of products say by themselves what they are made of."""

    document: Document
    vulnerabilities: tuple[_Vulnerability, ...] = ()


_DECODER: Final = msgspec.json.Decoder(_Vex)


def parse_vex(files: Mapping[str, Path], build: Build) -> None:
    """The shards of every release. Raises FeedError when an archive or a list of changes cannot be read."""
    for path, data in iter_documents(files, _LIMIT):
        if not _NAME.fullmatch(basename(path)):
            continue
        try:
            vex = _DECODER.decode(data or b"")
        except UNREADABLE:
            build.skip(path)
            continue
        build.date(vex.document.tracking.current_release_date)
        for vulnerability in vex.vulnerabilities:
            _read_vulnerability(vex.document, vulnerability, build)


def _read_vulnerability(document: Document, vulnerability: _Vulnerability, build: Build) -> None:
    name = vulnerability.cve or document.tracking.id
    claims: dict[tuple[str, str], list[Claim]] = defaultdict(list)
    for shard, package, claim in _iter_claims(vulnerability):
        claims[shard, package].append(claim)
    severities = _severities(document, vulnerability)
    said: set[str] = set()
    for (shard, package), listed in claims.items():
        writer = build.shard(shard, "rpm", "binary")
        if writer is None:
            continue
        advisory = advisory_of(name, package, listed, severities)
        writer.add(advisory)
        if advisory.state != "not_affected" and shard not in said:
            said.add(shard)
            writer.add_text(_text(document, vulnerability, name))


def _iter_claims(vulnerability: _Vulnerability) -> Iterator[tuple[str, str, Claim]]:
    """(shard, package, claim) for every product that is a base of images."""
    hopeless = _without_hope(vulnerability.remediations)
    for status, products in vulnerability.product_status.items():
        state = _STATES.get(status)
        if state is None:
            continue
        for product in products:
            platform, _, component = product.partition(":")
            places = places_of(platform)
            package, version = _split(component) if status in _FIXED else (component, "")
            if not places or not package:
                continue
            told: State = "wont_fix" if state == "affected" and not version and product in hopeless else state
            for place in places:
                yield place.shard, package, Claim(told, version, place.channel)


def _split(component: str) -> tuple[str, str]:
    """Name and version of `samba-client-libs-4.19.4+git.339-1.22`, some of which end in an architecture; empty for
    what has none."""
    parts = _ARCH.sub("", component).rsplit("-", 2)
    return (parts[0], f"{parts[1]}-{parts[2]}") if len(parts) == 3 else ("", "")


def _without_hope(remedies: msgspec.Raw) -> frozenset[str]:
    if _NO_FIX.encode() not in bytes(remedies):
        return frozenset()
    try:
        listed = msgspec.json.decode(remedies, type=tuple[_Remedy, ...])
    except UNREADABLE:
        return frozenset()
    return frozenset(one for remedy in listed if remedy.category == _NO_FIX for one in remedy.product_ids)


def _severities(document: Document, vulnerability: _Vulnerability) -> tuple[Severity, ...]:
    words = [threat.details for threat in vulnerability.threats if threat.category == "impact"]
    if not words and document.aggregate_severity is not None:
        words = [document.aggregate_severity.text]
    found = [word_severity(word, "suse") for word in words[:1]]
    for score in vulnerability.scores:
        for cvss in (score.cvss_v4, score.cvss_v3, score.cvss_v2):
            found.append(cvss_severity(cvss.vector) if cvss is not None and cvss.vector else None)
    return tuple(dict.fromkeys(one for one in found if one is not None))


def _text(document: Document, vulnerability: _Vulnerability, name: str) -> AdvisoryText:
    notes = (
        note.text for note in (*vulnerability.notes, *document.notes) if note.category in ("general", "description")
    )
    summary = " ".join(next(notes, "").split())
    return AdvisoryText(
        id=name,
        summary=short(summary, _MOST_SUMMARY),
        url=f"https://www.suse.com/security/cve/{name}.html",
        published=document.tracking.initial_release_date,
        modified=document.tracking.current_release_date,
    )
