"""The checks that no condition on one fact could state, by ID."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Final

from lading.checks.config.facts import PlacedFact
from lading.model.checks import Case

Find = Callable[[Case, Sequence[PlacedFact]], Iterator[PlacedFact]]


def _unowned_modes(case: Case, facts: Sequence[PlacedFact]) -> Iterator[PlacedFact]:
    """Programs that run with the rights of another user or group, or with capabilities, and that no package owns."""
    for placed in facts:
        if placed.fact.kind != "file" or placed.file is None or placed.file.owner:
            continue
        if placed.fact.values.get("privileged"):
            yield placed


CHECKS: Final[Mapping[str, Find]] = {
    "setuid-unowned": _unowned_modes,
}
