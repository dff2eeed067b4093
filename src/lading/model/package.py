"""Packages as installed, and the distribution they belong to."""

from typing import Literal

from msgspec import Struct

from lading.model.build_records import BuildRecord

Evidence = Literal["installed", "bundled", "declared", "binary", "static", "sbom"]
"""How a package is known: a package manager's or the package's own record of what is installed; a copy inside another
package; a lock file or manifest, which need not be installed; the content of a program; a library linked into one;
a document that came with the image."""

Scope = Literal["squashed", "all-layers", "deleted"]
"""Which packages to list: what the container sees, what any layer ever held, or what is no longer there."""

DISTRIBUTED = frozenset({"alpm", "apk", "deb", "opkg", "rpm"})
"""Types of operating-system packages, which belong to a distribution."""


class Location(Struct, frozen=True, order=True, omit_defaults=True):
    """Where a package was seen: `path` inside the image without a leading slash, `layer` its index (1 = base)."""

    path: str
    layer: int


class Package(Struct, frozen=True, omit_defaults=True):
    """One installed package.

    `type` is the package URL type ("deb", "apk"); `version` the version as the package database writes it, epoch and
    release included. `source` and `source_version` name what the package was built from (dpkg `Source:`, apk origin)
    and are always set for operating-system packages, to the package's own name and version when the database names no
    other. `layer` is the layer that introduced this version, `locations` every place that proves it.
    `files` are the paths the package owns, empty when the database does not list them or they were not asked for; one
    that ends in a slash stands for everything below a directory. `name` is the full name by which the ecosystem's
    advisories know the package: `group:artifact` for Maven, `@scope/name` for npm, `vendor/name` for Composer, the
    module path for Go. `properties` are further facts in the words of the package's own format; model.properties has
    those that others read. `owner` is the package URL of the operating-system package that installed this one.
    `removed` is the layer that took the package away again; 0 while it is there.
    """

    name: str
    version: str
    type: str
    arch: str = ""
    source: str = ""
    source_version: str = ""
    purl: str = ""
    maintainer: str = ""
    licenses: tuple[str, ...] = ()
    layer: int = 0
    locations: tuple[Location, ...] = ()
    files: tuple[str, ...] = ()
    evidence: Evidence = "installed"
    cpes: tuple[str, ...] = ()
    properties: dict[str, str] = {}
    owner: str = ""
    removed: int = 0


class UnmanagedFile(Struct, frozen=True, order=True):
    """A program or an archive that no package accounts for. `kind` says what it is ("ELF executable")."""

    path: str
    layer: int
    kind: str


class Distribution(Struct, frozen=True, omit_defaults=True):
    """The operating-system distribution of an image, from os-release(5) and what stands beside it.

    `id` and `version_id` as in os-release (`version_id` is filled from the code name for Debian testing and unstable,
    and is empty for rolling distributions); `pretty` is the text for people; `release` is the name of the advisory
    shard that matches it ("debian-12", "alpine-3.20", "alpine-edge", "wolfi"), empty when Lading knows none.
    """

    id: str
    version_id: str = ""
    codename: str = ""
    pretty: str = ""
    release: str = ""
    path: str = ""


class Inventory(Struct, frozen=True, omit_defaults=True):
    """What is in an image: packages sorted by (type, name, version, arch), and what no package accounts for, sorted by
    path. `build_records` are what the distribution's build system left in the image (Red Hat's content sets and
    labels) and what the image is subscribed to (services of Ubuntu Pro), by path. `symbols` has the
    functions of each Go program that modules were found in, by its path (see formats.go_functions). `recovered` are the
    package databases that were read from below the layer that took them away, sorted.
    """

    distribution: Distribution | None = None
    packages: tuple[Package, ...] = ()
    unmanaged: tuple[UnmanagedFile, ...] = ()
    build_records: dict[str, BuildRecord] = {}
    symbols: dict[str, bytes] = {}
    recovered: tuple[str, ...] = ()
