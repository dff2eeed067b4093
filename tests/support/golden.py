"""Files that hold what ought to come out: golden files, and documents that are made from the code."""

from collections.abc import Callable
from pathlib import Path

Golden = Callable[[Path, bytes], None]
"""The fixture `golden`: compares a committed file with what came out, or with `pytest --rewrite` writes it."""


def compare(path: Path, content: bytes) -> None:
    """Fails when the file holds something else."""
    assert path.read_bytes() == content, f"{path.name} is not what comes out now: run pytest --rewrite, then git diff"


def rewrite(path: Path, content: bytes) -> None:
    """Puts what came out into the file."""
    path.write_bytes(content)
