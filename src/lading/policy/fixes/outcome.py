"""What an image holds when its plan has been carried out, as registries of packages tell it."""

from msgspec import Struct, structs

from lading.model.package import Package


class Move(Struct, frozen=True):
    """A package that a command moves: to just this `version`, or with `newest` to the newest that who needs it
    accepts."""

    package: Package
    version: str
    newest: bool = False


class Change(Struct, frozen=True):
    """What is there in place of a package once the package `by` (an ID) has been moved: nothing, or one version or
    several. `before` is None for what was not there."""

    by: str
    before: Package | None
    after: tuple[Package, ...]


class Refusal(Struct, frozen=True):
    """A move (of the package with this ID) that makes a command fail, or breaks another package: `constraint` is what
    its version has to hold to instead, `why` says it in words."""

    id: str
    constraint: str
    why: str


class Outcome(Struct, frozen=True):
    """All that changes, the IDs of moved packages of which nobody says what they bring, and why it cannot be done."""

    changes: tuple[Change, ...] = ()
    unknown: frozenset[str] = frozenset()
    refusals: tuple[Refusal, ...] = ()


def new_package(like: Package, name: str, version: str) -> Package:
    """A package that is not there yet, beside one of its ecosystem that needs it."""
    path = name.replace("@", "%40", 1)
    return Package(
        name=name,
        version=version,
        type=like.type,
        purl=f"pkg:{like.type}/{path}@{version}",
        layer=like.layer,
        locations=like.locations,
    )


def without_needs(package: Package) -> Package:
    """A package of which it is not known yet what it needs."""
    return structs.replace(package, depends_on=(), constraints={})
