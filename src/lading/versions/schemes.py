"""The one table of version schemes."""

from collections.abc import Mapping
from functools import cache
from importlib import import_module
from typing import Final, Protocol, cast

SCHEMES: Final[Mapping[str, str]] = {
    "apk": "apk",
    "deb": "deb",
}
"""The module in lading.versions.rules that knows a scheme. A scheme may have several names."""


class Scheme(Protocol):
    """What every scheme's module offers."""

    def compare(self, left: str, right: str, /) -> int | None:
        """-1, 0 or 1, None when either text is not a version of the scheme."""


@cache
def rules(scheme: str) -> Scheme | None:
    """The module of a scheme, loaded when first asked for; None when there is none of that name."""
    name = SCHEMES.get(scheme)
    return None if name is None else cast(Scheme, import_module(f"lading.versions.rules.{name}"))


def compare(scheme: str, left: str, right: str) -> int | None:
    """-1, 0 or 1 as `left` sorts before, with or after `right`; None when that cannot be told: `scheme` is not known,
    or either text is not a version of it."""
    found = rules(scheme)
    return None if found is None else found.compare(left, right)
