"""The one table of catalogers. Where two want the same file by its name, the first has it."""

from lading.inventory.catalogers import (
    apk,
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
    rpm,
    ruby,
    sbom,
    scripts,
    snap,
    ubuntu_pro,
)
from lading.inventory.catalogers.cataloger import Cataloger

_SYSTEM = (
    apk.CATALOGER,
    chisel.CATALOGER,
    dpkg.CATALOGER,
    opkg.CATALOGER,
    pacman.CATALOGER,
    portage.CATALOGER,
    rpm.CATALOGER,
    bottlerocket.CATALOGER,
    cos.CATALOGER,
    bitnami.CATALOGER,
    homebrew.CATALOGER,
    *nix.CATALOGERS,
    snap.CATALOGER,
    release.CATALOGER,
    red_hat.CATALOGER,
    ubuntu_pro.CATALOGER,
)
_LANGUAGES = (
    conan.CATALOGER,
    *conda.CATALOGERS,
    dart.CATALOGER,
    dotnet.CATALOGER,
    erlang.CATALOGER,
    *haskell.CATALOGERS,
    java.CATALOGER,
    *julia.CATALOGERS,
    jvm.CATALOGER,
    lua.CATALOGER,
    models.CATALOGER,
    node.CATALOGER,
    opam.CATALOGER,
    perl.CATALOGER,
    *php.CATALOGERS,
    python.CATALOGER,
    r.CATALOGER,
    ruby.CATALOGER,
    sbom.CATALOGER,
    scripts.CATALOGER,
    binary.CATALOGER,
)
CATALOGERS: tuple[Cataloger, ...] = (*_SYSTEM, *_LANGUAGES)


def catalogers_for(*, declared: bool) -> tuple[Cataloger, ...]:
    """Those to run: `declared` says whether lock files and manifests count, whose many readers are loaded then."""
    if not declared:
        return tuple(cataloger for cataloger in CATALOGERS if not cataloger.declares)
    from lading.inventory.catalogers import declared as lock_files

    return (*CATALOGERS, *lock_files.CATALOGERS)
