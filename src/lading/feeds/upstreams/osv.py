"""The OSV export: a zip of records for each ecosystem.

Source: https://google.github.io/osv.dev/data/ and the OSV schema.
"""

import re
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from urllib.parse import quote

from lading.feeds.base import Build, Document, Feed, Unit
from lading.formats.osv import ecosystem_scheme, parse_osv, shard_name, text_of, to_advisories
from lading.model.advisory import ShardName
from lading.model.errors import FormatError
from lading.safeio.zip_files import iter_zip

_MEMBER_LIMIT = 20_000_000
_PATH = re.compile(r"osv/([^/]+)/all\.zip")
# The ecosystems to fetch when no held copy says which there are. Distributions that Lading reads from their own
# upstream are left to it.
_ECOSYSTEMS = (
    "AlmaLinux", "Bitnami", "CRAN", "Debian", "GitHub Actions", "Go", "Hex", "Maven", "NuGet", "Packagist", "Pub",
    "PyPI", "Rocky Linux", "RubyGems", "crates.io", "npm",
)  # fmt: skip
_OWN_FEED = ("Debian", "Alpine", "Wolfi", "Chainguard")


def parse_export(ecosystem: str, files: Mapping[str, Path], build: Build) -> None:
    """The shards of one export. One export may fill several (`AlmaLinux:8`, `AlmaLinux:9`)."""
    for path in files.values():
        for name, data in iter_zip(path, _MEMBER_LIMIT):
            if name.endswith(".json"):
                _read_record(ecosystem, name, data, build)


def _read_record(export: str, name: str, data: bytes | None, build: Build) -> None:
    try:
        if data is None:
            raise FormatError(f"{name}: damaged")
        record = parse_osv(data)
        advisories = to_advisories(record)
    except FormatError:
        build.skip(name)
        return
    build.date(record.modified)
    for ecosystem, advisory in advisories:
        if ecosystem.partition(":")[0] != export:
            continue  # a record stands in the export of every ecosystem it names
        writer = build.shard(shard_of(ecosystem), ecosystem_scheme(ecosystem))
        if writer is not None:
            writer.add(advisory)
            writer.add_text(text_of(record))


def shard_of(ecosystem: str) -> ShardName:
    """The shard of an OSV ecosystem. Where a distribution's own feed fills the plain name, `osv-` stands before it."""
    name = shard_name(ecosystem)
    return ShardName(f"osv-{name}") if ecosystem.partition(":")[0] in _OWN_FEED else name


def _unit(ecosystem: str) -> Unit:
    url = f"https://storage.googleapis.com/osv-vulnerabilities/{quote(ecosystem)}/all.zip"
    document = Document(f"osv/{ecosystem}/all.zip", url)
    return Unit(f"osv {ecosystem}", (document,), partial(parse_export, ecosystem))


def _units(held: Sequence[str] | None) -> tuple[Unit, ...]:
    if held is None:
        return tuple(map(_unit, _ECOSYSTEMS))
    return tuple(_unit(match[1]) for path in held if (match := _PATH.fullmatch(path)))


def _unit_for(shard: ShardName) -> Unit | None:
    for ecosystem in _ECOSYSTEMS:
        name = shard_of(ecosystem)
        if shard == name or shard.startswith(f"{name}-"):
            return _unit(ecosystem)
    return None


FEED = Feed("osv", "OSV", _units, _unit_for)
