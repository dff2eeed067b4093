"""Root filesystems in directories of an image: a chroot, what a build left behind, the storage of a container engine.
What their package managers list belongs to another distribution, maybe, and is not read; but it is said.
"""

from typing import Final

from lading.inventory.catalogers.cataloger import Cataloger, CatalogerResult
from lading.model.diagnostics import diagnostic
from lading.model.package import INTO
from lading.model.reader import WantedFile

DATABASES: Final = {
    "var/lib/dpkg/status": "dpkg",
    "lib/apk/db/installed": "apk",
    "usr/lib/apk/db/installed": "apk",
    "var/lib/rpm/Packages": "rpm",
    "var/lib/rpm/Packages.db": "rpm",
    "var/lib/rpm/rpmdb.sqlite": "rpm",
    "usr/lib/sysimage/rpm/Packages.db": "rpm",
    "usr/lib/sysimage/rpm/rpmdb.sqlite": "rpm",
    "usr/share/rpm/rpmdb.sqlite": "rpm",
    "var/lib/pacman/local/ALPM_DB_VERSION": "pacman",
}
"""Who keeps its database there, in a root filesystem."""


def parse_database(file: WantedFile) -> CatalogerResult:
    """That a database is not read, where it is not the image's own, nor that of a container that is a root filesystem
    (of which the walk through containers says so), and lists anything."""
    path = file.path.rpartition(INTO)[2]
    place = next((known for known in DATABASES if path.endswith(f"/{known}")), "")
    if path in DATABASES or not place or not file.content[:1]:
        return CatalogerResult()
    message = f"{DATABASES[place]}'s database in another root filesystem was not read"
    return CatalogerResult(diagnostics=(diagnostic("other-root", message, file.path),))


CATALOGER = Cataloger(
    name="roots",
    version=1,
    parse=parse_database,
    patterns=tuple(f"**/{path}" for path in DATABASES if not path.startswith("usr/lib/apk/")),
    head=16,
)
