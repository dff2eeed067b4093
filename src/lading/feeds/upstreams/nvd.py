"""The National Vulnerability Database: facts of every CVE, and the products that have it by their CPE names.

Source: https://nvd.nist.gov/vuln/data-feeds (yearly feeds, each with a `.meta` that has the digest of the uncompressed
document) and https://nvd.nist.gov/developers/vulnerabilities (pages of the API, of the same form).
"""

import hashlib
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from posixpath import basename

from lading.advisories.writer import ShardWriter
from lading.feeds.feed import Build, Document, Feed, Unit, open_document
from lading.feeds.nvd_feeds import feed_documents, refresh_feeds
from lading.formats.decoders.nvd import NvdRecord, advisories_of, facts_of, parse_entry, parse_record
from lading.model.advisory import ShardName
from lading.model.errors import FeedError, FormatError, SafeIOError

_SHARD = ShardName("nvd")
_BASE = "https://nvd.nist.gov/feeds/json/cve/2.0/"
_FIRST_YEAR = 2002
_CHUNK = 1024 * 1024
_MOST_RECORD = 32 * 1024 * 1024
_YEARLY = re.compile(r"nvdcve-2\.0-[0-9]{4}\.json(?:\.gz)?\Z")
_META = re.compile(r"\.meta\Z")
_DOCUMENT = re.compile(r"nvd/.*\.(?:json|json\.gz|meta)\Z")
# No string can hold this: its quotes would be escaped.
_ENTRY = re.compile(rb'\{\s*"cve"\s*:')
_LONGEST_OPENING = 4096
_STATED = re.compile(rb'"resultsPerPage"\s*:\s*([0-9]{1,9})')
_DAY = re.compile(rb'"timestamp"\s*:\s*"([0-9T:.-]{10,30})Z?"')
_DIGEST = re.compile(r"^sha256:\s*([0-9A-Fa-f]{64})\s*$", re.MULTILINE)
_TAIL = b" \t\r\n,"


def parse_nvd(files: Mapping[str, Path], build: Build) -> None:
    """The shard "nvd". Of the records of one CVE the one modified last counts, whatever document it is in.

    Raises FeedError when a document is broken, is not what its `.meta` describes, or holds fewer records than it says.
    """
    writer = build.shard(_SHARD, "generic", "cpe")
    if writer is None:
        return
    documents = sorted((path for path in files if not _META.search(path)), key=_age)
    newest = _newest([files[path] for path in documents if not _YEARLY.search(path)])
    for path in documents:
        yearly = _YEARLY.search(path) is not None
        for raw in _entries(files[path], _stated_digest(path, files), build):
            record = _record(raw)
            if record is None:
                build.skip(_name(raw))
                continue
            if record.last_modified < newest.get(record.id, ""):
                continue
            if yearly and record.id in newest:
                newest[record.id] = f"{record.last_modified}~"  # the others are older or the same
            _add(record, writer)


def _age(path: str) -> tuple[bool, str]:
    return _YEARLY.search(path) is None, path


def _newest(files: Sequence[Path]) -> dict[str, str]:
    """When each CVE was last modified, by the documents that bring changes."""
    newest: dict[str, str] = {}
    for file in files:
        for raw in _entries(file, "", None):
            record = _record(raw)
            if record is not None:
                newest[record.id] = max(newest.get(record.id, ""), record.last_modified)
    return newest


def _add(record: NvdRecord, writer: ShardWriter) -> None:
    writer.add_facts(facts_of(record))
    for advisory in advisories_of(record):
        writer.add(advisory)


def _record(raw: bytes) -> NvdRecord | None:
    try:
        return parse_entry(raw) if _ENTRY.match(raw) else parse_record(raw)
    except FormatError:
        return None


def _name(raw: bytes) -> str:
    found = re.search(rb"CVE-[0-9]{4}-[0-9]{4,}", raw)
    return found[0].decode() if found else raw[:60].decode("utf-8", "replace")


