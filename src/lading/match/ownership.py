"""For what a distribution's word stands in the packages that its own list as theirs.

Whoever makes an image writes its package database, and a list of files costs them a line. So a list is a claim: it
silences nothing by itself. The distribution's word is taken where its advisories know a package that is made of the
software's name (lading.model.shipping) and that has its version, which is what the advisories then compare. Where an
image lies about more than that (a whole package of the distribution's in a version that it is not), it lies about the
system package itself.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from lading.match.conditions import ImageContext
from lading.match.coverage import available
from lading.match.groups import PackageGroup, package_groups
from lading.match.keys import MatchKey, keys_by_shard
from lading.match.matching import ShardContext, match_advisory
from lading.match.origin import says_foreign
from lading.match.packages import MatchKeys, open_lookup
from lading.match.standing import Standing
from lading.model.advisory import Advisory, Provenance
from lading.model.distributions import distribution_info
from lading.model.package import Distribution, Inventory, Package
from lading.model.ports import AdvisoryStore
from lading.model.properties import is_root
from lading.model.shipping import is_upstream_version, may_be_shipped, name_fit, own_programs, version_marks


def standing_of(inventory: Inventory, store: AdvisoryStore, context: ImageContext) -> Standing:
    """What the packages of an inventory are to its distribution, by the advisories at hand. Raises AdvisoryError."""
    distribution = inventory.distribution
    owned: dict[str, list[Package]] = defaultdict(list)
    for package in inventory.packages:
        if package.owner:
            owned[package.owner].append(package)
    said = {one.purl for one in inventory.packages if says_foreign(one, distribution)}
    asked = owned.keys() | said
    if distribution is None or not asked:
        return Standing()
    parts = [
        _Answers(group, asked, available(group, store), store, context)
        for group in package_groups(inventory)
        if group.system and not group.foreign and not asked.isdisjoint(one.purl for one in group.packages)
    ]
    foreign = said - {purl for part in parts for purl in part.known}
    own = own_programs(inventory)
    rows = [_Owners(part, owned, foreign, own, distribution).standing() for part in parts]
    return Standing(
        covered=frozenset().union(*(row.covered for row in rows)),
        decided={id: names for row in rows for id, names in row.decided.items()},
        verified=frozenset().union(*(row.verified for row in rows)),
        foreign=frozenset(foreign),
    )


class _Answers:
    """What a distribution's shards say of those of its packages that are asked about. `known` has, by package URL, the
    keys that there are advisories under; none of a package whose version was made newer than its software is by means
    that the advisories do not know (an epoch, `+really`)."""

    def __init__(
        self,
        group: PackageGroup,
        asked: Iterable[str],
        shards: Sequence[Provenance],
        store: AdvisoryStore,
        context: ImageContext,
    ) -> None:
        wanted = set(asked)
        self.packages = {one.purl: one for one in group.packages if one.purl in wanted}
        self._context = context
        self._shards = [ShardContext(one.shard, place, one.scheme) for place, one in enumerate(shards)]
        self._keys: dict[str, MatchKeys] = {
            purl: keys_by_shard(one, shards, context.vendors) for purl, one in self.packages.items()
        }
        self._held = open_lookup(set(self._keys.values()), shards, context, store).advisories
        self.known: Mapping[str, tuple[MatchKey, ...]] = {
            purl: known for purl in self._keys if (known := self._known(purl))
        }
        self.doubted = {purl for purl in self.known if not self._has_known_marks(purl)}

    def spoken(self, purl: str) -> frozenset[str]:
        """The names of the vulnerabilities that the advisories speak of for the build of a package."""
        names: set[str] = set()
        for advisory, key, shard in self._advisories(purl):
            if match_advisory(advisory, key, shard, self._context) is not None:
                names |= {advisory.id, *advisory.aliases}
        return frozenset(names)

    def _known(self, purl: str) -> tuple[MatchKey, ...]:
        keys = self._keys[purl]
        found = {key: None for place, held in enumerate(self._held) for key in keys[place] if key.name in held}
        return tuple(found)

    def _has_known_marks(self, purl: str) -> bool:
        bounds = {
            version_marks(bound)
            for advisory, _, _ in self._advisories(purl)
            for span in advisory.ranges
            for bound in (span.introduced, span.fixed, span.last_affected, span.before)
            if bound not in ("", "0")
        }
        epochs, really = ({""} | {mark[place] for mark in bounds} for place in (0, 1))
        marks = [version_marks(key.version) for key in self.known[purl]]
        return not bounds or all(epoch in epochs and before in really for epoch, before in marks)

    def _advisories(self, purl: str) -> Iterable[tuple[Advisory, MatchKey, ShardContext]]:
        for shard, keys, held in zip(self._shards, self._keys[purl], self._held, strict=True):
            for key in keys:
                for advisory in held.get(key.name, ()):
                    yield advisory, key, shard


class _Owners:
    """The packages of a distribution with what they list as theirs."""

    def __init__(
        self,
        answers: _Answers,
        owned: Mapping[str, Sequence[Package]],
        foreign: Iterable[str],
        own: frozenset[str],
        distribution: Distribution,
    ) -> None:
        self._answers = answers
        self._own = own
        unknown = set(foreign)
        self._owned = {purl: owned[purl] for purl in answers.packages if purl in owned and purl not in unknown}
        info = distribution_info(distribution.id)
        self._covers = info is None or info.publishes == "open"
        self._covered: set[str] = set()
        self._verified: set[str] = set()
        self._decided: dict[str, frozenset[str]] = {}
        self._names: dict[str, frozenset[str]] = {}

    def standing(self) -> Standing:
        """For what the distribution's word stands."""
        anchored: set[tuple[str, str]] = set()
        rest: list[tuple[str, Package, bool]] = []
        for purl, packages in self._owned.items():
            programs = {one.locations[0].path for one in packages if is_root(one) and self._fit(purl, one) == "same"}
            for package in packages:
                fit = self._fit(purl, package)
                if fit:
                    anchored.add(self._source(purl))
                if fit == "same" or _is_part(package, programs):
                    self._verify(purl, package)
                elif purl not in self._answers.known and package.id in self._own:
                    self._covered.add(package.id)
                else:
                    rest.append((purl, package, fit == "related"))
        for purl, package, is_related in rest:
            if (is_related or self._source(purl) in anchored) and _is_placed(package):
                self._decided[package.id] = self._spoken(purl)
        return Standing(frozenset(self._covered), self._decided, frozenset(self._verified))

    def _verify(self, purl: str, package: Package) -> None:
        self._verified.add(package.id)
        if self._covers or package.type == "generic":
            self._covered.add(package.id)
        else:
            self._decided[package.id] = self._spoken(purl)

    def _fit(self, purl: str, package: Package) -> str:
        """How a package fits what the advisories know its owner by: the name of one key, the versions of all."""
        keys = self._answers.known.get(purl, ())
        if not keys or purl in self._answers.doubted or not _is_placed(package):
            return ""
        kind = self._answers.packages[purl].type
        if not all(is_upstream_version(key.version, package, kind) for key in keys):
            return ""
        return name_fit(tuple(key.name for key in keys), package)

    def _spoken(self, purl: str) -> frozenset[str]:
        spoken = self._names.get(purl)
        if spoken is None:
            spoken = self._names[purl] = self._answers.spoken(purl)
        return spoken

    def _source(self, purl: str) -> tuple[str, str]:
        owner = self._answers.packages[purl]
        return owner.source or owner.name, owner.source_version or owner.version


def _is_part(package: Package, programs: Iterable[str]) -> bool:
    """Whether a package is linked into such programs, and into no others."""
    linked = package.evidence == "binary" and package.type in ("golang", "cargo")
    return linked and {location.path for location in package.locations} <= set(programs)


def _is_placed(package: Package) -> bool:
    return all(may_be_shipped(location.path) for location in package.locations)
