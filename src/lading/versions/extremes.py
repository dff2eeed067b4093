"""The greatest and the least of several versions."""

from collections.abc import Callable, Iterable
from functools import cmp_to_key

from lading.versions.schemes import compare


def newest(scheme: str, versions: Iterable[str]) -> str:
    """The greatest version, empty for none. Where two cannot be compared the order of their characters decides, so
    that the answer never depends on the order they come in."""
    return max(sorted(versions), key=cmp_to_key(_order(scheme)), default="")


def oldest(scheme: str, versions: Iterable[str]) -> str:
    """The least version, by the same rules."""
    return min(sorted(versions), key=cmp_to_key(_order(scheme)), default="")


def _order(scheme: str) -> Callable[[str, str], int]:
    return lambda left, right: compare(scheme, left, right) or 0
