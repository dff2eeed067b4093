"""The dates of shards: what others wrote, so that one may be unreadable or lie in the future."""

from datetime import UTC, datetime, timedelta
from typing import Final

from lading.model.advisory import Provenance

SKEW: Final = timedelta(days=1)
"""How far another machine's clock may be ahead of this one's."""
UNKNOWN: Final = datetime.min.replace(tzinfo=UTC)


def parse_moment(text: str) -> datetime | None:
    """A day or a moment (ISO 8601, UTC where it does not say), None for what is neither."""
    try:
        moment = datetime.fromisoformat(text)
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def is_future(text: str, now: datetime) -> bool:
    """Whether a date has not come yet, by more than clocks differ."""
    moment = parse_moment(text)
    return moment is not None and moment > now + SKEW


def built(shard: Provenance, now: datetime) -> datetime:
    """When a shard was last compared with its source. One that does not say so, or that says it will be, is older than
    all others: nothing has to wait for its date to come."""
    moment = parse_moment(shard.built)
    return UNKNOWN if moment is None or moment > now + SKEW else moment


def is_newer(one: Provenance, other: Provenance, now: datetime) -> bool:
    """Whether a shard was compared with its source after another of the same name was."""
    return built(one, now) > built(other, now)
