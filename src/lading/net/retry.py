"""When a failed request is worth another try, and how long to wait before it."""

import email.utils
import time
from collections.abc import Mapping
from typing import Final

MOST_ATTEMPTS: Final = 5
"""Requests made in all for one answer, the first included."""
LONGEST_WAIT: Final = 60.0
"""A server that asks for a longer pause (seconds) is not waited for."""
_STATUSES: Final = frozenset({408, 425, 429, 500, 502, 503, 504})
_FIRST_WAIT: Final = 0.5


def is_transient(status: int) -> bool:
    """Whether an HTTP status may be gone on the next try."""
    return status in _STATUSES


def wait_before(attempt: int, headers: Mapping[str, str]) -> float:
    """Seconds to wait before the attempt of this number (2 is the first repeat).

    What the server asks for in `Retry-After` (RFC 9110, section 10.2.3: seconds or a date) stands, however long; else
    the wait doubles from half a second.
    """
    backoff = _FIRST_WAIT * 2.0 ** (attempt - 2)
    asked = _retry_after(headers.get("retry-after", "").strip())
    return backoff if asked is None else max(asked, 0.0)


def _retry_after(text: str) -> float | None:
    if text.isascii() and text.isdigit() and len(text) < 10:
        return float(text)
    try:
        return email.utils.parsedate_to_datetime(text).timestamp() - time.time()
    except ValueError:
        return None
