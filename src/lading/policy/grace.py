"""Grace periods: so many days after a fix came out, a vulnerability fails nothing."""

from collections.abc import Sequence
from datetime import date, timedelta

from msgspec import Struct

from lading.model.rows import Row
from lading.policy.age import SKEW
from lading.policy.policy import Grace


class Waiting(Struct, frozen=True):
    """How many rows wait, and the last day on which all of them do (ISO 8601; empty where none has a fix yet)."""

    count: int = 0
    until: str = ""


def with_grace(rows: Sequence[Row], grace: Grace, today: date) -> tuple[list[Row], Waiting]:
    """The rows whose time is over, and how many wait. A severity with days of grace waits for its fix too: the days
    begin with it. A fix of unknown age, or of a day that lies in the future, is one of long ago, and what is no
    vulnerability does not wait."""
    failing, ends, count = [], [], 0
    for row in rows:
        end = _end(row, grace, today)
        if end is None or end < today:
            failing.append(row)
            continue
        count += 1
        if end != date.max:
            ends.append(end)
    return failing, Waiting(count, min(ends).isoformat() if ends else "")


def _end(row: Row, grace: Grace, today: date) -> date | None:
    """The last day of a row's grace; None without any."""
    days = grace.get(row.finding.severity.label)
    if days is None or row.finding.kind != "vulnerability":
        return None
    if not row.fixed_version:
        return date.max
    try:
        came_out = min(date.fromisoformat(one.fix_date) for one in row.findings if one.status == "affected")
        return came_out + timedelta(days=days) if came_out - today <= SKEW else None
    except (ValueError, OverflowError):
        return None
