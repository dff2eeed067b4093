"""The security database format that Alpine, Wolfi and Chainguard share.

Source: https://secdb.alpinelinux.org/ and the "secfixes" comments of the distributions' package recipes: a fixed
version, and the vulnerabilities it fixes. Version "0" states that no version was ever affected. Names beside a CVE are
those of an advisory on it: in the same string in Alpine's, in strings of their own in the others'.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path

import msgspec
from msgspec import Struct

from lading.advisories.writer import ShardWriter
from lading.feeds.feed import UNREADABLE, Build, read_document
from lading.model.advisory import Advisory, Range
from lading.model.errors import FeedError
from lading.versions.extremes import newest

_LIMIT = 500_000_000
_NEVER = "0"
# A string may hold several ids ("CVE-2020-1 XSA-320"), or a remark ("CVE-2020-1 (BGP)"), or be mistyped
# ("CVE_2020-1", "CVE-2020-1.patch", "CVE-2020-1-2" for the second patch).
_CVE = re.compile(r"CVE[-_ ](\d{4})[-_](\d+)", re.ASCII | re.IGNORECASE)
_OTHER = re.compile(
    r"""GHSA(-[2-9cfghjmpqrvwx]{4}){3}     # perhaps without any digit
    | (?!CVE)(?=.*\d)[A-Z][A-Z-]{1,14}-[\w.-]*\w  # XSA-320, ZDI-CAN-12103
    | [A-Z]{2,6}\d{5,}(-\d+)?              # VSV00010
    | wnpa-sec-\d{4}-\d+                   # Wireshark
    """,
    re.ASCII | re.VERBOSE,
)


class _Fixes(Struct, frozen=True):
    name: str
    secfixes: dict[str, list[str] | None] | None = None


class _Entry(Struct, frozen=True):
    pkg: _Fixes


class _Database(Struct, frozen=True):
    packages: list[msgspec.Raw]


def parse_databases(paths: Iterable[Path], writer: ShardWriter, build: Build) -> None:
    """The advisories of all documents of one release (main, community). Raises FeedError when one is not a secdb."""
    packages: dict[str, _Package] = defaultdict(_Package)
    for path in paths:
        try:
            database = msgspec.json.decode(read_document(path, _LIMIT), type=_Database)
        except UNREADABLE as error:
            raise FeedError(f"{path}: not a security database: {error}") from error
        for raw in database.packages:
            try:
                fixed = msgspec.json.decode(raw, type=_Entry).pkg
            except UNREADABLE:
                build.skip(f"{path.name}: {bytes(raw)[:60].decode('utf-8', 'replace')}")
                continue
            for version, texts in (fixed.secfixes or {}).items():
                packages[fixed.name].add(version, texts or ())
    newest = ""
    for name, package in packages.items():
        for advisory in package.advisories(name):
            writer.add(advisory)
            newest = max(newest, advisory.id[4:8]) if advisory.id.startswith("CVE-") else newest
    if newest:
        build.newest_year(newest)


def iter_ids(texts: Iterable[str]) -> Iterator[str]:
    """The vulnerability ids in the strings of one fix; what is not an id is a remark."""
    for text in texts:
        yield from _cves(text)
        yield from _others(text)


class _Package:
    """What the documents say of one package."""

    def __init__(self) -> None:
        self._versions: dict[str, set[str]] = defaultdict(set)
        self._beside: dict[str, set[str]] = defaultdict(set)

    def add(self, version: str, texts: Iterable[str]) -> None:
        """The vulnerabilities of one fix."""
        alone = []
        for text in texts:
            cves, others = _cves(text), _others(text)
            for name in cves or others:
                self._versions[name].add(version)
            if cves:
                for other in others:
                    self._beside[other].update(cves)
            alone += cves + others
        match alone:
            # Which of several belong together is not told.
            case [cve, ghsa] if version != _NEVER and cve.startswith("CVE-") and ghsa.startswith("GHSA-"):
                self._beside[ghsa].add(cve)

    def advisories(self, package: str) -> Iterator[Advisory]:
        """A vulnerability fixed in several versions was not fixed by the first: the newest counts. One that is also
        listed as never affected was once, so its fix stands. A name beside several vulnerabilities is that of an
        advisory on them all."""
        aliases: dict[str, list[str]] = defaultdict(list)
        notes: dict[str, str] = {}
        for other, cves in sorted(self._beside.items()):
            for cve in cves:
                if len(cves) == 1:
                    aliases[cve].append(other)
                else:
                    notes.setdefault(cve, other)
        for name, versions in self._versions.items():
            fixed = newest("apk", versions - {_NEVER})
            yield Advisory(
                id=name,
                package=package,
                state="affected" if fixed else "not_affected",
                ranges=(Range(fixed=fixed),) if fixed else (),
                aliases=tuple(aliases[name]),
                note=notes.get(name, ""),
            )


def _cves(text: str) -> list[str]:
    return [f"CVE-{year}-{number}" for year, number in _CVE.findall(text)]


def _others(text: str) -> list[str]:
    return [word for word in text.replace(",", " ").split() if _OTHER.fullmatch(word)]
