"""The components of a bill of materials that lies in an image."""

from lading.inventory.unread import left_out
from lading.model.diagnostic import Diagnostic
from lading.model.errors import FormatError
from lading.model.package import DISTRIBUTED, Package
from lading.safeio.json_text import MOST_OBJECTS, has_too_many_objects


def read_components(data: bytes, path: str) -> tuple[tuple[Package, ...], tuple[Diagnostic, ...]]:
    """The packages that a CycloneDX or SPDX document lists, and what is to be said of it: components that nothing can
    be matched against are counted, those of the operating system left out, of which its package database tells. Raises
    FormatError."""
    from lading.formats.decoders.sbom import parse_sbom
    from lading.formats.sbom.document import UNIDENTIFIED

    if has_too_many_objects(data):
        raise FormatError(f"{path}: more than {MOST_OBJECTS:,} objects")
    document = parse_sbom(data, path)
    listed = [one for one in document.inventory.packages if one.purl.startswith("pkg:") and one.type not in DISTRIBUTED]
    diagnostics = [one for one in document.diagnostics if one.code == UNIDENTIFIED]
    if versionless := sum(not one.version for one in listed):
        diagnostics.append(left_out(path, f"{versionless:,} of its components have no version"))
    return tuple(one for one in listed if one.version), tuple(diagnostics)
