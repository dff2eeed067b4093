"""Red Hat: VEX documents and advisories in CSAF for its packages and images, and the products of its repositories.

A shard `rhel-N` holds what is said of packages that are built for RHEL N, in RHEL itself, its extended update streams
and the products layered on it; the products stand in the conditions. CentOS Linux and CentOS Stream are matched against
the same shards, as if they were RHEL: Linux was built from the same sources, version for version. Stream is ahead of
RHEL's next minor release, so that a fix may be in a build before the advisory names a version; a build that sorts below
RHEL's fix is reported all the same.

Source: https://docs.redhat.com/en/documentation/red_hat_security_data.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from posixpath import basename

import msgspec
from msgspec import Struct

from lading.feeds.csaf_mirror import is_csaf_file, iter_documents
from lading.feeds.csaf_provider import csaf_listing
from lading.feeds.feed import UNREADABLE, Build, Document, Feed, Unit
from lading.feeds.listed import refresh_listed
from lading.feeds.repositories import ARCHIVE
from lading.feeds.upstreams.redhat.images import image_advisories
from lading.feeds.upstreams.redhat.oval import parse_oval
from lading.feeds.upstreams.redhat.packages import package_advisories
from lading.feeds.upstreams.redhat.products import HARDENED, IMAGES
from lading.feeds.upstreams.redhat.repositories import REPOSITORIES, parse_repositories
from lading.feeds.upstreams.redhat.statements import info_of, iter_statements, left_open, text_of
from lading.formats.decoders.csaf import Csaf, Tracking, Vulnerability, parse_csaf
from lading.model.advisory import ShardName
from lading.model.errors import FormatError

_BASE = "https://security.access.redhat.com/data"
_LIMIT = 200_000_000
_SHARD = re.compile(r"rhel-(?:[5-9]|1\d)")
_VEX = re.compile(r"redhat[^/]*/(?:.*/)?(?:csaf_vex_[^/]*|cve-[^/]*\.json)")
_ADVISORIES = re.compile(r"redhat[^/]*/(?:.*/)?(?:csaf_advisories_[^/]*|rh[a-z]a-[^/]*\.json)")
_LISTS = re.compile(
    r"redhat[^/]*csaf[^/]*/(?:.*/)?(?:changes|deletions)\.csv|redhat/(?:.*/)?(?:changes|deletions)\.csv"
)
_OVAL = re.compile(r"redhat[^/]*oval[^/]*/.*\.xml(?:\.bz2)?|redhat/(?:.*/)?oval/.*\.xml(?:\.bz2)?")
_OVAL_SHARD = re.compile(r"oval-rhel-(?:[5-9]|1\d)")
_REPOSITORIES = re.compile(r"redhat[^/]*/(?:.*/)?repository-to-cpe\.json")


class _Head(Struct, frozen=True):
    document: "_HeadDocument"


class _HeadDocument(Struct, frozen=True):
    tracking: Tracking


def parse_documents(files: Mapping[str, Path], build: Build) -> None:
    """The shards of all packages and images. An advisory counts for the vulnerabilities of which there is no VEX
    document: that knows every advisory about its vulnerability, and says what stays unfixed. Raises FeedError."""
    lists = {path: file for path, file in files.items() if _LISTS.fullmatch(path)}
    updates = {path: file for path, file in files.items() if _ADVISORIES.fullmatch(path)} | lists
    vex = {path: file for path, file in files.items() if _VEX.fullmatch(path)} | lists
    dates = _dates(updates)
    told: set[str] = set()
    for csaf in _iter_csaf(vex, build):
        for vulnerability in csaf.vulnerabilities:
            told.add(vulnerability.cve)
            _write(csaf, vulnerability, dates, build, whole=True)
    for csaf in _iter_csaf(updates, build):
        for vulnerability in csaf.vulnerabilities:
            if vulnerability.cve not in told:
                _write(csaf, vulnerability, dates, build)


def _iter_csaf(files: Mapping[str, Path], build: Build) -> Iterator[Csaf]:
    for name, data in iter_documents(files, _LIMIT):
        try:
            if data is None:
                raise FormatError(f"{name}: damaged")
            csaf = parse_csaf(data)
        except FormatError:
            build.skip(name)
            continue
        build.date(csaf.document.tracking.current_release_date)
        yield csaf


def _write(
    csaf: Csaf, vulnerability: Vulnerability, dates: Mapping[str, str], build: Build, *, whole: bool = False
) -> None:
    """What a document says of a vulnerability; `whole` tells that it names every product."""
    if not vulnerability.cve:
        build.skip(f"{csaf.document.tracking.id}: a vulnerability without a CVE")
        return
    statements = tuple(iter_statements(csaf, vulnerability, dates))
    if whole:
        statements += tuple(left_open(statements))
    told = info_of(vulnerability)
    images = ((IMAGES, one) for one in image_advisories(told, statements))
    shown = set()
    for shard, advisory in (*package_advisories(told, statements), *images):
        writer = build.shard(shard, "rpm", "binary" if shard == IMAGES else "both")
        if writer is None:
            continue
        writer.add(advisory)
        if advisory.state != "not_affected" and shard not in shown:
            shown.add(shard)
            writer.add_text(text_of(csaf, vulnerability))


def _dates(files: Mapping[str, Path]) -> dict[str, str]:
    """The day on which each advisory came out."""
    dates = {}
    decoder = msgspec.json.Decoder(_Head)
    for _, data in iter_documents(files, _LIMIT):
        try:
            tracking = decoder.decode(data or b"").document.tracking
        except UNREADABLE:
            continue  # counted where it is read in full
        dates[tracking.id] = tracking.initial_release_date
    return dates


def _units(held: Sequence[str] | None) -> tuple[Unit, ...]:
    if held is None:
        return _PUBLIC, _repositories_unit(f"redhat-security-data/{basename(_MAPPING)}")
    documents = [path for path in held if is_csaf_file(path) and _is_document(path)]
    mappings = [path for path in held if _REPOSITORIES.fullmatch(path)]
    units = [_documents_unit(tuple(Document(path, "") for path in documents))] if documents else []
    definitions = tuple(Document(path, "") for path in held if _OVAL.fullmatch(path))
    units += [msgspec.structs.replace(_OVAL_UNIT, documents=definitions)] if definitions else []
    return (*units, *map(_repositories_unit, mappings[:1]))


def _is_document(path: str) -> bool:
    return any(pattern.fullmatch(path) for pattern in (_VEX, _ADVISORIES, _LISTS)) and "/hydra/" not in path


def _unit_for(shard: ShardName) -> Unit | None:
    documents, repositories = _units(None)
    if shard == REPOSITORIES:
        return repositories
    if _OVAL_SHARD.fullmatch(shard):
        return _OVAL_UNIT
    return documents if shard in (IMAGES, HARDENED) or _SHARD.fullmatch(shard) else None


_MAPPING = f"{_BASE}/metrics/repository-to-cpe.json"
_LISTINGS = tuple(
    csaf_listing(
        Document(
            f"redhat-csaf-{kind}/csaf_{kind}_latest.tar.zst",
            f"{_BASE}/csaf/v2/{kind}/archive_latest.txt",
            repository=ARCHIVE,
        ),
        f"redhat-csaf-{kind}",
        f"{_BASE}/csaf/v2/{kind}",
        deletions=True,
    )
    for kind in ("vex", "advisories")
)
_PUBLIC = Unit("redhat", tuple(one.archive for one in _LISTINGS), parse_documents, partial(refresh_listed, _LISTINGS))
_OVAL_UNIT = Unit(
    "redhat-oval",
    tuple(
        Document(f"redhat-oval/v2/{path}", f"{_BASE}/oval/v2/{path}", optional=True)
        for path in (f"RHEL{release}/rhel-{release}-including-unpatched.oval.xml.bz2" for release in range(6, 10))
    ),
    parse_oval,
)


def _documents_unit(documents: tuple[Document, ...]) -> Unit:
    return Unit("redhat", documents, parse_documents)


def _repositories_unit(path: str) -> Unit:
    return Unit(REPOSITORIES, (Document(path, _MAPPING),), parse_repositories)


FEED = Feed("redhat", "Red Hat CSAF", _units, _unit_for, interval=3)
