"""Azure Linux and CBL-Mariner: vulnerabilities of source packages as OVAL, a shard for each release.

Source: https://github.com/microsoft/AzureLinuxVulnerabilityData.
"""

import re
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path

from lading.feeds.feed import Build, Document, Feed, Unit, open_document
from lading.formats.decoders.oval import Definition, Oval, iter_leaves
from lading.model.advisory import Advisory, AdvisoryText, Range, ShardName
from lading.model.errors import FeedError, SafeIOError
from lading.model.severities import word_severity
from lading.versions.evr import plain_evr

_ADDRESS = "https://raw.githubusercontent.com/microsoft/AzureLinuxVulnerabilityData/main"
_NAMES = {
    "azurelinux-3.0": "azurelinux-3.0-oval.xml",
    "mariner-1.0": "cbl-mariner-1.0-oval.xml",
    "mariner-2.0": "cbl-mariner-2.0-oval.xml",
}
_PATH = re.compile(r"azurelinux/(?:cbl-)?(azure-?linux|mariner)-(\d+\.\d+)-(?:[\w-]+-)?oval\.xml", re.ASCII)
_UNKNOWN = re.compile(r"null\b")
# A fix that is known by upstream's version alone has the mark of the distribution behind it all the same.
_NO_RELEASE = re.compile(r"^([^-]+)\.(?:azl|cm)\d+$", re.ASCII)


def parse_oval(shard: str, files: Mapping[str, Path], build: Build) -> None:
    """One release. Of several documents the newest decides on a vulnerability of a package. Raises FeedError when one
    is broken."""
    writer = build.shard(shard, "rpm")
    if writer is None:
        return
    decided: set[tuple[str, str]] = set()
    for path, oval in sorted(_documents(files), key=lambda one: one[1].timestamp, reverse=True):
        build.date(oval.timestamp)
        found: set[tuple[str, str]] = set()
        try:
            for definition in oval.definitions():
                advisory = advisory_of(definition, shard.partition("-")[0])
                if advisory is None:
                    build.skip(f"{definition.id} {definition.title}")
                    continue
                found.add((advisory.package, advisory.id))
                if (advisory.package, advisory.id) not in decided:
                    writer.add(advisory)
                    url = next((one.url for one in definition.references), "")
                    writer.add_text(AdvisoryText(advisory.id, summary=definition.title, url=url))
        except SafeIOError as error:
            raise FeedError(f"{path}: not an OVAL document: {error}") from error
        decided |= found


def advisory_of(definition: Definition, family: str) -> Advisory | None:
    """One vulnerability of one source package; None when the definition names none.

    `patchable` tells "true" (fixed), "false" (no fix yet; the test is for the newest version there was) or "Not
    Applicable", whose test is still there and has to be ignored.
    """
    package, bounds = _bounds(definition)
    vulnerability = next((one.id for one in definition.references if one.id), "")
    if not package or not vulnerability:
        return None
    severity = word_severity(definition.severity, family)
    advisory = partial(
        Advisory,
        id=vulnerability,
        package=package,
        severities=(severity,) if severity else (),
        note=definition.notes.get("advisory_id", ""),
    )
    patchable = definition.notes.get("patchable", "").lower()
    if patchable == "not applicable":
        return advisory(state="not_affected")
    fixed = _NO_RELEASE.sub(r"\1", bounds.get("less than", ""))
    if _UNKNOWN.match(fixed):
        return advisory(state="under_investigation")
    after = bounds.get("greater than", "")
    introduced = bounds.get("greater than or equal", "")
    if fixed:
        ranges = _fixed(fixed) if "," in fixed else (Range(introduced, fixed=fixed, after=after),)
        return advisory(ranges=ranges, fix_date=definition.notes.get("advisory_date", "")[:10])
    last = bounds.get("less than or equal", "")
    return advisory(ranges=(Range(introduced, last_affected=last, after=after),)) if last else None


def _bounds(definition: Definition) -> tuple[str, dict[str, str]]:
    """The package, and versions by OVAL's word for the comparison."""
    package = ""
    bounds = {}
    for leaf, _ in iter_leaves(definition.criteria):
        evr = leaf.test.field("evr") if leaf.test else None
        if leaf.test is not None and leaf.test.names and evr is not None:
            package = leaf.test.names[0]
            epoch, _, version = evr.value.partition(":")
            bounds[evr.operation] = plain_evr(f"{epoch}:{version.strip()}")
    return package, bounds


def _fixed(text: str) -> tuple[Range, ...]:
    """ "1.17.13-2,1.18.8-2.azl3" are fixes of two lines that are packaged side by side."""
    lines = text.split(",")
    return tuple(
        Range("" if place == 0 else ".".join(version.split(".")[:2]), version) for place, version in enumerate(lines)
    )


def _documents(files: Mapping[str, Path]) -> list[tuple[Path, Oval]]:
    found = []
    for path in files.values():
        try:
            found.append((path, Oval(partial(open_document, path))))
        except SafeIOError as error:
            raise FeedError(f"{path}: not an OVAL document: {error}") from error
    return found


def _unit(shard: str, documents: tuple[Document, ...]) -> Unit:
    return Unit(shard, documents, partial(parse_oval, shard))


def _upstream(shard: str) -> Unit:
    name = _NAMES[shard]
    return _unit(shard, (Document(f"azurelinux/{name}", f"{_ADDRESS}/{name}"),))


def _units(held: Sequence[str] | None) -> tuple[Unit, ...]:
    if held is None:
        return tuple(map(_upstream, _NAMES))
    documents: dict[str, list[Document]] = {}
    for path in sorted(held):
        if match := _PATH.fullmatch(path):
            shard = f"{match[1].replace('-', '')}-{match[2]}"
            documents.setdefault(shard, []).append(Document(path, f"{_ADDRESS}/{path.rpartition('/')[2]}"))
    return tuple(_unit(shard, tuple(documents[shard])) for shard in sorted(documents))


def _unit_for(shard: ShardName) -> Unit | None:
    return _upstream(shard) if shard in _NAMES else None


FEED = Feed("azurelinux", "Azure Linux and CBL-Mariner vulnerability data", _units, _unit_for)
