"""A cache for parsers of versions."""

from collections.abc import Callable
from functools import lru_cache, wraps
from typing import TypeVar

Key = TypeVar("Key")

_LONGEST = 256  # longer texts are not versions anybody wrote, and must not fill the memory


def cached(parse: Callable[[str], Key]) -> Callable[[str], Key]:
    """`parse`, which answers from memory for texts it has met lately."""
    remembered = lru_cache(maxsize=65536)(parse)

    @wraps(parse)
    def parse_or_remember(text: str) -> Key:
        return remembered(text) if len(text) <= _LONGEST else parse(text)

    return parse_or_remember
