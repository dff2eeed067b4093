"""Whether a product of a statement is a package of an image, by package URL, CPE, digest or name."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from lading.formats.sbom.purls import Named
from lading.model.cpe import Cpe, parse_cpe, product_version
from lading.model.package import DISTRIBUTED, Distribution, Package
from lading.model.vex import VexProduct
from lading.policy.purls import difference, means_source, parsed, same_version
from lading.versions.constraints import satisfies
from lading.versions.schemes import compare

_ANY_SCHEME: Final = ("vers:generic/", "vers:intdot/", "vers:semver/")


class Fit(NamedTuple):
    """A package that a product is. `pinned` tells that the product's version, or a range, admits it."""

    package: Package
    pinned: bool


class Miss(NamedTuple):
    """A package that a product is not, though it comes near, and why."""

    package: Package
    why: str


class Packages:
    """The packages of an image, to be asked what a product is."""

    def __init__(self, packages: Sequence[Package], distribution: Distribution | None) -> None:
        self._distribution = distribution
        self._named: defaultdict[tuple[str, str], list[Package]] = defaultdict(list)
        self._by_source: defaultdict[tuple[str, str], list[Package]] = defaultdict(list)
        self._by_name: defaultdict[str, list[Package]] = defaultdict(list)
        self._by_digest: defaultdict[str, list[Package]] = defaultdict(list)
        self._by_cpe: defaultdict[str, list[Package]] = defaultdict(list)
        for package in packages:
            self._add(package)

    def find(self, product: VexProduct, *, fixed: bool = False) -> tuple[list[Fit], list[Miss]]:
        """The packages that a product is, and those that come near. Where a product is said to be `fixed`, later
        versions of a distribution's package have the fix too."""
        fits: dict[str, Fit] = {}
        misses: dict[str, Miss] = {}
        for found in self._iter_found(product, fixed=fixed):
            if isinstance(found, Fit):
                known = fits.get(found.package.id)
                fits[found.package.id] = found if known is None or found.pinned else known
            else:
                misses.setdefault(found.package.id, found)
        return list(fits.values()), [one for key, one in misses.items() if key not in fits]

    def of_distribution(self) -> list[Package]:
        """The packages of the operating system."""
        return [one for (type, _), members in self._named.items() if type in DISTRIBUTED for one in members]

    def named_alike(self, product: VexProduct) -> list[Package]:
        """Packages that have a product's name, of whatever type."""
        names = {product.name.casefold()}
        for named in filter(None, map(parsed, product.purls)):
            names |= {named.package.name.casefold(), named.package.name.rpartition("/")[2].rpartition(":")[2]}
        return [package for name in sorted(names) for package in self._by_name.get(name, ())]

    def _add(self, package: Package) -> None:
        name = package.name.casefold()
        self._named[package.type, name].append(package)
        if package.source:
            self._by_source[package.type, package.source.casefold()].append(package)
        for key in {name, name.rpartition("/")[2].rpartition(":")[2], package.source.casefold()} - {""}:
            self._by_name[key].append(package)
        for digests in (package.digests, *(one.digests for one in package.archives)):
            for algorithm, value in digests.items():
                self._by_digest[f"{algorithm}:{value}"].append(package)
        for cpe in filter(None, map(parse_cpe, package.cpes)):
            self._by_cpe[cpe.key].append(package)

    def _iter_found(self, product: VexProduct, *, fixed: bool) -> Iterator[Fit | Miss]:
        for digest in product.digests:
            yield from (Fit(one, pinned=True) for one in self._by_digest.get(digest, ()))
        for text in product.purls:
            named = parsed(text)
            if named is not None:
                yield from self._by_purl(text, named, product, fixed=fixed)
        if product.purls:
            return
        for cpe in filter(None, map(parse_cpe, product.cpes)):
            yield from self._by_platform_name(cpe, product)
        if not product.cpes and not product.digests:
            for one in self._by_name.get(product.name.casefold(), ()):
                if product.name.casefold() in (one.name.casefold(), one.source.casefold()):
                    yield _versioned(product, one, one.version)

    def _by_purl(self, text: str, named: Named, product: VexProduct, *, fixed: bool) -> Iterator[Fit | Miss]:
        wanted = named.package
        key = wanted.type, wanted.name.casefold()
        is_source = means_source(wanted)
        binaries, built = self._named.get(key, []), self._by_source.get(key, [])
        # A name that only sources have can mean nothing else.
        for package in built if is_source or not binaries else binaries:
            by_source = is_source or not binaries
            why = difference(text, package, self._distribution, by_source=by_source)
            if why:
                yield Miss(package, why)
                continue
            version = package.source_version if by_source else package.version
            if not wanted.version:
                yield _versioned(product, package, version)
            elif same_version(package.type, wanted.version, version) or (
                fixed and _is_later(package.type, version, wanted)
            ):
                yield Fit(package, pinned=True)
            else:
                yield Miss(package, f"its version is not {wanted.version}")

    def _by_platform_name(self, cpe: Cpe, product: VexProduct) -> Iterator[Fit | Miss]:
        """Packages by a CPE: by their own, or where they have none by the product's name."""
        own = self._by_cpe.get(cpe.key, [])
        alike = [one for one in self._by_name.get(cpe.product, ()) if not one.cpes and cpe.part == "a"]
        for package in own or alike:
            if cpe.version == "*":
                yield _versioned(product, package, package.version)
            elif _upstream(package, cpe) == product_version(cpe.key, cpe.version, cpe.update):
                yield Fit(package, pinned=True)
            else:
                yield Miss(package, f"its version is not {cpe.version}")


def _versioned(product: VexProduct, package: Package, version: str) -> Fit | Miss:
    """A package by the version or range that a product states apart from its names."""
    if product.version:
        if same_version(package.type, product.version, version):
            return Fit(package, pinned=True)
        return Miss(package, f"its version is not {product.version}")
    if product.versions:
        inside = satisfies(package.type, version, _range_for(package.type, product.versions))
        if inside:
            return Fit(package, pinned=True)
        if inside is None:
            return Miss(package, f"its version cannot be compared with {product.versions[:80]}")
        return Miss(package, f"its version is not within {product.versions[:80]}")
    return Fit(package, pinned=False)


def _range_for(type: str, text: str) -> str:
    """Ranges of no scheme in particular are for the package's own."""
    for prefix in _ANY_SCHEME:
        if text.startswith(prefix):
            return f"vers:{type}/{text.removeprefix(prefix)}"
    return text


def _is_later(type: str, version: str, wanted: Package) -> bool:
    """Whether a version of a distribution's package is after one that is stated."""
    order = compare(type, version, wanted.version) if type in DISTRIBUTED else None
    return order is not None and order > 0


def _upstream(package: Package, cpe: Cpe) -> str:
    """The upstream's version of a package, as CPEs have it."""
    version = package.version
    if package.type in DISTRIBUTED:
        version = version.rpartition(":")[2].partition("-")[0]
    return product_version(cpe.key, version)
