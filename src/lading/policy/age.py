"""How old the data is that a report rests on: when it was last compared with its source, and its source's own date.

A report holds no clock; what is old is decided on a day.
"""

from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Final

from msgspec import Struct, structs

from lading.model.diagnostic import Diagnostic
from lading.model.diagnostics import diagnostic
from lading.model.report import DataSource, Report

DEFAULT_DAYS: Final = 5
"""Days since data was last compared with its source after which it is stale."""
SKEW: Final = timedelta(days=1)
"""What clocks and time zones make of it: a day after that lies in the future."""


class Ages(Struct, frozen=True):
    """What is to be said of the age of a report's data: `stale` of what a scan keeps up to date, which is a gap under a
    gate; `remarks` of sources that only add to it, and of data that was chosen by whoever scans."""

    stale: tuple[Diagnostic, ...] = ()
    remarks: tuple[Diagnostic, ...] = ()


def day_of(text: str) -> date | None:
    """The day (UTC) of a day or moment (ISO 8601), None for what is none."""
    try:
        moment = datetime.fromisoformat(text)
        return (moment.astimezone(UTC) if moment.tzinfo else moment).date()
    except (ValueError, OverflowError):
        return None


def ages_of(report: Report, today: date, most: int = DEFAULT_DAYS) -> Ages:
    """Which sources of a report are stale on a day: last compared with upstream more than `most` days ago; or with a
    date of upstream's that is older than upstream ever is, by as much. A date that lies in the future, or that cannot
    be read, says nothing: such data is stale too. The starter set and a database that was named are what was asked for,
    however old."""
    if report.starter:
        return Ages()
    sources = {source.shard: source for target in report.targets for row in target.coverage for source in row.sources}
    found = {name: why for name, one in sorted(sources.items()) if (why := _why(one, today, most))}
    if report.pinned:
        return Ages(remarks=(_exempt(len(found)),)) if found else Ages()
    best = {name: why for name, why in found.items() if not sources[name].lesser}
    lesser = {name: why for name, why in found.items() if sources[name].lesser}
    return Ages(tuple(structs.replace(one, level="incomplete") for one in _told(best)), tuple(_told(lesser)))


def as_remark(gap: Diagnostic) -> Diagnostic:
    """What is said of stale data where nothing is asked of it."""
    return diagnostic(gap.code, gap.message, gap.where)


def _told(found: Mapping[str, str]) -> Iterator[Diagnostic]:
    """One for all the sources of which the same is to be said."""
    for why in sorted(set(found.values())):
        yield diagnostic("data-stale", why, ", ".join(name for name, said in found.items() if said == why))


def _why(source: DataSource, today: date, most: int) -> str:
    return next(_reasons(source, today, most), "")


def _reasons(source: DataSource, today: date, most: int) -> Iterator[str]:
    confirmed = day_of(source.confirmed)
    if confirmed is None:
        yield "nothing says when it was last compared with upstream"
    elif confirmed - today > SKEW:
        yield f"last compared with upstream on {confirmed}, it says, which is in the future"
    elif (days := (today - confirmed).days) > most:
        yield f"last compared with upstream on {confirmed}, {days:,} days ago"
    upstream = day_of(source.upstream_date)
    if upstream is None:
        return
    if upstream - today > SKEW:
        yield f"upstream dates it {upstream}, which is in the future"
    elif source.interval and (days := (today - upstream).days) > source.interval + most:
        often = "every day" if source.interval == 1 else f"within {source.interval:,} days"
        yield f"data of {upstream}, {days:,} days old; news comes {often}"


def _exempt(count: int) -> Diagnostic:
    sources = "1 source is" if count == 1 else f"{count:,} sources are"
    return diagnostic("data-pinned", f"{sources} old; the age of a database that is named (--db) is not checked")
