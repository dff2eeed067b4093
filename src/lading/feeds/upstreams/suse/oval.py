"""SUSE's OVAL documents: of each release every vulnerability that was fixed, and in those called `-affected` the others
too.

Source: https://ftp.suse.com/pub/projects/security/oval/. A criterion says it all in its comment, whose words have
changed over the years ("NAME less than VERSION", "NAME-VERSION is installed", "NAME is not affected").
"""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from posixpath import basename
from typing import Final

from lading.feeds.feed import Build, open_document
from lading.feeds.upstreams.suse.claims import Claim, advisory_of
from lading.feeds.upstreams.suse.products import Place, places_of
from lading.formats.decoders.oval import Criteria, Criterion, Definition, Oval, iter_leaves
from lading.formats.summaries import short
from lading.model.advisory import AdvisoryText, Severity
from lading.model.errors import FeedError, SafeIOError
from lading.model.severities import cvss_severity, word_severity
from lading.versions.evr import plain_evr

_MOST_SUMMARY = 400
_INSTALLED: Final = " is installed"
_BUILD: Final = re.compile(r"(\S+)-([^-\s]+-[^-\s]+) is installed")
_LESS: Final = re.compile(r"(\S+) less than (\S+)")
_VERDICT: Final = re.compile(r"(\S+) is (not )?affected")
_CVE: Final = re.compile(r"CVE-\d{4}-\d+", re.ASCII)
_OPENSUSE_FILE: Final = re.compile(r"opensuse\.(?:leap\.)?\d+\.\d+(?=[.-])", re.ASCII)

Key = tuple[str, str, str]
"""Shard, package, vulnerability."""


def parse_oval(family: str, files: Mapping[str, Path], build: Build) -> None:
    """The shards of a family of releases ("sles-15"), each with "oval-" in front. Raises FeedError when a document is
    broken."""
    # What says of every vulnerability how it stands comes last and counts.
    for path in sorted(files, key=lambda path: ("-affected" in path, "-patch" not in path, path)):
        try:
            oval = Oval(partial(open_document, files[path]))
            build.date(oval.timestamp)
            patches: dict[Key, list[Claim]] = defaultdict(list)
            known: dict[Key, tuple[Severity, ...]] = {}
            for definition in oval.definitions():
                if definition.kind == "patch":
                    _gather_patch(definition, family, patches, known)
                else:
                    _read_vulnerability(definition, _default(path), family, build)
        except SafeIOError as error:
            raise FeedError(f"{files[path]}: not an OVAL document: {error}") from error
        for (shard, package, vulnerability), claims in patches.items():
            writer = build.shard(f"oval-{shard}", "rpm", "binary")
            if writer is not None:
                writer.add(advisory_of(vulnerability, package, claims, known[shard, package, vulnerability]))
                writer.add_text(AdvisoryText(vulnerability, url=_address(vulnerability)))


def _gather_patch(
    definition: Definition, family: str, patches: dict[Key, list[Claim]], known: dict[Key, tuple[Severity, ...]]
) -> None:
    """A vulnerability that several patches fix was fixed by the first: they are matched together."""
    vulnerabilities = [one.id for one in definition.references if one.source == "CVE" and _CVE.fullmatch(one.id)]
    severities = _severities(definition)
    for shard, package, claim in _iter_claims(definition, (), family):
        for vulnerability in dict.fromkeys(vulnerabilities):
            patches[shard, package, vulnerability].append(claim)
            known.setdefault((shard, package, vulnerability), severities)


def _read_vulnerability(definition: Definition, default: tuple[Place, ...], family: str, build: Build) -> None:
    match = _CVE.search(definition.title)
    claims: dict[tuple[str, str], list[Claim]] = defaultdict(list)
    for shard, package, claim in _iter_claims(definition, default, family):
        claims[shard, package].append(claim)
    if match is None:
        build.skip(f"{definition.id} {definition.title}".strip())
        return
    vulnerability, severities = match[0], _severities(definition)
    for (shard, package), listed in claims.items():
        writer = build.shard(f"oval-{shard}", "rpm", "binary")
        if writer is None:
            continue
        advisory = advisory_of(vulnerability, package, listed, severities)
        writer.add(advisory)
        if advisory.state != "not_affected":
            summary = short(definition.description, _MOST_SUMMARY)
            writer.add_text(AdvisoryText(vulnerability, summary, _address(vulnerability), published=definition.issued))


def _iter_claims(definition: Definition, default: tuple[Place, ...], family: str) -> Iterator[tuple[str, str, Claim]]:
    for leaf, beside in iter_leaves(definition.criteria):
        found = _claim(leaf)
        if found is None:
            continue
        package, claim = found
        for place in tuple(_places(beside)) or default:
            if _is_of_family(place.shard, family):
                yield place.shard, package, Claim(claim.state, claim.fixed, place.channel)


def _claim(leaf: Criterion) -> tuple[str, Claim] | None:
    """What a criterion says of a package. The test behind it is right about the version where there is one; the word
    "not affected" is one of version 0, which nothing has."""
    if status := _VERDICT.fullmatch(leaf.comment):
        return status[1], Claim("not_affected" if status[2] else "affected")
    build = _BUILD.fullmatch(leaf.comment) or _LESS.fullmatch(leaf.comment)
    if build is None or places_of(leaf.comment.removesuffix(_INSTALLED)):
        return None
    evr = leaf.test.field("evr") if leaf.test is not None else None
    if leaf.test is not None and (evr is None or evr.operation != "less than" or not leaf.test.names):
        return None
    name = leaf.test.names[0] if leaf.test is not None else build[1]
    return name, Claim("affected", plain_evr(evr.value if evr is not None else build[2]))


def _places(nodes: Sequence[Criteria | Criterion]) -> Iterator[Place]:
    for node in nodes:
        if isinstance(node, Criteria):
            yield from _places(node.children)
        elif node.comment.endswith(_INSTALLED):
            yield from places_of(node.comment.removesuffix(_INSTALLED))


def _is_of_family(shard: str, family: str) -> bool:
    """Whether a release ("sles-15.5") belongs to a family ("sles-15"), or is one ("opensuse-leap-15.5")."""
    return shard == family or shard.startswith(f"{family}.")


def _default(path: str) -> tuple[Place, ...]:
    """The release that a file is about, by its name: the definitions of openSUSE 12 do not say."""
    match = _OPENSUSE_FILE.match(basename(path))
    return (Place(match[0].replace(".", "-", match[0].count(".") - 1)),) if match else ()


def _severities(definition: Definition) -> tuple[Severity, ...]:
    found = [word_severity(definition.severity, "suse")]
    if definition.kind != "patch":
        vectors = (
            vulnerability.attributes.get("cvss3", "").partition("/")[2] for vulnerability in definition.vulnerabilities
        )
        found += [cvss_severity(vector) for vector in vectors if vector]
    return tuple(dict.fromkeys(one for one in found if one is not None))


def _address(vulnerability: str) -> str:
    return f"https://www.suse.com/security/cve/{vulnerability}.html"
