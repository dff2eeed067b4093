"""Ubuntu's OpenVEX documents: what each release's packages have to do with a vulnerability, and what a notice fixed.

Source: https://documentation.ubuntu.com/security/security-updates/vex/ (how the tracker's words are told); OpenVEX
0.2.0. A statement lists every binary package too; the source packages (`arch=source`) say it all.
"""

import re
from collections.abc import Iterator
from urllib.parse import unquote

import msgspec
from msgspec import Struct, field

from lading.feeds.upstreams.ubuntu.pockets import pocket_of
from lading.feeds.upstreams.ubuntu.statements import Claim, Statement
from lading.feeds.upstreams.ubuntu.words import day_of, summary_of, unfixed_state
from lading.model.severities import word_severity

_SOURCE = re.compile(r"pkg:deb/ubuntu/([^@?]+)@([^?]+)\?(?:[^#]*&)?arch=source(?:&|$)")
_DISTRIBUTION = re.compile(r"[?&]distro=([^&#]+)")
_PRIORITY = re.compile(r"classified this CVE as of (\w+) priority", re.IGNORECASE)
_NOTICE = re.compile(r"https://ubuntu\.com/security/notices/(USN-[\d-]+)")


class _Product(Struct, frozen=True):
    id: str = field(name="@id", default="")


class _Vulnerability(Struct, frozen=True):
    name: str = ""
    description: str = ""
    aliases: list[str] = []


class _Statement(Struct, frozen=True):
    vulnerability: _Vulnerability
    status: str
    products: list[_Product] = []
    timestamp: str = ""
    justification: str = ""
    action_statement: str = ""
    status_notes: str = ""


class _Metadata(Struct, frozen=True):
    timestamp: str = ""


class _Document(Struct, frozen=True):
    """Until 2025 everything but the statements stood below `metadata`."""

    statements: list[_Statement] | None = None
    timestamp: str = ""
    metadata: _Metadata = _Metadata()


_DECODE = msgspec.json.Decoder(_Document).decode


def read_vex(data: bytes) -> Iterator[Statement]:
    """The statements of one document, which may have none. Raises what msgspec raises (feeds.base.UNREADABLE)."""
    document = _DECODE(data)
    for stated in document.statements or ():
        name = stated.vulnerability.name
        is_notice = name.startswith(("USN-", "LSN-"))
        vulnerabilities = (
            sorted(one for one in stated.vulnerability.aliases if one.startswith("CVE-")) if is_notice else []
        )
        priority = word_severity(_priority(stated), "ubuntu")
        claims = tuple(_claims(stated, is_notice=is_notice))
        for vulnerability in vulnerabilities or [name]:
            yield Statement(
                vulnerability=vulnerability,
                kind="notice" if is_notice else "vex",
                claims=claims,
                severities=() if priority is None else (priority,),
                summary=summary_of(stated.vulnerability.description),
                url=f"https://ubuntu.com/security/{'notices/' if is_notice else ''}{name}",
                published="" if is_notice else day_of(stated.timestamp),
                modified=document.timestamp or document.metadata.timestamp,
                notices=() if is_notice else tuple(sorted(_NOTICE.findall(" ".join(stated.vulnerability.aliases)))),
                notice=name if is_notice else "",
                day=day_of(stated.timestamp) if is_notice else "",
            )


def _claims(stated: _Statement, *, is_notice: bool) -> Iterator[Claim]:
    for product in stated.products:
        source = _SOURCE.match(product.id) if "arch=source" in product.id else None
        distribution = _DISTRIBUTION.search(product.id) if source else None
        pocket = pocket_of(unquote(distribution[1])) if distribution else None
        if source is None or pocket is None:
            continue
        claim = Claim(shard=pocket.shard, package=unquote(source[1]), service=pocket.service if pocket.is_pro else "")
        version = unquote(source[2])
        if stated.status == "fixed":
            # A notice has the version it brought; a vulnerability's document the newest one.
            yield (
                msgspec.structs.replace(claim, fixed=version)
                if is_notice
                else msgspec.structs.replace(claim, repaired=version)
            )
        elif stated.status == "not_affected":
            yield msgspec.structs.replace(claim, state="not_affected", remark=stated.justification)
        elif stated.status == "under_investigation":
            state = unfixed_state(stated.status_notes)
            yield msgspec.structs.replace(claim, state="deferred" if state == "deferred" else "under_investigation")
        elif stated.status == "affected":
            yield msgspec.structs.replace(claim, state=unfixed_state(stated.action_statement))


def _priority(stated: _Statement) -> str:
    match = _PRIORITY.search(f"{stated.status_notes} {stated.action_statement}")
    return match[1] if match else ""
