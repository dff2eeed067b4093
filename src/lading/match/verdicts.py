"""One advisory against one build of a package."""

from typing import Literal

from msgspec import Struct, structs

from lading.match.conditions import Surroundings, mismatch, unlinked
from lading.match.subjects import Subject
from lading.model.advisory import Advisory, Range
from lading.versions.extremes import newest, oldest
from lading.versions.ranges import contains
from lading.versions.schemes import compare, comparer

Outcome = Literal["affected", "undetermined", "not-affected"]
_FLAVOURS = ("ksplice", "fips", ".cloud")


class Judgement(Struct, frozen=True):
    """What an advisory means for an installed version. `fixed` is empty where nothing newer is free of the flaw;
    `reason` says why a verdict is "undetermined", or why a version that is inside the ranges is "not-affected" all the
    same. `shard` is the name of the advisory's shard and `rank` its place among those that judge the package. `subject`
    is what was judged."""

    advisory: Advisory
    verdict: Outcome
    fixed: str = ""
    reason: str = ""
    shard: str = ""
    rank: int = 0
    subject: Subject = Subject("", "")


class Court(Struct, frozen=True):
    """A shard that judges: its name, its place among those that judge the same packages, the scheme of its versions."""

    shard: str
    rank: int
    scheme: str


def judge(advisory: Advisory, subject: Subject, court: Court, around: Surroundings) -> Judgement | None:
    """The judgement of a subject, None when the advisory does not speak of this build."""
    if _is_plainly_fixed(advisory, subject, court):
        return Judgement(advisory, "not-affected", "", "", court.shard, court.rank, subject)
    if (advisory.condition is not None or subject.module != "") and mismatch(advisory, subject, around):
        return None
    verdict, reason, fixed = _weigh(advisory, subject, court, around)
    if verdict is None:
        return None
    return Judgement(advisory, verdict, fixed, reason, court.shard, court.rank, subject)


def _is_plainly_fixed(advisory: Advisory, subject: Subject, court: Court) -> bool:
    """Whether the one range of an advisory without conditions ends before the version: most advisories that there are
    on a package, so that nothing else is to be asked about them."""
    if advisory.condition is not None or advisory.versions or len(advisory.ranges) != 1:
        return False
    fixed = advisory.ranges[0].fixed
    if not fixed or fixed == "0" or court.scheme == "rpm" or subject.module != "" or advisory.state == "not-affected":
        return False
    order = comparer(court.scheme)(subject.version, fixed)
    return order is not None and order >= 0


def _weigh(advisory: Advisory, subject: Subject, court: Court, around: Surroundings) -> tuple[Outcome | None, str, str]:
    """The outcome (None where the advisory is about builds of another flavour, or other versions alone), the reason
    and the fixed version."""
    if advisory.state == "not-affected":
        # To the letter: some rules take "1.2+rebuilt.1" for the same version as "1.2".
        is_meant = not advisory.versions or subject.version in advisory.versions
        return "not-affected" if is_meant else None, "", ""
    ranges = _ranges(advisory, subject, court)
    if ranges is None:
        return None, "", ""
    if advisory.state == "undetermined" and not ranges and not advisory.versions:
        return "undetermined", _undecided(court), ""
    inside = contains(court.scheme, subject.version, ranges, advisory.versions)
    if inside is False:
        return "not-affected", "", ""
    if missing := unlinked(advisory.condition, subject, around):
        return "not-affected", missing, ""
    if inside is None:
        return "undetermined", _incomparable(subject.version, ranges, court), ""
    if advisory.state == "undetermined":
        return "undetermined", _undecided(court, ranges[0].fixed if ranges else ""), ""
    only = len(ranges) == 1 and not advisory.versions
    return "affected", "", ranges[0].fixed if only else _fix(court.scheme, subject.version, ranges)


def _ranges(advisory: Advisory, subject: Subject, court: Court) -> tuple[Range, ...] | None:
    """The ranges that say something about the subject, None when all of them are about builds of another flavour."""
    ranges = advisory.ranges
    # Upstreams write "fixed in 0" for "never affected"; Debian versions may sort below "0" (`0~git`).
    if "0" in [span.fixed for span in ranges]:
        ranges = tuple(span for span in ranges if span.fixed != "0")
    if not subject.epoch:
        ranges = tuple(Range(*map(_without_epoch, structs.astuple(span))) for span in ranges)
    if court.scheme == "rpm" and any(not _is_same_flavour(subject.version, span.fixed) for span in ranges):
        ranges = tuple(span for span in ranges if _is_same_flavour(subject.version, span.fixed))
        if not ranges and not advisory.versions:
            return None
    return ranges


def _is_same_flavour(version: str, fixed: str) -> bool:
    """Oracle's ksplice and FIPS builds and those of Rocky Linux's cloud group have version lines of their own, that say
    nothing about ordinary builds."""
    return not fixed or fixed == version or all((word in version) == (word in fixed) for word in _FLAVOURS)


def _without_epoch(version: str) -> str:
    return version.rpartition(":")[2]


def _undecided(court: Court, fixed: str = "") -> str:
    if fixed:
        return f"{court.shard} says that {fixed} is free of it, but not which version was the first"
    return f"{court.shard} has not decided yet whether it is affected"


def _incomparable(version: str, ranges: tuple[Range, ...], court: Court) -> str:
    installed = f'the installed version "{version}"' if version else "the installed version is not known and"
    return f"{installed} cannot be compared by the {court.scheme} rules with {_bounds(ranges)}"


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
    bounds = {
        bound for span in ranges for bound in (span.introduced, span.after, span.fixed, span.last_affected) if bound
    }
    return " or ".join(f'"{bound}"' for bound in sorted(bounds)) or "the advisory's versions"
