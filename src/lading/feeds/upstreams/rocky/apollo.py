"""Pages of Rocky Linux's errata service, Apollo.

Source: https://apollo.build.resf.org/api/v3/advisories.
"""

import re

import msgspec
from msgspec import Struct

from lading.feeds.feed import UNREADABLE, Build
from lading.feeds.upstreams.rocky.notices import Notice, RpmBuild, Vulnerability, add_notice
from lading.model.errors import FeedError
from lading.model.severities import cvss_severity
from lading.versions.evr import join_evr

_NEVRA = re.compile(r"(.+)-(?:(\d+):)?([^-:]+)-([^-:]+)\.([^.-]+)", re.ASCII)
_PRODUCT = re.compile(r"Rocky Linux (\d+)", re.ASCII)
_CWE = re.compile(r"CWE-\d+", re.ASCII)


class _Cve(Struct, frozen=True):
    cve: str
    cvss3_scoring_vector: str | None = None
    cwe: str | None = None


class _Package(Struct, frozen=True):
    nevra: str
    product_name: str
    module_name: str | None = None
    module_stream: str | None = None


class _Advisory(Struct, frozen=True):
    name: str
    synopsis: str = ""
    severity: str | None = None
    published_at: str | None = None
    cves: list[_Cve] | None = None
    packages: list[_Package] | None = None


class _Page(Struct, frozen=True):
    advisories: list[msgspec.Raw]
    last_updated_at: str = ""


def parse_page(data: bytes, where: str, build: Build) -> set[str]:
    """The advisories of a page; gives their names. Raises FeedError when it is none."""
    try:
        page = msgspec.json.decode(data, type=_Page)
    except UNREADABLE as error:
        raise FeedError(f"{where}: not a page of advisories: {error}") from error
    build.date(page.last_updated_at)
    names = set()
    for raw in page.advisories:
        try:
            advisory = msgspec.json.decode(raw, type=_Advisory)
        except UNREADABLE:
            build.skip(f"{where}: {bytes(raw)[:60].decode('utf-8', 'replace')}")
            continue
        names.add(advisory.name)
        for release, builds in _releases(advisory, build).items():
            add_notice(_notice(advisory), release, builds, build)
    return names


def _notice(advisory: _Advisory) -> Notice:
    return Notice(
        id=advisory.name,
        title=advisory.synopsis,
        severity=advisory.severity or "",
        issued=(advisory.published_at or "")[:10],
        vulnerabilities=tuple(map(_vulnerability, advisory.cves or ())),
    )


def _vulnerability(cve: _Cve) -> Vulnerability:
    severity = cvss_severity(cve.cvss3_scoring_vector) if cve.cvss3_scoring_vector else None
    return Vulnerability(cve.cve, (severity,) if severity else (), tuple(dict.fromkeys(_CWE.findall(cve.cwe or ""))))


def _releases(advisory: _Advisory, build: Build) -> dict[str, list[RpmBuild]]:
    found: dict[str, list[RpmBuild]] = {}
    for package in advisory.packages or ():
        nevra, product = _NEVRA.fullmatch(package.nevra.removesuffix(".rpm")), _PRODUCT.match(package.product_name)
        if nevra is None or product is None:
            build.skip(f"{advisory.name} {package.nevra}")
            continue
        module = f"{package.module_name}:{package.module_stream}" if package.module_name else ""
        version = join_evr(nevra[2] or "", nevra[3], nevra[4])
        found.setdefault(product[1], []).append(RpmBuild(nevra[1], nevra[5], version, module))
    return found
