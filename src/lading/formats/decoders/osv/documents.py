"""One OSV document as a whole."""

from typing import NamedTuple

from lading.formats.decoders.osv.advisories import text_of, to_advisories
from lading.formats.decoders.osv.ecosystems import ecosystem_of, shard_name
from lading.formats.decoders.osv.records import parse_osv
from lading.model.advisory import Advisory, AdvisoryText, ShardName


class OsvDocument(NamedTuple):
    """What a document says: its advisories, each with the ecosystem that it is about, and its text."""

    advisories: list[tuple[str, Advisory]]
    text: AdvisoryText


def read_record(data: bytes) -> OsvDocument:
    """A document's content. Raises FormatError."""
    record = parse_osv(data)
    return OsvDocument(to_advisories(record), text_of(record))


def shard_of(ecosystem: str) -> tuple[ShardName, str]:
    """The shard that has the advisories of an ecosystem, and the scheme of its versions."""
    return shard_name(ecosystem), ecosystem_of(ecosystem).scheme
