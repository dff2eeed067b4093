"""Lists of package URLs, one a line; empty lines and those that begin with # say nothing."""

from typing import Final

from lading.formats.sbom.document import Remarks, check_count, inventory_of
from lading.formats.sbom.purls import Named, parse_purl
from lading.model.errors import FormatError
from lading.model.image import Image
from lading.model.report import InventoryResult

PREFIX: Final = "pkg:"
_SHOWN: Final = 200


def parse_purls(data: bytes, where: str) -> InventoryResult:
    """The packages of a list; `where` is its name. Raises FormatError."""
    try:
        lines = data.removeprefix(b"\xef\xbb\xbf").decode().splitlines()
    except UnicodeDecodeError as error:
        raise FormatError(f"{where}: is no list of package URLs: byte {error.start:,} is not UTF-8") from error
    check_count(lines, where)
    named = [
        _parsed(line.strip(), f"{where}: line {number:,}")
        for number, line in enumerate(lines, 1)
        if line.strip() and not line.lstrip().startswith("#")
    ]
    if not named:
        raise FormatError(f"{where}: lists no package URL")
    return InventoryResult(Image(where, "sbom"), inventory_of(named, None, Remarks()))


def _parsed(text: str, where: str) -> Named:
    named = parse_purl(text)
    if named is None:
        raise FormatError(f"{where}: {text[:_SHOWN]!r} is no package URL: expected pkg:TYPE/NAME@VERSION")
    return named
