"""The database of Ubuntu's security notices: every notice since 2004, with the versions it brought to each release.

Source: https://usn.ubuntu.com/usn-db/ (`database-all.json.bz2`).
"""

from collections.abc import Iterator
from datetime import UTC, datetime

import msgspec
from msgspec import Struct

from lading.feeds.upstreams.ubuntu.pockets import Pocket
from lading.feeds.upstreams.ubuntu.statements import Claim, Statement
from lading.feeds.upstreams.ubuntu.words import summary_of
from lading.model.distributions import codenames


class _Source(Struct, frozen=True):
    version: str = ""


class _Binary(Struct, frozen=True):
    """`pocket` is "security", "updates", or the service of Ubuntu Pro; older notices say nothing."""

    pocket: str = ""
    source: str = ""


class _Release(Struct, frozen=True):
    sources: dict[str, _Source] = {}
    allbinaries: dict[str, _Binary] = {}


class _Notice(Struct, frozen=True):
    cves: list[str] = []
    releases: dict[str, _Release] = {}
    timestamp: float = 0.0
    title: str = ""
    isummary: str = ""


def read_notice(number: str, document: object) -> Iterator[Statement]:
    """The statements of a notice by its number ("4011-1"). Raises msgspec.ValidationError."""
    notice = msgspec.convert(document, _Notice)
    name = number if number.startswith(("USN-", "LSN-")) else f"USN-{number}"
    claims = tuple(_claims(notice))
    # Bugs of Launchpad stand here too.
    vulnerabilities = sorted({one for one in notice.cves if one.startswith("CVE-")})
    moment = _moment(notice.timestamp)
    for vulnerability in vulnerabilities or [name]:
        yield Statement(
            vulnerability=vulnerability,
            kind="notice",
            claims=claims,
            summary=summary_of(notice.isummary or notice.title),
            url=f"https://ubuntu.com/security/notices/{name}",
            published=moment,
            notice=name,
            day=moment[:10],
        )


def _claims(notice: _Notice) -> Iterator[Claim]:
    for codename, release in notice.releases.items():
        number = codenames("ubuntu").get(codename)
        if number is None:
            continue
        for package, source in release.sources.items():
            if not source.version:
                continue
            service = _service(package, source.version, release)
            pocket = _pocket(service, number)
            yield Claim(
                shard=pocket.shard, package=package, fixed=source.version, service=service if pocket.is_pro else ""
            )


def _service(package: str, version: str, release: _Release) -> str:
    """The service of Ubuntu Pro that has a source package's fix, empty for the archive."""
    own = {one.pocket for one in release.allbinaries.values() if one.source == package and one.pocket}
    pockets = own or {one.pocket for one in release.allbinaries.values() if one.pocket}
    if pockets and not pockets & {"security", "updates"}:
        return min(pockets)
    return "esm" if not pockets and "esm" in version else ""


def _pocket(service: str, release: str) -> Pocket:
    if not service or service.startswith("esm"):
        return Pocket("pro" if service else "", release, service)
    return Pocket(f"pro-{service}", release)


def _moment(timestamp: float) -> str:
    try:
        return datetime.fromtimestamp(timestamp, UTC).strftime("%Y-%m-%dT%H:%M:%SZ") if timestamp else ""
    except (OverflowError, ValueError, OSError):
        return ""
