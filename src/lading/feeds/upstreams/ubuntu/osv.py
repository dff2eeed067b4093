"""Ubuntu's own OSV records: vulnerabilities, security notices (USN) and livepatch notices (LSN).

Source: https://documentation.ubuntu.com/security/security-updates/osv/; the OSV schema.
"""

from collections.abc import Iterable, Iterator

import msgspec
from msgspec import Struct

from lading.feeds.upstreams.ubuntu.pockets import Pocket, pocket_of_ecosystem
from lading.feeds.upstreams.ubuntu.statements import Claim, Statement
from lading.feeds.upstreams.ubuntu.words import day_of, summary_of
from lading.model.advisory import Severity
from lading.model.severities import cvss_severity, word_severity


class _Package(Struct, frozen=True):
    ecosystem: str
    name: str
    purl: str = ""


class _Span(Struct, frozen=True):
    events: list[dict[str, str]] = []


class _Severity(Struct, frozen=True):
    type: str
    score: str


class _Specific(Struct, frozen=True):
    ubuntu_priority: str = ""


class _Vulnerability(Struct, frozen=True):
    id: str
    severity: list[_Severity] = []


class _Vulnerabilities(Struct, frozen=True):
    cves: list[_Vulnerability] = []


class _Extra(Struct, frozen=True):
    """Which of a notice's vulnerabilities an entry fixes."""

    cves_map: _Vulnerabilities = _Vulnerabilities()


class _Affected(Struct, frozen=True):
    package: _Package | None = None
    ranges: list[_Span] = []
    ecosystem_specific: _Specific = _Specific()
    database_specific: _Extra = _Extra()


class _Record(Struct, frozen=True):
    id: str
    modified: str = ""
    published: str = ""
    withdrawn: str | None = None
    details: str = ""
    summary: str = ""
    aliases: list[str] = []
    related: list[str] = []
    upstream: list[str] = []
    severity: list[_Severity] = []
    affected: list[_Affected] = []


_DECODE = msgspec.json.Decoder(_Record).decode


def read_osv(data: bytes) -> Iterator[Statement]:
    """The statements of one record; none when it was withdrawn. Raises what msgspec raises (feeds.base.UNREADABLE)."""
    record = _DECODE(data)
    if record.withdrawn:
        return
    if not record.id.startswith(("USN-", "LSN-")):
        yield _of_vulnerability(record)
        return
    named = sorted({*record.aliases, *record.related, *record.upstream})
    vulnerabilities = dict.fromkeys(name for name in map(_plain, named) if name.startswith("CVE-"))
    for vulnerability in vulnerabilities or [record.id]:
        entries = [one for one in record.affected if _concerns(one, vulnerability)]
        stated = [one for entry in entries for one in entry.database_specific.cves_map.cves if one.id == vulnerability]
        yield Statement(
            vulnerability=vulnerability,
            kind="notice",
            claims=tuple(_claims(entries, livepatch=record.id.startswith("LSN-"))),
            severities=_severities(severity for one in stated for severity in one.severity),
            summary=summary_of(record.summary or record.details),
            url=f"https://ubuntu.com/security/notices/{record.id}",
            published=record.published,
            modified=record.modified,
            notice=record.id,
            day=day_of(record.published),
        )


def _of_vulnerability(record: _Record) -> Statement:
    vulnerability = _plain(record.id)
    return Statement(
        vulnerability=vulnerability,
        kind="record",
        claims=tuple(_claims(record.affected)),
        severities=_severities(record.severity),
        summary=summary_of(record.details or record.summary),
        url=f"https://ubuntu.com/security/{vulnerability}",
        published=record.published,
        modified=record.modified,
        notices=tuple(sorted(one for one in record.related if one.startswith("USN-"))),
    )


def _plain(name: str) -> str:
    return name.removeprefix("UBUNTU-")


def _concerns(entry: _Affected, vulnerability: str) -> bool:
    listed = entry.database_specific.cves_map.cves
    return not listed or any(one.id == vulnerability for one in listed)


def _claims(entries: Iterable[_Affected], *, livepatch: bool = False) -> Iterator[Claim]:
    for entry in entries:
        package = entry.package
        pocket = _pocket(package) if package is not None else None
        if package is None or pocket is None or not package.name:
            continue
        if livepatch:
            # It mends the running kernel; the package stays as it is.
            pocket = Pocket("pro-livepatch", pocket.release)
        # Ubuntu does not say since when; a version has a vulnerability from its first on.
        fixes = [event["fixed"] for span in entry.ranges for event in span.events if "fixed" in event]
        yield Claim(
            shard=pocket.shard,
            package=package.name,
            fixed=fixes[0] if fixes else "",
            service=(pocket.service or "esm") if pocket.is_pro else "",
            priority=entry.ecosystem_specific.ubuntu_priority,
        )


def _pocket(package: _Package) -> Pocket | None:
    return pocket_of_ecosystem(package.ecosystem, package.purl.rpartition("distro=")[2])


def _severities(stated: Iterable[_Severity]) -> tuple[Severity, ...]:
    found = (word_severity(one.score, "ubuntu") if one.type == "Ubuntu" else cvss_severity(one.score) for one in stated)
    return tuple(dict.fromkeys(one for one in found if one is not None))
