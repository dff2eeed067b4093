"""The greatest and the least of several versions."""

from collections.abc import Iterable
from functools import cmp_to_key

from lading.versions.schemes import compare


def newest(scheme: str, versions: Iterable[str]) -> str:
    """The greatest version, empty for none. Where two cannot be compared the order of their characters decides, so
    that the answer never depends on the order they come in."""
    return max(sorted(versions), key=cmp_to_key(lambda a, b: compare(scheme, a, b) or 0), default="")


def oldest(scheme: str, versions: Iterable[str]) -> str:
    """The least version, by the same rules."""
    return min(sorted(versions), key=cmp_to_key(lambda a, b: compare(scheme, a, b) or 0), default="")
