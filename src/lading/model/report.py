"""The result of a scan: the input of every renderer, of gates and of policies. It holds no clock and no random
value."""

from collections.abc import Iterator
from typing import Final, Literal

from msgspec import Struct

from lading.model.attached import AttachedToImage
from lading.model.checks import CheckResult, Examined, Family, Issue
from lading.model.diagnostic import Diagnostic
from lading.model.finding import Finding
from lading.model.image import Image
from lading.model.package import Distribution, FoundVex, Inventory, Package, UnmanagedFile
from lading.model.runtime import Container
from lading.model.vex import VexResult


class InventoryResult(Struct, frozen=True):
    """An image, what is in it, what could not be read of it, and what checks saw that were asked for. `attached` is
    what is attached to it, None where nobody asked; `attached_vex` are the VEX documents among that, each by the digest
    of what holds it. `checked` is what checks made of what they saw, None while they have not; then the instructions
    of the image are masked too."""

    image: Image
    inventory: Inventory
    diagnostics: tuple[Diagnostic, ...] = ()
    examined: Examined = Examined()
    attached: AttachedToImage | None = None
    attached_vex: tuple[FoundVex, ...] = ()
    checked: CheckResult | None = None

    @property
    def incomplete(self) -> bool:
        """Whether something was not looked at."""
        return any(diagnostic.level == "incomplete" for diagnostic in self.diagnostics)


CoverageStatus = Literal["matched", "stale", "no-data", "recovered", "owned", "unpublished"]
"""How the packages of one kind were matched: by data of a shard; by data that says nothing new any more (end of life);
not at all; by data, but the package list was read from a layer below the one that deleted it; with the distribution
packages that they are parts of; by nothing, for no registry ever had them."""


IMAGE: Final = "container image"
"""The kind of coverage of the image itself, which its vendor publishes advisories on: no package of the inventory."""


class DataSource(Struct, frozen=True, omit_defaults=True):
    """A shard that packages were matched against. `digest` is that of its file; `confirmed` is when its feed was last
    compared with the upstream (ISO 8601, UTC), `upstream_date` the upstream's own date of the data, which moves on
    every `interval` days (0 where it may stay as it is for long). A `lesser` one adds to better ones, and is not kept
    up to date by scans."""

    shard: str
    feed: str
    digest: str
    confirmed: str = ""
    upstream_date: str = ""
    interval: int = 0
    lesser: bool = False


class Coverage(Struct, frozen=True, omit_defaults=True):
    """What one kind of package was matched against. `kind` is the package URL type with the distribution where there is
    one ("deb debian 12"), or the name of data on vulnerabilities, whatever package has them ("EPSS"). `matched` of all
    `packages` of the kind were matched, against `sources`, the best first."""

    kind: str
    packages: int
    matched: int
    status: CoverageStatus
    sources: tuple[DataSource, ...] = ()
    note: str = ""


class Extent(Struct, frozen=True):
    """How far a target was looked into: `matched` of all `packages`; `programs` counts the programs and archives of no
    package, of which nothing but their kind is known, `bytes` what they take."""

    packages: int
    matched: int
    programs: int
    bytes: int

    @property
    def is_whole(self) -> bool:
        """Whether everything that was found was matched, and there was something."""
        return bool(self.packages) and self.matched == self.packages and not self.programs


class Target(Struct, frozen=True, omit_defaults=True):
    """One image of one platform: what is in it, and what is known of that. `packages` are without the paths they own;
    `unmanaged` are the programs and archives that belong to no package. `vex` is what came of each statement that was
    read. `checks` are the families of checks that were run, `issues` what they found; `attached` is what is attached to
    the image, None where nobody asked; `container` is the one that runs it, None where an image was scanned."""

    image: Image
    distribution: Distribution | None = None
    packages: tuple[Package, ...] = ()
    unmanaged: tuple[UnmanagedFile, ...] = ()
    findings: tuple[Finding, ...] = ()
    coverage: tuple[Coverage, ...] = ()
    diagnostics: tuple[Diagnostic, ...] = ()
    vex: tuple[VexResult, ...] = ()
    checks: tuple[Family, ...] = ()
    issues: tuple[Issue, ...] = ()
    attached: AttachedToImage | None = None
    container: Container | None = None

    @property
    def incomplete(self) -> bool:
        """Whether something was not looked at or not matched."""
        return any(diagnostic.level == "incomplete" for diagnostic in self.diagnostics)

    @property
    def unidentified(self) -> int:
        """How many archives inside others nothing identifies."""
        return sum(diagnostic.code == "unidentified-archive" for diagnostic in self.diagnostics)

    @property
    def is_partial(self) -> bool:
        """Whether something was not read or not matched, or belongs to no package: of that nothing is known."""
        return self.incomplete or not self.extent.is_whole

    @property
    def extent(self) -> Extent:
        """How far it was looked into. What no registry ever had is nothing that could be matched."""
        own = sum(row.packages for row in self.coverage if row.status == "unpublished")
        packages = len(self.packages) - own
        return Extent(
            packages=packages,
            matched=packages - sum(row.packages - row.matched for row in self.coverage if row.kind != IMAGE)
            if self.coverage
            else 0,
            programs=len(self.unmanaged) + self.unidentified,
            bytes=sum(one.size for one in self.unmanaged),
        )


class Report(Struct, frozen=True, omit_defaults=True):
    """The result of one scan. `tool` is the name and version of the program; `database` the digest of the set of shards
    that was at hand, by which the scan can be made again, empty without one; `pinned` tells that it was named, and is
    as old as whoever named it wants, `starter` that only the built-in starter set was used."""

    tool: str
    targets: tuple[Target, ...]
    database: str = ""
    starter: bool = False
    pinned: bool = False

    @property
    def findings(self) -> Iterator[Finding]:
        """Those of every target, of whatever status."""
        return (finding for target in self.targets for finding in target.findings)

    @property
    def issues(self) -> Iterator[Issue]:
        """What checks found in every target."""
        return (issue for target in self.targets for issue in target.issues)

    @property
    def incomplete(self) -> bool:
        """Whether something of any target was not looked at or not matched."""
        return any(target.incomplete for target in self.targets)