def _entries(file: Path, digest: str, build: Build | None) -> Iterator[bytes]:
    """Each record of a document, still as JSON: a feed may have several hundred megabytes. A document without entries
    is a record by itself. Raises FeedError when it ends too early or is too long for what it is."""
    stated = found = 0
    for piece, last in _pieces(file, digest):
        if not found:
            stated = _read_head(piece, build) or stated
        if last:
            piece = _without_end(piece, file)
        if _ENTRY.match(piece) or (last and piece and not found):
            found += 1
            yield piece
    if stated > found:
        raise FeedError(f"{file}: states {stated:,} records but holds {found:,}; a partial download?")


def _read_head(piece: bytes, build: Build | None) -> int:
    """How many records the document says it holds."""
    head = piece[:_LONGEST_OPENING]
    stated, day = _STATED.search(head), _DAY.search(head)
    if day and build is not None:
        build.date(f"{day[1].decode()[:19]}Z")
    return int(stated[1]) if stated else 0


def _without_end(piece: bytes, file: Path) -> bytes:
    """The last record without what closes the document behind it; nothing where a page has no record."""
    try:
        text = piece.decode()
        _, end = json.JSONDecoder().raw_decode(text)
    except (ValueError, RecursionError) as error:
        raise FeedError(f"{file}: ends in the middle or is broken; a partial download?") from error
    is_empty_page = not _ENTRY.match(piece) and _STATED.search(piece[:_LONGEST_OPENING])
    return b"" if is_empty_page else text[:end].encode()


def _pieces(file: Path, digest: str) -> Iterator[tuple[bytes, bool]]:
    """The document cut before every entry; with each piece, whether it is the last."""
    held = b""
    hashed = hashlib.sha256()
    stream = open_document(file)
    try:
        while chunk := stream.read(_CHUNK):
            hashed.update(chunk)
            held += chunk
            if len(held) > _MOST_RECORD:
                raise FeedError(f"{file}: a record of more than {_MOST_RECORD:,} bytes; refused")
            # An opening that is cut by the chunk's end is found with the next chunk.
            places = [match.start() for match in _ENTRY.finditer(held)]
            for start, end in zip([0, *places], places, strict=False):
                if end > start:
                    yield held[start:end].rstrip(_TAIL), False
            held = held[places[-1] :] if places else held
    except SafeIOError as error:
        raise FeedError(f"{file}: cannot be read: {error}") from error
    finally:
        stream.close()
    if digest and hashed.hexdigest() != digest.lower():
        raise FeedError(f"{file}: its digest is not the one in its .meta; download both again")
    yield held, True


def _stated_digest(path: str, files: Mapping[str, Path]) -> str:
    meta = files.get(re.sub(r"\.json(?:\.gz)?\Z", ".meta", path))
    if meta is None:
        return ""
    try:
        found = _DIGEST.search(meta.read_text("utf-8", "replace")[:_LONGEST_OPENING])
    except OSError as error:
        raise FeedError(f"{meta}: cannot be read: {error.strerror}") from error
    return found[1] if found else ""


def _units(held: Sequence[str] | None) -> tuple[Unit, ...]:
    if held is None:
        return (_public(),)
    documents = tuple(Document(path, f"{_BASE}{basename(path)}") for path in held if _DOCUMENT.match(path))
    return (Unit("nvd", documents, parse_nvd),) if documents else ()


def _public() -> Unit:
    """Every year's feed. The newest two are not there on the first of January."""
    this_year = datetime.now(UTC).year
    years = [str(year) for year in range(_FIRST_YEAR, this_year + 1)]
    feeds = ("nvd", _BASE, years, frozenset({str(this_year)}))
    return Unit("nvd", feed_documents(*feeds), parse_nvd, partial(refresh_feeds, *feeds))


def _unit_for(shard: ShardName) -> Unit | None:
    return _public() if shard == _SHARD else None


FEED = Feed("nvd", "National Vulnerability Database", _units, _unit_for, interval=1)
