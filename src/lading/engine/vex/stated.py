"""What VEX documents come to for an image, while it is scanned and on results that were kept."""

from collections.abc import Sequence
from datetime import date

from msgspec import structs

from lading.engine.vex.gather import GatheredVex, NamedVex, gather_vex
from lading.engine.vex.subjects import subjects_of
from lading.model.package import FoundVex
from lading.model.report import Report, Target
from lading.policy.suppression import Suppressed
from lading.policy.vex import Statements


def with_vex(target: Target, lying: Sequence[FoundVex], named: NamedVex, attached: Sequence[FoundVex] = ()) -> Target:
    """A target with what documents state about its findings: those that the user names, those `lying` in the image, and
    those `attached` to it. Raises UsageError for one that cannot be read."""
    return _with(target, gather_vex(named, lying, subjects_of(target.image, target.packages), attached))


class NamedStatements:
    """The documents that the user names, as a Suppressor (lading.policy.suppression) for results that were kept, beside
    what was applied to them before."""

    def __init__(self, named: NamedVex) -> None:
        self._named = named
        # Those of a repository are read as far as they are about an image.
        together = not any(one.package for one in named.documents)
        self._gathered = gather_vex(named, ()) if together else None

    def suppress(self, report: Report, today: date) -> Suppressed:
        """As the port Suppressor says. Raises UsageError for a document that cannot be read."""
        targets = (
            with_vex(one, (), self._named) if self._gathered is None else _with(one, self._gathered)
            for one in report.targets
        )
        return Suppressed(structs.replace(report, targets=tuple(targets)))


def _with(target: Target, gathered: GatheredVex) -> Target:
    stated = Statements(gathered.documents).target(target)
    return structs.replace(stated, diagnostics=tuple(sorted({*stated.diagnostics, *gathered.diagnostics})))
