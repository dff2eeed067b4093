"""The one table of catalogers, by ecosystem: a group for each module or folder beside it, of the same name."""

from collections.abc import Iterable

from msgspec import Struct, structs

from lading.inventory.catalogers import (
    apk,
    archives,
    binary,
    bitnami,
    bottlerocket,
    chisel,
    conan,
    conda,
    cos,
    dart,
    dotnet,
    dpkg,
    erlang,
    haskell,
    homebrew,
    java,
    julia,
    jvm,
    lua,
    managers,
    models,
    nix,
    node,
    opam,
    opkg,
    pacman,
    perl,
    php,
    portage,
    python,
    r,
    red_hat,
    release,
    roots,
    rpm,
    ruby,
    sbom,
    scripts,
    snap,
    ubuntu_pro,
    vex,
)
from lading.inventory.catalogers.cataloger import Cataloger
from lading.inventory.router import Router


class Group(Struct, frozen=True):
    """The catalogers of one ecosystem, whose results are kept together."""

    name: str
    catalogers: tuple[Cataloger, ...]


def checked(groups: Iterable[Group]) -> tuple[Group, ...]:
    """The groups. Raises ValueError when two of them, or two of their catalogers, have the same name."""
    groups = tuple(groups)
    for names in ([group.name for group in groups], [one.name for group in groups for one in group.catalogers]):
        twice = {name for name in names if names.count(name) > 1}
        if twice:
            raise ValueError(f"registered twice: {', '.join(sorted(twice))}")
    return groups


_SYSTEM = (
    Group("apk", (apk.CATALOGER,)),
    Group("chisel", (chisel.CATALOGER,)),
    Group("dpkg", (dpkg.CATALOGER,)),
    Group("opkg", (opkg.CATALOGER,)),
    Group("pacman", (pacman.CATALOGER,)),
    Group("portage", (portage.CATALOGER,)),
    Group("rpm", (rpm.CATALOGER,)),
    Group("bottlerocket", (bottlerocket.CATALOGER,)),
    Group("cos", (cos.CATALOGER,)),
    Group("bitnami", (bitnami.CATALOGER,)),
    Group("homebrew", (homebrew.CATALOGER,)),
    Group("managers", managers.CATALOGERS),
    Group("nix", nix.CATALOGERS),
    Group("snap", (snap.CATALOGER,)),
    Group("release", (release.CATALOGER,)),
    Group("roots", (roots.CATALOGER,)),
    Group("red_hat", (red_hat.CATALOGER,)),
    Group("ubuntu_pro", (ubuntu_pro.CATALOGER,)),
    Group("vex", (vex.CATALOGER,)),
)
_LANGUAGES = (
    Group("archives", (archives.CATALOGER,)),
    Group("conan", (conan.CATALOGER,)),
    Group("conda", conda.CATALOGERS),
    Group("dart", (dart.CATALOGER,)),
    Group("dotnet", (dotnet.CATALOGER,)),
    Group("erlang", (erlang.CATALOGER,)),
    Group("haskell", haskell.CATALOGERS),
    Group("java", (java.CATALOGER,)),
    Group("julia", julia.CATALOGERS),
    Group("jvm", (jvm.CATALOGER,)),
    Group("lua", (lua.CATALOGER,)),
    Group("models", (models.CATALOGER,)),
    Group("node", node.CATALOGERS),
    Group("opam", (opam.CATALOGER,)),
    Group("perl", (perl.CATALOGER,)),
    Group("php", php.CATALOGERS),
    Group("python", (python.CATALOGER,)),
    Group("r", (r.CATALOGER,)),
    Group("ruby", (ruby.CATALOGER,)),
    Group("sbom", (sbom.CATALOGER,)),
    Group("scripts", (scripts.CATALOGER,)),
    Group("binary", (binary.CATALOGER,)),
)
GROUPS = checked((*_SYSTEM, *_LANGUAGES))
CATALOGERS: tuple[Cataloger, ...] = tuple(one for group in GROUPS for one in group.catalogers)


class Readers(Struct, frozen=True):
    """Who reads an image: groups of catalogers, all of these, and the router to them."""

    groups: tuple[Group, ...]
    catalogers: tuple[Cataloger, ...]
    router: Router


def readers_for(*, declared: bool) -> Readers:
    """Those to run: `declared` says whether lock files and manifests count, whose many readers are loaded then."""
    groups = groups_for(declared=declared)
    catalogers = tuple(one for group in groups for one in group.catalogers)
    return Readers(groups, catalogers, Router(catalogers))


def groups_for(*, declared: bool) -> tuple[Group, ...]:
    """The groups of `readers_for`."""
    if not declared:
        installed = (structs.replace(one, catalogers=_installed(one.catalogers)) for one in GROUPS)
        return tuple(group for group in installed if group.catalogers)
    from lading.inventory.catalogers import declared as lock_files

    return checked((*GROUPS, Group("declared", lock_files.CATALOGERS)))


def _installed(catalogers: Iterable[Cataloger]) -> tuple[Cataloger, ...]:
    return tuple(one for one in catalogers if not one.declares)
