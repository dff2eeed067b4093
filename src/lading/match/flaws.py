"""The flaws of one package at one version, from everything that the shards say of it."""

from collections.abc import Iterable

from msgspec import Struct

from lading.match.aliases import group_by_flaw, names_of
from lading.match.severities import choose_severity
from lading.match.verdicts import Judgement
from lading.model.advisory import Advisory, Kind, Severity, State
from lading.model.finding import Verdict
from lading.versions.extremes import newest


class Flaw(Struct, frozen=True):
    """One flaw, whatever its names: the part of a finding that all binaries of a source package share.

    `names` starts with the one to show; `advisory` is the id under which `shard` has upstream's text; `notices` are the
    advisories that upstreams wrote about it.
    """

    names: tuple[str, ...]
    advisory: str
    shard: str
    verdict: Verdict
    state: State
    kind: Kind
    fixed: str
    fix_date: str
    reason: str
    remark: str
    notices: tuple[str, ...]
    severity: Severity
    severities: tuple[Severity, ...]
    cwes: tuple[str, ...]


def flaws_of(judgements: list[Judgement], scheme: str) -> list[Flaw]:
    """What a package suffers from, by all judgements of it. `scheme` orders its versions.

    Of several shards the first that speaks of a flaw decides; the others add names, severities and weaknesses.
    """
    if all(judgement.verdict == "not-affected" for judgement in judgements):
        return []
    flaws = []
    for group in group_by_flaw(judgements):
        speaking = deciding(group)
        if speaking:
            flaws.append(_merge(speaking, group, scheme))
    return flaws


def deciding(group: list[Judgement]) -> list[Judgement]:
    """Those judgements of one flaw that make it a finding; none when the package is free of it."""
    if len(group) == 1:
        return [] if group[0].verdict == "not-affected" else group
    for rank in sorted({judgement.rank for judgement in group}):
        of_rank = [judgement for judgement in group if judgement.rank == rank]
        # Functions that are not in the program outweigh a record that knows only versions.
        if any(judgement.verdict == "not-affected" and judgement.reason for judgement in of_rank):
            return []
        for verdict in ("affected", "undetermined"):
            speaking = [judgement for judgement in of_rank if judgement.verdict == verdict]
            if speaking:
                return speaking
        return []
    return []


def _merge(speaking: list[Judgement], group: list[Judgement], scheme: str) -> Flaw:
    first = min(speaking, key=_precedence)
    advisories = [judgement.advisory for judgement in group]
    severities = tuple({severity: None for advisory in advisories for severity in advisory.severities})
    # A version is free of the flaw when it is past every fix that an upstream names.
    fixed = newest(scheme, {judgement.fixed for judgement in speaking} - {""})
    dates = [one.advisory.fix_date for one in speaking if one.advisory.fix_date and (one.fixed == fixed or not fixed)]
    return Flaw(
        names=names_of(advisories),
        advisory=first.advisory.id,
        shard=first.shard,
        verdict="affected" if first.verdict == "affected" else "undetermined",
        state=first.advisory.state,
        kind=first.advisory.kind,
        fixed=fixed,
        fix_date=max(dates, default=""),
        reason=first.reason,
        remark=first.advisory.remark,
        notices=_all(advisory.note for advisory in advisories if advisory.note),
        severity=choose_severity(severities, first.shard),
        severities=severities,
        cwes=_all(cwe for advisory in advisories for cwe in advisory.cwes),
    )


def _precedence(judgement: Judgement) -> tuple[bool, bool, str, str]:
    """Upstream's plain "affected" before its reasons not to act, the CVE before other names."""
    advisory: Advisory = judgement.advisory
    return advisory.state != "affected", not advisory.id.startswith("CVE-"), advisory.id, advisory.note


def _all(words: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted(set(words)))
