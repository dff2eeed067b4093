"""Documents that can be attached to an image: what kind they are, and as what they are stated."""

from collections.abc import Mapping
from typing import Final

import msgspec
from msgspec import Raw, Struct

from lading.formats.decoders.report import is_report, parse_report
from lading.formats.decoders.sbom import parse_sbom
from lading.formats.decoders.vex.documents import parse_vex
from lading.formats.encoders.attestations import cosign_predicate
from lading.model.attached import AttachedKind
from lading.model.errors import FormatError
from lading.safeio.dsse import IN_TOTO, parse_statement
from lading.safeio.javascript_json import decode_json

_CYCLONEDX: Final = ("https://cyclonedx.org/bom", "application/vnd.cyclonedx+json")
_SPDX: Final = ("https://spdx.dev/Document", "application/spdx+json")
_OPENVEX: Final = ("https://openvex.dev/ns", "application/vnd.openvex+json")
_CSAF: Final = ("https://docs.oasis-open.org/csaf/csaf/v2.0/csaf_json_schema.json", "application/csaf+json")
_REPORT: Final = ("https://cosign.sigstore.dev/attestation/vuln/v1", "application/vnd.lading.report.v2+json")


class Attachable(Struct, frozen=True):
    """A document, named `where`: as the predicate of a statement of type `type`, or as it is, of a media type.
    `digests` are those of the images that it is about by its own word, none where it names none; `one_platform` tells
    that it can only be about an image of one platform. `is_statement` says that it is a whole statement already."""

    where: str
    kind: AttachedKind
    type: str
    media_type: str
    data: bytes
    predicate: bytes
    digests: frozenset[str] = frozenset()
    one_platform: bool = False
    is_statement: bool = False


class _Any(Struct, rename="camel"):
    bom_format: object = None
    spdx_version: object = None
    context: object = msgspec.field(default=None, name="@context")
    document: object = None
    statements: object = None
    components: object = None
    vulnerabilities: object = None
    type: object = msgspec.field(default=None, name="_type")


class _Report(Struct):
    class _Decision(Struct):
        day: str = ""

    tool: str = ""
    database: str = ""
    decision: _Decision = msgspec.field(default_factory=_Decision)


def parse_attachable(data: bytes, where: str) -> Attachable:
    """A document in JSON: an SBOM (CycloneDX, SPDX), VEX (OpenVEX, CSAF, CycloneDX), a report of ours, or an in-toto
    statement. Raises FormatError for anything else."""
    if is_report(data):
        return _report(data, where)
    try:
        found = decode_json(data, _Any)
    except ValueError as error:
        raise FormatError(f"{where}: cannot be attached: it is no JSON: {error}") from error
    if found.type is not None:
        return _statement(data, where)
    if found.bom_format is not None and not found.components and found.vulnerabilities:
        parse_vex(data, where)
        return Attachable(where, "vex", *_CYCLONEDX, data, data)
    if found.bom_format is not None or found.spdx_version is not None or "spdx.org" in str(found.context):
        type = _CYCLONEDX if found.bom_format is not None else _SPDX
        digest = parse_sbom(data, where).image.digest
        digests = frozenset({digest} if digest else ())
        return Attachable(where, "sbom", *type, data, data, digests, one_platform=True)
    if isinstance(found.document, Mapping) or found.statements is not None:
        parse_vex(data, where)
        return Attachable(where, "vex", *(_OPENVEX if found.statements is not None else _CSAF), data, data)
    raise FormatError(
        f"{where}: cannot be attached: neither an SBOM (CycloneDX, SPDX) nor VEX (OpenVEX, CSAF, CycloneDX) nor a "
        "report of lading scan -o json nor an in-toto statement"
    )


def _report(data: bytes, where: str) -> Attachable:
    digests = frozenset(one.image.digest for one in parse_report(data, where).targets if one.image.digest)
    said = msgspec.json.decode(data.removeprefix(b"\xef\xbb\xbf"), type=_Report)
    predicate = cosign_predicate(Raw(data), said.tool, said.database, said.decision.day)
    return Attachable(where, "vulnerabilities", *_REPORT, data, predicate, digests, one_platform=True)


def _statement(data: bytes, where: str) -> Attachable:
    from lading.engine.attached.weigh import kind_of

    statement = parse_statement(data)
    if statement is None:
        raise FormatError(f"{where}: cannot be attached: it is no in-toto statement that can be read")
    kind = kind_of(statement.type)
    return Attachable(
        where, kind, statement.type, IN_TOTO, data, statement.predicate, statement.subjects, is_statement=True
    )
