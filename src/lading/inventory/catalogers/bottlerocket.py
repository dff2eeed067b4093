"""Bottlerocket: the inventory of the rpm packages its image was built from.

Source: bottlerocket-os/twoliter, tools/rpm2img (`application-inventory.json`: "Content", a list of objects).
"""

from typing import Final

import msgspec

from lading.inventory.catalogers.cataloger import Cataloger, CatalogerResult, FoundPackage
from lading.inventory.unread import Remarks, fault_of
from lading.model.diagnostics import diagnostic
from lading.model.reader import WantedFile
from lading.safeio.json_text import has_too_many_objects

_MOST_BYTES: Final = 32_000_000
_MOST_VALUES: Final = 1_500_000


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
        data = file.content[: _MOST_BYTES + 1]
        if len(data) > _MOST_BYTES or has_too_many_objects(data) or data.count(b",") > _MOST_VALUES:
            raise UnicodeError
        entries = msgspec.json.decode(data, type=_Inventory).content
    except (msgspec.MsgspecError, UnicodeError, RecursionError):
        message = "not an application inventory: no package was read"
        return CatalogerResult(diagnostics=(diagnostic("broken-package-database", message, file.path),))
    packages = []
    remarks = Remarks(file.path)
    for entry in entries:
        one = _application(entry)
        if fault := fault_of(one.name, one.version):
            remarks.left_out(fault)
        else:
            packages.append(_package(one))
    return CatalogerResult(packages=tuple(packages), diagnostics=remarks.told())


def _application(entry: msgspec.Raw) -> _Application:
    """An entry of the inventory, without a name when it is damaged."""
    try:
        return msgspec.json.decode(entry, type=_Application)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return _Application()


def _package(one: _Application) -> FoundPackage:
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
    version=2,
    parse=parse_inventory,
    files=("usr/share/bottlerocket/application-inventory.json",),
    is_database=True,
)
