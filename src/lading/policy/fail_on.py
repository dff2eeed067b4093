"""The severities of `--fail-on`, in the words of whoever gives them."""

from typing import Final, Literal, get_args

from msgspec import Struct

from lading.model.errors import UsageError
from lading.model.spelling import meant

FailOn = Literal["any", "negligible", "low", "medium", "high", "critical"]
FAIL_ON: Final[tuple[FailOn, ...]] = get_args(FailOn)

NONE: Final = "none"
UNRATED: Final = "unknown"
WORDS: Final = (NONE, *FAIL_ON, UNRATED)
"""What `--fail-on` takes; "unknown" is for what has no severity."""


class FailOnLevel(Struct, frozen=True):
    """The lowest severity that fails, None for none, and whether what nobody rated fails too."""

    lowest: FailOn | None = None
    unrated: bool = False


def parse_fail_on(text: str) -> FailOnLevel:
    """One of the words, or several with commas between, of which the lowest counts (`HIGH,CRITICAL`), in any case.
    Raises UsageError."""
    words = [word.strip().lower() for word in text.split(",")]
    for word in words:
        if word not in WORDS:
            raise UsageError(f"--fail-on {word[:80]!r}: expected one of {', '.join(WORDS)}{meant(word, WORDS)}")
    if NONE in words and len(words) > 1:
        raise UsageError("--fail-on none: is for no such rule, and stands alone")
    return FailOnLevel(next((level for level in FAIL_ON if level in words), None), UNRATED in words)
