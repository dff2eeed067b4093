"""The syntaxes that bills of materials are written in beside JSON."""

from lading.formats.sbom.cyclonedx_xml import cyclonedx_json, is_cyclonedx_xml
from lading.formats.sbom.spdx_tags import is_spdx_tags, spdx_json


def as_json(data: bytes, where: str) -> bytes:
    """A document in JSON: one of CycloneDX in XML or of SPDX 2 in tags as the same in JSON, all else as it is, without
    a mark of the order of its bytes. `where` is its name. Raises FormatError."""
    data = data.removeprefix(b"\xef\xbb\xbf")
    if is_cyclonedx_xml(data):
        return cyclonedx_json(data, where)
    return spdx_json(data, where) if is_spdx_tags(data) else data
