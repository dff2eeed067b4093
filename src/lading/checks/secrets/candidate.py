"""A text that looks like a secret of some kind, and what a closer look at it says."""

from msgspec import Struct

from lading.checks.secrets.rule import Rule
from lading.model.advisory import SeverityLabel


class Candidate(Struct, frozen=True):
    """A match of a rule's pattern: the secret lies in `data` from `start` up to `end`, in a file at `path`."""

    rule: Rule
    data: bytes
    start: int
    end: int
    path: str

    @property
    def value(self) -> bytes:
        """The text that would be the secret."""
        return self.data[self.start : self.end]


class Confirmed(Struct, frozen=True):
    """What a closer look says of a candidate: it lies in `data` from `start` up to `end`, and `value` is what of it is
    secret. `note` says what else is known, `severity` replaces the rule's where it is known to be more or less.
    `unreal` says why it is no secret of anybody though it has the form of one; empty for one that may be real."""

    start: int
    end: int
    value: bytes
    note: str = ""
    severity: SeverityLabel | None = None
    unreal: str = ""


def as_it_is(candidate: Candidate, note: str = "", unreal: str = "") -> Confirmed:
    """The candidate itself."""
    return Confirmed(candidate.start, candidate.end, candidate.value, note, unreal=unreal)
