"""What is said of rpm packages, as advisories: everything that is equal is said once.

A document names each build of a package in each product: `perf-0:4.18.0-553.el8_10.x86_64` in BaseOS and again in each
of a dozen update streams. One advisory stands for all architectures and products that have the same fix.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator

from msgspec import Struct

from lading.feeds.upstreams.redhat.products import HARDENED
from lading.feeds.upstreams.redhat.statements import Notice, Statement, VulnerabilityInfo
from lading.model.advisory import Advisory, Condition, Range, State
from lading.versions.extremes import newest, oldest

# Packages without code of their own.
_DEBUG = ("-debuginfo", "-debugsource", "-debuginfo-common")


class _Package(Struct, frozen=True):
    shard: str
    name: str
    module: str


class _Word(Struct, frozen=True):
    """What one advisory says: a fix, or the state a package stays in."""

    severity: str
    version: str = ""
    notice: Notice = Notice()
    state: State = "affected"


_Places = dict[tuple[str, str], _Word]
"""What is said by product and architecture."""


def package_advisories(
    vulnerability: VulnerabilityInfo, statements: Iterable[Statement]
) -> Iterator[tuple[str, Advisory]]:
    """(shard, advisory) of everything that `statements` say of rpm packages."""
    fixes: dict[tuple[_Package, str], _Places] = defaultdict(dict)
    standing: dict[_Package, _Places] = defaultdict(dict)
    for statement in statements:
        component = statement.component
        if component.kind not in ("rpm", "named") or component.name.endswith(_DEBUG):
            continue
        if statement.state == "not_affected" and len(statement.shards) > 1:
            continue  # of a product for no release in particular: it silences nothing
        for shard in statement.shards:
            package = _Package(shard, component.name, component.module)
            if statement.fixed:
                _add_fix(fixes[package, statement.notice.id], statement)
            else:
                arch = "src" if component.arch == "src" else "binary"
                word = _Word(statement.word, state=statement.state)
                standing[package].setdefault((statement.cpe, arch), word)
    repaired = {(package, cpe) for (package, _), places in fixes.items() for cpe, _ in places}
    for (package, _), places in fixes.items():
        yield from _advisories(vulnerability, package, places)
    for package, places in standing.items():
        # Of another build of the same package: the fix tells from which one on.
        left = {
            place: word
            for place, word in places.items()
            if word.state != "not_affected" or (package, place[0]) not in repaired
        }
        yield from _advisories(vulnerability, package, left)


def _add_fix(places: _Places, statement: Statement) -> None:
    """An update of a module has several builds of a package that differ only in a hash at the end of the release, for
    several contexts: the least counts, so that none of them looks older than the fix."""
    component = statement.component
    place = (statement.cpe, component.arch)
    version = component.version
    before = places.get(place)
    if before is not None and before.version != version:
        choose = oldest if statement.notice.id else newest
        version = choose("rpm", (before.version, version))
    places[place] = _Word(statement.word, version, statement.notice)


def _advisories(vulnerability: VulnerabilityInfo, package: _Package, places: _Places) -> Iterator[tuple[str, Advisory]]:
    by_word: dict[_Word, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    for (cpe, arch), word in places.items():
        by_word[word][cpe].add(arch)
    for word, arches_of in by_word.items():
        cpes_of: dict[tuple[str, ...], list[str]] = defaultdict(list)
        for cpe, arches in arches_of.items():
            cpes_of[tuple(sorted(arches - {""}))].append(cpe)
        for same, cpes in cpes_of.items():
            yield package.shard, _advisory(vulnerability, package, word, same, cpes)


def _advisory(
    vulnerability: VulnerabilityInfo, package: _Package, word: _Word, arches: tuple[str, ...], cpes: list[str]
) -> Advisory:
    free = word.state == "not_affected"
    condition = Condition(
        arches=() if arches == ("binary", "src") else arches,
        module=package.module,
        cpes=() if package.shard == HARDENED else tuple(sorted(cpes)),
    )
    return Advisory(
        id=vulnerability.id,
        package=package.name,
        state=word.state,
        ranges=() if word.state in ("not_affected", "under_investigation") else (Range(fixed=word.version),),
        severities=() if free else vulnerability.severities(word.severity),
        note=word.notice.id,
        condition=condition if condition != Condition() else None,
        fix_date=word.notice.date,
        cwes=() if free else vulnerability.cwes,
    )
