"""Components of Bitnami's images: semantic versions with a revision of the image's own.

Source: https://github.com/bitnami/vulndb. What stands behind the hyphen is the revision if it is a number: it makes the
version greater, where a pre-release makes it smaller; the first revision is 0. Advisories that name no revision speak
of all of them. Those that say `1.24.0-0` mean the release from its beginning, as Go's advisories do: its pre-releases
too.
"""

import re
from typing import Final

from lading.versions.caching import cached
from lading.versions.semantic import VERSION, Numbers, Release, numbers_key, release_key

_REVISION: Final = re.compile(r"[0-9]+(?:\.[0-9]+)*")
_RELEASED: Final = ((1,), ())


@cached
def parse(text: str) -> tuple[Numbers, Release, tuple[Numbers, ...]] | None:
    """The sort key of a version, its last part the revision; None when `text` is not one."""
    match = VERSION.fullmatch(text.strip(" "))
    if match is None:
        return None
    pre = match["pre"]
    if pre and _REVISION.fullmatch(pre):
        revision = numbers_key(pre)
        return numbers_key(match["numbers"]), (1,), (revision,) if revision else ()
    return *release_key(match), ()


def against(version: str, bound: str) -> int | None:
    """How a component's version sorts against an advisory's: the revision counts if that one has one."""
    left, right = parse(version), parse(bound)
    if left is None or right is None:
        return None
    if "-" not in bound.partition("+")[0]:
        left = (*left[:2], ())
    elif right[1:] == _RELEASED and left[0] == right[0] and left[1] != right[1]:
        return 0  # a pre-release of `1.24.0-0`
    return int(left > right) - int(left < right)
