"""Putting OSV records into shards, for the feeds that publish them."""

from collections.abc import Callable

from msgspec import structs

from lading.feeds.feed import Build
from lading.formats.decoders.osv.advisories import text_of, to_advisories
from lading.formats.decoders.osv.ecosystems import ecosystem_of
from lading.formats.decoders.osv.records import OsvRecord, parse_osv
from lading.model.advisory import ShardName
from lading.model.errors import FormatError


def add_osv_record(name: str, data: bytes | None, build: Build, shard_of: Callable[[str], ShardName | None]) -> None:
    """Adds what a record says to the shards that `shard_of` gives for its ecosystems; None leaves one out. A record
    that cannot be read (`data` is None for one that is damaged) is skipped under its `name`."""
    try:
        if data is None:
            raise FormatError(f"{name}: damaged")
        record = parse_osv(data)
        advisories = to_advisories(record) if _is_wanted(record, build, shard_of) else []
    except FormatError:
        build.skip(name)
        return
    build.date(record.modified)
    text = text_of(record)
    for ecosystem, advisory in advisories:
        shard = shard_of(ecosystem)
        if shard is None:
            continue
        known = ecosystem_of(ecosystem)
        writer = build.shard(shard, known.scheme, known.names)
        if writer is None:
            continue
        writer.add(advisory)
        # A notice of a distribution is about vulnerabilities, each of them in its own packages.
        writer.add_text(structs.replace(text, id=advisory.id, notice=advisory.note))


def _is_wanted(record: OsvRecord, build: Build, shard_of: Callable[[str], ShardName | None]) -> bool:
    ecosystems = {one.package.ecosystem for one in record.affected or () if one.package is not None}
    return any(shard is not None and build.wants(shard) for shard in map(shard_of, ecosystems))
