"""Bottlerocket: the inventory of the rpm packages its image was built from.

Source: bottlerocket-os/twoliter, tools/rpm2img (`application-inventory.json`: "Content", a list of objects).
"""

import msgspec

from lading.inventory.catalogers.cataloger import Cataloger, CatalogerResult, FoundPackage
from lading.model.diagnostics import diagnostic
from lading.model.reader import WantedFile


class _Application(msgspec.Struct, rename="pascal"):
    name: str = ""
    version: str = ""
    release: str = ""
    epoch: str | int | None = None
    architecture: str = ""
    publisher: str = ""


class _Inventory(msgspec.Struct, rename="pascal"):
    content: tuple[msgspec.Raw, ...]


def parse_inventory(file: WantedFile) -> CatalogerResult:
    """The packages, their versions written as rpm does: `epoch:version-release`, without an epoch of 0."""
    try:
        entries = msgspec.json.decode(file.data, type=_Inventory).content
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        message = "not an application inventory: no package was read"
        return CatalogerResult(diagnostics=(diagnostic("broken-package-database", message, file.path),))
    packages = []
    diagnostics = []
    for entry in entries:
        package = _package(entry)
        if package is not None:
            packages.append(package)
        else:
            message = "an entry has no package name or no version; it was left out"
            diagnostics.append(diagnostic("broken-package-entry", message, file.path))
    return CatalogerResult(packages=tuple(packages), diagnostics=tuple(diagnostics))


def _package(entry: msgspec.Raw) -> FoundPackage | None:
    try:
        one = msgspec.json.decode(entry, type=_Application)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None
    if not one.name or not one.version:
        return None
    epoch = f"{one.epoch}:" if one.epoch and str(one.epoch) != "0" else ""
    version = epoch + one.version + (f"-{one.release}" if one.release else "")
    return FoundPackage(
        type="bottlerocket",
        name=one.name,
        version=version,
        arch=one.architecture,
        source=one.name,
        source_version=version,
        maintainer=one.publisher,
    )


CATALOGER = Cataloger(
    name="bottlerocket",
    version=1,
    parse=parse_inventory,
    files=("usr/share/bottlerocket/application-inventory.json",),
    is_database=True,
)
