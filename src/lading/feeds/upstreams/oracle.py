"""Oracle Linux: its advisories (ELSA) as OVAL, a shard for each release.

Source: https://linux.oracle.com/security/oval/. Only fixes are published. Builds for Ksplice and FIPS have version
lines of their own, which show in the version ("1.1.1g-15.ksplice1.el8_3", "3.6.16-4.0.1.el8_fips"): comparing keeps to
the line.
"""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path

from lading.feeds.builds import by_condition
from lading.feeds.feed import Build, Document, Feed, Unit, open_document
from lading.formats.decoders.oval import Criteria, Criterion, Definition, Oval, VulnerabilityNote, iter_leaves
from lading.model.advisory import Advisory, AdvisoryText, Range, Severity, ShardName
from lading.model.errors import FeedError, SafeIOError
from lading.model.severities import cvss_severity, word_severity
from lading.versions.evr import plain_evr

_ADDRESS = "https://linux.oracle.com/security/oval/com.oracle.elsa-all.xml.bz2"
_ALL = Document("oracle/com.oracle.elsa-all.xml.bz2", _ADDRESS)
_PATH = re.compile(r"oracle(?:-oval)?/[^/]+\.xml(?:\.bz2)?")
_SHARD = re.compile(r"oracle-\d+")
_RELEASE = re.compile(r"Oracle Linux (\d+) is installed", re.ASCII)
_ARCH = re.compile(r"Oracle Linux arch is (\S+)")
_MODULE = re.compile(r"Module (\S+:\S+) is enabled")
_EARLIER = re.compile(r"(\S+) is earlier than (\S+)")
_TITLE = re.compile(r"(EL[BES]A-[\w-]+):\s*(.*?)\s*(?:\(\w+\))?", re.DOTALL)
_LAST_ON_I386 = 6
_LINE = re.compile(r"(?:\d+:)?[^-]+", re.ASCII)


def parse_oval(files: Mapping[str, Path], build: Build) -> None:
    """The shards of every release that the documents speak of. Raises FeedError when one is broken."""
    # Excerpts first: what the whole documents say of the same advisories takes their place.
    for path in (files[name] for name in sorted(files, reverse=True)):
        try:
            oval = Oval(partial(open_document, path))
            build.date(oval.timestamp)
            for definition in oval.definitions():
                _read_definition(definition, build)
        except SafeIOError as error:
            raise FeedError(f"{path}: not an OVAL document: {error}") from error


def _read_definition(definition: Definition, build: Build) -> None:
    title = _TITLE.fullmatch(definition.title)
    fixes = _fixes(definition.criteria)
    if title is None or not fixes:
        build.skip(f"{definition.id} {definition.title}".strip())
        return
    vulnerabilities = _vulnerabilities(definition, title[1])
    for (release, package, module), builds in fixes.items():
        writer = build.shard(f"oracle-{release}", "rpm", "binary")
        if writer is None:
            continue
        every = ("aarch64", "x86_64") if int(release) > _LAST_ON_I386 else ("i386", "x86_64")
        for condition, versions in by_condition(builds, every, module):
            for vulnerability in vulnerabilities:
                advisory = Advisory(
                    id=vulnerability.id,
                    package=package,
                    ranges=tuple(_range(package, version) for version in versions),
                    severities=_severities(definition.severity, vulnerability),
                    note=title[1] if vulnerability.id != title[1] else "",
                    condition=condition,
                    fix_date=definition.issued,
                )
                writer.add(advisory)
        for vulnerability in vulnerabilities:
            notice = title[1] if vulnerability.id != title[1] else ""
            url = _address(vulnerability)
            writer.add_text(AdvisoryText(vulnerability.id, summary=title[2], url=url, notice=notice))


def _vulnerabilities(definition: Definition, notice: str) -> tuple[VulnerabilityNote, ...]:
    """The vulnerabilities that are fixed; a security advisory that names none is one itself."""
    if definition.vulnerabilities:
        return definition.vulnerabilities
    named = tuple(VulnerabilityNote(one.id, {}) for one in definition.references if one.source == "CVE")
    if named or not notice.startswith("ELSA"):
        return named
    return (VulnerabilityNote(notice, {"href": f"https://linux.oracle.com/errata/{notice}.html"}),)


def _fixes(criteria: Criteria) -> Mapping[tuple[str, str, str], list[tuple[str, str]]]:
    """(architecture, version) of the fixed builds by release, package and module; the architecture is empty where
    the definition names none."""
    found: dict[tuple[str, str, str], list[tuple[str, str]]] = defaultdict(list)
    for leaf, beside in iter_leaves(criteria):
        earlier = _EARLIER.fullmatch(leaf.comment)
        if earlier is None:
            continue
        release = arch = module = ""
        for comment in _comments(beside):
            release = match[1] if (match := _RELEASE.match(comment)) else release
            arch = match[1] if (match := _ARCH.match(comment)) else arch
            module = match[1] if (match := _MODULE.match(comment)) else module
        if release:
            found[release, earlier[1], module].append((arch or "noarch", plain_evr(earlier[2])))
    return found


def _comments(nodes: Sequence[Criteria | Criterion]) -> Iterator[str]:
    return (node.comment for node in nodes if isinstance(node, Criterion))


def _range(package: str, version: str) -> Range:
    """The unbreakable kernels are lines of their own, side by side in one release and each with fixes of its own: the
    upstream's version (5.4.17, 5.15.0) tells the line."""
    line = _LINE.match(version)
    return Range(introduced=f"{line[0]}-0" if line and package.startswith("kernel-uek") else "", fixed=version)


def _severities(word: str, vulnerability: VulnerabilityNote) -> tuple[Severity, ...]:
    found = [word_severity(word, "oracle")]
    for name in ("cvss3", "cvss2"):
        _, slash, vector = vulnerability.attributes.get(name, "").partition("/")
        found.append(cvss_severity(vector) if slash else None)
    return tuple(one for one in found if one is not None)


def _address(vulnerability: VulnerabilityNote) -> str:
    given = vulnerability.attributes.get("href", "").replace("http://", "https://")
    return given or f"https://linux.oracle.com/cve/{vulnerability.id}.html"


def _units(held: Sequence[str] | None) -> tuple[Unit, ...]:
    if held is None:
        return (_UNIT,)
    documents = tuple(Document(path, _ADDRESS) for path in sorted(held) if _PATH.fullmatch(path))
    return (Unit("oracle", documents, parse_oval),) if documents else ()


def _unit_for(shard: ShardName) -> Unit | None:
    return _UNIT if _SHARD.fullmatch(shard) else None


_UNIT = Unit("oracle", (_ALL,), parse_oval)

FEED = Feed("oracle", "Oracle Linux advisories", _units, _unit_for)
