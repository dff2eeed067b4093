"""Package databases that Lading recognises but cannot read yet: named, so that no scan looks clean for lack of them."""

from lading.inventory.catalogers.base import Cataloger, Facts, WantedFile
from lading.model.diagnostic import Diagnostic

_KINDS = {
    "var/lib/rpm/Packages": "rpm",
    "var/lib/rpm/Packages.db": "rpm",
    "var/lib/rpm/rpmdb.sqlite": "rpm",
    "usr/lib/sysimage/rpm/Packages": "rpm",
    "usr/lib/sysimage/rpm/Packages.db": "rpm",
    "usr/lib/sysimage/rpm/rpmdb.sqlite": "rpm",
    "usr/share/rpm/rpmdb.sqlite": "rpm",
    "var/lib/rpmmanifest/container-manifest-2": "rpm",
    "usr/lib/opkg/status": "opkg",
    "var/lib/opkg/status": "opkg",
    "var/lib/pacman/local/ALPM_DB_VERSION": "pacman",
    "nix/var/nix/db/db.sqlite": "nix",
    "var/lib/chisel/manifest.wall": "chisel",
}


def parse_presence(file: WantedFile) -> Facts:
    """One diagnostic that names the database."""
    message = f"a package database of the kind {_KINDS[file.path]}, which this version of Lading cannot read"
    return Facts(diagnostics=(Diagnostic("incomplete", "unread-package-database", message, file.path),))


CATALOGER = Cataloger(name="unread", version=1, parse=parse_presence, files=tuple(_KINDS), reads_content=False)
