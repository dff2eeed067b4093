"""Files that people write or programs keep, and that are small when they are what they should be."""

from pathlib import Path

from lading.model.errors import SafeIOError


def read_small(path: Path, most: int, what: str = "file of this kind") -> bytes:
    """The content of a file, at most `most` bytes of it. Raises SafeIOError, which begins with the path, for one that
    cannot be read or that is too large for a `what` ("trust root")."""
    try:
        with path.open("rb") as file:
            data = file.read(most + 1)
    except OSError as error:
        raise SafeIOError(f"{path}: cannot be read: {error.strerror}") from error
    if len(data) > most:
        raise SafeIOError(f"{path}: larger than {most:,} bytes, which no {what} is")
    return data
