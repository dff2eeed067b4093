"""The list that stands in for the database in the distroless images of Azure Linux and CBL-Mariner.

Source: "Distroless containers" in the toolkit's documentation (azurelinux, toolkit/docs/how_it_works/5_misc.md): a
query of rpm with ten columns, NAME, VERSION-RELEASE, INSTALLTIME, BUILDTIME, VENDOR, EPOCH, SIZE, ARCH, EPOCHNUM and
SOURCERPM. The toolkit itself writes "(none)" for every EPOCH, and EPOCHNUM is 0 where there is none.
"""

from lading.inventory.catalogers.cataloger import FoundPackage
from lading.inventory.catalogers.rpm.package import found_package
from lading.inventory.unread import fault_of
from lading.model.reader import Content
from lading.safeio.lines import iter_lines

_COLUMNS = 10
_MOST_LINES = 500_000
_NONE = "(none)"


def read_manifest(content: Content) -> tuple[list[FoundPackage], int]:
    """The packages, and how many lines could not be read. Raises FormatError."""
    packages = []
    broken = 0
    for one in dict.fromkeys(
        iter_lines(content, _MOST_LINES)
    ):  # a list made file by file names a package once for each
        line = one.decode("utf-8", "backslashreplace")
        if not line.strip():
            continue
        fields = ["" if field == _NONE else field for field in map(str.strip, line.split("\t"))]
        if len(fields) != _COLUMNS or fault_of(fields[0], fields[1]):
            broken += 1
            continue
        name, version, _, _, vendor, epoch, _, arch, epoch_number, source_rpm = fields
        package = found_package(
            name, version, _epoch(epoch, epoch_number), arch=arch, vendor=vendor, source_rpm=source_rpm
        )
        if package is not None:
            packages.append(package)
    return packages, broken


def _epoch(epoch: str, number: str) -> int | None:
    if epoch.isdecimal():
        return int(epoch[:10])
    return int(number[:10]) or None if number.isdecimal() else None
