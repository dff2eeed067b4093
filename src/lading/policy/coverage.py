"""What a gate cannot answer for: packages that were matched with nothing."""

import re
from collections.abc import Collection, Iterator
from typing import Final

from lading.model.diagnostic import Diagnostic
from lading.model.diagnostics import diagnostic
from lading.model.gaps import kinds_of, words_of
from lading.model.report import Coverage, Target

EVERY: Final = "all"
"""The word that accepts every kind, and whatever else makes a result incomplete."""


def unmatched_kinds(target: Target) -> Iterator[Diagnostic]:
    """The kinds of packages in a target of which some were matched with nothing, and that no diagnostic makes
    incomplete already: each is a gap under a gate. Windows' own programs are one, for nothing is known of them."""
    told = {kind for one in target.diagnostics if one.level == "incomplete" for kind in kinds_of(one)}
    for row in target.coverage:
        if row.matched < row.packages and row.kind not in told:
            yield diagnostic("packages-unmatched", _text(row), row.kind)
    windows = sum(_WINDOWS.match(one.path) is not None for one in target.unmanaged)
    if windows:
        programs = "1 program" if windows == 1 else f"{windows:,} programs"
        yield diagnostic("packages-unmatched", f"{programs} of Windows itself: no upstream is matched", WINDOWS)


def gaps_in(target: Target) -> list[Diagnostic]:
    """Everything in a target that a gate cannot answer for, but for the age of the data."""
    return [*(one for one in target.diagnostics if one.level == "incomplete"), *unmatched_kinds(target)]


def is_accepted(gap: Diagnostic, accepted: Collection[str]) -> bool:
    """Whether a gap is about packages alone whose kinds are accepted, each by a word of its name or by all of them with
    hyphens between ("deb", "deb-debian-12")."""
    kinds = kinds_of(gap)
    return bool(kinds) and all(words_of(kind) & {*map(str.lower, accepted)} for kind in kinds)


WINDOWS: Final = "windows"
_WINDOWS: Final = re.compile(r"(?:files/)?(?:windows|program files(?: \(x86\))?/windows[^/]*)/", re.IGNORECASE)


def _text(row: Coverage) -> str:
    left = row.packages - row.matched
    packages = "1 package" if row.packages == 1 else f"{row.packages:,} packages"
    were = "was" if left == 1 else "were"
    return f"{left:,} of {packages} {were} not matched{f': {row.note}' if row.note else ''}"
