"""The flaws of one package at one version, from everything that the shards say of it."""

from collections.abc import Iterable

from msgspec import Struct

from lading.match.aliases import group_by_flaw, names_of
from lading.match.verdicts import Judgement
from lading.model.advisory import Advisory, Severity
from lading.versions.extremes import newest


class Known(Struct, frozen=True):
    """What advisories on one flaw know of it, whatever version of the package is installed: its names, the one to show
    first; the advisories that upstreams wrote about it; ratings and weaknesses."""

    names: tuple[str, ...]
    notices: tuple[str, ...]
    severities: tuple[Severity, ...]
    cwes: tuple[str, ...]


class Flaw(Struct, frozen=True):
    """One flaw, whatever its names: the part of a finding that all binaries of a source package share. `judgement` is
    the one that decides."""

    judgement: Judgement
    known: Known
    fixed: str
    fix_date: str


class FlawReader:
    """Puts judgements together, remembering what the advisories know, for they are met again and again."""

    def __init__(self, scheme: str) -> None:
        self._scheme = scheme
        self._known: dict[tuple[int, ...], tuple[list[Advisory], Known]] = {}

    def flaws_of(self, judgements: list[Judgement]) -> list[Flaw]:
        """What a package suffers from, by all judgements of it.

        Of several shards the first that speaks of a flaw decides; the others add names, severities and weaknesses.
        """
        if all(judgement.verdict == "not-affected" for judgement in judgements):
            return []
        flaws = []
        for group in group_by_flaw(judgements):
            speaking = deciding(group)
            if speaking:
                flaws.append(self._flaw(speaking, group))
        return flaws

    def _flaw(self, speaking: list[Judgement], group: list[Judgement]) -> Flaw:
        known = self._known_of(group)
        if len(speaking) == 1:
            (only,) = speaking
            return Flaw(only, known, only.fixed, only.advisory.fix_date)
        # A version is free of the flaw when it is past every fix that an upstream names.
        fixed = newest(self._scheme, {one.fixed for one in speaking} - {""})
        dates = [one.advisory.fix_date for one in speaking if one.fixed == fixed or not fixed]
        return Flaw(min(speaking, key=_precedence), known, fixed, max(dates, default=""))

    def _known_of(self, group: list[Judgement]) -> Known:
        key = tuple(id(judgement.advisory) for judgement in group)
        held = self._known.get(key)
        if held is None:
            advisories = [judgement.advisory for judgement in group]
            # The advisories are held too, so that none of the same number takes their place.
            held = self._known[key] = advisories, _known(advisories)
        return held[1]


def deciding(group: list[Judgement]) -> list[Judgement]:
    """Those judgements of one flaw that make it a finding; none when the package is free of it."""
    if len(group) == 1:
        return [] if group[0].verdict == "not-affected" else group
    for rank in sorted({judgement.rank for judgement in group}):
        of_rank = [judgement for judgement in group if judgement.rank == rank]
        # Functions that are not in the program outweigh a record that knows only versions.
        if any(judgement.verdict == "not-affected" and judgement.reason for judgement in of_rank):
            return []
        for verdict in ("affected", "undetermined"):
            speaking = [judgement for judgement in of_rank if judgement.verdict == verdict]
            if speaking:
                return speaking
        return []
    return []


def _known(advisories: list[Advisory]) -> Known:
    return Known(
        names=names_of(advisories),
        notices=_all(advisory.note for advisory in advisories if advisory.note),
        severities=tuple(dict.fromkeys(one for advisory in advisories for one in advisory.severities)),
        cwes=_all(cwe for advisory in advisories for cwe in advisory.cwes),
    )


def _precedence(judgement: Judgement) -> tuple[bool, bool, str, str]:
    """Upstream's plain "affected" before its reasons not to act, the CVE before other names."""
    advisory: Advisory = judgement.advisory
    return advisory.state != "affected", not advisory.id.startswith("CVE-"), advisory.id, advisory.note


def _all(words: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted(set(words)))
