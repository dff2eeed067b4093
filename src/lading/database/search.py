"""What a database knows of a vulnerability or a package."""

import re
from collections.abc import Iterable, Iterator
from typing import Final

from msgspec import Struct

from lading.advisories.store import ShardStore, spelled
from lading.database.opening import Database
from lading.match.families.red_hat import REPOSITORIES
from lading.match.groups import ecosystem_of
from lading.match.severities import choose_severity
from lading.model.advisory import Advisory, AdvisoryText, ShardName, text_about
from lading.model.names import advisory_name
from lading.model.search import KnownVulnerability, Mention, SearchResult

_VULNERABILITY: Final = re.compile(
    r"(?i:GHSA(?:-\w{4}){3})|(?i:CVE|GO|PYSEC|RUSTSEC|MAL|OSV|USN|DSA|DLA|DTSA|RHSA|RHBA|RHEA|ALAS\w*|ELSA|GLSA|RLSA|ALSA|SUSE-SU|FEDORA)"
    r"-[\w:.-]*\d[\w:.-]*|[A-Z][A-Z0-9-]*-[\d:.-]*\d[\w:.-]*"
)
_SCHEME_TYPES: Final = {"pacman": "alpm", "portage": "ebuild"}
"""The type of packages that a distribution's shard matches, by its version scheme where they are not called alike."""
_ALIASED: Final = ("GHSA-", "GO-", "PYSEC-", "RUSTSEC-", "MAL-", "OSV-")


def search(database: Database, query: str, package_type: str = "") -> SearchResult:
    """Everything that is known of a vulnerability (by any of its names, or that of an advisory on it) or of the
    vulnerabilities of a package. A package's name counts as each type of package spells it; `package_type` leaves out
    all others, and says that a package is meant. Raises AdvisoryError."""
    is_vulnerability = not package_type and _VULNERABILITY.fullmatch(query.strip()) is not None
    found = (
        _of_vulnerability(database, query) if is_vulnerability else _of_package(database, query.strip(), package_type)
    )
    mentions = tuple(sorted(found, key=lambda one: (one.advisory.package, one.shard, _newest_first(one))))
    names = {name for one in mentions for name in (one.advisory.id, *one.advisory.aliases)}
    if is_vulnerability:
        names.add(spelled(query))
    return SearchResult(
        query=spelled(query) if is_vulnerability else query.strip(),
        kind="vulnerability" if is_vulnerability else "package",
        database=database.set.digest,
        shards=len(database.set.shards),
        vulnerabilities=tuple(_facts(database, names)),
        mentions=mentions,
    )


class KnownName(Struct, frozen=True):
    """What a database knows by a name: the other `names` of the vulnerabilities that it stands for, sorted, and by
    shard the packages that have them."""

    names: tuple[str, ...] = ()
    packages: dict[str, tuple[str, ...]] = {}


def known_name(name: str, store: ShardStore) -> KnownName | None:
    """What the shards that are downloaded know of a vulnerability, or an advisory, by a name; None when none knows it.
    Raises AdvisoryError."""
    wanted = [spelled(name)]
    shards = [shard for shard in store.names() if shard != REPOSITORIES]
    found = {shard: held for shard in shards if (held := store.mentions(shard, wanted))}
    if not found:
        known = store.records(wanted)
        return KnownName() if known.exploited or known.epss or known.nvd else None
    every = (one for held in found.values() for advisories in held.values() for one in advisories)
    names = {other for one in every for other in (one.id, *one.aliases)} - set(wanted)
    return KnownName(tuple(sorted(names)), {shard: tuple(sorted(held)) for shard, held in found.items()})


def _of_vulnerability(database: Database, query: str) -> Iterator[Mention]:
    shards = [ShardName(one.shard) for one in database.set.shards if one.shard != REPOSITORIES]
    names = {spelled(query)}
    found = {shard: database.store.mentions(shard, names) for shard in shards}
    if query.strip().upper().startswith(_ALIASED):
        # Distributions know a vulnerability by its CVE only.
        flat = [one for held in found.values() for advisories in held.values() for one in advisories]
        more = {alias for one in flat for alias in (one.id, *one.aliases)} - names
        if more:
            found = {shard: database.store.mentions(shard, names | more) for shard in shards}
    for shard, held in found.items():
        yield from _mentions(database, shard, (one for advisories in held.values() for one in advisories))


def _of_package(database: Database, name: str, package_type: str) -> Iterator[Mention]:
    for one in database.set.shards:
        shard = ShardName(one.shard)
        kind = _type_of(shard, one.scheme)
        if package_type in ("", kind):
            for advisories in database.store.advisories(shard, {name, advisory_name(kind, name)}).values():
                yield from _mentions(database, shard, advisories)


def _mentions(database: Database, shard: ShardName, advisories: Iterable[Advisory]) -> Iterator[Mention]:
    held = list(advisories)
    if not held:
        return
    provenance = database.store.provenance(shard)
    kind = _type_of(shard, provenance.scheme if provenance else "")
    texts = database.store.texts(shard, {one.id for one in held})
    for one in held:
        yield Mention(
            shard=shard,
            type=kind,
            advisory=one,
            text=text_about(one.package, one.note, texts.get(one.id, ())) or AdvisoryText(one.id),
            severity=choose_severity(one.severities, shard),
        )


def _facts(database: Database, names: Iterable[str]) -> Iterator[KnownVulnerability]:
    known = database.store.records(names)
    for name in sorted({*known.exploited, *known.epss, *known.nvd}):
        yield KnownVulnerability(name, known.exploited.get(name), known.epss.get(name), known.nvd.get(name))


def _newest_first(mention: Mention) -> tuple[object, ...]:
    """Identifiers by the numbers in them, the highest first."""
    one = mention.advisory
    numbers = tuple(-int(part) for part in re.findall(r"\d{1,18}", one.id))
    return numbers, one.id, one.note, repr(one.condition)


def _type_of(shard: ShardName, scheme: str) -> str:
    return ecosystem_of(shard) or _SCHEME_TYPES.get(scheme, scheme)
