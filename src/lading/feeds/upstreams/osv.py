"""The OSV export: a zip of records for each ecosystem; and the Go vulnerability database, which publishes the same.

Sources: https://google.github.io/osv.dev/data/, the OSV schema, https://go.dev/doc/security/vuln/database and SUSE's
own export, https://ftp.suse.com/pub/projects/security/osv/.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from pathlib import Path
from posixpath import basename
from urllib.parse import quote, unquote

from lading.feeds.feed import Build, Document, Feed, Unit
from lading.feeds.listed import refresh_listed
from lading.feeds.osv_export import export_listing, go_listing
from lading.feeds.osv_records import add_osv_record
from lading.feeds.records import iter_records
from lading.formats.decoders.osv.ecosystems import ECOSYSTEMS, WITHOUT_PACKAGES, shard_name
from lading.model.advisory import ShardName
from lading.model.rebuilders import REBUILDERS

_EXPORT = "https://storage.googleapis.com/osv-vulnerabilities/"
_MEMBER_LIMIT = 20_000_000
# Distributions that Lading reads from their own upstream: `osv-` stands before the names of their shards.
_OWN_FEED = (
    "Alpine", "Azure Linux", "Chainguard", "Debian", "Photon OS", "Red Hat", "SUSE", "Ubuntu", "Wolfi", "openSUSE",
)  # fmt: skip
# Of these only Debian's is fetched: it reaches further back than the tracker. The others have no export so far.
_LEFT_OUT = (frozenset(_OWN_FEED) - {"Debian"}) | WITHOUT_PACKAGES | {"Bioconductor", "ConanCenter", "Kubernetes"}
_PREFIXES = {
    "Azure Linux": ("azurelinux", "mariner"), "Photon OS": ("photon",), "SUSE": ("sles", "sle-micro", "suse"),
    **{name: (one.prefix,) for name, one in REBUILDERS.items() if one.in_osv},
}  # fmt: skip
# One document may have records of both; the export of the second is read with that of the first.
_TOGETHER = {"BellSoft Hardened Containers": "Alpaquita", "Wolfi": "Chainguard", "openSUSE": "SUSE"}
_INTERVALS = {
    "AlmaLinux": 14, "Bitnami": 14, "Debian": 7, "Go": 7, "Maven": 7, "NuGet": 21, "Packagist": 14, "PyPI": 7,
    "Red Hat": 7, "Rocky Linux": 14, "RubyGems": 21, "SUSE": 7, "Ubuntu": 7, "crates.io": 21, "npm": 7,
}  # fmt: skip
"""Days, of all releases together; smaller ecosystems may be without news for longer."""
_GO_ID = re.compile(r"GO-")
_NOTHING = re.compile(r"(?!)")
_INDEX = re.compile(r"(?:^|/)(?:index/[^/]+|all\.json)$")
_LAYOUT = (
    re.compile(r"osv/(?P<ecosystem>[^/]+)/(?:all\.zip|[^/]+\.json)"),
    re.compile(r"osv-records/(?P<ecosystem>[^/]+)/[^/]+\.json"),
    re.compile(r"ghsa/osv-(?P<ecosystem>[^/]+)-subset/all\.zip"),
)
_ELSEWHERE = (
    (re.compile(r"rocky/osv/[^/]+\.json"), "Rocky Linux"),
    (re.compile(r"suse-osv/(?:osv\.tar\.bz2|osv/[^/]+\.json)"), "SUSE"),
    (re.compile(r"(?:[^/]+/)?(?:vulndb\.zip|ID/GO-[^/]+\.json)"), "Go"),
)


def parse_export(ecosystem: str, files: Mapping[str, Path], build: Build) -> None:
    """The shards of one ecosystem, of its export and of single records. One export may fill several (`AlmaLinux:8`,
    `AlmaLinux:9`). Raises FeedError when an archive cannot be read."""

    def place(name: str) -> ShardName | None:
        # A record stands in the export of every ecosystem it names.
        return shard_of(name) if _leader(name.partition(":")[0]) == ecosystem else None

    met: set[str] = set()
    for name, data in iter_records(files, _MEMBER_LIMIT):
        # A record may stand in two archives.
        if name.endswith(".json") and not _INDEX.search(name) and basename(name) not in met:
            met.add(basename(name))
            add_osv_record(name, data, build, place)


def shard_of(ecosystem: str) -> ShardName:
    """The shard of an OSV ecosystem. Where a distribution's own feed fills the plain name, `osv-` stands before it."""
    name = shard_name(ecosystem)
    return ShardName(f"osv-{name}") if ecosystem.partition(":")[0] in _OWN_FEED else name


def _leader(ecosystem: str) -> str:
    return _TOGETHER.get(ecosystem, ecosystem)


def _unit(leader: str, held: Iterable[str] = ()) -> Unit:
    parse = partial(parse_export, leader)
    if held:
        documents = tuple(Document(path, "") for path in held)
        return Unit(f"osv {leader}", documents, parse, interval=_INTERVALS.get(leader))
    members = [ecosystem for ecosystem in ECOSYSTEMS if _leader(ecosystem) == leader]
    exports = (Document(f"osv/{one}/all.zip", f"{_EXPORT}{quote(one)}/all.zip") for one in members)
    # Go's own database knows of its records first.
    own, leave_out = ((go_listing("govulndb"),), _GO_ID.match) if leader == "Go" else ((), _NOTHING.match)
    listings = (*own, *(export_listing(one, lambda name: bool(leave_out(name))) for one in exports))
    return Unit(
        f"osv {leader}",
        tuple(one.archive for one in listings),
        parse,
        partial(refresh_listed, listings),
        _INTERVALS.get(leader),
    )


def _units(held: Sequence[str] | None) -> tuple[Unit, ...]:
    if held is None:
        return tuple(_unit(name) for name in ECOSYSTEMS if name not in _LEFT_OUT and _leader(name) == name)
    paths: dict[str, list[str]] = {}
    for path in held:
        ecosystem = _ecosystem(path)
        if ecosystem:
            paths.setdefault(_leader(ecosystem), []).append(path)
    return tuple(_unit(leader, paths[leader]) for leader in sorted(paths))


def _ecosystem(path: str) -> str:
    """The ecosystem of a document of a held copy; empty for what is none of the export's."""
    for pattern in _LAYOUT:
        if match := pattern.fullmatch(path):
            # Some copies write a space as "_".
            found = unquote(match["ecosystem"])
            named = found if found in ECOSYSTEMS else found.replace("_", " ")
            return named if named in ECOSYSTEMS and named not in WITHOUT_PACKAGES else ""
    return next((ecosystem for pattern, ecosystem in _ELSEWHERE if pattern.fullmatch(path)), "")


def _unit_for(shard: ShardName) -> Unit | None:
    for ecosystem in ECOSYSTEMS:
        before = "osv-" if ecosystem in _OWN_FEED else ""
        for prefix in _PREFIXES.get(ecosystem, (shard_name(ecosystem),)):
            name = f"{before}{prefix}"
            if shard == name or shard.startswith(f"{name}-"):
                return _unit(_leader(ecosystem))
    return None


FEED = Feed("osv", "OSV", _units, _unit_for)
