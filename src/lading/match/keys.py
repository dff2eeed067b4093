"""What a package is matched as: the names and versions that advisories speak of."""

from collections.abc import Sequence
from typing import NamedTuple

from msgspec import structs

from lading.match.cpe import Vendors, component_names, cpe_names
from lading.match.families.signed import unsigned_source
from lading.model.advisory import Names, Provenance
from lading.model.golang import is_release
from lading.model.names import advisory_name
from lading.model.package import Package
from lading.model.properties import is_root, module_stream, slot
from lading.model.rebuilders import base_name, base_version, rebuilder_of, rebuilt_shard, sealed_name

SOURCE_ARCH = "src"
_NO_VENDORS: Vendors = {}


class MatchKey(NamedTuple):
    """What is looked up in a shard and compared. `arch` is "src" for a source package. `module` is the `name:stream`
    the package was built in, "" for none, None when it was built in one that it does not name. `programs` are the
    paths of the Go programs that a module is linked into. `epoch` tells whether a version comes with its epoch, if it
    has one. `slot` is the slot of a Gentoo package without its subslot, empty when it is not known."""

    name: str
    version: str
    arch: str = ""
    module: str | None = ""
    programs: tuple[str, ...] = ()
    epoch: bool = True
    slot: str = ""


def match_keys(package: Package, names: Names, vendors: Vendors = _NO_VENDORS, shard: str = "") -> tuple[MatchKey, ...]:
    """The match_keys to ask a shard about whose advisories go by `names`; `vendors` are the other names of products.
    What somebody has rebuilt has the version of what it was made of, but in that one's own shards.

    Debian matches by source package and source version, which differ from the binary's for binary rebuilds and for
    packages with their own version; Alpine and Wolfi by origin, whose version the package shares. Where a shard goes by
    both names, the source stands beside the binary with an architecture of its own, so that an advisory on one binary
    does not hit its siblings. What was renamed to be signed goes by both names of its source. A Go program built from a
    commit has no version that ranges could hold: it has none.
    """
    if names == "cpe":
        return tuple(MatchKey(key, version) for key, version in cpe_names(package, vendors))
    if is_unreleased(package):
        return ()
    if package.type == "generic":
        return tuple(MatchKey(name, package.version) for name in component_names(package))
    sealed = sealed_name(package.type, package.name, package.version) if rebuilt_shard(shard) else None
    package = _as_rebuilt(package, own=rebuilt_shard(shard) != "")
    module = _module(package)
    programs = tuple(one.path for one in package.locations) if package.type == "golang" else ()
    version, epoch = _source_version(package)
    source = MatchKey(
        advisory_name(package.type, package.source or package.name),
        version,
        package.arch if names == "source" else SOURCE_ARCH,
        module,
        programs,
        epoch,
        slot(package),
    )
    unsigned = unsigned_source(package.type, package.source, source.version, package.version)
    other = unsigned or sealed
    sources = (source,) if other is None else (source, source._replace(name=other[0], version=other[1]))
    if names == "source":
        return sources
    binary = MatchKey(advisory_name(package.type, package.name), package.version, package.arch, module, programs)
    return (binary,) if names == "binary" or not package.source else (binary, *sources)


def keys_by_shard(package: Package, shards: Sequence[Provenance], vendors: Vendors) -> tuple[tuple[MatchKey, ...], ...]:
    """The match_keys for each of these shards; most packages have several, whose advisories go by the same names."""
    made: dict[tuple[Names, bool], tuple[MatchKey, ...]] = {}
    found = []
    for one in shards:
        kind = one.names, rebuilt_shard(one.shard) != ""
        if kind not in made:
            made[kind] = match_keys(package, one.names, vendors, one.shard)
        found.append(made[kind])
    return tuple(found)


def _as_rebuilt(package: Package, *, own: bool) -> Package:
    """A package by the name of what it was rebuilt from, and by its version except for the rebuilder's `own` shards."""
    rebuilder = rebuilder_of(package.type, package.name, package.version)
    if rebuilder is None:
        return package
    names = (package.name, package.source)
    if own:
        name, source = (rebuilder.original(package.type, name) for name in names)
        return structs.replace(package, name=name, source=source)
    name, source = (base_name(rebuilder, package.type, name) for name in names)
    version, source_version = base_version(package.version), base_version(package.source_version)
    return structs.replace(package, name=name, source=source, version=version, source_version=source_version)


def is_unreleased(package: Package) -> bool:
    """Whether a package is the main module of a Go program that was not built from a release."""
    return package.type == "golang" and is_root(package) and not is_release(package.version)


def _source_version(package: Package) -> tuple[str, bool]:
    """The source's version, and whether its epoch is known. An rpm names its source by a file name, which has no epoch:
    it is the binary's own where both have the same version."""
    version = package.source_version or package.version
    if package.type != "rpm" or ":" in version:
        return version, True
    _, colon, rest = package.version.partition(":")
    if not colon:
        return version, version == package.version
    return (package.version, True) if rest == version else (version, False)


def _module(package: Package) -> str | None:
    """From rpm's modularity label; builds that only carry the mark in their release come from a default stream, whose
    label was left out."""
    return module_stream(package) or (None if package.type == "rpm" and ".module" in package.version else "")
