"""Which versions come before a release, by how they are written."""

import re
from typing import Final

_EARLY: Final = re.compile(r"(?:\d|[.-])(?:a|alpha|b|beta|c|dev|m|pre|preview|rc)[.-]?\d*$", re.IGNORECASE)


def is_prerelease(version: str) -> bool:
    """Whether a version comes before a release (`2.0rc1`, `1.0.0-beta.2`)."""
    return bool(_EARLY.search(version))
