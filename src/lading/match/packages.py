"""Installed packages by the advisories of the shards that judge them."""

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence

from msgspec import Struct, structs

from lading.match.conditions import Surroundings
from lading.match.flaws import Flaw, FlawReader
from lading.match.severities import rank
from lading.match.subjects import Subject, subjects_of
from lading.match.verdicts import Court, Judgement, judge
from lading.model.advisory import Advisory, Provenance, Severity, ShardName
from lading.model.finding import Finding
from lading.model.package import Package
from lading.model.ports import AdvisoryStore

Subjects = tuple[tuple[Subject, ...], ...]
"""What one package is judged as, by shard."""


class Bench(Struct, frozen=True):
    """The shards that judge some packages, best first, with the advisories of those packages by shard and name."""

    shards: tuple[Provenance, ...]
    advisories: tuple[Mapping[str, tuple[Advisory, ...]], ...]
    around: Surroundings

    def judgements(self, subjects: Subjects) -> list[Judgement]:
        """Everything the shards say of a package."""
        found = []
        for place, (shard, held) in enumerate(zip(self.shards, self.advisories, strict=True)):
            court = Court(shard.shard, place, shard.scheme)
            for subject in subjects[place]:
                for advisory in held.get(subject.name, ()):
                    judgement = judge(advisory, subject, court, self.around)
                    if judgement is not None:
                        found.append(judgement)
        return found


Further = Callable[[Package, list[Judgement]], list[Judgement]]
"""More judgements of a package, told those that there are."""


def match_packages(
    packages: Iterable[Package],
    shards: Sequence[Provenance],
    around: Surroundings,
    store: AdvisoryStore,
    further: Further = lambda _, __: [],
) -> list[Finding]:
    """One finding per flaw and installed package, in no order and not rated yet. `shards` judge all the packages, best
    first.

    Raises AdvisoryError when a shard cannot be read.
    """
    alike: dict[Subjects, list[Package]] = defaultdict(list)
    for package in packages:
        alike[tuple(subjects_of(package, shard.names, around.vendors) for shard in shards)].append(package)
    bench = open_bench(alike, shards, around, store)
    reader = FlawReader(shards[0].scheme, around)
    found = []
    for subjects, members in alike.items():
        judgements = bench.judgements(subjects)
        judgements += further(members[0], judgements)
        found += [(flaw, members) for flaw in reader.flaws_of(judgements)]
    texts = _texts([flaw for flaw, _ in found], store)
    return [
        _finding(package, flaw, *texts.get((flaw.judgement.shard, flaw.judgement.advisory.id), ("", "")))
        for flaw, members in found
        for package in members
    ]


def open_bench(
    subjects: Iterable[Subjects], shards: Sequence[Provenance], around: Surroundings, store: AdvisoryStore
) -> Bench:
    """The shards with the advisories of these packages. Raises AdvisoryError."""
    every = list(subjects)
    held = tuple(
        store.advisories(ShardName(shard.shard), sorted({subject.name for one in every for subject in one[place]}))
        for place, shard in enumerate(shards)
    )
    return Bench(tuple(shards), held, around)


def finding_order(finding: Finding) -> tuple[object, ...]:
    """Sort key: what can be fixed first, then by risk and gravity; by package and id among equals."""
    package = finding.package
    return (
        finding.verdict != "affected",
        not finding.fixed_version,
        -finding.risk,
        finding.known_exploited is None,
        -rank(finding.severity.label),
        -finding.severity.score,
        package.source,
        package.name,
        package.type,
        package.version,
        package.arch,
        package.locations,
        _NUMBER.sub(lambda number: number[0].zfill(8), finding.id),
    )


_NUMBER = re.compile(r"\d+")
"""Padded, so that CVE-2023-9999 comes before CVE-2023-10000."""


def _texts(flaws: list[Flaw], store: AdvisoryStore) -> dict[tuple[str, str], tuple[str, str]]:
    """Summary and address by shard and advisory."""
    wanted: dict[str, set[str]] = defaultdict(set)
    for flaw in flaws:
        wanted[flaw.judgement.shard].add(flaw.judgement.advisory.id)
    return {
        (shard, id): (text.summary, text.url)
        for shard, ids in sorted(wanted.items())
        for id, text in store.texts(ShardName(shard), sorted(ids)).items()
    }


def _finding(package: Package, flaw: Flaw, summary: str, url: str) -> Finding:
    judgement, known = flaw.judgement, flaw.known
    advisory = judgement.advisory
    return Finding(
        id=known.names[0],
        package=structs.replace(package, files=()) if package.files else package,
        verdict="affected" if judgement.verdict == "affected" else "undetermined",
        state=advisory.state,
        kind=advisory.kind,
        severity=_UNRATED,
        advisory=advisory.id,
        shard=judgement.shard,
        fixed_version=flaw.fixed,
        fix_date=flaw.fix_date,
        aliases=known.names[1:],
        notices=known.notices,
        severities=known.severities,
        cwes=known.cwes,
        reason=judgement.reason,
        remark=advisory.remark,
        summary=summary,
        url=url,
    )


_UNRATED = Severity("unknown")
