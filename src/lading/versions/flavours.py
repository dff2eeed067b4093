"""Builds of one release for several platforms, which its version tells apart: Maven's `-jre`, `-android`, `.jre11`.

They are one release: what is fixed in `12.8.2.jre11` is fixed in `12.8.2.jre8`.
"""

import re
from typing import Final

_FLAVOUR: Final = re.compile(r"[.-](?:(?:jre|jdk|java)[0-9]*|android)(?=$|-)")


def is_flavour(text: str) -> bool:
    """Whether a text is such a part of a version, with the mark before it."""
    return _FLAVOUR.fullmatch(text) is not None


def of_flavour(installed: str, version: str) -> str:
    """A version as the flavour of the installed one would write it."""
    found = _FLAVOUR.search(version)
    if found is None:
        return version
    own = _FLAVOUR.search(installed)
    return f"{version[: found.start()]}{own[0] if own is not None else ''}{version[found.end() :]}"
