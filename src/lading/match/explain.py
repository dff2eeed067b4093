"""Why a vulnerability is reported in an image, or why it is not."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

from msgspec import Struct, structs

from lading.match.conditions import ImageContext
from lading.match.context import image_context
from lading.match.coverage import available
from lading.match.exclusions import Exclusions
from lading.match.groups import PackageGroup, ecosystem_of, package_groups
from lading.match.inventory import Matched, MatchOptions, known_wrong, match_inventory
from lading.match.keys import match_keys
from lading.match.matching import ShardContext
from lading.match.ownership import standing_of
from lading.match.reasons import reason
from lading.match.standing import Standing
from lading.model.advisory import Advisory, AdvisoryText, Names, Provenance, ShardName, text_about
from lading.model.explanation import Explanation, Outcome, Reasoning, UnmatchedReason
from lading.model.finding import Finding
from lading.model.image import Image
from lading.model.names import advisory_name
from lading.model.package import Inventory, Package
from lading.model.ports import AdvisoryStore
from lading.model.properties import is_unpublished

_ORDER: tuple[Outcome, ...] = (
    "affected",
    "under_investigation",
    "not_affected",
    "overridden",
    "excluded",
    "other-build",
    "owned",
)


def explain_vulnerability(
    image: Image,
    inventory: Inventory,
    store: AdvisoryStore,
    options: MatchOptions,
    id: str,
    wanted: str = "",
    also: Collection[str] = (),
) -> Explanation:
    """What the scan of an image says of the vulnerability `id`, which goes by the names `also` too, in packages whose
    name, source or package URL is `wanted` (all when it is empty). Raises AdvisoryError when a shard is corrupt."""
    matched = match_inventory(image, inventory, (), store, options)
    ids = {id, *also}
    findings = tuple(
        one
        for one in matched.findings
        if one.is_open and any(is_named(one, name) for name in ids) and _is_wanted(one.package, wanted)
    )
    context = image_context(image, inventory, store, options.curated, options.read_functions)
    standing = standing_of(inventory, store, context)
    inventory = structs.replace(inventory, packages=standing.applied(inventory.packages))
    groups = (*package_groups(inventory, standing), *package_groups(inventory, standing, owned=True))
    by_group = [(group, available(group, store)) for group in groups]
    shards = {ShardName(held.shard): held for _, matching in by_group for held in matching}
    # The vulnerability goes by all names that the findings know it by.
    names = sorted({*ids, *(name for one in findings for name in (one.id, *one.aliases))})
    mentions = {shard: store.mentions(shard, names) for shard in sorted(shards)}
    # An advisory (DSA-…, ALSA-…) stands for the vulnerabilities that it is on, which other shards know by their names.
    more = {name for held in mentions.values() for found in held.values() for one in found for name in _names(one)}
    if more - set(names):
        mentions = {shard: store.mentions(shard, sorted({*names, *more})) for shard in sorted(shards)}
    weigh = _Weighing(mentions, standing, context, store)
    reasons = [one for group, by in by_group for one in weigh.reasons(group, by) if _is_wanted(one.package, wanted)]
    elsewhere: dict[str, tuple[str, ...]] = {shard: tuple(sorted(held)) for shard, held in mentions.items() if held}
    namesakes = _namesakes(inventory, elsewhere)
    unmatched_reason = "" if reasons else _unmatched_reason(elsewhere, matched, inventory, wanted)
    if unmatched_reason == "not-installed" and namesakes:
        unmatched_reason = "other-packages"
    return Explanation(
        image=image,
        distribution=inventory.distribution,
        id=id,
        findings=findings,
        reasons=tuple(sorted(_overridden(reasons, findings, options.curated.exclusions), key=_rank)),
        shards={shard: held for shard, held in shards.items() if elsewhere.get(shard)},
        unmatched_reason=unmatched_reason,
        elsewhere={} if reasons else elsewhere,
        unmatched=(*_unmatched(matched), *namesakes),
        wanted=wanted,
        packages=len(inventory.packages),
        asked=tuple(sorted(shards)),
    )


def _names(advisory: Advisory) -> tuple[str, ...]:
    return (advisory.id, *advisory.aliases)


def is_named(finding: Finding, id: str) -> bool:
    """Whether a finding goes by a name, its own, another's or that of an advisory about it."""
    return id.upper() in {name.upper() for name in (finding.id, *finding.aliases, *finding.notices)}


