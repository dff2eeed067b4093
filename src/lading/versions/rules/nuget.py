"""NuGet versions: up to four numbers, pre-release labels after a dash, metadata after a plus; and bracketed ranges.

Source: "Package versioning" and "Version ranges" in NuGet's documentation; NuGet.Versioning. Labels are compared
regardless of case; a label is a number when it fits into 32 bits, with a sign too. One of digits alone does not begin
with a zero. Metadata does not count. A version without brackets is that version here, not the least one admitted.
"""

import re
from typing import Final

from lading.versions.bounds import Alternatives
from lading.versions.brackets import bracketed
from lading.versions.caching import cached
from lading.versions.numbers import Number, number

Label = tuple[int, int, str]
Key = tuple[tuple[Number, ...], int, tuple[Label, ...]]
"""Four numbers, 0 for a pre-release and 1 for a release, labels."""

_LABELS: Final = r"[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*"
_VERSION: Final = re.compile(
    rf"(?P<numbers>[0-9]+(?:\.[0-9]+){{0,3}})(?:-(?P<labels>{_LABELS}))?(?:\+{_LABELS})?", re.ASCII
)
_NUMERIC: Final = re.compile(r"(?P<sign>-?)0*(?P<digits>[0-9]{1,10})")
_LEAST, _GREATEST = -(2**31), 2**31 - 1


@cached
def parse(text: str) -> Key | None:
    """The sort key of a version, None when `text` is not one."""
    match = _VERSION.fullmatch(text.strip())
    if match is None:
        return None
    numbers = [number(digits) for digits in match["numbers"].split(".")]
    numbers += [number("")] * (4 - len(numbers))
    if match["labels"] is None:
        return tuple(numbers), 1, ()
    labels = match["labels"].split(".")
    if any(label[0] == "0" and label.isdecimal() and label != "0" for label in labels):
        return None
    return tuple(numbers), 0, tuple(map(_label, labels))


def alternatives(text: str) -> Alternatives | None:
    """Ranges with commas between them, one of which has to hold: `[1.0,2.0)`, `(,1.0]`, `[1.0]`."""
    return bracketed(text)


def _label(text: str) -> Label:
    match = _NUMERIC.fullmatch(text)
    if match is not None:
        value = int(match["sign"] + match["digits"])
        if _LEAST <= value <= _GREATEST:
            return 0, value, ""
    return 1, 0, text.upper()
