"""The documents of a CSAF provider: archives of all of them, changed ones by themselves, and lists of changes and
deletions.

Source: https://docs.redhat.com/en/documentation/red_hat_security_data (CSAF and VEX files); CSAF 2.0, chapter 7.1
(`changes.csv`).
"""

import csv
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from posixpath import basename, dirname

from lading.feeds.feed import read_document
from lading.feeds.records import iter_records

_LIST_LIMIT = 200_000_000
CHANGES = "changes.csv"
DELETIONS = "deletions.csv"
ARCHIVES = (".tar.bz2", ".tar.gz", ".tar.xz", ".tar.zst")


def is_csaf_file(path: str) -> bool:
    """Whether a file of a held copy is one that `iter_documents` reads."""
    return path.endswith((".json", *ARCHIVES)) or basename(path) in (CHANGES, DELETIONS)


def iter_documents(files: Mapping[str, Path], limit: int) -> Iterator[tuple[str, bytes | None]]:
    """(path, content) of every document that stands; None for one that is damaged or above `limit` bytes.

    Documents by themselves are newer than archives, and of two archives the one whose name sorts last (names end in
    the date) is newer. What a list of deletions takes back is left out of its folder's archives and documents, unless
    the list of changes shows it to have come back later. Raises FeedError when an archive or list cannot be read.
    """
    folders = {dirname(path) for path in files if path.endswith(ARCHIVES) or basename(path) in (CHANGES, DELETIONS)}
    gone = {folder: _deleted(folder, files) for folder in folders}
    seen: set[str] = set()
    for path, file in files.items():
        if path.endswith(".json") and not _is_gone(path, gone):
            seen.add(basename(path))
            yield from iter_records({path: file}, limit)
    archives = [path for path in files if path.endswith(ARCHIVES)]
    for path in sorted(archives, key=basename, reverse=True):
        for name, data in iter_records({path: files[path]}, limit):
            own = basename(name)
            if own.endswith(".json") and own not in seen and own not in gone[dirname(path)]:
                seen.add(own)
                yield name, data


def _is_gone(path: str, gone: Mapping[str, Collection[str]]) -> bool:
    return any(basename(path) in names for folder, names in gone.items() if path.startswith(f"{folder}/"))


def _deleted(folder: str, files: Mapping[str, Path]) -> frozenset[str]:
    changed = _dates(files.get(f"{folder}/{CHANGES}"))
    deleted = _dates(files.get(f"{folder}/{DELETIONS}"))
    return frozenset(name for name, date in deleted.items() if date >= changed.get(name, ""))


def _dates(path: Path | None) -> dict[str, str]:
    """RFC 3339 dates by file name; of several lines the latest counts."""
    dates: dict[str, str] = {}
    if path is None:
        return dates
    lines = read_document(path, _LIST_LIMIT).decode("utf-8", "replace").splitlines()
    for row in csv.reader(line.replace("\0", "") for line in lines):
        if len(row) >= 2:
            name = basename(row[0])
            dates[name] = max(dates.get(name, ""), row[1])
    return dates
