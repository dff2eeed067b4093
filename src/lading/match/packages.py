"""Installed packages by the advisories of the shards that match them."""

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence

from msgspec import Struct, structs

from lading.match.conditions import ImageContext
from lading.match.keys import MatchKey, match_keys
from lading.match.matching import Match, ShardContext, match_advisory
from lading.match.severities import rank
from lading.match.vulnerabilities import Vulnerability, VulnerabilityReader
from lading.model.advisory import Advisory, Provenance, Severity, ShardName
from lading.model.finding import Finding
from lading.model.package import Package
from lading.model.ports import AdvisoryStore

MatchKeys = tuple[tuple[MatchKey, ...], ...]
"""What one package is matched as, by shard."""


class AdvisoryLookup(Struct, frozen=True):
    """The shards that match some packages, best first, with the advisories of those packages by shard and name."""

    shards: tuple[Provenance, ...]
    advisories: tuple[Mapping[str, tuple[Advisory, ...]], ...]
    context: ImageContext

    def matches(self, keys: MatchKeys) -> list[Match]:
        """Everything the shards say of a package."""
        found = []
        for place, (provenance, held) in enumerate(zip(self.shards, self.advisories, strict=True)):
            shard = ShardContext(provenance.shard, place, provenance.scheme)
            for match_key in keys[place]:
                for advisory in held.get(match_key.name, ()):
                    match = match_advisory(advisory, match_key, shard, self.context)
                    if match is not None:
                        found.append(match)
        return found


Further = Callable[[Package, list[Match]], list[Match]]
"""More matches of a package, told those that there are."""


def match_packages(
    packages: Iterable[Package],
    shards: Sequence[Provenance],
    context: ImageContext,
    store: AdvisoryStore,
    further: Further = lambda _, __: [],
) -> list[Finding]:
    """One finding per vulnerability and installed package, in no order and not rated yet. `shards` match all the
    packages, best first.

    Raises AdvisoryError when a shard cannot be read.
    """
    alike: dict[MatchKeys, list[Package]] = defaultdict(list)
    for package in packages:
        alike[tuple(match_keys(package, shard.names, context.vendors) for shard in shards)].append(package)
    lookup = open_lookup(alike, shards, context, store)
    reader = VulnerabilityReader(shards[0].scheme, context)
    found = []
    for keys, members in alike.items():
        matches = lookup.matches(keys)
        matches += further(members[0], matches)
        found += [(vulnerability, members) for vulnerability in reader.vulnerabilities_of(matches)]
    texts = _texts([vulnerability for vulnerability, _ in found], store)
    return [
        _finding(
            package, vulnerability, *texts.get((vulnerability.match.shard, vulnerability.match.advisory.id), ("", ""))
        )
        for vulnerability, members in found
        for package in members
    ]


def open_lookup(
    keys: Iterable[MatchKeys], shards: Sequence[Provenance], context: ImageContext, store: AdvisoryStore
) -> AdvisoryLookup:
    """The shards with the advisories of these packages. Raises AdvisoryError."""
    every = list(keys)
    held = tuple(
        store.advisories(ShardName(shard.shard), sorted({key.name for one in every for key in one[place]}))
        for place, shard in enumerate(shards)
    )
    return AdvisoryLookup(tuple(shards), held, context)


def finding_order(finding: Finding) -> tuple[object, ...]:
    """Sort key: what can be fixed first, then by risk and severity; by package and id among equals."""
    package = finding.package
    return (
        finding.status != "affected",
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


def _texts(vulnerabilities: list[Vulnerability], store: AdvisoryStore) -> dict[tuple[str, str], tuple[str, str]]:
    """Summary and address by shard and advisory."""
    wanted: dict[str, set[str]] = defaultdict(set)
    for vulnerability in vulnerabilities:
        wanted[vulnerability.match.shard].add(vulnerability.match.advisory.id)
    return {
        (shard, id): (text.summary, text.url)
        for shard, ids in sorted(wanted.items())
        for id, text in store.texts(ShardName(shard), sorted(ids)).items()
    }


def _finding(package: Package, vulnerability: Vulnerability, summary: str, url: str) -> Finding:
    match, known = vulnerability.match, vulnerability.known
    advisory = match.advisory
    return Finding(
        id=known.names[0],
        package=structs.replace(package, files=()) if package.files else package,
        status="affected" if match.status == "affected" else "under_investigation",
        state=advisory.state,
        kind=advisory.kind,
        severity=_UNRATED,
        advisory=advisory.id,
        shard=match.shard,
        fixed_version=vulnerability.fixed,
        fix_date=vulnerability.fix_date,
        aliases=known.names[1:],
        notices=known.notices,
        severities=known.severities,
        cwes=known.cwes,
        reason=match.reason,
        remark=advisory.remark,
        summary=summary,
        url=url,
    )


_UNRATED = Severity("unknown")
