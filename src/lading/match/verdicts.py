"""One advisory against one version."""

from msgspec import Struct

from lading.model.advisory import Advisory, Range
from lading.model.finding import Verdict
from lading.versions.extremes import newest, oldest
from lading.versions.ranges import contains
from lading.versions.schemes import compare


class Judgement(Struct, frozen=True):
    """What an advisory means for an installed version. `fixed` is empty where nothing newer is free of the flaw;
    `reason` says why a verdict is "undetermined"."""

    advisory: Advisory
    verdict: Verdict
    fixed: str = ""
    reason: str = ""


def judge_version(advisory: Advisory, scheme: str, version: str, shard: str) -> Judgement | None:
    """The judgement of `version`, None when the advisory does not concern it."""
    if advisory.state == "not-affected":
        return None
    # Upstreams write "fixed in 0" for "never affected"; Debian versions may sort below "0" (`0~git`).
    ranges = tuple(span for span in advisory.ranges if span.fixed != "0")
    if advisory.state == "undetermined" and not ranges and not advisory.versions:
        return _undecided(advisory, shard)
    inside = contains(scheme, version, ranges, advisory.versions)
    if inside is None:
        reason = f'the installed version "{version}" cannot be compared by the {scheme} rules with {_bounds(ranges)}'
        return Judgement(advisory, "undetermined", reason=reason)
    if not inside:
        return None
    if advisory.state == "undetermined":
        return _undecided(advisory, shard)
    return Judgement(advisory, "affected", fixed=_fix(scheme, version, ranges))


def _undecided(advisory: Advisory, shard: str) -> Judgement:
    return Judgement(advisory, "undetermined", reason=f"{shard} has not decided yet whether it is affected")


def _fix(scheme: str, version: str, ranges: tuple[Range, ...]) -> str:
    """The end of the range that holds `version`, or for a version listed by name the next fix above it."""
    around = {span.fixed for span in ranges if contains(scheme, version, (span,), ())}
    if around - {""}:
        return newest(scheme, around - {""})
    if around:
        return ""
    above = {span.fixed for span in ranges if span.fixed and (compare(scheme, version, span.fixed) or 0) < 0}
    return oldest(scheme, above)


def _bounds(ranges: tuple[Range, ...]) -> str:
    bounds = {bound for span in ranges for bound in (span.introduced, span.fixed, span.last_affected) if bound}
    return " or ".join(f'"{bound}"' for bound in sorted(bounds)) or "the advisory's versions"
