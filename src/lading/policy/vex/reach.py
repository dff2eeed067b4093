"""Which packages of an image a statement's product speaks of."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from msgspec import Struct

from lading.model.image import Image
from lading.model.package import Distribution, Package
from lading.model.properties import bundled_in
from lading.model.vex import VexProduct
from lading.policy.vex.images import ImageIdentity, identity_of, identity_of_base, image_differs, names_image
from lading.policy.vex.packages import Packages
from lading.policy.vex.platforms import platform_differs


class Cover(NamedTuple):
    """How a product holds for a package. `pinned` tells that a version or digest of it is that of the image; `via` is
    the package that the product is, where the package is only a dependency or a part of it."""

    what: str
    pinned: bool
    via: Package | None = None


class Near(NamedTuple):
    """What comes near to a product, and why it is not that."""

    what: str
    why: str

    def __str__(self) -> str:
        return f"{self.what}: {self.why}"


class Reached(Struct):
    """By the ID of each package that a product speaks of, how; and what else comes near."""

    covers: dict[str, Cover] = {}
    near: list[Near] = []

    def add(self, package: Package, cover: Cover) -> None:
        """Of several ways in which it holds, the most certain counts."""
        known = self.covers.get(package.id)
        if known is None or (cover.via is None, cover.pinned) > (known.via is None, known.pinned):
            self.covers[package.id] = cover


class Place:
    """An image as statements speak of it: what it is, its packages, and those that came with its base image where the
    base is known by the content of its layers."""

    def __init__(self, image: Image, distribution: Distribution | None, packages: Sequence[Package]) -> None:
        self.all = packages
        self.packages = Packages(packages, distribution)
        self.identity = identity_of(image)
        self.base: ImageIdentity | None = None
        self.of_base: tuple[Package, ...] = ()
        self._distribution = distribution
        self._release = (distribution.release or distribution.id) if distribution is not None else "the image"
        self._parents = _parents(packages)
        if image.base is not None and image.base.name:
            held = [one for one in packages if (origin := image.origin(one.layer)).verified and origin.kind == "base"]
            self.base, self.of_base = identity_of_base(image.base, image.platform), tuple(held)

    def reach(self, product: VexProduct, *, fixed: bool = False) -> Reached:
        """The packages that a product speaks of, or where it is said to be `fixed`."""
        reached = Reached()
        differs = image_differs(product, self.identity)
        if differs is None:
            self._within(
                product,
                self.all,
                str(self.identity),
                reached,
                pinned=self._is_pinned(product, self.identity),
                fixed=fixed,
            )
            return reached
        if self.base is not None and image_differs(product, self.base) is None:
            what = f"base image {self.base}"
            self._within(product, self.of_base, what, reached, pinned=self._is_pinned(product, self.base), fixed=fixed)
            return reached
        if differs:
            reached.near.append(Near(str(self.identity), differs))
        if names_image(product):
            return reached
        strange = platform_differs(product, self._distribution)
        if strange is None:
            self._within(product, self.packages.of_distribution(), product.name, reached, pinned=False, fixed=fixed)
            return reached
        if strange:
            reached.near.append(Near(self._release, strange))
            return reached
        fits, misses = self.packages.find(product, fixed=fixed)
        reached.near += [Near(_shown(one.package), one.why) for one in misses]
        for fit in fits:
            if product.subcomponents:
                self._below(fit.package, product, reached, pinned=fit.pinned, fixed=fixed)
            else:
                reached.add(fit.package, Cover(_shown(fit.package), fit.pinned))
        return reached

    def open_path(self, package: Package, closed: Iterable[str]) -> Package | None:
        """A package at the top of a chain of dependencies that leads to this one past every closed package (by ID);
        None when all chains are closed."""
        stop = frozenset(closed)
        waiting, seen = [package], {package.id}
        while waiting:
            one = waiting.pop()
            parents = self._parents.get(one.id, ())
            if not parents:
                return one
            for parent in parents:
                if parent.id not in stop and parent.id not in seen:
                    seen.add(parent.id)
                    waiting.append(parent)
        return None

    def _within(
        self, product: VexProduct, members: Sequence[Package], what: str, reached: Reached, *, pinned: bool, fixed: bool
    ) -> None:
        """The packages within an image or a distribution: all of them, or those that are the product's parts."""
        if not product.subcomponents:
            for one in members:
                reached.add(one, Cover(what, pinned))
            return
        ids = {one.id for one in members}
        for part in product.subcomponents:
            fits, misses = self.packages.find(part, fixed=fixed)
            reached.near += [Near(_shown(one.package), one.why) for one in misses]
            for fit in fits:
                if fit.package.id in ids:
                    reached.add(fit.package, Cover(f"{_shown(fit.package)} in {what}", fit.pinned or pinned))
                else:
                    reached.near.append(Near(_shown(fit.package), f"it is no part of {what}"))

    def _below(self, above: Package, product: VexProduct, reached: Reached, *, pinned: bool, fixed: bool) -> None:
        """The parts of a product that is a package."""
        for part in product.subcomponents:
            fits, misses = self.packages.find(part, fixed=fixed)
            reached.near += [Near(_shown(one.package), one.why) for one in misses]
            for fit in fits:
                via = None if fit.package.id == above.id or _holds(above, fit.package) else above
                what = f"{_shown(fit.package)} in {_shown(above)}"
                reached.add(fit.package, Cover(what, fit.pinned or pinned, via))

    def _is_pinned(self, product: VexProduct, image: ImageIdentity) -> bool:
        stated = (*product.digests, *product.purls, product.name)
        return any(
            digest in text.replace("%3A", ":").replace("%3a", ":") for digest in image.digests for text in stated
        )


def _parents(packages: Sequence[Package]) -> Mapping[str, tuple[Package, ...]]:
    """By the ID of a package, those that depend on it, or hold it: what it is a copy in, the package that installed
    it."""
    found: defaultdict[str, dict[str, Package]] = defaultdict(dict)
    by_purl = {one.purl: one for one in packages if one.purl}
    by_name: defaultdict[str, list[Package]] = defaultdict(list)
    for one in packages:
        by_name[one.name].append(one)
        for needed in one.depends_on:
            found[needed][one.id] = one
    for one in packages:
        if (owner := by_purl.get(one.owner)) is not None:
            found[one.id][owner.id] = owner
        for holder in by_name.get(bundled_in(one), ()) if bundled_in(one) else ():
            found[one.id][holder.id] = holder
    return {key: tuple(one for one in parents.values() if one.id != key) for key, parents in found.items()}


def _holds(above: Package, below: Package) -> bool:
    """Whether all that there is of a package lies within another: in the same program or archive."""
    places = {location.path for location in above.locations}
    return bool(below.locations) and below.type == above.type and all(one.path in places for one in below.locations)


def _shown(package: Package) -> str:
    return f"{package.name} {package.version}".rstrip()
