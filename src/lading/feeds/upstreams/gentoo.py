"""Gentoo's security advisories (GLSA): an XML document for each.

Source: https://security.gentoo.org/glsa/ and the repository behind it (data/glsa.git), https://www.gentoo.org/dtd/glsa.dtd;
Portage's reading of it (lib/portage/glsa.py): a version is affected when a `vulnerable` range holds it and no
`unaffected` one does.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from posixpath import basename
from typing import Final

from msgspec import Struct

from lading.advisories.writer import ShardWriter
from lading.feeds.feed import Build, Document, Feed, Unit
from lading.feeds.records import iter_records
from lading.model.advisory import Advisory, AdvisoryText, Condition, Range, Severity, SeverityLabel, ShardName
from lading.model.errors import FormatError, SafeIOError
from lading.safeio.xmltree import Element, read_xml
from lading.versions.bounds import Bound, Conjunction, Operator
from lading.versions.intervals import as_range, complement, intervals
from lading.versions.schemes import Scheme, rules

_SNAPSHOT: Final = "https://gitweb.gentoo.org/data/glsa.git/snapshot/glsa-master.tar.gz"
_ARCHIVE: Final = Document("gentoo/glsa-master.tar.gz", _SNAPSHOT)
_PATH: Final = re.compile(r"gentoo/(?:.*/)?(?:glsa-\d{6}-\d+\.xml|[^/]+\.(?:tar(?:\.\w+)?|tgz|zip))", re.ASCII)
_NAME: Final = re.compile(r"glsa-(\d{6}-\d+)\.xml", re.ASCII)
_LIMIT: Final = 20_000_000
_CVE: Final = re.compile(r"(?:CVE|CAN)-(\d{4})-(\d{4,})", re.ASCII | re.IGNORECASE)
_DAY: Final = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_WORDS: Final[Mapping[str, SeverityLabel]] = {
    "high": "high", "low": "low", "medium": "medium", "minimal": "low", "normal": "medium",
}  # fmt: skip
_OPERATORS: Final[Mapping[str, Operator]] = {"eq": "=", "ge": ">=", "gt": ">", "le": "<=", "lt": "<"}
_KINDS: Final = ("unaffected", "vulnerable")
_GLOB: Final = re.compile(r"(?P<front>(?:\d+\.)*)(?P<last>\d+)\.\*", re.ASCII)
_LAST_REVISION: Final = "-r999999999999"
"""Above every revision there will be: revisions of one version lie between the version and this."""


class _Span(Struct, frozen=True):
    """A `vulnerable` or `unaffected` element; `slot` is empty where it means any."""

    conjunction: Conjunction
    slot: str
    vulnerable: bool


def parse_advisories(files: Mapping[str, Path], build: Build) -> None:
    """The one shard. Raises FeedError when an archive cannot be read."""
    writer = build.shard("gentoo", "portage")
    scheme = rules("portage")
    if writer is None or scheme is None:
        return
    for path, data in iter_records(files, _LIMIT):
        match = _NAME.fullmatch(basename(path))
        if match is None:
            continue
        try:
            if data is None:
                raise FormatError(f"{path}: damaged")
            root = read_xml(data, typed=True)
            if root.name != "glsa":
                raise FormatError(f"{path}: not an advisory")
        except (SafeIOError, FormatError):
            build.skip(path)
            continue
        _read_advisory(match[1], root, scheme, writer, build)


def _read_advisory(number: str, root: Element, scheme: Scheme, writer: ShardWriter, build: Build) -> None:
    vulnerabilities = _vulnerabilities(root) or (f"GLSA-{number}",)
    day = root.value("announced")
    revised = root.value("revised")[:10]
    build.date(max(one for one in ("", day, revised) if not one or _DAY.fullmatch(one)))
    word = root.child("impact").attributes.get("type", "")
    severity = Severity(_WORDS.get(word.lower(), "unknown"), "gentoo", text=word)
    packages: dict[str, list[Element]] = {}
    for element in root.child("affected").all("package"):
        packages.setdefault(element.attributes.get("name", "").strip(), []).append(element)
    for name, elements in packages.items():
        try:
            stretches = affected_of(elements, scheme)
        except FormatError as error:
            build.skip(f"GLSA-{number} {name}: {error}")
            continue
        for slots, ranges in stretches.items():
            for vulnerability in vulnerabilities:
                advisory = Advisory(
                    id=vulnerability,
                    package=name,
                    ranges=ranges,
                    severities=(severity,),
                    note=f"GLSA-{number}" if vulnerability != f"GLSA-{number}" else "",
                    condition=Condition(slots=slots) if slots else None,
                    fix_date=day if _DAY.fullmatch(day) else "",
                )
                writer.add(advisory)
    for vulnerability in vulnerabilities:
        text = root.value("title")
        url, notice = f"https://security.gentoo.org/glsa/{number}", f"GLSA-{number}"
        told_by = notice if vulnerability != notice else ""
        writer.add_text(AdvisoryText(vulnerability, text, url, published=day, notice=told_by))


def _vulnerabilities(root: Element) -> tuple[str, ...]:
    """The CVEs among the references. CAN was a CVE's name before it was accepted."""
    links = root.child("references").all("uri")
    found = (_CVE.search(text) for link in links for text in (link.text, link.attributes.get("link", "")))
    return tuple(dict.fromkeys(f"CVE-{one[1]}-{one[2]}" for one in found if one))


