"""Words and dates as Ubuntu's documents write them."""

import re

from lading.model.advisory import State

_MOST = 300
_DAY = re.compile(r"\d{4}-\d\d-\d\d")
_ENDED = re.compile(
    r"end[- ]of[- ](?:\w+[- ]){0,2}(?:life|support)|out[- ]of[- ](?:\w+[- ]){0,2}support|no longer supported|\beol\b",
    re.IGNORECASE,
)
_NOTES = re.compile(r"CVE notes\b", re.IGNORECASE)


def day_of(moment: str) -> str:
    """The day (ISO 8601) that a moment begins with, or nothing."""
    day = _DAY.match(moment)
    return day[0] if day else ""


def summary_of(text: str) -> str:
    """A description cut to what fits a few lines; upstream's word for "none" is none."""
    words = " ".join(text[: 4 * _MOST].split())
    if words == "[Unknown description]":
        return ""
    return words if len(words) <= _MOST else f"{words[: _MOST - 1]}…"


def unfixed_state(reason: str) -> State:
    """Why a package that is affected will not be fixed, or not yet. The notes of those who looked into it, which VEX
    appends, are left out."""
    text = _NOTES.split(reason, maxsplit=1)[0].lower()
    if _ENDED.search(text):
        return "end_of_life"
    if "defer" in text:
        return "deferred"
    if "not fix" in text or "ignore" in text:
        return "wont_fix"
    return "affected"
