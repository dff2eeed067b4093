"""One advisory against one build of a package."""

from typing import Final, Literal

from msgspec import Struct, structs

from lading.match.conditions import ImageContext, mismatch, unlinked
from lading.match.families.golang import contains_commit
from lading.match.families.oracle import is_same_flavour
from lading.match.families.red_hat import of_same_line
from lading.match.keys import MatchKey
from lading.model.advisory import Advisory, Range
from lading.model.golang import is_commit
from lading.versions.extremes import newest, oldest
from lading.versions.flavours import of_flavour
from lading.versions.ranges import contains
from lading.versions.schemes import compare, comparer

MatchStatus = Literal["affected", "under_investigation", "not_affected"]


class ShardContext(Struct, frozen=True):
    """A shard that packages are matched against: its name, its place among those for the same packages (0 is the best),
    the scheme of its versions."""

    name: str
    rank: int
    scheme: str


class Match(Struct, frozen=True):
    """What an advisory means for an installed version. `fixed` is empty where nothing newer is free of the
    vulnerability; `reason` says why a status is "under_investigation", or why a version that is inside the ranges is
    "not_affected" all the same. `shard` is the advisory's, `key` what was matched."""

    advisory: Advisory
    status: MatchStatus
    shard: ShardContext
    key: MatchKey
    fixed: str = ""
    reason: str = ""


def match_advisory(advisory: Advisory, key: MatchKey, shard: ShardContext, context: ImageContext) -> Match | None:
    """What an advisory says of a package known by `key`, None when the advisory does not speak of this build."""
    if _is_plainly_fixed(advisory, key, shard):
        return Match(advisory, "not_affected", shard, key)
    if (advisory.condition is not None or key.module != "") and mismatch(advisory, key, context):
        return None
    status, reason, fixed = _weigh(advisory, key, shard, context)
    if status is None:
        return None
    return Match(advisory, status, shard, key, fixed, reason)


def _is_plainly_fixed(advisory: Advisory, key: MatchKey, shard: ShardContext) -> bool:
    """Whether the one range of an advisory without conditions ends before the version: most advisories that there are
    on a package, so that nothing else is to be asked about them."""
    if advisory.condition is not None or advisory.versions or len(advisory.ranges) != 1:
        return False
    fixed = advisory.ranges[0].fixed
    if not fixed or fixed == "0" or shard.scheme == "rpm" or key.module != "" or advisory.state in _SAYS_OF_ALL:
        return False
    order = comparer(shard.scheme)(key.version, fixed)
    return order is not None and order >= 0


def _weigh(
    advisory: Advisory, key: MatchKey, shard: ShardContext, context: ImageContext
) -> tuple[MatchStatus | None, str, str]:
    """The outcome (None where the advisory is about builds of another flavour, or other versions alone), the reason
    and the fixed version."""
    if advisory.state == "withdrawn":
        return "not_affected", "", ""
    if advisory.state == "not_affected":
        # To the letter: some rules take "1.2+rebuilt.1" for the same version as "1.2".
        is_meant = not advisory.versions or key.version in advisory.versions
        return "not_affected" if is_meant else None, "", ""
    ranges = _ranges(advisory, key, shard)
    if ranges is None:
        return None, "", ""
    if advisory.state == "under_investigation" and not ranges and not advisory.versions:
        return "under_investigation", _undecided(shard), ""
    holds_commit = shard.scheme == "golang" and is_commit(key.version)
    inside = (
        contains_commit(key.version, ranges, advisory.versions)
        if holds_commit
        else contains(shard.scheme, key.version, ranges, advisory.versions)
    )
    if inside is False:
        return "not_affected", "", ""
    if missing := unlinked(advisory.condition, key, context):
        return "not_affected", missing, ""
    if inside is None:
        told = _beyond if holds_commit else _incomparable
        return "under_investigation", told(key.version, ranges, shard), ""
    if advisory.state == "unbounded":
        return "under_investigation", f"{shard.name} writes that every version is affected, and nobody which", ""
    if advisory.state == "under_investigation":
        return "under_investigation", _undecided(shard, ranges[0].fixed if ranges else ""), ""
    only = len(ranges) == 1 and not advisory.versions
    return "affected", "", ranges[0].fixed if only else _fix(shard.scheme, key.version, ranges)


def _ranges(advisory: Advisory, key: MatchKey, shard: ShardContext) -> tuple[Range, ...] | None:
    """The ranges that say something about the key, None when all of them are about builds of another flavour."""
    ranges = advisory.ranges
    # Upstreams write "fixed in 0" for "never affected"; Debian versions may sort below "0" (`0~git`).
    if "0" in [span.fixed for span in ranges]:
        ranges = tuple(span for span in ranges if span.fixed != "0")
    if shard.scheme == "maven":
        ranges = tuple(Range(*(of_flavour(key.version, bound) for bound in structs.astuple(span))) for span in ranges)
    if not key.epoch:
        ranges = tuple(Range(*map(_without_epoch, structs.astuple(span))) for span in ranges)
    if shard.scheme == "rpm" and any(not is_same_flavour(key.version, span.fixed) for span in ranges):
        ranges = tuple(span for span in ranges if is_same_flavour(key.version, span.fixed))
        if not ranges and not advisory.versions:
            return None
    return ranges


def _without_epoch(version: str) -> str:
    return version.rpartition(":")[2]


def _undecided(shard: ShardContext, fixed: str = "") -> str:
    if fixed:
        return f"{shard.name} says that {fixed} is free of it, but not which version was the first"
    return f"{shard.name} has not decided yet whether it is affected"


def _incomparable(version: str, ranges: tuple[Range, ...], shard: ShardContext) -> str:
    installed = f'the installed version "{version}"' if version else "the installed version is not known and"
    return f"{installed} cannot be compared by the {shard.scheme} rules with {_bounds(ranges)}"


_SAYS_OF_ALL: Final = ("not_affected", "withdrawn")
"""States of advisories whose ranges are not asked."""


def _fix(scheme: str, version: str, ranges: tuple[Range, ...]) -> str:
    """The end of the range that holds `version`, or for a version listed by name the next fix above it. Where another
    range begins before that end, it is the end of that one."""
    ends = {span.fixed for span in ranges if contains(scheme, version, (span,), ())}
    for _ in ranges:
        fixed = newest(scheme, ends - {""})
        further = {span.fixed for span in ranges if fixed and contains(scheme, fixed, (span,), ())}
        if not further:
            break
        ends = further
    if ends:
        return newest(scheme, of_same_line(version, ends - {""}) if scheme == "rpm" else ends - {""})
    above = {span.fixed for span in ranges if span.fixed and (compare(scheme, version, span.fixed) or 0) < 0}
    return oldest(scheme, above)


def _beyond(version: str, ranges: tuple[Range, ...], shard: ShardContext) -> str:
    return f'the installed version "{version}" is that of a commit, which may be older or newer than {_bounds(ranges)}'


def _bounds(ranges: tuple[Range, ...]) -> str:
    bounds = {bound for span in ranges for bound in structs.astuple(span) if bound}
    return " or ".join(f'"{bound}"' for bound in sorted(bounds)) or "the advisory's versions"
