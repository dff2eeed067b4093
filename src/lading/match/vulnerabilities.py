"""The vulnerabilities of one package at one version, from everything that the shards say of it."""

from collections.abc import Iterable
from typing import Final

from msgspec import Struct

from lading.match.aliases import group_by_vulnerability, names_of
from lading.match.conditions import ImageContext
from lading.match.deciding import deciding
from lading.match.families.red_hat import is_reachable, of_same_line
from lading.match.matching import Match
from lading.match.titles import TextSource, source_of
from lading.model.advisory import Advisory, Severity
from lading.versions.extremes import newest


class Known(Struct, frozen=True):
    """What advisories on one vulnerability know of it, whatever version of the package is installed: its names, the one
    to show first; the advisories that upstreams wrote about it; ratings and weaknesses."""

    names: tuple[str, ...]
    notices: tuple[str, ...]
    severities: tuple[Severity, ...]
    cwes: tuple[str, ...]


class Vulnerability(Struct, frozen=True):
    """One vulnerability, whatever its names: the part of a finding that all binaries of a source package share. `match`
    is the one that decides, `others` are where the texts of the others stand. `unfixed` says why there is no fix."""

    match: Match
    known: Known
    fixed: str
    fix_date: str
    others: tuple[TextSource, ...] = ()
    unfixed: Advisory | None = None


class Statement(Struct, frozen=True):
    """That a package is free of a vulnerability that has these names."""

    match: Match
    names: tuple[str, ...]


class VulnerabilityReader:
    """Puts matches together, remembering what the advisories know, for they are met again and again."""

    def __init__(self, scheme: str, context: ImageContext) -> None:
        self._scheme = scheme
        self._stream = context.stream
        self._known: dict[tuple[int, ...], tuple[list[Advisory], Known]] = {}

    def vulnerabilities_of(self, matches: list[Match]) -> list[Vulnerability]:
        """What a package suffers from, by all matches of it.

        Of several shards the first that speaks of a vulnerability decides; the others add names, severities and
        weaknesses.
        """
        if all(match.status == "not_affected" for match in matches):
            return []
        groups = group_by_vulnerability(matches)
        return [self._vulnerability(speaking, group) for group in groups if (speaking := deciding(group))]

    def statements_of(
        self, matches: list[Match], found: Iterable[Vulnerability], *, by_vendor: bool
    ) -> list[Statement]:
        """What a package does not suffer from, where that is said of this very version: it is the one that fixed the
        vulnerability, or (`by_vendor`) its vendor states that it is not affected. `found` are its vulnerabilities."""
        stated = [match for match in matches if match.status == "not_affected" and _is_statement(match, by_vendor)]
        if not stated:
            return []
        suffered = {name for one in found for name in one.known.names}
        groups = group_by_vulnerability(stated)
        return [
            Statement(group[0], names)
            for group in groups
            if suffered.isdisjoint(names := names_of([match.advisory for match in group]))
        ]

    def _vulnerability(self, speaking: list[Match], group: list[Match]) -> Vulnerability:
        known = self._known_of(group)
        others = tuple(dict.fromkeys(map(source_of, group))) if len(group) > 1 else ()
        if len(speaking) == 1:
            (only,) = speaking
            fixed = only.fixed if is_reachable(only.fixed, self._stream) else ""
            date = only.advisory.fix_date if fixed or not only.fixed else ""
            return Vulnerability(only, known, fixed, date, others, None if fixed else _unfixed(only, group))
        # A version is free of the vulnerability when it is past every fix that an upstream names.
        fixes = {one.fixed for one in speaking if is_reachable(one.fixed, self._stream)} - {""}
        lined = of_same_line(speaking[0].key.version, fixes) if self._scheme == "rpm" else fixes
        fixed = newest(self._scheme, lined)
        dates = [one.advisory.fix_date for one in speaking if one.fixed == fixed or not fixed]
        match = min(speaking, key=_precedence)
        unfixed = None if fixed else _unfixed(match, group)
        return Vulnerability(match, known, fixed, max(dates, default=""), others, unfixed)

    def _known_of(self, group: list[Match]) -> Known:
        key = tuple([id(match.advisory) for match in group])
        held = self._known.get(key)
        if held is None:
            advisories = [match.advisory for match in group]
            # The advisories are held too, so that none of the same number takes their place.
            held = self._known[key] = advisories, _known(advisories)
        return held[1]


def _is_statement(match: Match, by_vendor: bool) -> bool:
    advisory = match.advisory
    if advisory.state == "not_affected":
        return by_vendor
    version = match.key.version
    # Asked of every advisory that there ever was on a package: a generator would take twice as long.
    for span in advisory.ranges:  # noqa: SIM110
        if span.fixed == version:
            return True
    return False


def _known(advisories: list[Advisory]) -> Known:
    return Known(
        names=names_of(advisories),
        notices=_all(advisory.note for advisory in advisories if advisory.note),
        severities=tuple(dict.fromkeys(one for advisory in advisories for one in advisory.severities)),
        cwes=_all(cwe for advisory in advisories for cwe in advisory.cwes),
    )


def _unfixed(match: Match, group: Iterable[Match]) -> Advisory | None:
    """What a lesser source of the same distribution knows of why there is no fix, where the one that decides can only
    say "affected": Ubuntu's tracker of what its OSV records leave open."""
    if match.advisory.state != "affected" or match.status != "affected":
        return None
    finer = [
        one
        for one in group
        if one.status == "affected"
        and one.advisory.state in _FINER
        and one.shard.rank > match.shard.rank
        and one.shard.scheme == match.shard.scheme
    ]
    return min(finer, key=lambda one: one.shard.rank).advisory if finer else None


_FINER: Final = ("minor", "deferred", "wont_fix", "end_of_life")


def _precedence(match: Match) -> tuple[bool, bool, str, str]:
    """Upstream's plain "affected" before its reasons not to act, the CVE before other names."""
    advisory: Advisory = match.advisory
    return advisory.state != "affected", not advisory.id.startswith("CVE-"), advisory.id, advisory.note


def _all(words: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted(set(words)))
