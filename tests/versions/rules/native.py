"""Running a package manager's own comparison over many pairs and constraints at once."""

import random
import shutil
import subprocess
from collections.abc import Callable, Sequence

import pytest


def lines_of(command: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    """What a program answers to rows of tab-separated fields, a line for each. Skips the test when it cannot be run."""
    if not shutil.which(command[0]):
        pytest.skip(f"{command[0]} is not installed")
    text = "".join("\t".join(row) + "\n" for row in rows)
    done = subprocess.run(command, input=text, capture_output=True, text=True, timeout=120)
    if done.returncode:
        pytest.skip(f"{command[0]} lacks a library: {done.stderr[-200:]}")
    return done.stdout.splitlines()


def drawn(count: int, *makers: Callable[[random.Random], str]) -> list[list[str]]:
    """`count` rows, each of what every maker makes, the same in every run."""
    source = random.Random(20240229)
    return [[make(source) for make in makers] for _ in range(count)]


def order(left: object, right: object) -> int | None:
    """-1, 0 or 1 for two keys, None when either is missing."""
    if left is None or right is None:
        return None
    return int(left > right) - int(left < right)  # type: ignore[operator]
