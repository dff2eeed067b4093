"""RPM versions: `[epoch:]version[-release]`.

Source: https://rpm.org/docs/latest/man/rpm-version.7 and rpm's tests/rpmvercmp.at; verified against `rpm.vercmp`. A
missing epoch is 0, a missing release is less than any.
"""

import re

from lading.versions.caching import cached
from lading.versions.numbers import Number, number

Part = tuple[tuple[int] | tuple[int, str] | tuple[int, Number], ...]
Key = tuple[Number, Part, Part]

_EVR = re.compile(r"(?:(?P<epoch>[0-9]*):)?(?P<version>[!-~\x80-\U0010ffff]*)")
"""Blanks and control characters stand in texts that are no versions."""
_SEGMENT = re.compile(r"[0-9]+|[A-Za-z]+|[~^]")
# What may stand at one place of a part, ascending. The end of a part that is missing altogether is the least of all.
_MISSING, _TILDE, _END, _CARET, _LETTERS, _DIGITS = ((rank,) for rank in range(6))


@cached
def parse(text: str) -> Key | None:
    """The sort key of a version, None when `text` is not one."""
    match = _EVR.fullmatch(text)
    if match is None or not match["version"]:
        return None
    version, dash, release = match["version"].rpartition("-")
    if not dash:
        return number(match["epoch"] or ""), _part(release), (_MISSING,)
    return number(match["epoch"] or ""), _part(version), _part(release)


def _part(text: str) -> Part:
    """Runs of ASCII's letters and of digits; all other characters only keep them apart, and a part may have none but
    such."""
    found: list[tuple[int] | tuple[int, str] | tuple[int, Number]] = []
    for segment in _SEGMENT.findall(text):
        if segment == "~":
            found.append(_TILDE)
        elif segment == "^":
            found.append(_CARET)
        elif segment.isdigit():
            found.append((*_DIGITS, number(segment)))
        else:
            found.append((*_LETTERS, segment))
    return (*found, _END)
