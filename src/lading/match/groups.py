"""Which advisory shards match what."""

import re
from collections import defaultdict
from collections.abc import Mapping
from typing import Final

from msgspec import Struct

from lading.match.cpe import is_matched_by_cpe
from lading.match.families.red_hat import REPOSITORIES, image_package
from lading.match.families.ubuntu import ubuntu_tiers
from lading.match.origin import has_keys, is_foreign, is_of_epel
from lading.match.standing import UNKNOWN, Standing
from lading.model.advisory import CVE, EPSS, KEV, NVD, NVD_OVERRIDES, ShardName
from lading.model.distributions import shard_info
from lading.model.package import DISTRIBUTED, Distribution, Inventory, Package
from lading.model.properties import WORDPRESS, is_model, is_unpublished, runtime_of
from lading.model.rebuilders import MAY_BE_SEALED, REBUILDERS, Rebuilder, built_for, rebuilder_of
from lading.model.report import IMAGE
from lading.model.shipping import own_programs

SYSTEM: Final = DISTRIBUTED | {"bottlerocket", "ebuild"}
"""Types of packages that a distribution matches."""

_ECOSYSTEMS: Final[Mapping[str, tuple[str, ...]]] = {
    "bitnami": ("bitnami",),
    "cargo": ("crates.io", "github-crates.io", "gitlab-cargo"),
    "composer": ("packagist", "github-packagist", "friendsofphp", "gitlab-packagist"),
    "conan": ("conancenter", "gitlab-conan"),
    "container image": ("rhel-containers",),
    "cran": ("cran",),
    "generic": (NVD, NVD_OVERRIDES, ShardName("bitnami"), CVE, ShardName("rubysec-rubies")),
    "gem": ("rubygems", "github-rubygems", "rubysec", "gitlab-gem"),
    "golang": ("go", "github-go", "gitlab-go"),
    "hackage": ("hackage",),
    "hex": ("hex", "github-hex"),
    "julia": ("julia",),
    "maven": ("maven", "github-maven", "gitlab-maven"),
    "npm": ("npm", "github-npm", "gitlab-npm"),
    "nuget": ("nuget", "github-nuget", "gitlab-nuget"),
    "opam": ("opam",),
    "pub": ("pub", "github-pub", "gitlab-pub"),
    "pypi": ("pypi", "github-pypi", "gitlab-pypi"),
    "swift": ("swifturl", "github-swifturl", "gitlab-swift"),
    "vscode-extension": ("vscode",),
}
"""By package URL type, best first. Only the first is fetched by a scan; the others count where they are held."""

_CHAINGUARD: Final = re.compile(r"[+.-]cgr\.\d+$", re.ASCII)
_ROOT: Final = re.compile(r"[+.-]root\.io\.\d", re.ASCII)
_TUXCARE: Final = re.compile(r"\btuxcare\b")
_REBUILDS: Final[Mapping[str, tuple[tuple[str, re.Pattern[str]], ...]]] = {
    "cargo": (("tuxcare-crates.io", _TUXCARE),),
    "composer": (("root-packagist", _ROOT), ("tuxcare-packagist", _TUXCARE)),
    "gem": (("root-rubygems", _ROOT), ("seal-rubygems", MAY_BE_SEALED), ("tuxcare-rubygems", _TUXCARE)),
    "golang": (("root-go", _ROOT), ("seal-go", MAY_BE_SEALED), ("tuxcare-go", _TUXCARE)),
    "maven": (("chainguard-maven", _CHAINGUARD), ("root-maven", _ROOT), ("tuxcare-maven", _TUXCARE)),
    "npm": (
        ("chainguard-npm", _CHAINGUARD),
        ("root-npm", _ROOT),
        ("seal-npm", MAY_BE_SEALED),
        ("tuxcare-npm", _TUXCARE),
    ),
    "nuget": (("root-nuget", _ROOT), ("tuxcare-nuget", _TUXCARE)),
    "pypi": (("chainguard-pypi", _CHAINGUARD), ("root-pypi", _ROOT), ("tuxcare-pypi", _TUXCARE)),
}
"""By package URL type, the shards of who rebuilds libraries with fixes, and how the versions of the rebuilds look."""

_PROGRAMS: Final = 3
"""How many of the sources on programs a scan fetches: the NVD has analysed few vulnerabilities since April 2026."""
_EPEL: Final = "rpm, EPEL"
_REBUILT: Final = ", rebuilt by "
_BUILT_FOR: Final = ", built for "
_NAMELESS: Final = "generic, without a CPE"
UNPUBLISHED: Final = ", of no registry"
"""How the kinds end of packages that never came from a registry, so that no advisory is about them."""
PART_OF: Final = ", part of "
"""How the kinds go on of applications that come with a runtime which is matched as a whole, before its name."""
GROUPLESS: Final = "maven, without a group"
"""Jars of which only the artifact is known, while advisories name them by group and artifact: all that can be told is
whether one is about an artifact of that name."""


