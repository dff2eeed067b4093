"""The records of a feed, whether upstream packs them into an archive or serves them one by one."""

import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from posixpath import basename
from typing import TypeVar

from lading.feeds.feed import TAKEN_BACK, Build, read_document
from lading.model.errors import FeedError, FormatError, LimitError, SafeIOError
from lading.model.ports import Region
from lading.safeio.inflate import open_inflated
from lading.safeio.limits import Limits
from lading.safeio.region import RegionStream
from lading.safeio.tar import FILE, StreamInput, iter_tar
from lading.safeio.zip_files import iter_zip

_Record = TypeVar("_Record")
_LIMITS = Limits(total=50_000_000_000, ratio=2000)
_TAR = (".tar", ".tar.bz2", ".tar.gz", ".tar.xz", ".tar.zst", ".tgz")


def iter_records(files: Mapping[str, Path], limit: int) -> Iterator[tuple[str, bytes | None]]:
    """(path, content) of every document in `files` and of every member of the archives among them; None for one that
    is damaged or above `limit` bytes.

    A document that is there by itself is newer than the archive: a member of the same file name is left out. TAKEN_BACK
    alone stands for one that upstream has taken back. Raises FeedError when an archive as a whole cannot be read.
    """
    archives = {path: file for path, file in files.items() if path.endswith((*_TAR, ".zip"))}
    single = {path: file for path, file in files.items() if path not in archives}
    newer = {basename(path) for path in single}
    for path, file in single.items():
        try:
            data = read_document(file, limit)
            if data != TAKEN_BACK:
                yield path, data
        except FeedError:
            yield path, None
    for path, file in archives.items():
        members = iter_zip(file, limit) if path.endswith(".zip") else iter_tar_files(file, limit)
        try:
            yield from ((name, data) for name, data in members if basename(name) not in newer)
        except (SafeIOError, LimitError) as error:
            raise FeedError(f"{file}: cannot be read: {error}") from error


def iter_matching(
    files: Mapping[str, Path], limit: int, record: re.Pattern[str]
) -> Iterator[tuple[re.Match[str], bytes | None]]:
    """The same for records that are told by their paths, as several packages may have files of one name:
    (match, content) of those in whose path `record` is found. Its group "record" is what all copies of a path share."""
    single = {path: file for path, file in files.items() if record.search(path)}
    archives = {path: file for path, file in files.items() if path not in single}
    met = set()
    for documents in (single, archives):
        for name, data in iter_records(documents, limit):
            found = record.search(name)
            if found is not None and found["record"] not in met:
                met.add(found["record"])
                yield found, data


def iter_parsed(
    files: Mapping[str, Path], limit: int, record: re.Pattern[str], parse: Callable[[bytes], _Record], build: Build
) -> Iterator[_Record]:
    """The same, read by `parse`; what it raises FormatError of, and what is damaged, is skipped."""
    for path, data in iter_matching(files, limit, record):
        try:
            if data is None:
                raise FormatError("damaged")
            parsed = parse(data)
        except FormatError:
            build.skip(path["record"])
        else:
            yield parsed


def iter_tar_files(path: Path, limit: int) -> Iterator[tuple[str, bytes | None]]:
    """(path, content) of each file of a tar archive, plain or compressed; None for one above `limit` bytes. Raises
    SafeIOError."""
    try:
        stream = open_inflated(RegionStream(Region(str(path), 0, path.stat().st_size)), str(path), _LIMITS)
    except OSError as error:
        raise SafeIOError(f"{path}: {error.strerror}") from error
    try:
        for entry in iter_tar(StreamInput(stream, str(path)), str(path), _LIMITS):
            if entry.kind == FILE:
                yield entry.path, entry.read(limit) if entry.size <= limit else None
    finally:
        stream.close()
