"""Which of several sources decides on one vulnerability in one package."""

from collections import defaultdict
from typing import Final

from lading.match.families.red_hat import dist_minor, is_fixed_in_own_stream
from lading.match.keys import SOURCE_ARCH
from lading.match.matching import Match


def deciding(group: list[Match]) -> list[Match]:
    """Those matches of one vulnerability that make it a finding; none when the package is free of it."""
    group = _without_placeholders(_without_withdrawn(group)) if len(group) > 1 else group
    if not group:
        return []
    if len(group) == 1:
        (only,) = group
        # A module is built several times for one release; each of the builds is a fix.
        several = len(only.advisory.ranges) > 1
        return [] if only.status == "not_affected" or (several and _is_fixed_in_own_stream(group)) else group
    left: list[Match] = []
    for rank in sorted({match.shard.rank for match in group}):
        of_rank = _nearest([match for match in group if match.shard.rank == rank])
        # Functions that are not in the program outweigh a record that knows only versions.
        if any(match.status == "not_affected" and match.reason for match in of_rank):
            return []
        speaking = [match for match in of_rank if match.status == "affected"]
        if speaking:
            return [] if _is_fixed_in_own_stream(of_rank) else speaking
        undetermined = [match for match in of_rank if match.status == "under_investigation"]
        if not all(_is_fixed_some_time(match) for match in of_rank):
            return undetermined
        # A lesser source may know since when.
        left = left or undetermined
    return left


def _without_withdrawn(group: list[Match]) -> list[Match]:
    """The matches without the records that were taken back, and the copies that lesser sources have of them: those all
    of whose names are such a record's."""
    taken_back = [one for one in group if one.advisory.state == "withdrawn"]
    if not taken_back:
        return group
    names = [(one.shard.rank, {one.advisory.id, *one.advisory.aliases}) for one in taken_back]
    return [
        one
        for one in group
        if one.advisory.state != "withdrawn"
        and not any(one.shard.rank > rank and {one.advisory.id, *one.advisory.aliases} <= own for rank, own in names)
    ]


def _without_placeholders(group: list[Match]) -> list[Match]:
    """The matches without those that know no bound, where another one does, of whatever source. Distributions mean it:
    what they do not bound is open in all of their versions. So do those who name what was made to do harm."""
    placeholders = [one for one in group if _is_placeholder(one)]
    if not placeholders or not any(_is_bounded(one) for one in group):
        return group
    return [one for one in group if not _is_placeholder(one)]


def _is_placeholder(match: Match) -> bool:
    advisory = match.advisory
    return (
        match.shard.scheme not in _SYSTEMS
        and advisory.kind == "vulnerability"
        and advisory.state in ("affected", "unbounded")
        and match.status != "not_affected"
        and any(span.is_open for span in advisory.ranges)
    )


def _is_bounded(match: Match) -> bool:
    advisory = match.advisory
    spans = advisory.ranges
    return advisory.state == "affected" and bool(spans or advisory.versions) and not any(one.is_open for one in spans)


_SYSTEMS: Final = frozenset({"alpm", "apk", "deb", "portage", "rpm"})
"""The schemes of distributions."""


def _is_fixed_some_time(match: Match) -> bool:
    """Whether upstream only says that a later version is free of the vulnerability, but not whether this one is."""
    advisory = match.advisory
    return match.status == "under_investigation" == advisory.state and any(span.fixed for span in advisory.ranges)


def _nearest(matches: list[Match]) -> list[Match]:
    """What is said of the installed package itself, where it is; what is said of its source else."""
    own = [match for match in matches if match.key.arch != SOURCE_ARCH]
    return own or matches


def _is_fixed_in_own_stream(matches: list[Match]) -> bool:
    """Whether a package built for a minor release is past the fixes for that release, whatever later ones need.

    Of the builds that one advisory names each is a fix. A further advisory for the same release repairs what the
    first had not; but for modules, where it may be about another stream.
    """
    version = matches[0].key.version
    own = dist_minor(version)
    if own is None:
        return False
    builds: dict[str, set[str]] = defaultdict(set)
    for match in matches:
        notice = "" if ".module" in version else match.advisory.note
        builds[notice].update(span.fixed for span in match.advisory.ranges if dist_minor(span.fixed) == own)
    concerned = [fixes for fixes in builds.values() if fixes]
    return bool(concerned) and all(is_fixed_in_own_stream(version, fixes) for fixes in concerned)