class PackageGroup(Struct, frozen=True):
    """Packages of one kind, and the shards that match them, best first; none when no upstream says anything about
    them. The first `fetched` of the shards are those that a scan cannot do without; the first `exact` speak of some
    versions alone, and match nothing by themselves; where none of the shards can be had, those `instead` match.
    `system` marks packages of operating systems, `foreign` those of them that come from other repositories."""

    kind: str
    packages: tuple[Package, ...]
    shards: tuple[ShardName, ...] = ()
    fetched: int = 1
    exact: int = 0
    instead: tuple[ShardName, ...] = ()
    system: bool = False
    foreign: bool = False


def package_groups(
    inventory: Inventory, standing: Standing = UNKNOWN, *, owned: bool = False
) -> tuple[PackageGroup, ...]:
    """Who matches the packages of an inventory, by kind. Packages that are matched with the one they came in are left
    out; with `owned` they are the ones meant, and the shards those that would match them."""
    kinds: dict[tuple[str, bool], list[Package]] = defaultdict(list)
    distribution, keyed = inventory.distribution, has_keys(inventory)
    programs = frozenset(one.name for one in inventory.packages if one.type == "generic" and is_matched_by_cpe(one))
    for package in inventory.packages:
        if (package.owner != "" and package.id in standing.covered) is owned:
            runtime = runtime_of(package)
            kind = f"{package.type}{PART_OF}{runtime}" if runtime in programs else _kind(package, distribution)
            foreign = is_foreign(package, distribution, keyed=keyed) or package.purl in standing.foreign
            kinds[kind, foreign and _REBUILT not in kind].append(package)
    if not owned and (built := image_package(inventory.build_records.values())) is not None:
        kinds[IMAGE, False].append(built)
    return tuple(_group(kind, tuple(kinds[kind, foreign]), foreign, inventory) for kind, foreign in sorted(kinds))


def shards_for(inventory: Inventory) -> tuple[ShardName, ...]:
    """The shards that a scan needs, sorted; none when nothing in the image can be matched. Those of the ecosystems of
    what system packages own are among them: whether the distribution answers for it, its advisories tell."""
    expected = Standing(covered=own_programs(inventory))
    groups = package_groups(inventory, expected)
    best = {shard for group in groups for shard in (*group.shards[: group.fetched], *group.instead[:1])}
    if any(shard.startswith("rhel-") for shard in best):
        best.add(REPOSITORIES)
    return (*sorted(best), EPSS, KEV) if best else ()


def ecosystem_of(shard: ShardName) -> str:
    """The type of package that a shard of an ecosystem matches; empty for those of distributions and of facts."""
    known = {kind: (*shards, *(one for one, _ in _REBUILDS.get(kind, ()))) for kind, shards in _ECOSYSTEMS.items()}
    return next((kind for kind, shards in known.items() if shard in shards), "")


def _kind(package: Package, distribution: Distribution | None) -> str:
    """The type of a package. Programs and libraries without a name in the NVD are apart from those with one, packages
    of EPEL from those of other repositories, and copies of another distribution's files from what its package manager,
    or a bill of materials, says is installed."""
    if is_unpublished(package):
        return f"{package.type}{UNPUBLISHED}"
    if package.type == "huggingface" or is_model(package):
        return "model"
    if package.type == "generic" and not is_matched_by_cpe(package):
        return f"wordpress {package.properties[WORDPRESS]}" if WORDPRESS in package.properties else _NAMELESS
    if package.type == "maven" and ":" not in package.name:
        return GROUPLESS
    if is_of_epel(package, distribution):
        return _EPEL
    rebuilder = rebuilder_of(package.type, package.name, package.version)
    if rebuilder is not None and _is_apart(rebuilder, package, distribution):
        return f"{package.type}{_REBUILT}{rebuilder.name}"
    if distribution is not None and distribution.rebuilder and package.type == "rpm":
        other = built_for(package.version)
        if other not in ("", distribution.release):
            return f"{package.type}{_BUILT_FOR}{other}"
    copied = package.type in SYSTEM and package.evidence not in ("installed", "sbom")
    if copied and not _system_release(package.type, distribution):
        return f"{package.type}, copied from elsewhere"
    return package.type


def _is_apart(rebuilder: Rebuilder, package: Package, distribution: Distribution | None) -> bool:
    """Whether what somebody has rebuilt is a kind of its own: of a distribution's packages, and of libraries where that
    one's word stands alone."""
    if package.type in DISTRIBUTED:
        return _system_release(package.type, distribution) != ""
    return rebuilder.complete and package.type in _ECOSYSTEMS


def _system_release(package_type: str, distribution: Distribution | None) -> str:
    """The release whose advisories match packages of a type, empty for none."""
    release = distribution.release if distribution is not None else ""
    info = shard_info(release)
    return release if info is not None and info.package_type == package_type else ""


