"""The flaws of one package at one version, from everything that the shards say of it."""

from collections import defaultdict
from collections.abc import Iterable

from msgspec import Struct

from lading.match.aliases import group_by_flaw, names_of
from lading.match.conditions import Surroundings
from lading.match.products import dist_minor, is_fixed_in_own_stream, is_reachable
from lading.match.subjects import SOURCE_ARCH
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

    def __init__(self, scheme: str, around: Surroundings) -> None:
        self._scheme = scheme
        self._stream = around.stream
        self._known: dict[tuple[int, ...], tuple[list[Advisory], Known]] = {}

    def flaws_of(self, judgements: list[Judgement]) -> list[Flaw]:
        """What a package suffers from, by all judgements of it.

        Of several shards the first that speaks of a flaw decides; the others add names, severities and weaknesses.
        """
        if all(judgement.verdict == "not-affected" for judgement in judgements):
            return []
        groups = group_by_flaw(judgements)
        return [self._flaw(speaking, group) for group in groups if (speaking := deciding(group))]

    def _flaw(self, speaking: list[Judgement], group: list[Judgement]) -> Flaw:
        known = self._known_of(group)
        if len(speaking) == 1:
            (only,) = speaking
            fixed = only.fixed if is_reachable(only.fixed, self._stream) else ""
            return Flaw(only, known, fixed, only.advisory.fix_date if fixed or not only.fixed else "")
        # A version is free of the flaw when it is past every fix that an upstream names.
        fixes = {one.fixed for one in speaking if is_reachable(one.fixed, self._stream)} - {""}
        fixed = newest(self._scheme, fixes)
        dates = [one.advisory.fix_date for one in speaking if one.fixed == fixed or not fixed]
        return Flaw(min(speaking, key=_precedence), known, fixed, max(dates, default=""))

    def _known_of(self, group: list[Judgement]) -> Known:
        key = tuple([id(judgement.advisory) for judgement in group])
        held = self._known.get(key)
        if held is None:
            advisories = [judgement.advisory for judgement in group]
            # The advisories are held too, so that none of the same number takes their place.
            held = self._known[key] = advisories, _known(advisories)
        return held[1]


def deciding(group: list[Judgement]) -> list[Judgement]:
    """Those judgements of one flaw that make it a finding; none when the package is free of it."""
    if len(group) == 1:
        (only,) = group
        # A module is built several times for one release; each of the builds is a fix.
        several = len(only.advisory.ranges) > 1
        return [] if only.verdict == "not-affected" or (several and _is_fixed_in_own_stream(group)) else group
    left: list[Judgement] = []
    for rank in sorted({judgement.rank for judgement in group}):
        of_rank = _nearest([judgement for judgement in group if judgement.rank == rank])
        # Functions that are not in the program outweigh a record that knows only versions.
        if any(judgement.verdict == "not-affected" and judgement.reason for judgement in of_rank):
            return []
        speaking = [judgement for judgement in of_rank if judgement.verdict == "affected"]
        if speaking:
            return [] if _is_fixed_in_own_stream(of_rank) else speaking
        undetermined = [judgement for judgement in of_rank if judgement.verdict == "undetermined"]
        if not all(_is_fixed_some_time(judgement) for judgement in of_rank):
            return undetermined
        # A lesser source may know since when.
        left = left or undetermined
    return left


def _is_fixed_some_time(judgement: Judgement) -> bool:
    """Whether upstream only says that a later version is free of the flaw, but not whether this one is."""
    advisory = judgement.advisory
    return judgement.verdict == "undetermined" == advisory.state and any(span.fixed for span in advisory.ranges)


def _nearest(judgements: list[Judgement]) -> list[Judgement]:
    """What is said of the installed package itself, where it is; what is said of its source else."""
    own = [judgement for judgement in judgements if judgement.subject.arch != SOURCE_ARCH]
    return own or judgements


def _is_fixed_in_own_stream(judgements: list[Judgement]) -> bool:
    """Whether a package built for a minor release is past the fixes for that release, whatever later ones need.

    Of the builds that one advisory names each is a fix. A further advisory for the same release repairs what the
    first had not; but for modules, where it may be about another stream.
    """
    version = judgements[0].subject.version
    own = dist_minor(version)
    if own is None:
        return False
    builds: dict[str, set[str]] = defaultdict(set)
    for judgement in judgements:
        notice = "" if ".module" in version else judgement.advisory.note
        builds[notice].update(span.fixed for span in judgement.advisory.ranges if dist_minor(span.fixed) == own)
    concerned = [fixes for fixes in builds.values() if fixes]
    return bool(concerned) and all(is_fixed_in_own_stream(version, fixes) for fixes in concerned)


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
