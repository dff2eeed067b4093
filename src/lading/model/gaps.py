"""Gaps in what a result rests on: the kinds of packages that they are about, and the words that name those."""

import re
from typing import Final

from lading.model.diagnostic import Diagnostic

_BY_KIND: Final = frozenset({
    "advisories-missing", "distribution-unknown", "end-of-life", "group-unknown", "no-upstream", "other-repositories",
    "packages-unmatched", "version-not-comparable", "version-unknown",
})  # fmt: skip
"""The diagnostics about packages, or files of no package, of some kinds, which `where` names."""

NOT_MADE: Final = frozenset({"malware-no-rules"})
"""Remarks on checks that were asked for and could not be made as a whole: gaps under a gate."""


ARCHIVES: Final = "archives"
PROGRAMS: Final = "programs"
WINDOWS: Final = "windows"
FILES: Final = frozenset({ARCHIVES, PROGRAMS, WINDOWS})
"""The kinds of what belongs to no package; the last are those of Windows itself."""


def kinds_of(gap: Diagnostic) -> tuple[str, ...]:
    """The kinds of packages that a gap is about; none when it is about something else."""
    return tuple(filter(None, gap.where.split("; "))) if gap.code in _BY_KIND else ()


def words_of(kind: str) -> frozenset[str]:
    """The words that name a kind of package: its type, and all its words with hyphens between ("deb",
    "deb-debian-12")."""
    plain = re.sub(r"[^a-z0-9.]+", "-", kind.lower()).strip("-")
    return frozenset({plain, plain.partition("-")[0]})


def word_of(kind: str) -> str:
    """The shortest of those words."""
    return min(words_of(kind), key=len)
