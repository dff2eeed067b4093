"""How long the distributions' security teams speak about a release."""

from functools import cache
from pkgutil import get_data

import msgspec

from lading.model.advisory import Provenance


def support_ended(provenance: Provenance) -> str:
    """The day (ISO 8601) on which the release judged by a shard went out of support, empty when it was supported as
    the shard was built.

    Measured by the shard's dates, not by the clock, so that a shard always gives the same answer. Debian's day is the
    end of its long-term support, which the tracker covers. Facts: endoflife.date.
    """
    ended = _end_of_support().get(provenance.shard.removeprefix("osv-"), "")
    latest = max(provenance.upstream_date[:10], provenance.built[:10])
    return ended if ended and latest > ended else ""


@cache
def _end_of_support() -> dict[str, str]:
    table = get_data("lading.engine", "data/end_of_support.json") or b""
    return msgspec.json.decode(table, type=dict[str, str])
