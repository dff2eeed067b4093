"""The flaws of one source package at one version."""

from collections.abc import Iterable

from msgspec import Struct

from lading.match.aliases import group_by_flaw, names_of
from lading.match.severities import choose_severity
from lading.match.verdicts import Judgement, judge_version
from lading.model.advisory import Advisory, Severity, State
from lading.model.finding import Verdict
from lading.versions.extremes import newest


class Flaw(Struct, frozen=True):
    """One flaw, whatever its names: the part of a finding that all binaries of a source package share.

    `names` starts with the one to show; `advisory` is the id under which upstream's text is found.
    """

    names: tuple[str, ...]
    advisory: str
    verdict: Verdict
    state: State
    fixed: str
    reason: str
    severity: Severity
    severities: tuple[Severity, ...]


def flaws_of(advisories: Iterable[Advisory], scheme: str, version: str, shard: str) -> list[Flaw]:
    """What `version` of a package suffers from, by the advisories of that package."""
    judged = (judge_version(advisory, scheme, version, shard) for advisory in advisories)
    found = [judgement for judgement in judged if judgement is not None]
    return [_merge(group, scheme, shard) for group in group_by_flaw(found)]


def _merge(group: list[Judgement], scheme: str, shard: str) -> Flaw:
    affected = [judgement for judgement in group if judgement.verdict == "affected"]
    speaks = min(affected or group, key=_precedence)
    severities = {severity: None for judgement in group for severity in judgement.advisory.severities}
    return Flaw(
        names=names_of(judgement.advisory for judgement in group),
        advisory=speaks.advisory.id,
        verdict=speaks.verdict,
        state=speaks.advisory.state,
        # A version is free of the flaw when it is past every fix that an upstream names.
        fixed=newest(scheme, {judgement.fixed for judgement in affected} - {""}),
        reason=speaks.reason,
        severity=choose_severity(severities, shard),
        severities=tuple(severities),
    )


def _precedence(judgement: Judgement) -> tuple[bool, bool, str]:
    """Upstream's plain "affected" before its reasons not to act, the CVE before other names."""
    advisory = judgement.advisory
    return advisory.state != "affected", not advisory.id.startswith("CVE-"), advisory.id
