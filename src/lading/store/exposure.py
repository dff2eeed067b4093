"""Which images of a store have a package or a vulnerability, by what, and what to build anew first."""

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final, Literal

from msgspec import Struct

from lading.model.exposure import Carried, ExposedImage, Exposure, Rebuild
from lading.model.image import Origin
from lading.store.connection import errors
from lading.store.result import unpack_counts
from lading.store.store import ResultStore

_VULNERABILITY: Final = re.compile(r"[A-Za-z][A-Za-z0-9]*-[\w:.-]*\d[\w:.-]*")
_MOST_UPGRADES: Final = 20
_Kind = Literal["vulnerability", "package"]


def exposure(store: ResultStore, query: str, version: str = "") -> Exposure:
    """The images that have a vulnerability (by any of its names, or that of an advisory on it) or a package (by its
    name or its source's, in any case; a package URL names its type and version too). What the store knows by this name
    as a vulnerability is one; else it is taken for a package. Raises StoreError."""
    with errors(store.path):
        wanted, kind = _wanted(store, query.strip(), version)
        rows = [_Row(*row) for row in wanted]
        (asked,) = store.connection.execute("SELECT count(*) FROM image").fetchone()
        (stale,) = store.connection.execute(_STALE).fetchone()
        unmatched = _unmatched(store) if kind == "vulnerability" else 0
        steps = _steps(store)
        images = tuple(_images(rows, steps))
        rebuilds = tuple(_rebuilds(store, rows, steps))
    return Exposure(query.strip(), kind, asked, images, rebuilds, stale, unmatched)


def _unmatched(store: ResultStore) -> int:
    """How many images have packages that were matched with nothing, or no packages at all."""
    count = 0
    query = "SELECT coverage, count(*) FROM image JOIN result ON result.id = image.result GROUP BY coverage"
    for coverage, images in store.connection.execute(query):
        rows = unpack_counts(coverage)
        if not any(row.packages for row in rows) or any(row.matched < row.packages for row in rows):
            count += images
    return count


class _Row(Struct, frozen=True):
    """One package of one image, as the tables give it."""

    image: int
    name: str
    platform: str
    result: int
    first_seen: int
    last_seen: int
    digest: str
    distribution: str
    base: str
    base_layers: int
    base_verified: int
    type: str
    package: str
    version: str
    purl: str
    layer: int
    step: int | None
    chain: bytes | None
    vulnerability: str = ""
    status: Any = ""
    severity: Any = "unknown"
    fixed: str = ""
    exploited: int = 0
    hidden: str = ""


_COLUMNS: Final = """image.id, image.name, image.platform, result.id, {first}, image.last_seen, result.digest,
    result.distribution, result.base, result.base_layers, result.base_verified, package.type, package.name,
    package.version, package.purl, holding.layer, layer.step, layer.chain"""
_HELD: Final = """JOIN result ON result.id = holding.result JOIN image ON image.result = result.id
    LEFT JOIN layer ON layer.result = result.id AND layer.number = holding.layer"""
_ORDER: Final = "ORDER BY image.name, image.platform, package.name, package.version"
_STALE: Final = """SELECT count(*) FROM image JOIN result ON result.id = image.result WHERE "database" <>
    (SELECT "database" FROM result ORDER BY matched DESC, id DESC LIMIT 1)"""


def _wanted(store: ResultStore, query: str, version: str) -> tuple[Iterable[Sequence[Any]], _Kind]:
    """The rows of what is asked for, and what it is taken for."""
    if _VULNERABILITY.fullmatch(query):
        known = store.connection.execute("SELECT 1 FROM alias WHERE name=?", (query.upper(),)).fetchone()
        if known or re.match(r"(?i:CVE|GHSA)-", query):
            return store.connection.execute(_OF_VULNERABILITY, (query.upper(),)), "vulnerability"
    type, name, version = _package(query, version)
    return store.connection.execute(_OF_PACKAGE, {"name": name, "type": type, "version": version}), "package"


_OF_VULNERABILITY: Final = f"""SELECT {_COLUMNS.format(first="coalesce(sighting.first_seen, image.first_seen)")},
    finding.vulnerability, finding.status, finding.severity, finding.fixed, finding.exploited, finding.hidden
    FROM alias JOIN finding ON finding.id = alias.finding JOIN presence ON presence.finding = finding.id
    JOIN package ON package.id = finding.package
    JOIN holding ON holding.package = package.id AND holding.result = presence.result {_HELD}
    LEFT JOIN sighting ON sighting.image = image.id AND sighting.fingerprint = finding.fingerprint
    WHERE alias.name = ? {_ORDER}"""  # noqa: S608
_OF_PACKAGE: Final = f"""SELECT {_COLUMNS.format(first="image.first_seen")}
    FROM package JOIN holding ON holding.package = package.id {_HELD}
    WHERE package.id IN (SELECT id FROM package WHERE name = :name COLLATE NOCASE
                         UNION SELECT id FROM package WHERE source = :name COLLATE NOCASE)
    AND (:type = '' OR package.type = :type) AND (:version = '' OR package.version = :version) {_ORDER}"""  # noqa: S608


