"""Ubuntu: what its security team says of vulnerabilities, in four ways.

Its OSV records and OpenVEX documents make the shards of plain names: `ubuntu-22.04` matches what a plain image gets
(main and universe), `ubuntu-pro-22.04` what Ubuntu Pro's maintenance gets, and `ubuntu-pro-fips-22.04` and the like
the other services. The CVE tracker, from which those are made, and the database of notices come second
(`tracker-ubuntu-22.04`): they alone know releases past their end of life. OVAL (`oval-ubuntu-22.04`) comes third.

Source: https://ubuntu.com/security/data; the documentation of each format is named in its module.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from pathlib import Path
from posixpath import basename

import msgspec

from lading.feeds.feed import UNREADABLE, Build, Document, Feed, Unit
from lading.feeds.members import iter_members
from lading.feeds.records import iter_records
from lading.feeds.upstreams.ubuntu.osv import read_osv
from lading.feeds.upstreams.ubuntu.oval import parse_oval
from lading.feeds.upstreams.ubuntu.pockets import Pocket, pocket_of
from lading.feeds.upstreams.ubuntu.statements import Statement, Statements
from lading.feeds.upstreams.ubuntu.statuses import build_shards
from lading.feeds.upstreams.ubuntu.tracker import FILE_NAME, read_cve_file
from lading.feeds.upstreams.ubuntu.usn_db import read_notice
from lading.feeds.upstreams.ubuntu.vex import read_vex
from lading.feeds.upstreams.ubuntu.words import day_of
from lading.model.advisory import ShardName
from lading.model.distributions import codenames
from lading.model.errors import FormatError

_LIMIT = 200_000_000
_METADATA = "https://security-metadata.canonical.com"
_OSV = re.compile(r"ubuntu[-/]osv/(?:osv-all\.tar(?:\.xz)?|(?:osv/)?(?:cve|usn|lsn)/.+\.json)")
_VEX = re.compile(r"ubuntu[-/]vex/(?:vex-all\.tar(?:\.xz)?|(?:vex/)?(?:cve|usn|lsn)/.+\.json)")
_TRACKER = re.compile(
    r"ubuntu[-/]tracker/(?:[^/]*/)?(?:(?:active|retired|ignored)/CVE-[^/]+|[^/]+\.tar(?:\.\w+)?)|ubuntu[-/]tracker/[^/]+\.tgz"
)
_NOTICES = re.compile(r"ubuntu(?:[-/]tracker)?/usn-db/database(?:-all)?\.json(?:\.bz2|\.gz)?")
_FOLDERS = frozenset(("active", "retired", "ignored"))
_OVAL = re.compile(
    r"ubuntu[-/]oval/(?:oci\.)?com\.ubuntu\.(?:([a-z-]+)_)?([a-z]+)\.(?:usn|cve|pkg)\.oval\.xml(?:\.bz2)?"
)
_SHARD = re.compile(r"(tracker-|oval-)?ubuntu-(?:[a-z-]+-)?(\d+\.\d+)")
_FETCHED = ("trusty", "xenial", "bionic", "focal", "jammy", "noble", "resolute")


def parse_metadata(files: Mapping[str, Path], build: Build) -> None:
    """The shards that OSV and OpenVEX make together. Raises FeedError when an archive is broken."""
    with Statements() as statements:
        for pattern, read in ((_OSV, read_osv), (_VEX, read_vex)):
            documents = {path: file for path, file in files.items() if pattern.fullmatch(path)}
            for name, data in iter_records(documents, _LIMIT):
                if name.endswith(".json"):
                    _keep(name, data, read, statements, build)
        build_shards(statements, build)


def parse_tracker(files: Mapping[str, Path], build: Build) -> None:
    """The shards that the tracker and the database of notices make together. Raises FeedError when an archive or the
    database is broken."""
    notices = {path: file for path, file in files.items() if _NOTICES.fullmatch(path)}
    with Statements() as statements:
        for name, data in iter_records({path: files[path] for path in files.keys() - notices.keys()}, _LIMIT):
            if FILE_NAME.fullmatch(basename(name)) and not _FOLDERS.isdisjoint(name.split("/")):
                _keep(name, data, partial(_read_tracker, name), statements, build)
        for file in notices.values():
            for number, notice in iter_members(file):
                _keep(f"USN-{number}", b"", partial(_read_notice, number, notice), statements, build)
        build_shards(statements, build, "tracker-")


def _keep(
    name: str, data: bytes | None, read: Callable[[bytes], Iterable[Statement]], statements: Statements, build: Build
) -> None:
    try:
        if data is None:
            raise FormatError(f"{name}: damaged")
        for statement in read(data):
            statements.add(statement)
            build.date(statement.modified if day_of(statement.modified) else statement.day)
    except (*UNREADABLE, FormatError, UnicodeEncodeError):
        build.skip(name)


def _read_tracker(name: str, data: bytes) -> tuple[Statement, ...]:
    return (read_cve_file(name, data),)


def _read_notice(number: str, notice: object, _: bytes) -> Iterable[Statement]:
    return read_notice(number, notice)


def _documents(paths: Iterable[str]) -> tuple[Document, ...]:
    return tuple(Document(path, f"{_METADATA}/{path.partition('/')[2]}") for path in paths)


_UNIT = Unit(
    "ubuntu",
    (
        Document("ubuntu/osv/osv-all.tar", f"{_METADATA}/osv/osv-all.tar.xz"),
        Document("ubuntu/vex/vex-all.tar", f"{_METADATA}/vex/vex-all.tar.xz"),
    ),
    parse_metadata,
)
_TRACKER_UNIT = Unit(
    "ubuntu tracker",
    (
        Document(
            "ubuntu/tracker/ubuntu-cve-tracker-master.tar.gz",
            "https://git.launchpad.net/ubuntu-cve-tracker/snapshot/ubuntu-cve-tracker-master.tar.gz",
        ),
        Document("ubuntu/usn-db/database-all.json.bz2", "https://usn.ubuntu.com/usn-db/database-all.json.bz2"),
    ),
    parse_tracker,
)


def _oval_unit(release: str, documents: tuple[Document, ...]) -> Unit:
    pockets: dict[str, Pocket] = {}
    for document in documents:
        match = _OVAL.fullmatch(document.path)
        pocket = pocket_of("/".join(filter(None, match.groups()))) if match else None
        if pocket is not None:
            pockets[document.path] = pocket
    return Unit(f"ubuntu oval {release}", documents, partial(parse_oval, pockets))


def _public_oval(codename: str) -> Unit:
    names = (f"com.ubuntu.{codename}.{kind}.oval.xml.bz2" for kind in ("usn", "cve"))
    documents = tuple(Document(f"ubuntu/oval/{name}", f"{_METADATA}/oval/{name}") for name in names)
    return _oval_unit(codenames("ubuntu")[codename], documents)


def _held_oval(held: Sequence[str]) -> Iterable[Unit]:
    releases: dict[str, list[str]] = {}
    for path in held:
        match = _OVAL.fullmatch(path)
        if match and match[2] in codenames("ubuntu"):
            releases.setdefault(codenames("ubuntu")[match[2]], []).append(path)
    return (_oval_unit(release, _documents(paths)) for release, paths in releases.items())


def _units(held: Sequence[str] | None) -> tuple[Unit, ...]:
    if held is None:
        return (_UNIT, _TRACKER_UNIT, *map(_public_oval, _FETCHED))
    metadata = _documents(path for path in held if _OSV.fullmatch(path) or _VEX.fullmatch(path))
    tracker = _documents(path for path in held if _TRACKER.fullmatch(path) or _NOTICES.fullmatch(path))
    units = [msgspec.structs.replace(_UNIT, documents=metadata)] if metadata else []
    units += [msgspec.structs.replace(_TRACKER_UNIT, documents=tracker)] if tracker else []
    return (*units, *_held_oval(held))


def _unit_for(shard: ShardName) -> Unit | None:
    match = _SHARD.fullmatch(shard)
    if match is None:
        return None
    if match[1] != "oval-":
        return _TRACKER_UNIT if match[1] else _UNIT
    codename = next((name for name, number in codenames("ubuntu").items() if number == match[2]), None)
    return _public_oval(codename) if codename else None


FEED = Feed("ubuntu", "Ubuntu", _units, _unit_for, interval=7)
