"""Go: versions that stand for a commit (pseudo-versions), which the ranges of releases hold only in part.

Source: https://go.dev/ref/mod#pseudo-versions. Such a version names the last release before the commit that Go can see.
It cannot see one of another major version, nor one whose name is no version to Go: `v1.4.2-0.2020…` of docker/docker is
a commit of 19.03.
"""

import re
from collections.abc import Collection, Iterable
from typing import Final

from msgspec import structs

from lading.model.advisory import Range
from lading.model.golang import is_commit
from lading.versions.ranges import contains

_SCHEME: Final = "golang"
_MAJOR: Final = re.compile(r"v?([0-9]+)")


def is_unversioned(version: str) -> bool:
    """Whether a version is that of a commit that no release comes before."""
    return version.removeprefix("v").startswith("0.0.0-") and is_commit(version)


def contains_commit(version: str, ranges: Iterable[Range], versions: Collection[str] = ()) -> bool | None:
    """The same as `contains` for the version of a commit: None where a range has bounds of a later major version, since
    releases of that one may come before the commit."""
    if versions and contains(_SCHEME, version, (), versions):
        return True
    inside = [_inside(version, span) for span in ranges]
    return True if True in inside else None if None in inside else False


def _inside(version: str, span: Range) -> bool | None:
    own = _major(version)
    known = Range(*("" if _major(bound) > own else bound for bound in structs.astuple(span)))
    inside = contains(_SCHEME, version, (known,))
    return None if inside and known != span else inside


def _major(version: str) -> int:
    found = _MAJOR.match(version)
    return int(found[1]) if found is not None else 0
