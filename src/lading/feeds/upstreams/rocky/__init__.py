"""Rocky Linux's own errata, by installed packages with their architectures and modules: shards
`errata-rocky-linux-N`, beside the OSV export, which goes by source packages.

The errata service knows most; what it does not have is taken from the package repositories, and last from OVAL.
"""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from lading.feeds.feed import Build, Document, Feed, Unit
from lading.feeds.records import iter_records
from lading.feeds.upstreams.rocky.apollo import parse_page
from lading.feeds.upstreams.rocky.oval import parse_oval
from lading.feeds.upstreams.rocky.repositories import parse_modules, parse_updates
from lading.model.advisory import ShardName
from lading.model.errors import FeedError

_PUB = "https://dl.rockylinux.org/pub/rocky"
_REPOSITORIES = {
    "8": ("AppStream", "BaseOS", "HighAvailability", "NFV", "PowerTools", "RT", "ResilientStorage", "extras"),
    "9": ("AppStream", "BaseOS", "CRB", "HighAvailability", "NFV", "RT", "ResilientStorage", "extras"),
    "10": ("AppStream", "BaseOS", "CRB", "HighAvailability", "NFV", "RT", "extras"),
}
_ARCHES = ("aarch64", "x86_64")
_PAGE = re.compile(r"rocky/(?:apollo|api/v3/advisories)[^/]*/[^/]+\.json")
_UPDATES = re.compile(r"rocky/.*/repodata/[^/]*updateinfo\.xml(?:\.\w+)?")
_MODULES = re.compile(r"rocky/.*/repodata/[^/]*modules\.yaml(?:\.\w+)?")
_OVAL = re.compile(r"rocky/oval[^/]*/org\.rockylinux\.rlsa-(\d+)\.xml(?:\.bz2)?", re.ASCII)
_SHARD = re.compile(r"errata-rocky-linux-\d+", re.ASCII)
_LIMIT = 500_000_000


def parse_errata(files: Mapping[str, Path], build: Build) -> None:
    """The shards of all releases. Raises FeedError when a document is broken."""
    known: set[str] = set()
    pages = {path: file for path, file in files.items() if _PAGE.fullmatch(path)}
    for path, data in iter_records(pages, _LIMIT):
        if data is None:
            raise FeedError(f"{path}: cannot be read")
        known |= parse_page(data, path, build)
    modules = parse_modules((file for path, file in sorted(files.items()) if _MODULES.fullmatch(path)), build)
    updates = {path: file for path, file in files.items() if _UPDATES.fullmatch(path)}
    known |= parse_updates(updates, modules, frozenset(known), build)
    for path, file in sorted(files.items()):
        if match := _OVAL.fullmatch(path):
            parse_oval(file, match[1], known, build)


def _upstream() -> tuple[Document, ...]:
    return tuple(
        Document(
            f"rocky/pub/rocky/{release}/{name}/{arch}/os/repodata/{kind}",
            f"{_PUB}/{release}/{name}/{arch}/os/repodata/repomd.xml",
            # What every release has must be there; modules and the smaller repositories come and go.
            optional=(name, arch, kind) != ("BaseOS", "x86_64", "updateinfo.xml.gz"),
            repository=kind.partition(".")[0],
        )
        for release, names in _REPOSITORIES.items()
        for name in names
        for arch in _ARCHES
        for kind in ("updateinfo.xml.gz", "modules.yaml.gz")
    )


def _units(held: Sequence[str] | None) -> tuple[Unit, ...]:
    if held is None:
        return (_UNIT,)
    patterns = (_PAGE, _UPDATES, _MODULES, _OVAL)
    wanted = sorted(path for path in held if any(pattern.fullmatch(path) for pattern in patterns))
    documents = tuple(Document(path, f"https://dl.rockylinux.org/{path.removeprefix('rocky/')}") for path in wanted)
    return (Unit("rocky", documents, parse_errata),) if documents else ()


def _unit_for(shard: ShardName) -> Unit | None:
    return _UNIT if _SHARD.fullmatch(shard) else None


_UNIT = Unit("rocky", _upstream(), parse_errata)

FEED = Feed("rocky", "Rocky Linux errata", _units, _unit_for)