def _package(query: str, version: str) -> tuple[str, str, str]:
    """The type, name and version that a query names; type and version may be empty."""
    if not query.startswith("pkg:"):
        return "", query, version
    from packageurl import PackageURL

    try:
        purl = PackageURL.from_string(query)
    except ValueError:
        return "", query, version
    joined = {"maven": ":"}.get(purl.type, "/")
    with_namespace = purl.namespace and purl.type not in ("deb", "rpm", "apk", "alpm")
    name = f"{purl.namespace}{joined}{purl.name}" if with_namespace else purl.name
    return purl.type, name, purl.version or version


def _steps(store: ResultStore) -> Mapping[int, tuple[str, str]]:
    """The content of each layer and what made it, by number."""
    rows = store.connection.execute("SELECT id, diff_id, created_by FROM step")
    return {number: (diff_id, created_by) for number, diff_id, created_by in rows}


def _images(rows: Sequence[_Row], steps: Mapping[int, tuple[str, str]]) -> Iterator[ExposedImage]:
    held: dict[int, list[_Row]] = defaultdict(list)
    for row in rows:
        held[row.image].append(row)
    for members in held.values():
        first = members[0]
        yield ExposedImage(
            name=first.name,
            carried=tuple(_carried(row, steps) for row in members),
            digest=first.digest,
            platform=first.platform,
            distribution=first.distribution,
            base=first.base,
            first_seen=_time(min(row.first_seen for row in members)),
            last_seen=_time(first.last_seen),
        )


def _carried(row: _Row, steps: Mapping[int, tuple[str, str]]) -> Carried:
    diff_id, created_by = steps.get(row.step or 0, ("", ""))
    origin: Origin = "unknown"
    if row.base_layers and row.step is not None:
        origin = "base" if row.layer <= row.base_layers else "application"
    return Carried(
        type=row.type,
        name=row.package,
        version=row.version,
        purl=row.purl,
        layer=row.layer,
        diff_id=diff_id,
        instruction=created_by,
        origin=origin,
        verified=origin != "unknown" and bool(row.base_verified),
        vulnerability=row.vulnerability,
        status=row.status,
        severity=row.severity,
        fixed_version=row.fixed,
        exploited=bool(row.exploited),
        hidden=bool(row.hidden),
    )


class _Place(Struct, frozen=True):
    """What one package of an image is rid of by: a kind and name of Rebuild, and the number of the layer's step."""

    kind: Literal["base", "layer", "image"]
    name: str
    step: int


def _rebuilds(store: ResultStore, rows: Sequence[_Row], steps: Mapping[int, tuple[str, str]]) -> Iterator[Rebuild]:
    """What to build anew: bases before layers before images where they free as many."""
    known = _bases(store, rows)
    shared: dict[bytes, set[int]] = defaultdict(set)
    for row in rows:
        if row.chain is not None:
            shared[row.chain].add(row.image)
    bases = {found.name for found in known.values() if not found.itself}
    freed: dict[_Place, dict[str, None]] = defaultdict(dict)
    upgrades: dict[_Place, dict[str, None]] = defaultdict(dict)
    for row in rows:
        place = _place(row, known.get((row.result, row.layer)), bases, shared)
        freed[place][row.name] = None
        if row.fixed:
            upgrades[place][f"{row.package} → {row.fixed}"] = None
    kinds = ("base", "layer", "image")
    for place in sorted(freed, key=lambda one: (-len(freed[one]), kinds.index(one.kind), one.name, one.step)):
        diff_id, created_by = steps.get(place.step, ("", ""))
        yield Rebuild(
            place.kind, place.name, tuple(freed[place]), diff_id, created_by, tuple(upgrades[place])[:_MOST_UPGRADES]
        )


class _Built(Struct, frozen=True):
    """The image of the store that has the layers of another up to some layer; `itself` where that is all of them."""

    name: str
    itself: bool


def _place(row: _Row, built: _Built | None, bases: Collection[str], shared: Mapping[bytes, set[int]]) -> _Place:
    if row.base and 0 < row.layer <= row.base_layers:
        return _Place("base", row.base, 0)
    if built is not None and (not built.itself or built.name in bases):
        return _Place("base", built.name, 0)
    if row.chain is not None and len(shared[row.chain]) > 1 and row.step is not None:
        return _Place("layer", "", row.step)
    return _Place("image", row.name, row.step or 0)


def _bases(store: ResultStore, rows: Sequence[_Row]) -> Mapping[tuple[int, int], _Built]:
    """For each layer of a result, by both numbers, the image of the store with the fewest layers that has all layers
    up to it and no others."""
    wanted = sorted({row.result for row in rows if not (row.base and 0 < row.layer <= row.base_layers)})
    found: dict[tuple[int, int], _Built] = {}
    query = """SELECT chain, min(image.name) FROM result JOIN image ON image.result = result.id
        WHERE chain <> x'' GROUP BY chain"""
    whole = dict(store.connection.execute(query))
    for start in range(0, len(wanted), _BATCH):
        batch = wanted[start : start + _BATCH]
        marks = ",".join("?" * len(batch))
        query = f"SELECT result, number, chain FROM layer WHERE result IN ({marks}) ORDER BY result, number DESC"  # noqa: S608
        before, built = 0, _Built("", itself=True)
        for result, number, chain in store.connection.execute(query, batch):
            if chain in whole:
                built = _Built(whole[chain], itself=result != before)
            before = result
            found[result, number] = built
    return found


_BATCH: Final = 500


def _time(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
