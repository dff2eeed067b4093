"""Which advisory shards judge what."""

from collections import defaultdict
from collections.abc import Mapping
from typing import Final

from msgspec import Struct

from lading.match.origin import is_foreign
from lading.model.advisory import ShardName
from lading.model.package import DISTRIBUTED, Distribution, Inventory, Package

KEV: Final = ShardName("kev")
EPSS: Final = ShardName("epss")
NVD: Final = ShardName("nvd")

_ECOSYSTEMS: Final[Mapping[str, tuple[str, ...]]] = {
    "bitnami": ("bitnami",),
    "cargo": ("crates.io", "gitlab-cargo"),
    "composer": ("packagist", "github-packagist", "friendsofphp", "gitlab-packagist"),
    "conan": ("conancenter", "gitlab-conan"),
    "cran": ("cran",),
    "gem": ("rubygems", "github-rubygems", "rubysec", "gitlab-gem"),
    "golang": ("go", "github-go", "gitlab-go"),
    "hackage": ("hackage",),
    "hex": ("hex", "github-hex"),
    "julia": ("julia",),
    "maven": ("maven", "github-maven", "gitlab-maven"),
    "npm": ("npm", "github-npm", "gitlab-npm"),
    "nuget": ("nuget", "github-nuget", "gitlab-nuget"),
    "opam": ("opam",),
    "pub": ("pub", "github-pub"),
    "pypi": ("pypi", "github-pypi", "gitlab-pypi"),
    "swift": ("swifturl", "github-swifturl", "gitlab-swift"),
}
"""By package URL type, best first. Only the first is fetched by a scan; the others count where they are held."""

_PACKAGE_TYPES: Final[Mapping[str, str]] = {
    "alpaquita": "apk", "alpine": "apk", "arch": "alpm", "bellsoft": "apk", "bottlerocket": "bottlerocket",
    "chainguard": "apk", "debian": "deb", "echo": "deb", "gentoo": "ebuild",
    "minimos": "apk", "ubuntu": "deb", "wolfi": "apk",
}  # fmt: skip
"""The type of package that the shards of a distribution judge, by the first word of the shard's name; others, rpm."""

_LESSER: Final[Mapping[str, tuple[str, ...]]] = {
    "opensuse": ("oval",),
    "photon": ("oval",),
    "rhel": ("oval",),
    "rocky": ("errata",),
    "sle": ("oval",),
    "sles": ("oval",),
    "ubuntu": ("tracker", "oval"),
}
"""Further sources on a distribution, by the first word of the shard's name: what stands before the name of theirs."""


class Panel(Struct, frozen=True):
    """Packages of one kind, and the shards that judge them, best first; none when no upstream says anything about
    them. `system` marks packages of operating systems, `foreign` those of them that come from other repositories."""

    kind: str
    packages: tuple[Package, ...]
    shards: tuple[ShardName, ...] = ()
    system: bool = False
    foreign: bool = False


def panels_of(inventory: Inventory, *, owned: bool = False) -> tuple[Panel, ...]:
    """Who judges the packages of an inventory, by kind. Packages that came in another are judged with that one; with
    `owned` they are the ones meant, and the shards those that would judge them."""
    kinds: dict[tuple[str, bool], list[Package]] = defaultdict(list)
    for package in inventory.packages:
        if bool(package.owner) is owned:
            kinds[package.type, is_foreign(package, inventory.distribution)].append(package)
    return tuple(_panel(kind, tuple(kinds[kind, foreign]), foreign, inventory) for kind, foreign in sorted(kinds))


def shards_for(inventory: Inventory) -> tuple[ShardName, ...]:
    """The shards that a scan needs, sorted; none when nothing on board can be judged."""
    best = sorted({panel.shards[0] for panel in panels_of(inventory) if panel.shards})
    return (*best, EPSS, KEV) if best else ()


def shards_of_release(release: str) -> tuple[ShardName, ...]:
    """The shards that judge a distribution's packages, best first, by the name of its release."""
    lesser = _LESSER.get(release.partition("-")[0], ())
    return tuple(ShardName(name) for name in (release, *(f"{source}-{release}" for source in lesser)))


def _panel(kind: str, packages: tuple[Package, ...], foreign: bool, inventory: Inventory) -> Panel:
    if kind in _SYSTEM:
        shards = () if foreign else _system_shards(kind, inventory.distribution)
        return Panel(_system(kind, inventory.distribution), packages, shards, system=True, foreign=foreign)
    return Panel(kind, packages, tuple(map(ShardName, _ECOSYSTEMS.get(kind, ()))))


def _system_shards(package_type: str, distribution: Distribution | None) -> tuple[ShardName, ...]:
    if distribution is None or not distribution.release:
        return ()
    family = distribution.release.partition("-")[0]
    return shards_of_release(distribution.release) if _PACKAGE_TYPES.get(family, "rpm") == package_type else ()


def _system(package_type: str, distribution: Distribution | None) -> str:
    if distribution is None:
        return package_type
    return " ".join(part for part in (package_type, distribution.id, distribution.version_id) if part)


_SYSTEM: Final = DISTRIBUTED | {"bottlerocket", "ebuild"}
