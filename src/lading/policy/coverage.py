"""What a gate cannot answer for: packages, programs and archives that were matched with nothing."""

import re
from collections import Counter
from collections.abc import Collection, Iterator
from typing import Final

from msgspec import structs

from lading.model.diagnostic import Diagnostic
from lading.model.diagnostics import diagnostic
from lading.model.gaps import ARCHIVES, NOT_MADE, PROGRAMS, WINDOWS, kinds_of, words_of
from lading.model.package import UnmanagedFile
from lading.model.report import Coverage, Target

EVERY: Final = "all"
"""The word that accepts every kind, and whatever else makes a result incomplete."""


def unmatched_kinds(target: Target, files: Collection[UnmanagedFile] | None = None) -> Iterator[Diagnostic]:
    """The kinds of packages in a target of which some were matched with nothing, and that no diagnostic makes
    incomplete already, then its programs and archives of no package: each is a gap under a gate. `files` are those that
    count, by default all of the target's."""
    told = {kind for one in target.diagnostics if one.level == "incomplete" for kind in kinds_of(one)}
    for row in target.coverage:
        if row.matched < row.packages and row.kind not in told:
            yield diagnostic("packages-unmatched", _text(row), row.kind)
    kinds = Counter(_kind(one) for one in (target.unmanaged if files is None else files))
    kinds[ARCHIVES] += target.unidentified
    for kind, (one, many) in _FILES.items():
        if kinds[kind]:
            yield diagnostic("packages-unmatched", one if kinds[kind] == 1 else f"{kinds[kind]:,} {many}", kind)


def unmade_checks(target: Target) -> list[Diagnostic]:
    """The checks of a target that were asked for and not made as a whole."""
    return [structs.replace(one, level="incomplete") for one in target.diagnostics if one.code in NOT_MADE]


def gaps_in(target: Target) -> list[Diagnostic]:
    """Everything in a target that a gate cannot answer for, but for the age of the data."""
    incomplete = (one for one in target.diagnostics if one.level == "incomplete")
    return [*incomplete, *unmatched_kinds(target), *unmade_checks(target)]


def is_accepted(gap: Diagnostic, accepted: Collection[str]) -> bool:
    """Whether a gap is about packages alone whose kinds are accepted, each by a word of its name or by all of them with
    hyphens between ("deb", "deb-debian-12")."""
    kinds = kinds_of(gap)
    return bool(kinds) and all(words_of(kind) & {*map(str.lower, accepted)} for kind in kinds)


_FILES: Final = {
    ARCHIVES: (
        "1 archive of no package was not matched: what is in it is not known",
        "archives of no package were not matched: what is in them is not known",
    ),
    PROGRAMS: (
        "1 program of no package was not matched: what it is made of is not known",
        "programs of no package were not matched: what they are made of is not known",
    ),
    WINDOWS: (
        "1 program of Windows itself was not matched: no upstream publishes advisories",
        "programs of Windows itself were not matched: no upstream publishes advisories",
    ),
}
_WINDOWS: Final = re.compile(r"(?:files/)?(?:windows|program files(?: \(x86\))?/windows[^/]*)/", re.IGNORECASE)


def _kind(file: UnmanagedFile) -> str:
    if _WINDOWS.match(file.path):
        return WINDOWS
    return ARCHIVES if file.is_archive else PROGRAMS


def _text(row: Coverage) -> str:
    left = row.packages - row.matched
    packages = "1 package" if row.packages == 1 else f"{row.packages:,} packages"
    were = "was" if left == 1 else "were"
    return f"{left:,} of {packages} {were} not matched{f': {row.note}' if row.note else ''}"
