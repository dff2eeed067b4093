"""Versions of R packages: numbers with dots or dashes between them.

Source: `numeric_version` of R; verified with it. Where one version begins with the other, the longer is greater.
"""

import re
from typing import Final

from lading.versions.caching import cached
from lading.versions.numbers import Number, number

Key = tuple[Number, ...]

_VERSION: Final = re.compile(r"[0-9]+(?:[.-][0-9]+)*")


@cached
def parse(text: str) -> Key | None:
    """The sort key of a version, None when `text` is not one."""
    text = text.strip()
    return tuple(map(number, text.replace("-", ".").split("."))) if _VERSION.fullmatch(text) else None
