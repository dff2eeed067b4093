"""From what Ubuntu's documents say of a vulnerability to advisories: one for each package of each pocket.

Where documents differ, the vulnerability's own record decides on the version of a fix; VEX knows more than the record
where there is no fix (not affected, why not fixed); a notice counts where neither speaks, and names the advisory and
the day of a fix. Ubuntu matches the packages of a release past its free support in Ubuntu Pro alone: what is said there
also goes for the archive's packages, but for the fix, which the archive does not get.

VEX alone names the newest version for a fix, not the first. A fix that comes to the archive after a release is
announced by a notice. Where one is named but not held, older builds are undetermined: a lesser source may know since
when. Where none is about the release, a release that is younger than the vulnerability had the fix from the start; of
an older one the earlier builds are affected, but for those since the fix.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cmp_to_key

from msgspec import structs

from lading.feeds.feed import Build
from lading.feeds.upstreams.ubuntu.pockets import archive_of
from lading.feeds.upstreams.ubuntu.statements import Claim, Statement, Statements
from lading.model.advisory import Advisory, AdvisoryText, Range, Severity
from lading.model.names import advisory_name
from lading.model.severities import word_severity
from lading.versions.schemes import compare

ABSENT = "component_not_present"
"""OpenVEX's word where a release does not have a package."""

_Key = tuple[str, str]
_ARCHIVE = re.compile(r"ubuntu-(\d{1,2})\.(\d\d)", re.ASCII)
_OPEN = frozenset(("affected", "under_investigation"))


def build_shards(statements: Statements, build: Build, prefix: str = "") -> None:
    """Writes the advisories on all vulnerabilities, into shards whose names begin with `prefix`."""
    for about in statements.by_vulnerability():
        text = _text(about)
        told = set()
        for shard, advisory in advisories_of(about):
            writer = build.shard(prefix + shard, "deb")
            if writer is None:
                continue
            writer.add(advisory)
            if shard not in told and advisory.state != "not_affected":
                told.add(shard)
                writer.add_text(text)


def advisories_of(statements: Sequence[Statement]) -> Iterator[tuple[str, Advisory]]:
    """(shard, advisory) for every package that the statements on one vulnerability speak of."""
    said: defaultdict[_Key, list[tuple[Statement, Claim]]] = defaultdict(list)
    for statement in statements:
        for claim in statement.claims:
            said[claim.shard, claim.package].append((statement, claim))
    statuses = {key: _status(told) for key, told in said.items()}
    statuses |= _of_archive(statuses)
    severities = tuple(dict.fromkeys(one for statement in statements for one in statement.severities))
    unheld = _unheld_notices(statements)
    published = min((one.published for one in statements if one.published and one.kind != "notice"), default="")
    for key, status in statuses.items():
        claim = _dated(status, published, is_noticed=bool(unheld))
        notice, day = _notice(claim, said.get(key, ()), unheld)
        fixed = claim.fixed or claim.repaired
        yield (
            claim.shard,
            Advisory(
                id=statements[0].vulnerability,
                package=advisory_name("deb", claim.package),
                state=claim.state,
                ranges=() if claim.state == "not_affected" else (Range(fixed=fixed),),
                severities=_severities(claim.priority, severities),
                note=notice,
                fix_date=day,
                remark=_remark(claim),
            ),
        )


def _status(said: Sequence[tuple[Statement, Claim]]) -> Claim:
    """Of what is said of one package in one pocket, what counts."""
    records = [claim for statement, claim in said if statement.kind == "record"]
    vex = sorted((claim for statement, claim in said if statement.kind == "vex"), key=lambda one: one.remark == ABSENT)
    # A notice on a regression repeats the vulnerabilities of the notice it repairs: the first fix counts.
    noticed = _earliest([claim for statement, claim in said if statement.kind == "notice"])
    fixed = _earliest([claim for claim in records if claim.fixed])
    if fixed is not None:
        return fixed
    if vex and not (vex[0].repaired and noticed is not None):
        priority = next((claim.priority for claim in records if claim.priority), vex[0].priority)
        return structs.replace(vex[0], priority=priority)
    if records and not vex and not (records[0].state == "under_investigation" and noticed is not None):
        return records[0]
    return noticed if noticed is not None else said[0][1]


