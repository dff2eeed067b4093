"""What provenance says of the build of an image, beside what the image tells itself.

Sources: https://slsa.dev/spec/v0.2/provenance and v1 (`materials`, `resolvedDependencies`); for what BuildKit makes of
them, https://docs.docker.com/build/metadata/attestations/slsa-provenance/.
"""

from collections.abc import Iterable, Iterator
from typing import Final

import msgspec
from msgspec import Struct, structs
from packageurl import PackageURL

from lading.engine.attached.weigh import Weighed
from lading.image.manifest import printable
from lading.image.reference import parse_registry_reference
from lading.model.attached import Attached, AttachedToImage
from lading.model.diagnostic import Diagnostic
from lading.model.diagnostics import diagnostic
from lading.model.errors import ImageError
from lading.model.image import Base, Image

_IMAGES: Final = ("docker", "oci")
_FRONTENDS: Final = ("docker.io/docker/dockerfile", "docker.io/docker/buildkit-syft-scanner")
"""Images that builds are made with, and nothing is built on."""
_MOST: Final = 100


class _Material(Struct):
    uri: str = ""
    digest: dict[str, str] = {}


class _Builder(Struct):
    id: str = ""


class _Run(Struct):
    builder: _Builder = msgspec.field(default_factory=_Builder)


class _Definition(Struct, rename="camel"):
    resolved_dependencies: list[_Material] | None = None


class _Provenance(Struct, rename="camel"):
    """Either version: 0.2 has `builder` and `materials`, 1 has the others."""

    builder: _Builder = msgspec.field(default_factory=_Builder)
    materials: list[_Material] | None = None
    build_definition: _Definition = msgspec.field(default_factory=_Definition)
    run_details: _Run = msgspec.field(default_factory=_Run)


class Told(Struct, frozen=True):
    """The image with the base that provenance names, where nothing better is known; what is attached, with what each
    says; and what has to be told."""

    image: Image
    attached: AttachedToImage
    diagnostics: tuple[Diagnostic, ...] = ()


def with_provenance(weighed: Iterable[Weighed], attached: AttachedToImage, image: Image) -> Told:
    """What provenance among attached things says beside what is known of an image."""
    known: dict[Attached, Attached] = {}
    diagnostics: list[Diagnostic] = []
    for one in sorted(weighed, key=lambda one: one.attached):
        if one.attached.kind != "provenance" or not one.content or one.attached.refused:
            continue
        read = _read(one)
        known[one.attached] = read
        if read.bases and image.base is not None and image.base.name and not _names(image.base.name, read.bases):
            diagnostics.append(_differs(read, image.base.name))
        elif len(read.bases) == 1:
            image = structs.replace(image, base=_with_name(image.base, read.bases[0]))
    items = tuple(sorted(known.get(one, one) for one in attached.items))
    return Told(image, structs.replace(attached, items=items), tuple(diagnostics))


def _read(weighed: Weighed) -> Attached:
    try:
        found = msgspec.json.decode(weighed.content, type=_Provenance)
    except (ValueError, RecursionError):
        return structs.replace(weighed.attached, why="cannot be read as provenance", refused=True)
    builder = found.builder.id or found.run_details.builder.id
    materials = found.materials or found.build_definition.resolved_dependencies or ()
    bases = tuple(dict.fromkeys(_bases(materials)))[:_MOST]
    return structs.replace(weighed.attached, builder=printable(builder), bases=bases)


def _bases(materials: Iterable[_Material]) -> Iterator[str]:
    """The images among what went into a build, by their names in full with the digest."""
    for one in materials:
        try:
            purl = PackageURL.from_string(one.uri)
        except ValueError:
            continue
        if purl.type not in _IMAGES:
            continue
        qualifiers = purl.qualifiers if isinstance(purl.qualifiers, dict) else {}
        name = "/".join(filter(None, (purl.namespace, purl.name)))
        digest = qualifiers.get("digest") or (f"sha256:{one.digest['sha256']}" if "sha256" in one.digest else "")
        tag = f":{purl.version}" if purl.version and not purl.version.startswith("sha256:") else ""
        try:
            reference = parse_registry_reference(f"{name}{tag}{f'@{digest}' if digest else ''}")
        except ImageError:
            continue
        if f"{reference.host}/{reference.repository}" not in _FRONTENDS:
            yield str(reference)


def _names(base: str, bases: Iterable[str]) -> bool:
    """Whether one of the images is in the base's repository."""
    return _repository(base) in map(_repository, bases)


def _repository(name: str) -> str:
    try:
        reference = parse_registry_reference(name)
    except ImageError:
        return name
    return f"{reference.host}/{reference.repository}"


def _with_name(base: Base | None, name: str) -> Base:
    if base is None:
        return Base(0, name, "provenance", "its provenance names it alone; which layers came with it is not known")
    if base.name:
        return base
    return structs.replace(base, name=name, detail=f"{base.detail}; its provenance names it")


def _differs(attached: Attached, base: str) -> Diagnostic:
    named = ", ".join(attached.bases[:3])
    return diagnostic(
        "provenance-differs",
        f"the provenance that is attached names {named} as what was built on, and the image tells of {base}",
        attached.digest,
    )
