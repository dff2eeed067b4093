"""When a failed request is worth another try, and how long to wait before it."""

import email.utils
import math
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Final

LONGEST_WAIT: Final = 60.0
"""A server that asks for a longer pause (seconds) is not waited for."""
_STATUSES: Final = frozenset({408, 425, 429, 500, 502, 503, 504})
_FIRST_WAIT: Final = 0.5
_MOST_DIGITS: Final = 9
_LONGEST_DATE: Final = 64


def is_transient(status: int) -> bool:
    """Whether an HTTP status may be gone on the next try."""
    return status in _STATUSES


def wait_before(attempt: int, headers: Mapping[str, str]) -> float:
    """Seconds to wait before the attempt of this number (2 is the first repeat).

    The wait doubles from half a second; what the server asks for in `Retry-After` (RFC 9110, section 10.2.3: seconds
    or a date) stands where it is longer, without a bound. What is neither counts as not said.
    """
    return max(_FIRST_WAIT * 2.0 ** (attempt - 2), _retry_after(headers.get("retry-after", "").strip()))


def parse_date(text: str) -> datetime | None:
    """A date as headers have it (RFC 9110, section 5.6.7), None for what is none."""
    try:
        return email.utils.parsedate_to_datetime(text[:_LONGEST_DATE]).astimezone(UTC)
    except (ValueError, TypeError, OverflowError, IndexError):
        return None


def _retry_after(text: str) -> float:
    if text.isascii() and text.isdigit():
        return float(text) if len(text) <= _MOST_DIGITS else math.inf
    date = parse_date(text)
    return date.timestamp() - time.time() if date is not None else 0.0