def _is_wanted(package: Package, wanted: str) -> bool:
    return not wanted or wanted in (package.name, package.source, package.purl)


class _Weighing(Struct, frozen=True):
    """The advisories that mention a vulnerability, by shard and package, and what is needed to hold packages against
    them."""

    mentions: dict[ShardName, dict[str, tuple[Advisory, ...]]]
    standing: Standing
    context: ImageContext
    store: AdvisoryStore

    def reasons(self, group: PackageGroup, shards: Sequence[Provenance]) -> Iterator[Reasoning]:
        """Every advisory held against every package of a group, which these shards match."""
        for place, held in enumerate(shards):
            if self.mentions.get(ShardName(held.shard)):
                shard = ShardContext(held.shard, place, held.scheme)
                for package in group.packages:
                    yield from self._of_package(package, shard, held.names)

    def _of_package(self, package: Package, shard: ShardContext, names: Names) -> Iterator[Reasoning]:
        name = ShardName(shard.name)
        for key in match_keys(package, names, self.context.vendors, shard.name):
            for advisory in self.mentions[name].get(key.name, ()):
                outcome, compared = reason(advisory, key, shard, self.context)
                if self._is_decided(package, advisory):
                    outcome = "owned"
                texts = self.store.texts(name, [advisory.id]).get(advisory.id, ())
                text = text_about(advisory.package, advisory.note, texts) or AdvisoryText(advisory.id)
                yield Reasoning(package, outcome, advisory, shard.name, compared, text.summary, text.url)

    def _is_decided(self, package: Package, advisory: Advisory) -> bool:
        """Whether the system package around a package decides in its place."""
        if package.owner and package.id in self.standing.covered:
            return True
        return self.standing.decides(package, (advisory.id, *advisory.aliases))


def _overridden(
    reasons: Iterable[Reasoning], findings: Iterable[Finding], exclusions: Exclusions
) -> Iterator[Reasoning]:
    """The reasons; one that speaks for a finding that there is not is known to be wrong, or overruled by a better
    source."""
    found = {finding.package.purl for finding in findings}
    for one in reasons:
        if one.outcome not in ("affected", "under_investigation") or one.package.purl in found:
            yield one
        elif wrong := known_wrong(one.package, (one.advisory.id, *one.advisory.aliases), one.shard, exclusions):
            yield structs.replace(one, outcome="excluded", compared=wrong)
        else:
            yield structs.replace(one, outcome="overridden")


def _rank(one: Reasoning) -> tuple[object, ...]:
    package = one.package
    return _ORDER.index(one.outcome), package.name, package.version, package.arch, one.shard, one.advisory.id


def _unmatched_reason(
    elsewhere: Mapping[str, tuple[str, ...]], matched: Matched, inventory: Inventory, wanted: str
) -> UnmatchedReason:
    if wanted and not any(_is_wanted(package, wanted) for package in inventory.packages):
        return "no-such-package"
    if elsewhere:
        return "other-packages" if wanted else "not-installed"
    return "no-data" if _unmatched(matched) else "unknown-here"


def _namesakes(inventory: Inventory, elsewhere: Mapping[str, tuple[str, ...]]) -> tuple[str, ...]:
    """What is to be said of packages that share the name of one with the vulnerability, and are others: they were never
    published, or are of another kind, such as a program that is called like a crate."""
    kinds: defaultdict[str, set[str]] = defaultdict(set)
    for shard, held in elsewhere.items():
        for name in held:
            kinds[name].add(ecosystem_of(ShardName(shard)))
    return tuple(filter(None, (_difference(one, kinds) for one in inventory.packages)))


def _difference(package: Package, kinds: Mapping[str, Collection[str]]) -> str:
    """Why a package is none of those of its name, which are of these kinds; empty where it may be one."""
    meant = kinds.get(advisory_name(package.type, package.name), ())
    if meant and is_unpublished(package):
        return f"{package.name} {package.version}: no registry ever had it, so that no advisory is about it"
    if not meant or "" in meant or package.type in meant:
        return ""
    named = f"{package.name} {package.version} ({package.type})".replace("  ", " ")
    return f"{named}: another kind of package than what is called so in {', '.join(sorted(meant))}"


def _unmatched(matched: Matched) -> tuple[str, ...]:
    return tuple(f"{row.kind}: {row.note}" for row in matched.coverage if row.status == "no-data" and row.packages)
