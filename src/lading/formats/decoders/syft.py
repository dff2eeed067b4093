"""Syft's own JSON.

Source: https://github.com/anchore/syft/tree/main/schema/json (versions 11 to 16; older ones have CPEs as texts).
"""

from collections.abc import Iterator, Sequence

from msgspec import Struct, structs

from lading.formats.sbom.document import (
    Remarks,
    Stated,
    check_count,
    decode,
    inventory_of,
    is_unidentified,
    package_of,
    unidentified_remark,
    with_needs,
)
from lading.formats.sbom.purls import distribution_named
from lading.model.image import Image
from lading.model.package import Distribution
from lading.model.report import InventoryResult


class _Cpe(Struct):
    cpe: str = ""


class _License(Struct, rename="camel"):
    value: str = ""
    spdx_expression: str = ""


class _Location(Struct):
    path: str = ""


class _Artifact(Struct):
    id: str = ""
    name: str = ""
    version: str = ""
    purl: str = ""
    licenses: list[_License | str] | None = None
    cpes: list[_Cpe | str] | None = None
    locations: list[_Location] | None = None


class _Relationship(Struct):
    parent: str = ""
    child: str = ""
    type: str = ""


class _Distro(Struct, rename={"version_id": "versionID", "codename": "versionCodename", "pretty": "prettyName"}):
    id: str = ""
    version_id: str = ""
    codename: str = ""
    pretty: str = ""


class _Facts(Struct, rename="camel"):
    user_input: str = ""
    manifest_digest: str = ""


class _Source(Struct):
    name: str = ""
    metadata: _Facts | None = None


class _Syft(Struct, rename="camel"):
    artifacts: list[_Artifact]
    artifact_relationships: list[_Relationship] | None = None
    distro: _Distro | None = None
    source: _Source | None = None


def parse_syft(data: bytes, where: str) -> InventoryResult:
    """What a document says; fields that are not known are passed over. `where` is its name. Raises FormatError."""
    document = decode(data, _Syft, where, "Syft's JSON")
    check_count(document.artifacts, where)
    named = {}
    unidentified = 0
    for number, one in enumerate(document.artifacts):
        stated = _stated(one)
        unidentified += is_unidentified(stated)
        package = package_of(stated, {}, where)
        if package is not None:
            named[one.id if one.id and one.id not in named else f"\0{number}"] = package
    remarks = Remarks()
    inventory = inventory_of(
        with_needs(named, _edges(document.artifact_relationships or ())), _distribution(document.distro), remarks
    )
    return InventoryResult(_image(document.source, where), inventory, unidentified_remark(unidentified, remarks, where))


def _stated(one: _Artifact) -> Stated:
    licenses = (text if isinstance(text, str) else text.spdx_expression or text.value for text in one.licenses or ())
    return Stated(
        name=one.name,
        version=one.version,
        purl=one.purl,
        licenses=tuple(licenses),
        cpes=tuple(cpe if isinstance(cpe, str) else cpe.cpe for cpe in one.cpes or ()),
        paths=tuple(location.path for location in one.locations or ()),
    )


def _edges(relationships: Sequence[_Relationship]) -> Iterator[tuple[str, str]]:
    """Syft's parent is what its child needs."""
    for one in relationships:
        if one.type == "dependency-of":
            yield one.child, one.parent


def _distribution(distro: _Distro | None) -> Distribution | None:
    if distro is None or not distro.id:
        return None
    derived = distribution_named(distro.id, distro.version_id, distro.codename)
    return structs.replace(derived, pretty=distro.pretty)


def _image(source: _Source | None, where: str) -> Image:
    if source is None or source.metadata is None:
        return Image(where if source is None else source.name or where, "sbom")
    return Image(source.metadata.user_input or source.name or where, "sbom", source.metadata.manifest_digest)
