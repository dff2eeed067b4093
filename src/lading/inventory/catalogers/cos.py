"""Container-Optimized OS: the list of the Gentoo packages it was built from.

Source: google/osv-scalibr and GoogleCloudPlatform/cos-tools (`etc/cos-package-info.json`): "version" is that of the
system's build, "ebuild_version" that of the software.
"""

import msgspec

from lading.inventory.catalogers.cataloger import Cataloger, CatalogerResult, FoundPackage
from lading.inventory.unread import Remarks, fault_of
from lading.model.diagnostics import diagnostic
from lading.model.reader import WantedFile
from lading.safeio.javascript_json import decode_json


class _Entry(msgspec.Struct):
    category: str = ""
    name: str = ""
    version: str = ""
    ebuild_version: str = ""


class _Packages(msgspec.Struct, rename="camel"):
    installed_packages: list[_Entry] | None


def parse_packages(file: WantedFile) -> CatalogerResult:
    """The packages on the image, those used only to build it left out."""
    try:
        entries = decode_json(file.content, _Packages, spend=file.spend).installed_packages or []
    except ValueError:
        message = "not a package list of Container-Optimized OS: no package was read"
        return CatalogerResult(diagnostics=(diagnostic("broken-package-database", message, file.path),))
    packages = []
    remarks = Remarks(file.path)
    for one in entries:
        version = one.ebuild_version or one.version
        if fault := fault_of(one.name, version):
            remarks.left_out(fault)
            continue
        name = f"{one.category}/{one.name}" if one.category else one.name
        build = {"build": one.version} if one.version and one.version != version else {}
        packages.append(FoundPackage("cos", name, version, source=name, source_version=version, properties=build))
    return CatalogerResult(packages=tuple(packages), diagnostics=remarks.told())


CATALOGER = Cataloger(
    name="cos", version=1, parse=parse_packages, files=("etc/cos-package-info.json",), is_database=True
)
