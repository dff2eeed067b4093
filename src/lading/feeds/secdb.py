"""The security database format that Alpine, Wolfi and Chainguard share.

Source: https://secdb.alpinelinux.org/ and the "secfixes" comments of the distributions' package recipes: a fixed
version, and the flaws it fixes. Version "0" states that no version was ever affected.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path

import msgspec
from msgspec import Struct

from lading.advisories.writer import ShardWriter
from lading.feeds.base import UNREADABLE, Build, read_document
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
    fixes: dict[tuple[str, str], set[str]] = defaultdict(set)
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
                for name in iter_ids(texts or ()):
                    fixes[fixed.name, name].add(version)
    for (package, name), versions in fixes.items():
        writer.add(_advisory(package, name, versions))


def iter_ids(texts: Iterable[str]) -> Iterator[str]:
    """The flaw ids in the strings of one fix; what is not an id is a remark."""
    for text in texts:
        for year, number in _CVE.findall(text):
            yield f"CVE-{year}-{number}"
        for word in text.replace(",", " ").split():
            if _OTHER.fullmatch(word):
                yield word


def _advisory(package: str, name: str, versions: set[str]) -> Advisory:
    """A flaw fixed in several versions was not fixed by the first: the newest counts. One that is also listed as
    never affected was once, so its fix stands."""
    fixed = newest("apk", versions - {_NEVER})
    if not fixed:
        return Advisory(id=name, package=package, state="not-affected")
    return Advisory(id=name, package=package, ranges=(Range(fixed=fixed),))
