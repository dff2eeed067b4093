"""Installed packages by the advisories of one shard."""

import re
from collections import defaultdict
from collections.abc import Iterable

from msgspec import Struct, structs

from lading.match.flaws import Flaw, flaws_of
from lading.match.quiet import quiet_reason
from lading.match.severities import rank
from lading.match.subjects import Subject, subject_of
from lading.model.advisory import AdvisoryText, KnownExploited, ShardName
from lading.model.finding import Finding
from lading.model.package import Package
from lading.model.ports import AdvisoryStore


def match_packages(
    packages: Iterable[Package], shard: ShardName, scheme: str, store: AdvisoryStore
) -> tuple[Finding, ...]:
    """One finding per flaw and installed package, in the order of `finding_order`.

    `scheme` orders the shard's versions. Raises AdvisoryError when the shard cannot be read.
    """
    installed: dict[Subject, list[Package]] = defaultdict(list)
    for package in packages:
        installed[subject_of(package)].append(structs.replace(package, files=()))
    advisories = store.advisories(shard, sorted({subject.name for subject in installed}))
    flaws = {
        subject: flaws_of(advisories.get(subject.name, ()), scheme, subject.version, shard) for subject in installed
    }
    context = _read_context([flaw for found in flaws.values() for flaw in found], shard, store)
    findings = (
        _finding(package, flaw, context)
        for subject, members in installed.items()
        for flaw in flaws[subject]
        for package in members
    )
    return tuple(sorted(findings, key=finding_order))


def finding_order(finding: Finding) -> tuple[object, ...]:
    """Sort key: what can be fixed first, then what is exploited, then the gravest; by package and id among equals."""
    package = finding.package
    return (
        finding.verdict != "affected",
        not finding.fixed_version,
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


class _Context(Struct, frozen=True):
    """What the store knows of the flaws beside their advisories."""

    shard: ShardName
    texts: dict[str, AdvisoryText]
    exploited: dict[str, KnownExploited]


def _read_context(flaws: list[Flaw], shard: ShardName, store: AdvisoryStore) -> _Context:
    return _Context(
        shard=shard,
        texts=store.texts(shard, sorted({flaw.advisory for flaw in flaws})),
        exploited=store.known_exploited(sorted({name for flaw in flaws for name in flaw.names})),
    )


def _finding(package: Package, flaw: Flaw, context: _Context) -> Finding:
    text = context.texts.get(flaw.advisory, AdvisoryText(flaw.advisory))
    exploited = [context.exploited[name] for name in flaw.names if name in context.exploited]
    return Finding(
        id=flaw.names[0],
        package=package,
        verdict=flaw.verdict,
        state=flaw.state,
        severity=flaw.severity,
        advisory=flaw.advisory,
        shard=context.shard,
        fixed_version=flaw.fixed,
        aliases=flaw.names[1:],
        severities=flaw.severities,
        known_exploited=exploited[0] if exploited else None,
        reason=flaw.reason,
        summary=text.summary,
        url=text.url,
        quiet=quiet_reason(package, flaw.verdict, flaw.state, flaw.severity.label, flaw.fixed),
    )