def _earliest(claims: Iterable[Claim]) -> Claim | None:
    return min(claims, key=cmp_to_key(_compare_fixes), default=None)


def _compare_fixes(left: Claim, right: Claim) -> int:
    return compare("deb", left.fixed, right.fixed) or 0


def _of_archive(statuses: Mapping[_Key, Claim]) -> dict[_Key, Claim]:
    """What the statuses on Ubuntu Pro's packages mean for the archive's."""
    found: dict[_Key, Claim] = {}
    for (shard, package), pro in statuses.items():
        if not pro.service:
            continue
        key = archive_of(shard), package
        status = _archive_status(pro, statuses.get(key))
        if status is not None:
            found[key] = structs.replace(status, shard=key[0])
    return found


def _archive_status(pro: Claim, archive: Claim | None) -> Claim | None:
    """None when the archive's own status stands as it is."""
    fixed = pro.fixed or pro.repaired
    if archive is None:
        if pro.remark == ABSENT:
            return None
        remark = f"in Ubuntu Pro: {fixed}" if fixed else pro.remark
        return structs.replace(pro, fixed="", repaired="", service="", remark=remark)
    if archive.fixed or archive.repaired or archive.state == "not_affected":
        return None
    if fixed:
        state = "affected" if archive.state in _OPEN else archive.state
        return structs.replace(archive, state=state, remark=f"in Ubuntu Pro: {fixed}")
    if archive.state == "end_of_life" and pro.state == "not_affected" and pro.remark != ABSENT:
        # The archive's version was not looked at, but Ubuntu Pro's is built from it.
        return structs.replace(archive, state="not_affected", remark=pro.remark)
    return None


def _dated(claim: Claim, published: str, *, is_noticed: bool) -> Claim:
    """A fix in the archive of which only the newest version is known, weighed by when the vulnerability became known.
    `is_noticed` tells that there are notices on it that are not held."""
    match = _ARCHIVE.fullmatch(claim.shard)
    if claim.fixed or not claim.repaired or match is None:
        return claim
    if is_noticed:
        return structs.replace(claim, state="under_investigation")
    is_older = "" < published < f"20{int(match[1]):02}-{match[2]}"
    return structs.replace(claim, state="not_affected", repaired="") if is_older else claim


def _unheld_notices(statements: Sequence[Statement]) -> frozenset[str]:
    """The notices that a vulnerability's record names and of which there is no document."""
    named = {notice for statement in statements for notice in statement.notices}
    return frozenset(named - {statement.notice for statement in statements})


def _notice(claim: Claim, said: Sequence[tuple[Statement, Claim]], unheld: frozenset[str]) -> tuple[str, str]:
    """The notice that announced a fix, and its day. One that is only named counts when no other can be meant."""
    fixed = claim.fixed or claim.repaired
    if not fixed:
        return "", ""
    announced = [
        (statement.notice, statement.day) for statement, one in said if statement.notice and one.fixed == fixed
    ]
    if announced:
        return min(announced, key=lambda one: (one[0], not one[1]))
    return (min(unheld), "") if len(unheld) == 1 else ("", "")


def _remark(claim: Claim) -> str:
    if not claim.fixed and not claim.repaired:
        return claim.remark
    parts = (f"from {claim.service}" if claim.service else "", "" if claim.fixed else "perhaps fixed earlier")
    return ", ".join(filter(None, parts))


def _severities(priority: str, severities: tuple[Severity, ...]) -> tuple[Severity, ...]:
    own = word_severity(priority, "ubuntu")
    if own is None:
        return severities
    return (*(one for one in severities if one.source != "ubuntu"), own)


def _text(statements: Sequence[Statement]) -> AdvisoryText:
    """The words of the vulnerability's own record, or of what else speaks of it."""
    best = min(statements, key=lambda one: (not one.summary, ("record", "vex", "notice").index(one.kind), one.notice))
    return AdvisoryText(
        id=best.vulnerability, summary=best.summary, url=best.url, published=best.published, modified=best.modified
    )
