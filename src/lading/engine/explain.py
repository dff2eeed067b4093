"""Why a flaw is reported in an image, or why it is not."""

from collections.abc import Iterable, Iterator, Mapping

from msgspec import Struct, structs

from lading import __version__
from lading.engine.judge import judge, known_wrong
from lading.engine.plan import Panel, owners_that_judge, panels_of
from lading.engine.surroundings import surroundings_of
from lading.match.conditions import Surroundings
from lading.match.reasons import reason
from lading.match.subjects import subjects_of
from lading.match.verdicts import Court
from lading.model.advisory import Advisory, AdvisoryText, Names, Provenance, ShardName
from lading.model.explanation import Explanation, Outcome, Reasoning, Silence
from lading.model.finding import Finding, Report
from lading.model.image import Image
from lading.model.package import Inventory, Package
from lading.model.ports import AdvisoryStore

SCHEMA = "https://lading.dev/schema/explanation-1.json"
_ORDER: tuple[Outcome, ...] = (
    "affected",
    "undetermined",
    "not-affected",
    "outvoted",
    "excluded",
    "other-build",
    "owned",
)


def explain(image: Image, inventory: Inventory, store: AdvisoryStore, id: str, wanted: str = "") -> Explanation:
    """What the scan of an image says of the flaw `id`, in packages whose name, source or package URL is `wanted` (all
    when it is empty). Raises AdvisoryError when a shard is corrupt."""
    report = judge(image, inventory, (), store)
    findings = tuple(one for one in report.findings if is_named(one, id) and _is_wanted(one.package, wanted))
    panels = (*panels_of(inventory), *panels_of(inventory, owned=True))
    shards = {shard: held for panel in panels for shard in panel.shards if (held := store.provenance(shard))}
    # The flaw goes by all names that the findings know it by.
    names = sorted({id, *(name for one in findings for name in (one.id, *one.aliases))})
    mentions = {shard: store.mentions(shard, names) for shard in sorted(shards)}
    owners = owners_that_judge(inventory)
    weigh = _Weighing(shards, mentions, owners, surroundings_of(image, inventory, store), store)
    reasons = [one for panel in panels for one in weigh.reasons(panel) if _is_wanted(one.package, wanted)]
    elsewhere: dict[str, tuple[str, ...]] = {shard: tuple(sorted(held)) for shard, held in mentions.items() if held}
    return Explanation(
        schema=SCHEMA,
        tool=f"lading {__version__}",
        image=image,
        distribution=inventory.distribution,
        id=id,
        findings=findings,
        reasons=tuple(sorted(_outvoted(reasons, findings), key=_rank)),
        shards={shard: held for shard, held in shards.items() if elsewhere.get(shard)},
        silence="" if reasons else _silence(elsewhere, report, inventory, wanted),
        elsewhere={} if reasons else elsewhere,
        unjudged=_unjudged(report),
        wanted=wanted,
    )


def is_named(finding: Finding, id: str) -> bool:
    """Whether a finding goes by a name, its own, another's or that of an advisory about it."""
    return id.upper() in {name.upper() for name in (finding.id, *finding.aliases, *finding.notices)}


def _is_wanted(package: Package, wanted: str) -> bool:
    return not wanted or wanted in (package.name, package.source, package.purl)


class _Weighing(Struct, frozen=True):
    """The advisories that mention a flaw, by shard and package, and what is needed to hold packages against them."""

    shards: dict[ShardName, Provenance]
    mentions: dict[ShardName, dict[str, tuple[Advisory, ...]]]
    owners: frozenset[str]
    around: Surroundings
    store: AdvisoryStore

    def reasons(self, panel: Panel) -> Iterator[Reasoning]:
        """Every advisory held against every package of a panel."""
        for place, name in enumerate(panel.shards):
            if self.mentions.get(name):
                court = Court(name, place, self.shards[name].scheme)
                for package in panel.packages:
                    yield from self._of_package(package, court, self.shards[name].names)

    def _of_package(self, package: Package, court: Court, names: Names) -> Iterator[Reasoning]:
        shard = ShardName(court.shard)
        for subject in subjects_of(package, names, self.around.vendors):
            for advisory in self.mentions[shard].get(subject.name, ()):
                outcome, compared = reason(advisory, subject, court, self.around)
                if package.owner in self.owners:
                    outcome = "owned"
                text = self.store.texts(shard, [advisory.id]).get(advisory.id, AdvisoryText(advisory.id))
                yield Reasoning(package, outcome, advisory, court.shard, compared, text.summary, text.url)


def _outvoted(reasons: Iterable[Reasoning], findings: Iterable[Finding]) -> Iterator[Reasoning]:
    """The reasons; one that speaks for a finding that there is not is known to be wrong, or overruled by a better
    source."""
    found = {finding.package.purl for finding in findings}
    for one in reasons:
        if one.outcome not in ("affected", "undetermined") or one.package.purl in found:
            yield one
        elif wrong := known_wrong(one.package, (one.advisory.id, *one.advisory.aliases), one.shard):
            yield structs.replace(one, outcome="excluded", compared=wrong)
        else:
            yield structs.replace(one, outcome="outvoted")


def _rank(one: Reasoning) -> tuple[object, ...]:
    package = one.package
    return _ORDER.index(one.outcome), package.name, package.version, package.arch, one.shard, one.advisory.id


def _silence(elsewhere: Mapping[str, tuple[str, ...]], report: Report, inventory: Inventory, wanted: str) -> Silence:
    if wanted and not any(_is_wanted(package, wanted) for package in inventory.packages):
        return "no-such-package"
    if elsewhere:
        return "other-packages" if wanted else "not-installed"
    return "no-data" if any(row.status == "no-data" for row in report.coverage) else "unknown-here"


def _unjudged(report: Report) -> tuple[str, ...]:
    return tuple(f"{row.ecosystem}: {row.note}" for row in report.coverage if row.status == "no-data")
