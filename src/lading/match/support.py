"""How long the distributions' security teams speak about a release."""

from lading.match.coverage import provenances
from lading.match.life import life_of, product_of
from lading.model.advisory import Provenance, ShardName
from lading.model.distributions import end_of_support
from lading.model.package import Distribution
from lading.model.ports import AdvisoryStore

END_OF_LIFE = ShardName("endoflife")


def support_ended(shard: Provenance, distribution: Distribution | None, store: AdvisoryStore) -> str:
    """The day (ISO 8601) on which the release matched against a shard went out of free support, "an unknown day" where
    only the fact is known; empty when it was supported as the data was made.

    Measured by the dates of the data, not by the clock, so that a shard always gives the same answer. The shard
    "endoflife" tells, and the table of this program where that is not held. Raises AdvisoryError.
    """
    built_in = end_of_support(shard.shard)
    latest = max(shard.upstream_date[:10], shard.built[:10] if built_in else "")
    ended = built_in
    product = product_of(distribution) if distribution is not None else ""
    found = life_of(distribution, store.life_cycles([product])) if product and distribution is not None else None
    if found is not None:
        latest = max(latest, *(held.upstream_date[:10] for held in provenances([END_OF_LIFE], store)))
        ended = found[1].end
    if ended == "ended":
        return "an unknown day"
    return ended if ended and latest > ended else ""
