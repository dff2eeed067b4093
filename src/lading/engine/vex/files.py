"""VEX documents in files and directories of this machine."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from lading.engine.vex.trust import RawVex
from lading.model.errors import SafeIOError, UsageError
from lading.safeio.small_files import read_small
from lading.safeio.trust import SIGNATURE

MOST_BYTES: Final = 64_000_000
"""Of one document."""
MOST_SIGNATURE: Final = 1_000_000
_MOST_FILES: Final = 50_000
ENDINGS: Final = (".json", ".jsonl", ".vex", ".openvex", ".csaf", ".att")
"""Of the names of documents in a directory."""


def read_file(path: Path, named_by: str, *, is_alone: bool = True) -> RawVex:
    """A document and the signature beside it. Raises UsageError."""
    data = _read(path, MOST_BYTES)
    beside = path.with_name(path.name + SIGNATURE)
    signature = _read(beside, MOST_SIGNATURE) if beside.is_file() else None
    return RawVex(data, str(path), signature, named_by, is_alone=is_alone)


def iter_directory(path: Path, named_by: str) -> Iterator[RawVex]:
    """The documents of a directory and those below it, by name; links to directories are not followed. Raises
    UsageError when it holds none."""
    count = 0
    for directory, below, names in os.walk(path, onerror=_refuse):
        below[:] = sorted(one for one in below if not one.startswith("."))
        for name in sorted(names):
            if name.startswith(".") or not name.lower().endswith(ENDINGS):
                continue
            file = Path(directory, name)
            if not file.is_file():
                continue
            count += 1
            if count > _MOST_FILES:
                raise UsageError(f"--vex {path}: more than {_MOST_FILES:,} files; name the ones that are meant")
            yield read_file(file, named_by, is_alone=False)
    if not count:
        raise UsageError(f"--vex {path}: the directory holds no VEX document ({', '.join(ENDINGS)})")


def _refuse(error: OSError) -> None:
    raise UsageError(f"--vex {error.filename}: cannot be read: {error.strerror}") from error


def _read(path: Path, most: int) -> bytes:
    try:
        return read_small(path, most, "VEX document")
    except SafeIOError as error:
        raise UsageError(f"--vex {error}") from error
