"""What the advisories at hand say of single packages: for who asks about many vulnerabilities at once."""

from collections.abc import Collection, Iterable, Sequence

from msgspec import Struct

from lading.match.conditions import ImageContext
from lading.match.keys import MatchKey, keys_by_shard
from lading.match.matching import Match, ShardContext, match_advisory
from lading.match.packages import AdvisoryLookup, MatchKeys, open_lookup
from lading.match.reasons import reason
from lading.model.advisory import Advisory, Provenance
from lading.model.explanation import Outcome
from lading.model.package import Package
from lading.model.ports import AdvisoryStore


class Weighed(Struct, frozen=True):
    """One advisory held against one package. `compared` says in words which comparison was made; `match` is None where
    the advisory is about other builds."""

    advisory: Advisory
    shard: ShardContext
    outcome: Outcome
    compared: str
    match: Match | None


class Weighing:
    """Packages of one kind and the shards that match them, the best first. Every advisory on them is read once."""

    def __init__(
        self, packages: Iterable[Package], shards: Sequence[Provenance], context: ImageContext, store: AdvisoryStore
    ) -> None:
        self.shards = tuple(shards)
        self._context = context
        self._keys: dict[str, MatchKeys] = {
            package.id: keys_by_shard(package, shards, context.vendors) for package in packages
        }
        self._lookup: AdvisoryLookup = open_lookup(self._keys.values(), shards, context, store)

    def weigh(self, package: Package, names: Collection[str]) -> list[Weighed]:
        """What is said of a package about a vulnerability with these names, the best shard first. The names that such
        advisories have for it count too."""
        every = self._advisories(package)
        wanted = set(names)
        for _ in range(2):
            wanted |= {
                name for one, _, _ in every if wanted & {one.id, *one.aliases} for name in (one.id, *one.aliases)
            }
        return [self._weigh(*one) for one in every if wanted & {one[0].id, one[0].note, *one[0].aliases}]

    def _advisories(self, package: Package) -> list[tuple[Advisory, MatchKey, ShardContext]]:
        return [
            (advisory, key, ShardContext(shard.shard, place, shard.scheme))
            for place, shard in enumerate(self.shards)
            for key in self._keys[package.id][place]
            for advisory in self._lookup.advisories[place].get(key.name, ())
        ]

    def _weigh(self, advisory: Advisory, key: MatchKey, shard: ShardContext) -> Weighed:
        outcome, compared = reason(advisory, key, shard, self._context)
        return Weighed(advisory, shard, outcome, compared, match_advisory(advisory, key, shard, self._context))
