"""Any bill of materials, told by its content."""

import msgspec
from msgspec import Struct

from lading.formats.decoders.cyclonedx import parse_cyclonedx
from lading.formats.decoders.spdx import parse_spdx
from lading.formats.decoders.spdx3 import parse_spdx3
from lading.formats.decoders.syft import parse_syft
from lading.formats.sbom.document import decode
from lading.formats.sbom.syntaxes import as_json
from lading.model.errors import FormatError
from lading.model.report import InventoryResult
from lading.safeio.json_text import encode_json


class _Any(Struct, rename="camel"):
    """What tells the formats apart."""

    bom_format: object = None
    spdx_version: object = None
    artifacts: object = None
    context: object = msgspec.field(default=None, name="@context")


def parse_sbom(data: bytes, where: str) -> InventoryResult:
    """What a document of CycloneDX or SPDX (JSON, XML or tags) or of Syft says; `where` is its name. Raises
    FormatError."""
    data = as_json(data, where)
    document = decode(data, _Any, where, "CycloneDX or SPDX in JSON")
    if document.bom_format is not None:
        return parse_cyclonedx(data, where)
    if document.spdx_version is not None:
        return parse_spdx(data, where)
    if "spdx.org" in encode_json(document.context).decode():
        return parse_spdx3(data, where)
    if isinstance(document.artifacts, list):
        return parse_syft(data, where)
    raise FormatError(f"{where}: neither CycloneDX nor SPDX")
