"""The one table of version schemes."""

from collections.abc import Callable, Mapping
from functools import cache
from importlib import import_module
from typing import Any, Final, Protocol, cast

from lading.versions.bounds import Alternatives

SCHEMES: Final[Mapping[str, str]] = {
    "alpm": "pacman",
    "apk": "apk",
    "bitnami": "bitnami",
    "cargo": "semver",
    "composer": "composer",
    "conan": "conan",
    "cran": "cran",
    "crates.io": "semver",
    "deb": "deb",
    "gem": "gem",
    "generic": "generic",
    "go": "golang",
    "golang": "golang",
    "hackage": "hackage",
    "hex": "hex",
    "julia": "pub",
    "jvm": "jvm",
    "maven": "maven",
    "npm": "npm",
    "nuget": "nuget",
    "packagist": "composer",
    "pacman": "pacman",
    "pep440": "pep440",
    "portage": "portage",
    "pub": "pub",
    "pypi": "pep440",
    "rpm": "rpm",
    "semver": "semver",
    "swift": "semver",
    "vscode-extension": "semver",
}
"""The module in lading.versions.rules that knows a scheme. A scheme may have several names."""


class Scheme(Protocol):
    """What every scheme's module offers."""

    def parse(self, text: str, /) -> Any:
        """The sort key of a version, None when `text` is not one. The keys of one scheme are in a total order by `<`,
        `>` and `==`; equal versions have equal keys."""


class Native(Protocol):
    """What the module of a scheme also offers when the scheme has a constraint dialect of its own."""

    def alternatives(self, text: str, /) -> Alternatives | None:
        """A constraint of that dialect, without any `||`, which is undone before; None when it is not of that dialect:
        the common one is tried then. The versions in it are ones that `parse` knows."""


class Particular(Protocol):
    """What the module of a scheme also offers when order alone does not tell who satisfies a constraint."""

    def satisfies(self, version: str, constraint: str, /) -> bool | None:
        """Whether `version` satisfies a constraint, again without `||`; None when that cannot be told: the common
        dialect is tried then."""


class Open(Protocol):
    """What the module of a scheme also offers when an advisory's version may leave parts open that a package's has."""

    def against(self, version: str, bound: str, /) -> int | None:
        """As `compare`, without those parts of `version` that `bound` leaves open (the local part of a Python version,
        the revision of a Bitnami one)."""


@cache
def rules(scheme: str) -> Scheme | None:
    """The module of a scheme, loaded when first asked for; None when there is none of that name."""
    name = SCHEMES.get(scheme)
    return None if name is None else cast(Scheme, import_module(f"lading.versions.rules.{name}"))


@cache
def native(scheme: str) -> Native | None:
    """The module of a scheme that has a constraint dialect of its own, else None."""
    found = rules(scheme)
    return cast(Native, found) if hasattr(found, "alternatives") else None


@cache
def particular(scheme: str) -> Particular | None:
    """The module of a scheme in which order alone does not tell who satisfies a constraint, else None."""
    found = rules(scheme)
    return cast(Particular, found) if hasattr(found, "satisfies") else None


@cache
def leaves_open(scheme: str) -> Open | None:
    """The module of a scheme in which bounds may leave parts open, else None."""
    found = rules(scheme)
    return cast(Open, found) if hasattr(found, "against") else None


def compare(scheme: str, left: str, right: str) -> int | None:
    """-1, 0 or 1 as `left` sorts before, with or after `right`; None when that cannot be told: `scheme` is not known,
    or either text is not a version of it."""
    found = rules(scheme)
    if found is None:
        return None
    a, b = found.parse(left), found.parse(right)
    if a is None or b is None:
        return None
    return int(a > b) - int(a < b)


def against(scheme: str, version: str, bound: str) -> int | None:
    """How the version of a package sorts against one that an advisory or constraint names: as `compare` says, but parts
    that `bound` leaves open do not count."""
    return comparer(scheme)(version, bound)


@cache
def comparer(scheme: str) -> Callable[[str, str], int | None]:
    """`against` of one scheme: (version, bound) to -1, 0, 1 or None."""
    special = leaves_open(scheme)
    if special is not None:
        return special.against
    found = rules(scheme)
    if found is None:
        return lambda version, bound: None
    parse = found.parse

    def compare_keys(version: str, bound: str) -> int | None:
        a = parse(version)
        b = parse(bound)
        if a is None or b is None:
            return None
        return -1 if a < b else int(a > b)

    return compare_keys
