"""From what the container sees to the inventory: packages with their layers, files and package URLs."""

from collections.abc import Iterable, Mapping, Sequence

from msgspec import structs

from lading.inventory.catalogers.base import Cataloger, FoundPackage
from lading.inventory.distribution import detect
from lading.inventory.squash import Seen, Squashed
from lading.model.diagnostic import Diagnostic
from lading.model.package import Distribution, Inventory, Location, Package

_PackageKey = tuple[str, str, str, str]


def assemble(squashed: Squashed, catalogers: Sequence[Cataloger]) -> tuple[Inventory, tuple[Diagnostic, ...]]:
    """The inventory and everything that has to be said about it. Packages are sorted by type, name, version, arch."""
    diagnostics = list(squashed.diagnostics)
    distribution = _distribution(squashed, diagnostics)
    databases = [
        seen
        for cataloger in catalogers
        if cataloger.is_database
        for seen in _databases(squashed, cataloger, diagnostics)
    ]
    packages: dict[_PackageKey, Package] = {}
    for package in _packages(databases, squashed, distribution):
        _merge(packages, package)
    for seen in squashed.visible.values():
        diagnostics += [structs.replace(one, where=seen.path) for one in seen.capture.facts.diagnostics]
    _missing_database(distribution, packages.values(), diagnostics)
    inventory = Inventory(
        distribution=distribution,
        packages=tuple(packages[key] for key in sorted(packages)),
        catalogers=tuple(cataloger.name for cataloger in catalogers if cataloger.is_database),
    )
    return inventory, tuple(diagnostics)


def package_url(found: FoundPackage, distribution: Distribution | None) -> str:
    """The package URL by the purl specification's rules for deb and apk."""
    from packageurl import PackageURL

    qualifiers = {"arch": found.arch}
    namespace = None
    if distribution is not None:
        namespace = distribution.id
        release = distribution.version_id or distribution.codename
        qualifiers["distro"] = f"{distribution.id}-{release}" if release else distribution.id
    present = {key: value for key, value in qualifiers.items() if value}
    return PackageURL(found.type, namespace, found.name, found.version, present).to_string()


def _distribution(squashed: Squashed, diagnostics: list[Diagnostic]) -> Distribution | None:
    texts = {path: seen.capture.facts.text for path, seen in squashed.visible.items() if seen.capture.facts.text}
    distribution = detect(texts)
    if distribution is not None:
        return distribution
    below = {
        path: seen[-1].capture.facts.text for path, seen in squashed.history.items() if seen[-1].capture.facts.text
    }
    distribution = detect(below)
    if distribution is not None:
        layer = squashed.removed.get(distribution.path, 0)
        message = f"{distribution.path} was deleted by layer {layer}; the distribution is taken from the layer below"
        diagnostics.append(Diagnostic("warning", "distribution-file-deleted", message, distribution.path))
    return distribution


def _databases(squashed: Squashed, cataloger: Cataloger, diagnostics: list[Diagnostic]) -> list[Seen]:
    """The database files to trust: the visible ones, or what lower layers held when all were deleted or emptied."""
    visible = [seen for seen in squashed.visible.values() if seen.capture.cataloger == cataloger.name]
    databases = [seen for seen in visible if seen.capture.facts.packages]
    if databases:
        return databases
    recovered = []
    for path in sorted(squashed.history):
        full = [
            seen
            for seen in squashed.history[path]
            if seen.capture.cataloger == cataloger.name and seen.capture.facts.packages
        ]
        if full:
            recovered.append(full[-1])
    if recovered:
        path = recovered[0].known_as
        emptied = [seen.layer for seen in visible if seen.known_as == path]
        layer = emptied[-1] if emptied else squashed.removed.get(path, 0)
        what = "emptied" if emptied else "deleted"
        message = (
            f"layer {layer} {what} the {cataloger.name} package database; "
            f"its packages are listed as layer {recovered[0].layer} left them, what changed since is unknown"
        )
        diagnostics.append(Diagnostic("incomplete", f"package-database-{what}", message, path))
    return recovered


def _packages(databases: Iterable[Seen], squashed: Squashed, distribution: Distribution | None) -> list[Package]:
    owned = _owned(squashed)
    packages = []
    for seen in databases:
        introduced = _introduced(squashed.history[seen.known_as], seen)
        for found in seen.capture.facts.packages:
            files = found.files or owned.get(f"{found.name}:{found.arch}") or owned.get(found.name, ())
            packages.append(
                Package(
                    name=found.name,
                    version=found.version,
                    type=found.type,
                    arch=found.arch,
                    source=found.source,
                    source_version=found.source_version,
                    purl=package_url(found, distribution),
                    maintainer=found.maintainer,
                    licenses=found.licenses,
                    layer=introduced[_found_key(found)],
                    locations=(Location(seen.path, seen.layer),),
                    files=files,
                )
            )
    return packages


def _owned(squashed: Squashed) -> Mapping[str, tuple[str, ...]]:
    """The paths each package owns: those of its `.list` file, else of all the others."""
    listed = {path.removesuffix(".list") for path in squashed.visible if path.endswith(".list")}
    owned: dict[str, tuple[str, ...]] = {}
    for path, seen in squashed.visible.items():
        facts = seen.capture.facts
        if not facts.owner:
            continue
        if path.endswith(".list"):
            owned[facts.owner] = facts.owned
        elif path.rpartition(".")[0] not in listed:
            owned[facts.owner] = tuple(sorted({*owned.get(facts.owner, ()), *facts.owned}))
    return owned


def _introduced(history: Iterable[Seen], last: Seen) -> dict[tuple[str, str, str], int]:
    """For each package of the database `last`, the lowest layer from which it stands in it without a break."""
    since: dict[tuple[str, str, str], int] = {}
    for seen in history:
        if seen.layer > last.layer:
            break
        since = {key: since.get(key, seen.layer) for key in map(_found_key, seen.capture.facts.packages)}
    return since


def _merge(packages: dict[_PackageKey, Package], package: Package) -> None:
    """One package seen in two databases is one package with two locations, of the lower layer."""
    key = (package.type, package.name, package.version, package.arch)
    known = packages.get(key)
    if known is not None:
        package = structs.replace(
            known,
            layer=min(known.layer, package.layer),
            locations=tuple(sorted({*known.locations, *package.locations})),
            files=known.files or package.files,
        )
    packages[key] = package


def _missing_database(
    distribution: Distribution | None, packages: Iterable[Package], diagnostics: list[Diagnostic]
) -> None:
    told = any(one.code in ("unread-package-database", "broken-package-database") for one in diagnostics)
    if distribution is not None and not told and not any(True for _ in packages):
        message = (
            f"{distribution.pretty} without a package database: "
            "the operating-system packages it was made of cannot be listed"
        )
        diagnostics.append(Diagnostic("incomplete", "package-database-missing", message, distribution.path))


def _found_key(found: FoundPackage) -> tuple[str, str, str]:
    return found.name, found.version, found.arch
