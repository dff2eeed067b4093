"""Chainguard's rebuilds of libraries: which vulnerabilities are mended in them, in OpenVEX by package.

Source: https://edu.chainguard.dev/chainguard/libraries/ and https://libraries.cgr.dev/openvex/v1/all.json, the list of
the documents. A statement names exact versions (`1.26.16+cgr.0`). Of those that say a version is affected, or not yet
matched, nothing is kept: the advisories of the ecosystem say the same of the version it was built from.
"""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final
from urllib.parse import unquote

import msgspec
from msgspec import Struct

from lading.feeds.feed import UNREADABLE, Build, Copy, Document, Feed, Unit, read_document
from lading.feeds.records import iter_records
from lading.model.advisory import Advisory, ShardName
from lading.model.errors import FeedError
from lading.model.names import advisory_name

_FOLDER: Final = "chainguard-libraries/v1"
_SITE: Final = "https://libraries.cgr.dev/openvex/v1"
_LIST: Final = Document(f"{_FOLDER}/all.json", f"{_SITE}/all.json")
_LIMIT: Final = 100_000_000
_SCHEMES: Final = {"maven": "maven", "npm": "npm", "pypi": "pep440"}
_NAME: Final = re.compile(rf"(?:{'|'.join(_SCHEMES)})(?:/(?!\.)[\w@%+.~-]+)+\.openvex\.json", re.ASCII)
_PATH: Final = re.compile(rf"(?:openvex/)?chainguard-libraries/v1/({_NAME.pattern})", re.ASCII)
_PURL: Final = re.compile(rf"pkg:({'|'.join(_SCHEMES)})/(?:([^@?#]+)/)?([^/@?#]+)@([^@?#]+)")
_FREE: Final = frozenset({"fixed", "not_affected"})


class _Entry(Struct, frozen=True):
    id: str
    modified: str = ""


class _List(Struct, frozen=True):
    entries: list[_Entry]


class _Identifiers(Struct, frozen=True):
    purl: str = ""


class _Product(Struct, frozen=True):
    id: str = msgspec.field(name="@id", default="")
    identifiers: _Identifiers = _Identifiers()


class _Vulnerability(Struct, frozen=True):
    name: str
    aliases: list[str] = []


class _Statement(Struct, frozen=True):
    vulnerability: _Vulnerability
    status: str
    products: list[_Product] = []


class _Vex(Struct, frozen=True):
    statements: list[_Statement]
    timestamp: str = ""
    last_updated: str = ""


_DECODE: Final = msgspec.json.Decoder(_Vex).decode


def parse_libraries(files: Mapping[str, Path], build: Build) -> None:
    """The shard `chainguard-TYPE` of each type of package."""
    documents = {path: file for path, file in files.items() if _wanted(path, build)}
    for path, data in iter_records(documents, _LIMIT):
        try:
            vex = _DECODE(data or b"")
        except UNREADABLE:
            build.skip(path)
            continue
        build.date(vex.last_updated or vex.timestamp)
        for (type, _, _), advisory in _advisories(vex, build).items():
            writer = build.shard(f"chainguard-{type}", _SCHEMES[type])
            if writer is not None:
                writer.add(advisory)


def _wanted(path: str, build: Build) -> bool:
    match = _PATH.fullmatch(path)
    return match is not None and build.wants(f"chainguard-{match[1].partition('/')[0]}")


def _advisories(vex: _Vex, build: Build) -> dict[tuple[str, str, str], Advisory]:
    """By type, package and vulnerability. Several statements speak of one vulnerability, each of other versions."""
    found: dict[tuple[str, str, str], Advisory] = {}
    for statement in vex.statements:
        id, *aliases = sorted(
            {statement.vulnerability.name, *statement.vulnerability.aliases} - {""}, key=_by_name
        ) or [""]
        for purl in (one.identifiers.purl or one.id for one in statement.products if statement.status in _FREE):
            match = _PURL.match(purl)
            if match is None or not id:
                build.skip(f"{statement.vulnerability.name} {purl}")
                continue
            package = _package(match[1], unquote(match[2] or ""), unquote(match[3]))
            one = found.setdefault((match[1], package, id), Advisory(id, package, "not_affected"))
            found[match[1], package, id] = msgspec.structs.replace(
                one,
                versions=tuple(sorted({*one.versions, unquote(match[4])})),
                aliases=tuple(sorted({*one.aliases, *aliases}, key=_by_name)),
            )
    return found


def _by_name(name: str) -> tuple[bool, bool, str]:
    return not name.startswith("CVE-"), not name.startswith("GHSA-"), name


def _package(type: str, namespace: str, name: str) -> str:
    whole = f"{namespace}{':' if type == 'maven' else '/'}{name}" if namespace else name
    return advisory_name(type, whole)


def _refresh(copy: Copy) -> None:
    """A document that is held, and as new as it is listed, is not asked for again."""
    listed = copy.fetch(_LIST)
    assert listed is not None
    held = copy.held()
    changed = []
    for entry in _read_list(listed):
        document = Document(f"{_FOLDER}/{entry.id}", f"{_SITE}/{entry.id}", optional=True)
        file = held.get(document.path)
        if file is not None and entry.modified and entry.modified <= _updated(file):
            copy.keep(document.path)
        else:
            changed.append(document)
    copy.fetch_all(changed)


def _read_list(file: Path) -> list[_Entry]:
    try:
        entries = msgspec.json.decode(read_document(file, _LIMIT), type=_List).entries
    except UNREADABLE as error:
        raise FeedError(f"{file}: not the list of documents: {error}; try again later") from error
    return [entry for entry in entries if _NAME.fullmatch(entry.id)]


def _updated(file: Path) -> str:
    try:
        return _DECODE(read_document(file, _LIMIT)).last_updated
    except (FeedError, *UNREADABLE):
        return ""


_UNIT: Final = Unit("chainguard-libraries", (_LIST,), parse_libraries, _refresh)


def _units(held: Sequence[str] | None) -> tuple[Unit, ...]:
    if held is None:
        return (_UNIT,)
    found = ((path, match[1]) for path in held if (match := _PATH.fullmatch(path)))
    documents = tuple(Document(path, f"{_SITE}/{name}") for path, name in found)
    return (Unit(_UNIT.name, documents, parse_libraries),) if documents else ()


def _unit_for(shard: ShardName) -> Unit | None:
    return _UNIT if shard.removeprefix("chainguard-") in _SCHEMES and shard.startswith("chainguard-") else None


FEED = Feed("chainguard-libraries", "Chainguard's rebuilt libraries", _units, _unit_for)