def affected_of(elements: Iterable[Element], scheme: Scheme) -> dict[tuple[str, ...], tuple[Range, ...]]:
    """The ranges that are affected, by the slots they hold for (as `Condition.slots`; none: all), of the `package`
    elements of one package.

    An element's `arch` is let be: Portage's database does not say for which architecture a package was built, and
    the ranges of all are to be had. Raises FormatError when a range cannot be read.
    """
    found: dict[tuple[str, ...], tuple[Range, ...]] = {}
    packages = [[_span(one) for one in element.children if one.name in _KINDS] for element in elements]
    named = sorted({span.slot for spans in packages for span in spans} - {""})
    for slot in ("", *named):
        slots = (slot,) if slot else tuple(f"!{one}" for one in named)
        stretches = [_affected([span for span in spans if span.slot in ("", slot)], scheme) for spans in packages]
        ranges = tuple(dict.fromkeys(one for part in stretches for one in part))
        if ranges:
            found[slots] = ranges
    return found


def _affected(spans: Sequence[_Span], scheme: Scheme) -> list[Range]:
    vulnerable, unaffected = (
        intervals(scheme, tuple(span.conjunction for span in spans if span.vulnerable is wanted))
        for wanted in (True, False)
    )
    if vulnerable is None or unaffected is None:
        raise FormatError("a version is none of Portage's")
    # What is vulnerable and not unaffected: all that lies outside of what is not vulnerable or unaffected.
    return [as_range(one) for one in complement([*complement(vulnerable), *unaffected])]


def _span(element: Element) -> _Span:
    slot = element.attributes.get("slot", "").strip()
    word = element.attributes.get("range", "").strip()
    conjunction = _conjunction(word, element.text.strip())
    return _Span(conjunction, "" if slot == "*" else slot, element.name == "vulnerable")


def _conjunction(word: str, version: str) -> Conjunction:
    """`rge`, `rgt`, `rle` and `rlt` compare the revisions of one version; `eq` may end in `.*`."""
    glob = _GLOB.fullmatch(version) if word == "eq" else None
    if glob is not None:
        beyond = f"{glob['front']}{int(glob['last']) + 1}_alpha"
        return (Bound(">=", f"{version[:-2]}.0_alpha"), Bound("<", beyond))
    operator = _OPERATORS.get(word.removeprefix("r"))
    if operator is None:
        raise FormatError(f"the range {word!r} is not known")
    if not word.startswith("r"):
        return (Bound(operator, version),)
    bare = re.sub(r"-r\d+$", "", version)
    other = Bound("<=", f"{bare}{_LAST_REVISION}") if operator.startswith(">") else Bound(">=", bare)
    return (Bound(operator, version), other)


def _units(held: Sequence[str] | None) -> tuple[Unit, ...]:
    paths = [] if held is None else [path for path in held if _PATH.fullmatch(path)]
    site = "https://security.gentoo.org/glsa"
    documents = tuple(Document(path, f"{site}/{basename(path)}") for path in paths)
    if held is None:
        documents = (_ARCHIVE,)
    return (Unit("gentoo", documents, parse_advisories),) if documents else ()


def _unit_for(shard: ShardName) -> Unit | None:
    return _units(None)[0] if shard == "gentoo" else None


FEED = Feed("gentoo", "Gentoo Linux Security Advisories", _units, _unit_for)
