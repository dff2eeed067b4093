"""From what the container sees to the inventory: packages with their layers, files, owners and package URLs."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final

from msgspec import Struct, structs

from lading.inventory.caches import installed, run_by
from lading.inventory.catalogers.cataloger import Cataloger, CatalogerResult
from lading.inventory.contents import marked
from lading.inventory.copies import joined_copies, with_python_names
from lading.inventory.dependencies import with_dependencies
from lading.inventory.distribution import contradiction_of, detect
from lading.inventory.environment import with_environment
from lading.inventory.neighbours import with_neighbours
from lading.inventory.nested.expand import Containers, expanded, lies_in
from lading.inventory.ownership import owners_of
from lading.inventory.packages import merged, packages_of, removed_packages
from lading.inventory.recovery import Recovered, recovered, report, without_repeats
from lading.inventory.seen import Seen, Squashed
from lading.inventory.tree import any_begins
from lading.model.diagnostic import Diagnostic
from lading.model.diagnostics import diagnostic
from lading.model.distributions import distribution_info
from lading.model.image import ImageConfig
from lading.model.package import DISTRIBUTED, INTO, Distribution, FoundVex, Inventory, Package, Scope, UnmanagedFile
from lading.model.shipping import is_own_program, may_be_shipped


def assemble(
    squashed: Squashed,
    catalogers: Sequence[Cataloger],
    scope: Scope = "squashed",
    variables: Iterable[str] = (),
    config: ImageConfig | None = None,
) -> tuple[Inventory, tuple[Diagnostic, ...]]:
    """The inventory and everything that has to be said about it. Packages are sorted by type, name, version, arch.
    `variables` are those that the image sets (`NAME=VALUE`), `config` tells what it runs."""
    squashed = expanded(squashed)
    diagnostics = list(squashed.diagnostics)
    distribution = _distribution(squashed, diagnostics)
    sources = _sources(squashed, catalogers, run_by(config), diagnostics)
    last_full = _last_full(squashed)
    system: list[Package] = []
    others: list[Package] = []
    below: set[str] = set()
    unread = False
    for cataloger in catalogers:
        found = sources.get(cataloger.name, [])
        if cataloger.is_database:
            databases = _databases(squashed, cataloger, found, last_full.get(cataloger.name, {}), diagnostics)
            if not any(source.facts.packages for source in found):
                below |= {source.seen.path for source in databases}
                unread = unread or any(source.facts.diagnostics for source in found)
            system += _packages(databases, squashed, distribution)
        elif not cataloger.is_remains:
            others += _packages(found, squashed, distribution)
    others = list(with_neighbours(others))
    left = Recovered()
    if not any(package.type in DISTRIBUTED for package in system):
        remains = [source.seen for one in catalogers if one.is_remains for source in sources.get(one.name, [])]
        lists = (source.seen for source in sources.get("dpkg", []))
        left = recovered(remains, lists, others, squashed, distribution)
        system += left.packages
        others = without_repeats(others, left)
    every = [source for found in sources.values() for source in found]
    for source in every:
        diagnostics += [structs.replace(one, where=source.seen.path) for one in source.facts.diagnostics]
    unidentified = _unidentified(every)
    owners = _owners({*_places(others), *unidentified}, system, squashed)
    others = _owned_by(others, owners, distribution)
    unowned = {path for path in unidentified if path not in owners or not may_be_shipped(path)}
    unowned -= owners_of(unowned, others, squashed.links).keys()
    shipping = {one.properties.get("path") or one.locations[0].path for one in others}
    unowned -= {path for path in unowned if lies_in(path, shipping)}
    packages = merged([*marked(system), *with_python_names([*joined_copies(others, squashed.links)], squashed.links)])
    if scope != "squashed":
        gone = removed_packages(squashed, packages, distribution)
        packages = gone if scope == "deleted" else merged([*packages, *gone])
    packages, unsupported = with_environment(packages, variables)
    diagnostics += unsupported
    stated = ((source.seen.path, one) for source in every for one in source.facts.packages)
    packages = with_dependencies(packages, stated)
    listed = any(one.type in DISTRIBUTED for one in system) or _has_own(distribution, (*system, *others))
    if left.packages or not (unread or listed):
        diagnostics += [report(left, distribution)] if distribution is not None else []
    inventory = Inventory(
        distribution=distribution,
        packages=packages,
        unmanaged=tuple(_unmanaged(path, unidentified[path]) for path in sorted(unowned)),
        build_records={
            source.seen.path: source.facts.build_record for source in every if source.facts.build_record is not None
        },
        symbols=_symbols(every, packages),
        recovered=tuple(sorted(below)),
        vex=tuple(_vex(every)),
    )
    return inventory, tuple(diagnostics)


def _unmanaged(path: str, source: "_Source") -> UnmanagedFile:
    return UnmanagedFile(path, source.seen.layer, source.facts.unknown, source.facts.unknown_size)


_MANAGERS: Final[Mapping[str, str]] = {
    "crux": "crux", "exherbo": "exherbo", "freebsd": "freebsd", "guix": "guix", "kiss": "kiss", "nixos": "nix",
    "slackware": "slackware", "solus": "eopkg", "void": "xbps",
}  # fmt: skip
"""By the ID of systems that nobody publishes advisories for, which have no row among the distributions, the type of
what their package managers install."""


def _has_own(distribution: Distribution | None, packages: Iterable[Package]) -> bool:
    """Whether packages that such a system is made of, or one whose package manager is its own, are among these."""
    if distribution is None:
        return False
    info = distribution_info(distribution.id)
    own = info.package_type if info is not None else _MANAGERS.get(distribution.id)
    return own not in DISTRIBUTED and any(one.type == own and one.evidence == "installed" for one in packages)


class _Source(Struct, frozen=True):
    """A file the container sees, with its facts as they are to be used."""

    seen: Seen
    facts: CatalogerResult


def _sources(
    squashed: Squashed, catalogers: Sequence[Cataloger], runs: Sequence[str], diagnostics: list[Diagnostic]
) -> dict[str, list[_Source]]:
    """What the container sees and what is no cache, by cataloger and sorted by path, after the catalogers have combined
    it."""
    visible, left_out = installed(squashed.visible, squashed.links, runs)
    diagnostics += left_out
    seen_by: defaultdict[str, dict[str, Seen]] = defaultdict(dict)
    for (reader, path), seen in visible.items():
        seen_by[reader][path] = seen
    return {one.name: _combined(seen_by.get(one.name, {}), one) for one in catalogers}


def _unidentified(sources: Iterable[_Source]) -> dict[str, _Source]:
    """By path, the programs and archives in which none of their readers found a package, as the first one says. What is
    linked into a program says nothing of the program itself. An archive that was not read to its end is among them
    whatever was found in it."""
    unidentified: dict[str, _Source] = {}
    identified: set[str] = set()
    for source in sources:
        if source.facts.unknown:
            unidentified.setdefault(source.seen.path, source)
        if any(one.evidence != "static" for one in source.facts.packages):
            identified.add(source.seen.path)
    inside = sorted(path for path in identified if INTO in path)
    return {
        path: source
        for path, source in unidentified.items()
        if _unmanaged(path, source).is_archive or not (path in identified or any_begins(inside, f"{path}{INTO}"))
    }


def _combined(seen: Mapping[str, Seen], cataloger: Cataloger) -> list[_Source]:
    facts: Mapping[str, CatalogerResult] = {path: one.facts for path, one in seen.items()}
    if cataloger.combine is not None and facts:
        facts = cataloger.combine(facts)
    return [_Source(seen[path], facts[path]) for path in sorted(facts)]


def _distribution(squashed: Squashed, diagnostics: list[Diagnostic]) -> Distribution | None:
    texts = {path: seen.facts.text for (_, path), seen in squashed.visible.items() if seen.facts.text}
    distribution = detect(texts)
    if distribution is not None:
        if distribution.release and (why := contradiction_of(distribution, texts)):
            diagnostics.append(diagnostic("distribution-contradicted", why, distribution.path))
        return distribution
    below = {path: seen[-1].facts.text for (_, path), seen in squashed.history.items() if seen[-1].facts.text}
    distribution = detect(below)
    if distribution is not None:
        layer = max((one for (_, path), one in squashed.removed.items() if path == distribution.path), default=0)
        message = f"{distribution.path} was deleted by layer {layer}; the distribution is taken from the layer below"
        diagnostics.append(diagnostic("distribution-file-deleted", message, distribution.path))
    return distribution


def _last_full(squashed: Squashed) -> Mapping[str, Mapping[str, Seen]]:
    """By cataloger and path, the last file that stated packages, whether or not the container sees it."""
    last: defaultdict[str, dict[str, Seen]] = defaultdict(dict)
    for (reader, path), history in squashed.history.items():
        for seen in history:
            if seen.facts.packages:
                last[reader][path] = seen
    return last


def _databases(
    squashed: Squashed,
    cataloger: Cataloger,
    visible: Sequence[_Source],
    recovered: Mapping[str, Seen],
    diagnostics: list[Diagnostic],
) -> list[_Source]:
    """The database files to trust: the visible ones, or what lower layers held when all were deleted or emptied."""
    databases = [source for source in visible if source.facts.packages]
    if databases:
        return databases
    if not recovered:
        return []
    path = min(recovered)
    emptied = [source.seen.layer for source in visible if source.seen.known_as == path]
    layer = emptied[-1] if emptied else squashed.removed.get((cataloger.name, path), 0)
    what = "emptied" if emptied else "deleted"
    message = (
        f"layer {layer} {what} the {cataloger.name} package database; its packages are listed as "
        f"layer {recovered[path].layer} left them, what changed since is unknown"
    )
    diagnostics.append(diagnostic(f"package-database-{what}", message, path))
    around = {source.seen.path: source.seen for source in visible}
    return [source for source in _combined({**around, **recovered}, cataloger) if source.facts.packages]


def _packages(sources: Iterable[_Source], squashed: Squashed, distribution: Distribution | None) -> list[Package]:
    return [
        package
        for source in sources
        for package in packages_of(source.seen, source.facts.packages, squashed.history, distribution)
    ]


def _symbols(sources: Iterable[_Source], packages: Iterable[Package]) -> dict[str, bytes]:
    """The functions of the programs that modules were found in which nothing else is matched with."""
    matched = {
        location.path
        for package in packages
        if package.type == "golang" and not package.owner
        for location in package.locations
    }
    return {
        source.seen.path: source.facts.symbols
        for source in sources
        if source.facts.symbols and source.seen.path in matched
    }


def _vex(sources: Iterable[_Source]) -> Iterator[FoundVex]:
    """The VEX documents, by path, each with the signature beside it."""
    found = {source.seen.path: source.seen for source in sources if source.facts.vex}
    for path in sorted(found):
        if not path.endswith(_SIGNATURE):
            beside = found.get(path + _SIGNATURE)
            yield FoundVex(path, found[path].layer, found[path].facts.vex, beside.facts.vex if beside else b"")


_SIGNATURE = ".sig"


def _places(packages: Iterable[Package]) -> set[str]:
    return {package.locations[0].path for package in packages}


def _owners(paths: Iterable[str], system: Iterable[Package], squashed: Squashed) -> dict[str, Package]:
    """The system packages that own files, or the container in which a file lies."""
    containers = Containers(squashed)
    around = {path: containers.around(path) for path in paths}
    owners = owners_of(around.values(), system, squashed.links)
    return {path: owners[outer] for path, outer in around.items() if outer in owners}


def _owned_by(
    packages: Iterable[Package], owners: Mapping[str, Package], distribution: Distribution | None
) -> list[Package]:
    """The packages with their owners. What was merely recognised in a program is left out where it is the system
    package around it, which the distribution's advisories speak of."""
    kept = []
    for package in packages:
        owner = owners.get(package.locations[0].path)
        if owner is None:
            kept.append(package)
        elif package.type in DISTRIBUTED and package.evidence in ("binary", "static"):
            continue
        elif distribution is None or not distribution.release or not is_own_program(owner, package):
            kept.append(structs.replace(package, owner=owner.purl))
    return kept
