"""What clears vulnerabilities of an image, and what stays."""

from typing import Literal

from msgspec import Struct

from lading.model.diagnostic import Diagnostic
from lading.model.finding import Finding
from lading.model.image import Image
from lading.model.package import Distribution

StayReason = Literal[
    "not_fixed",
    "wont_fix",
    "end_of_life",
    "under_investigation",
    "needs_more",
    "held",
    "bundled",
    "no_manager",
    "no_better",
]
"""Why a vulnerability stays: nobody has fixed it; upstream will not, or not now; the release is out of support; nobody
knows whether it is one; the fix needs more than an upgrade (a subscription); another package accepts no fixed version;
it is in a copy that comes with another package; the image has no package manager; or no version that advisories name is
free of as much as it brings."""


class Along(Struct, frozen=True, omit_defaults=True):
    """A package that an upgrade brings along, as registries of packages tell it: `version` is the present one, empty
    where it is not there yet, `versions` are those that are there then, none where nobody needs it any more. `clears`
    and `brings` are the vulnerabilities that go and come with that."""

    name: str
    version: str = ""
    versions: tuple[str, ...] = ()
    clears: tuple[str, ...] = ()
    brings: tuple[str, ...] = ()


class Upgrade(Struct, frozen=True, omit_defaults=True):
    """One package to move to another version: the least that clears as much as can be cleared.

    `name` is that of the source package where the type has those, `packages` the installed ones. `clears` are the
    vulnerabilities that go, `brings` those that the new version has and the old one had not, by their names.
    `brought_by` are the packages that the application asked for and that need this one, empty where it asked for it
    itself, and where that is not known. `along` is what else changes, where registries of packages were asked. `base`
    tells that all of it came with the base image.
    """

    type: str
    name: str
    packages: tuple[str, ...]
    version: str
    fixed_version: str
    clears: tuple[str, ...]
    brings: tuple[str, ...] = ()
    brought_by: tuple[str, ...] = ()
    base: bool = False
    along: tuple[Along, ...] = ()

    @property
    def cleared(self) -> int:
        """How many vulnerabilities go, each counted once a package."""
        return len(self.clears) + sum(len(one.clears) for one in self.along)


class Step(Struct, frozen=True, omit_defaults=True):
    """Upgrades that one command does. `manager` is the package manager ("apt-get", "pip"), `where` the directory or
    program concerned, empty for the system's packages. `lines` are instructions of a Dockerfile where `in_image`,
    otherwise commands and changes in the application's source, after which the image is built anew."""

    manager: str
    where: str
    in_image: bool
    lines: tuple[str, ...]
    upgrades: tuple[Upgrade, ...]

    @property
    def clears(self) -> int:
        """How many vulnerabilities go, each counted once a package."""
        return sum(one.cleared for one in self.upgrades)


class Stay(Struct, frozen=True, omit_defaults=True):
    """One vulnerability in the packages of one source package that stays, and why; `detail` says it in words.
    `may_go_with` is an upgrade of the plan ("express 4.20.0") of a package that needs this one, or has the copy in it:
    what that brings instead is not known before it is installed."""

    reason: StayReason
    finding: Finding
    detail: str = ""
    may_go_with: str = ""


class BaseMove(Struct, frozen=True, omit_defaults=True):
    """What building on another base would change, each vulnerability counted once a source package: `clears` are those
    of the present base that the other has not, `brings` those that it has and the present one has not. `packages` and
    `size` (bytes as stored, 0 where it is not known) are the other's, `fewer_packages` and `smaller` how many and how
    much less that is, negative for more. `incomplete` tells that not all of it could be matched."""

    name: str
    digest: str
    clears: tuple[str, ...]
    brings: tuple[str, ...]
    packages: int
    fewer_packages: int
    size: int = 0
    smaller: int = 0
    incomplete: bool = False


class FixPlan(Struct, frozen=True):
    """What to do about an image. `before` and `after` count vulnerabilities by package, as tables show them, without
    those that a policy suppresses and those in copies inside other packages: now, and when all steps are done, as
    matched again with the new versions. `bases` are other bases that were asked about, the best first. Of `packages`
    packages `matched` were matched: of the others it is not known what would clear them."""

    tool: str
    image: Image
    distribution: Distribution | None
    before: int
    after: int
    steps: tuple[Step, ...]
    stays: tuple[Stay, ...]
    bases: tuple[BaseMove, ...] = ()
    diagnostics: tuple[Diagnostic, ...] = ()
    packages: int = 0
    matched: int = 0