def _group(kind: str, packages: tuple[Package, ...], foreign: bool, inventory: Inventory) -> PackageGroup:
    if kind == _EPEL and inventory.distribution is not None:
        number = inventory.distribution.release.rpartition("-")[2]
        return PackageGroup(kind, packages, (ShardName(f"epel-{number}"),), foreign=True)
    if _REBUILT in kind:
        return _rebuilt(kind, packages, inventory)
    if _BUILT_FOR in kind and inventory.distribution is not None:
        release = kind.partition(_BUILT_FOR)[2]
        own = _curated_shard(inventory.distribution, release)
        return PackageGroup(kind, packages, (own, ShardName(release)), 2, exact=1, system=True)
    if kind not in SYSTEM:
        rebuilds = _rebuilds(kind, packages)
        shards = (*rebuilds, *map(ShardName, _ECOSYSTEMS.get("maven" if kind == GROUPLESS else kind, ())))
        fetched = len(rebuilds) + (_PROGRAMS if kind == "generic" else 1)
        return PackageGroup(kind, packages, shards, fetched, exact=len(rebuilds))
    releases = () if foreign else _releases(kind, packages, inventory)
    shards = (*releases, *_lesser(releases))
    distribution = inventory.distribution
    is_curated = releases and distribution is not None and distribution.rebuilder
    curated = (_curated_shard(distribution, releases[0]),) if distribution is not None and is_curated else ()
    return PackageGroup(
        _system(kind, distribution),
        packages,
        (*curated, *shards),
        len(curated) + len(releases),
        exact=len(curated),
        system=True,
        foreign=foreign,
    )


def _curated_shard(distribution: Distribution, release: str) -> ShardName:
    """The shard of who keeps up all packages of an image."""
    return ShardName(f"{REBUILDERS[distribution.rebuilder].prefix}-{release}")


def _lesser(releases: tuple[ShardName, ...]) -> tuple[ShardName, ...]:
    info = shard_info(releases[0]) if releases else None
    return tuple(
        ShardName(f"{source}-{release}") for release in releases for source in (info.lesser_sources if info else ())
    )


def _rebuilt(kind: str, packages: tuple[Package, ...], inventory: Inventory) -> PackageGroup:
    """Packages that somebody else has rebuilt: by that one's word where it has one, else by that of who publishes what
    was rebuilt; by that one's word alone where it is complete."""
    type, _, name = kind.partition(_REBUILT)
    rebuilder = next(one for one in REBUILDERS.values() if one.name == name)
    system = type in DISTRIBUTED
    releases = _releases(type, packages, inventory) if system else tuple(map(ShardName, _ECOSYSTEMS[type]))
    own = ShardName(f"{rebuilder.prefix}-{_rebuilt_of(rebuilder, type, packages, inventory.distribution)}")
    others = (*releases, *_lesser(releases)) if system else releases
    if rebuilder.complete:
        return PackageGroup(kind, packages, (own,), instead=others, system=system)
    return PackageGroup(kind, packages, (own, *others), len(releases) + 1, exact=1, system=True)


def _rebuilt_of(
    rebuilder: Rebuilder, type: str, packages: tuple[Package, ...], distribution: Distribution | None
) -> str:
    """What a rebuilder's shard has after the prefix. Seal has Debian's, Alpine's and Red Hat's packages whatever the
    release, but for the number in the name of an rpm package's build; RapidFort its own builds by distribution."""
    if type not in DISTRIBUTED or distribution is None:
        return _ECOSYSTEMS[type][0]
    if rebuilder.prefix == "seal":
        built = built_for(packages[0].version) or distribution.release if type == "rpm" else ""
        return f"red-hat-{built.rpartition('-')[2]}" if type == "rpm" else {"apk": "alpine"}.get(type, "debian")
    if rebuilder.prefix == "rapidfort":
        return distribution.release.rpartition("-")[0]
    return _tuxcare_release(distribution) if rebuilder.prefix == "tuxcare" and type == "rpm" else distribution.release


def _tuxcare_release(distribution: Distribution) -> str:
    """AlmaLinux by minor releases, the others like RHEL by major ones."""
    id, version = distribution.id, distribution.version_id
    if id == "almalinux":
        return f"{id}-{version}"
    stream = "-stream" if id == "centos" and "stream" in distribution.pretty.lower() else ""
    return f"{'oracle' if id == 'ol' else id}{stream}-{version.partition('.')[0]}"


def _rebuilds(kind: str, packages: tuple[Package, ...]) -> tuple[ShardName, ...]:
    """The shards of rebuilt libraries, where some are in the image."""
    versions = [package.version for package in packages]
    return tuple(
        ShardName(shard) for shard, mark in _REBUILDS.get(kind, ()) if any(mark.search(version) for version in versions)
    )


def _releases(package_type: str, packages: tuple[Package, ...], inventory: Inventory) -> tuple[ShardName, ...]:
    """The shards of the distribution itself that match its packages: of a release with paid channels those that the
    image takes packages from come first."""
    release = _system_release(package_type, inventory.distribution)
    family = release.partition("-")[0]
    tiers = ubuntu_tiers(inventory.build_records.values(), packages) if family == "ubuntu" else ()
    named = (*(release.replace("-", f"-{tier}-", 1) for tier in tiers), release) if release else ()
    return tuple(map(ShardName, named))


def _system(package_type: str, distribution: Distribution | None) -> str:
    if distribution is None:
        return package_type
    return " ".join(part for part in (package_type, distribution.id, distribution.version_id) if part)
