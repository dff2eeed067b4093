"""Reading the members of a zip archive within bounds."""

import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path

from lading.model.errors import SafeIOError

_MOST_MEMBERS = 2_000_000


def iter_zip(path: Path, member_limit: int) -> Iterator[tuple[str, bytes | None]]:
    """(name, content) of each member in archive order; None for one that is damaged or above `member_limit` bytes.

    Raises SafeIOError when the archive as a whole cannot be read.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            if len(archive.infolist()) > _MOST_MEMBERS:
                raise SafeIOError(f"{path}: more than {_MOST_MEMBERS:,} members; refused")
            for info in archive.infolist():
                if not info.is_dir():
                    yield info.filename, _read(archive, info, member_limit)
    except (OSError, zipfile.BadZipFile) as error:
        raise SafeIOError(f"{path}: not a zip archive, or a truncated one ({error})") from error


def _read(archive: zipfile.ZipFile, info: zipfile.ZipInfo, limit: int) -> bytes | None:
    try:
        with archive.open(info) as file:
            data = file.read(limit + 1)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError):
        return None
    return data if len(data) <= limit else None
