"""The one table of version schemes."""

from typing import Protocol

from lading.versions import apk, deb


class Scheme(Protocol):
    """What every scheme's module offers. Keys of one scheme order like its versions."""

    def compare(self, left: str, right: str, /) -> int | None:
        """-1, 0 or 1, None when either text is not a version of the scheme."""


SCHEMES: dict[str, Scheme] = {"apk": apk, "deb": deb}


def compare(scheme: str, left: str, right: str) -> int | None:
    """-1, 0 or 1 as `left` sorts before, with or after `right`; None when that cannot be told: `scheme` is not known,
    or either text is not a version of it."""
    rules = SCHEMES.get(scheme)
    return None if rules is None else rules.compare(left, right)
