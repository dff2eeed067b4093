"""Components of Bitnami's images: semantic versions with a revision of the image's own.

Source: https://github.com/bitnami/vulndb. What stands behind the hyphen is the revision if it is a number: it makes the
version greater, where a pre-release makes it smaller. Advisories that name no revision speak of all of them.
"""

import re
from typing import Final

from lading.versions.caching import cached
from lading.versions.semantic import VERSION, Numbers, Release, numbers_key, release_key

_REVISION: Final = re.compile(r"[0-9]+(?:\.[0-9]+)*")


@cached
def parse(text: str) -> tuple[Numbers, Release, tuple[Numbers, ...]] | None:
    """The sort key of a version, its last part the revision; None when `text` is not one."""
    match = VERSION.fullmatch(text.strip(" "))
    if match is None:
        return None
    pre = match["pre"]
    if pre and _REVISION.fullmatch(pre):
        return numbers_key(match["numbers"]), (1,), (numbers_key(pre),)
    return *release_key(match), ()


def against(version: str, bound: str) -> int | None:
    """How a component's version sorts against an advisory's: the revision counts if that one has one."""
    left, right = parse(version), parse(bound)
    if left is None or right is None:
        return None
    if not right[2]:
        left = (*left[:2], ())
    return int(left > right) - int(left < right)
