"""Packages as installed, and the distribution they belong to."""

from hashlib import sha256
from typing import Final, Literal

from msgspec import Struct

from lading.model.build_records import BuildRecord
from lading.model.properties import bundled_in

Evidence = Literal["installed", "bundled", "declared", "binary", "static", "sbom"]
"""How a package is known: a package manager's or the package's own record of what is installed; a copy inside another
package; a lock file or manifest, which need not be installed; the content of a program; a library linked into one;
a document that came with the image."""

Scope = Literal["squashed", "all-layers", "deleted"]
"""Which packages to list: what the container sees, what any layer ever held, or what is no longer there."""

DISTRIBUTED = frozenset({"alpm", "apk", "deb", "opkg", "rpm"})
"""Types of operating-system packages, which belong to a distribution."""


Place = Literal["layer", "container", "host"]
"""Where a path is: in a layer of an image, in what a running container wrote, or on a host."""

Relationship = Literal["", "direct", "transitive"]
"""Whether what depends on a package is the application itself or another package; empty when that is not known."""

Ownership = Literal["", "verified", "claimed"]
"""Whether the system package that lists a package's files is known to ship it, by the advisories of its distribution,
or only says so; empty without one, and before advisories were asked."""


UseEvidence = Literal["mapped", "open", "argument", "memory", "entrypoint"]
"""How a package's use is known: a process has a file of it in its memory; has one open; was started with one as an
argument; an interpreter has the name of one of its modules in memory; or what the image starts leads to one."""


class Usage(Struct, frozen=True, omit_defaults=True):
    """Whether a package is in use, by what `evidence` (the strongest), by which of its `paths`, and by which programs
    (`by`, "nginx (4711)"); the first few of each. It is not where every process was seen and none has a file of it, or
    where all that the image starts is known and leads to none."""

    in_use: bool
    evidence: UseEvidence | Literal[""] = ""
    paths: tuple[str, ...] = ()
    by: tuple[str, ...] = ()


INTO: Final = "!/"
"""Stands in a path between a container (an archive, a package file) and what lies in it."""


class Location(Struct, frozen=True, order=True, omit_defaults=True):
    """Where a package was seen: `path` without a leading slash, `layer` the index of the image's layer (1 = base), 0
    where `place` is none."""

    path: str
    layer: int
    place: Place = "layer"


class Archive(Struct, frozen=True, omit_defaults=True):
    """The file that a package is published as, as a lock file or a record of what was installed states it: where it was
    had from (`url`, empty where nothing tells), and its digests by algorithm, in hexadecimal. `checksum` is what its
    ecosystem knows what lies in it by, in its own words (`h1:…` of Go): the digest of no file."""

    url: str = ""
    digests: dict[str, str] = {}
    checksum: str = ""


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
    those that others read. `owner` is the package URL of the operating-system package that installed this one,
    `ownership` what that rests on. `removed` is the layer that took the package away again; 0 while it is there.
    `depends_on` are the IDs of the packages it needs that are installed, `relationship` whether the application asked
    for it. `constraints` are the versions of those it needs that it accepts, by their IDs and in the ecosystem's own
    words, where they are known. `digests` are those of the package's own file in the image by algorithm ("sha256"),
    which only a package that is one file has; `archives` are the files that it is published as, of which one was
    installed; `size` are the bytes of either; empty and 0 where they are not known.
    `candidates` are further package URLs that it may be, where its identity is open. `usage` tells whether it is in
    use, None where that is not known.
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
    ownership: Ownership = ""
    depends_on: tuple[str, ...] = ()
    relationship: Relationship = ""
    digests: dict[str, str] = {}
    size: int = 0
    candidates: tuple[str, ...] = ()
    constraints: dict[str, str] = {}
    usage: Usage | None = None
    archives: tuple[Archive, ...] = ()

    @property
    def owner_name(self) -> str:
        """The name of the operating-system package that installed this one, empty for none."""
        return self.owner.rpartition("/")[2].partition("@")[0]

    @property
    def id(self) -> str:
        """Names the package in its inventory, and in every other that has the same one."""
        declared = "declared" if self.evidence == "declared" else ""
        parts = (self.type, self.name, self.version, self.arch, self.owner, bundled_in(self), declared)
        return sha256("\0".join(parts).encode("utf-8", "backslashreplace")).hexdigest()[:16]


def package_order(package: Package) -> tuple[str, ...]:
    """Sort key: the order of packages in an inventory and in every document."""
    return package.type, package.name, package.version, package.arch, package.owner, bundled_in(package)


class UnmanagedFile(Struct, frozen=True, order=True):
    """A program or an archive that belongs to no package. `kind` says what it is ("ELF executable"), `size` how many
    bytes it has."""

    path: str
    layer: int
    kind: str
    size: int = 0

    @property
    def is_archive(self) -> bool:
        """Whether it holds other files, and is no program by itself."""
        return self.kind.endswith(("archive", "egg"))


class Distribution(Struct, frozen=True, omit_defaults=True):
    """The operating-system distribution of an image, from os-release(5) and what stands beside it.

    `id` and `version_id` as in os-release (`version_id` is filled from the code name for Debian testing and unstable,
    and is empty for rolling distributions); `pretty` is the text for people; `release` is the name of the advisory
    shard that matches it ("debian-12", "alpine-3.20", "alpine-edge", "wolfi"), empty when Lading knows none;
    `rebuilder` is who has rebuilt and keeps up the packages of the whole image ("RapidFort"), empty for nobody.
    """

    id: str
    version_id: str = ""
    codename: str = ""
    pretty: str = ""
    release: str = ""
    path: str = ""
    rebuilder: str = ""


class FoundVex(Struct, frozen=True, order=True, omit_defaults=True):
    """A VEX document in an image, as it lies there, and the signature beside it, empty without one."""

    path: str
    layer: int
    data: bytes
    signature: bytes = b""


class Inventory(Struct, frozen=True, omit_defaults=True):
    """What is in an image: packages sorted by (type, name, version, arch), and what belongs to no package, sorted by
    path. `build_records` are what the distribution's build system left in the image (Red Hat's content sets and
    labels) and what the image is subscribed to (services of Ubuntu Pro), by path. `symbols` has the
    functions of each Go program that modules were found in, by its path (see formats.go_functions). `recovered` are the
    package databases that were read from below the layer that took them away, sorted. `vex` are the VEX documents that
    lie in the image, by path.
    """

    distribution: Distribution | None = None
    packages: tuple[Package, ...] = ()
    unmanaged: tuple[UnmanagedFile, ...] = ()
    build_records: dict[str, BuildRecord] = {}
    symbols: dict[str, bytes] = {}
    recovered: tuple[str, ...] = ()
    vex: tuple[FoundVex, ...] = ()
