"""Installed packages by the advisories of the shards that match them."""

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Final

from msgspec import Struct

from lading.match.conditions import ImageContext
from lading.match.keys import MatchKey, keys_by_shard
from lading.match.matching import Match, ShardContext, match_advisory
from lading.match.severities import rank
from lading.match.titles import Texts
from lading.match.vulnerabilities import Statement, Vulnerability, VulnerabilityReader
from lading.model.advisory import Advisory, Provenance, Range, ShardName, State
from lading.model.finding import Finding, FixState, MatchBasis, Status, Unresolved
from lading.model.package import Package
from lading.model.ports import AdvisoryStore
from lading.model.rebuilders import is_word_of
from lading.versions.ranges import contains

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
            for key in keys[place]:
                for advisory in held.get(key.name, ()):
                    match = match_advisory(advisory, key, shard, self.context)
                    if match is not None:
                        found.append(match)
            if any(key.name in held and is_word_of(shard.name, key.version) for key in keys[place]):
                break
        return found


Further = Callable[[Package, list[Match]], list[Match]]
"""More matches of a package, told those that there are."""


def match_packages(
    packages: Iterable[Package],
    shards: Sequence[Provenance],
    context: ImageContext,
    store: AdvisoryStore,
    further: Further = lambda _, __: [],
    *,
    by_vendor: bool = False,
) -> list[Finding]:
    """One finding per vulnerability and installed package, in no order and not rated yet. `shards` are those to match
    all the packages against, best first; `by_vendor` tells that they are the packages' own vendor's, whose statements
    that something is not affected count. Raises AdvisoryError when a shard cannot be read.
    """
    alike: dict[MatchKeys, list[Package]] = defaultdict(list)
    for package in packages:
        alike[keys_by_shard(package, shards, context.vendors)].append(package)
    lookup = open_lookup(alike, shards, context, store)
    reader = VulnerabilityReader(shards[0].scheme, context)
    found: list[tuple[Vulnerability, list[Package]]] = []
    stated: list[tuple[Statement, list[Package]]] = []
    for keys, members in alike.items():
        matches = lookup.matches(keys)
        matches += further(members[0], matches)
        open_ones = reader.vulnerabilities_of(matches)
        found += [(one, members) for one in open_ones]
        stated += [(one, members) for one in reader.statements_of(matches, open_ones, by_vendor=by_vendor)]
    texts = Texts([(one.match, one.others) for one, _ in found], store)
    findings = [
        _finding(package, one, *texts.of(one.match, one.others)) for one, members in found for package in members
    ]
    return findings + [_statement(package, one) for one, members in stated for package in members]


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
    """Sort key: what is affected first, then what can be fixed, then by risk and severity; by package and id among
    equals."""
    package = finding.package
    return (
        _STATUSES.index(finding.status),
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


_STATUSES: Final[Sequence[Status]] = ("affected", "under_investigation", "fixed", "not_affected")
_NUMBER: Final = re.compile(r"\d+")
"""Padded, so that CVE-2023-9999 comes before CVE-2023-10000."""


def _finding(package: Package, vulnerability: Vulnerability, summary: str, url: str) -> Finding:
    match, known = vulnerability.match, vulnerability.known
    advisory = match.advisory
    unresolved = _UNRESOLVED.get(advisory.state, "version")
    return Finding(
        id=known.names[0],
        package=package,
        status=match.status,
        basis=_basis(match),
        fix_state="fixed" if vulnerability.fixed else _FIX_STATES[(vulnerability.unfixed or advisory).state],
        fixed_version=vulnerability.fixed,
        fix_date=vulnerability.fix_date,
        note=advisory.remark or (vulnerability.unfixed.remark if vulnerability.unfixed is not None else ""),
        kind=advisory.kind,
        aliases=known.names[1:],
        notices=known.notices,
        severities=known.severities,
        cwes=known.cwes,
        unresolved=unresolved if match.status == "under_investigation" else "",
        reason=match.reason,
        summary=summary,
        url=url,
    )


def _statement(package: Package, stated: Statement) -> Finding:
    """That a package is free of a vulnerability: who says so, and no more."""
    match, names = stated.match, stated.names
    status: Status = "not_affected" if match.advisory.state == "not_affected" else "fixed"
    return Finding(names[0], package, status, _basis(match), aliases=names[1:], reason=match.advisory.remark)


def _basis(match: Match) -> MatchBasis:
    advisory, key, scheme = match.advisory, match.key, match.shard.scheme
    held = next((span for span in advisory.ranges if _speaks(scheme, key.version, span, match.status)), None)
    listed = key.version in advisory.versions
    return MatchBasis(match.shard.name, advisory.id, key.name, key.version, scheme, held, listed)


def _speaks(scheme: str, version: str, span: Range, status: Status) -> bool:
    """Whether a range is the one that decided: the version is inside, or it is the one that ends the range."""
    return span.fixed == version if status == "not_affected" else contains(scheme, version, (span,), ()) is not False


_FIX_STATES: Final[Mapping[State, FixState]] = {
    "affected": "not_fixed",
    "minor": "minor",
    "deferred": "deferred",
    "wont_fix": "wont_fix",
    "end_of_life": "end_of_life",
    "under_investigation": "unknown",
    "not_affected": "unknown",
    "unbounded": "unknown",
    "withdrawn": "unknown",
}
_UNRESOLVED: Final[Mapping[State, Unresolved]] = {"under_investigation": "upstream", "unbounded": "range"}
"""Why a status is under investigation, where it is not for the installed version."""
