"""What the documents of a VEX repository may be about, so that the others need not be read."""

from collections.abc import Iterator, Sequence
from urllib.parse import unquote

from lading.model.image import Image
from lading.model.package import DISTRIBUTED, Package

_IMAGES = ("docker", "oci")
EVERYTHING = "pkg:"


def subject_of(purl: str) -> str:
    """A package URL without version and qualifiers, in one spelling; of an image only the last part of its name.
    `pkg:` stands for documents that are about several packages."""
    if purl == EVERYTHING:
        return EVERYTHING
    above, slash, last = purl.removeprefix("pkg:").partition("#")[0].partition("?")[0].strip("/").rpartition("/")
    body = unquote(f"{above}{slash}{last.partition('@')[0]}").lower()
    type, _, name = body.partition("/")
    if type in _IMAGES:
        return f"image/{name.rpartition('/')[2]}"
    return f"{type}/{name.replace('_', '-') if type == 'pypi' else name.replace(':', '/')}"


def subjects_of(image: Image, packages: Sequence[Package]) -> frozenset[str]:
    """What an image and its packages may be called there."""
    return frozenset(_iter_subjects(image, packages))


def _iter_subjects(image: Image, packages: Sequence[Package]) -> Iterator[str]:
    yield EVERYTHING
    for name in (image.name, image.base.name if image.base is not None else ""):
        last = name.partition("@")[0].rstrip("/").rpartition("/")[2]
        yield f"image/{last.partition(':')[0].partition('.')[0].lower()}"
        yield f"image/{last.partition(':')[0].lower()}"
    for one in packages:
        subject = subject_of(one.purl)
        yield subject
        if one.type in DISTRIBUTED and one.source:
            yield f"{subject.rpartition('/')[0]}/{one.source.lower()}"
