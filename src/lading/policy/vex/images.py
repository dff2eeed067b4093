"""Whether a product of a statement is an image, by package URL, digest or name.

Source: https://github.com/package-url/purl-spec, types `oci` and `docker`. Those who write statements disagree on where
a tag stands, on whether `repository_url` has the image's own name, and on what Docker Hub is called; all of that is
taken.
"""

from collections.abc import Iterable, Mapping
from posixpath import basename
from typing import Final

from msgspec import Struct
from packageurl import PackageURL

from lading.image.reference import parse_registry_reference
from lading.model.errors import ImageError
from lading.model.image import Base, Image, Platform
from lading.model.vex import VexProduct

IMAGE_TYPES: Final = ("docker", "oci")
_PREFIXES: Final = tuple(f"pkg:{type}/" for type in IMAGE_TYPES)
_ARCHITECTURES: Final[Mapping[str, str]] = {"aarch64": "arm64", "i386": "386", "x86": "386", "x86_64": "amd64"}
_ENDINGS: Final = (".gz", ".zst", ".xz", ".tar", ".tgz", ".oci")


class ImageIdentity(Struct, frozen=True):
    """What an image is known by: repositories in full (`docker.io/library/debian`) or, of what comes from no registry,
    the last part of its path alone; the tags it was named by; and digests of its manifest, index and configuration."""

    repositories: frozenset[str]
    tags: frozenset[str]
    digests: frozenset[str]
    platform: Platform | None = None

    def __str__(self) -> str:
        named = min(self.repositories, default="")
        return named or min(self.digests, default="the image")


def identity_of(image: Image) -> ImageIdentity:
    """What an image that was opened is known by."""
    repository, tag, digest = _named(image.name, is_remote=image.source in ("registry", "sbom"))
    digests = frozenset(filter(None, (image.digest, image.index_digest, image.config_digest, digest)))
    return ImageIdentity(
        frozenset(filter(None, (repository,))), frozenset(filter(None, (tag,))), digests, image.platform
    )


def identity_of_base(base: Base, platform: Platform | None) -> ImageIdentity:
    """What a base image is known by."""
    repository, tag, digest = _named(base.name, is_remote=True)
    return ImageIdentity(
        frozenset(filter(None, (repository,))),
        frozenset(filter(None, (tag,))),
        frozenset(filter(None, (digest,))),
        platform,
    )


def names_image(product: VexProduct) -> bool:
    """Whether a product can only be an image."""
    return any(purl.startswith(_PREFIXES) for purl in product.purls)


def image_differs(product: VexProduct, image: ImageIdentity) -> str | None:
    """Why a product is not the image, None when it is: by one of its names. "" for what names no image at all."""
    if any(digest in image.digests for digest in product.digests):
        return None
    reasons = [_purl_differs(purl, image) for purl in product.purls if purl.startswith(_PREFIXES)]
    if not product.purls and not product.cpes:
        reasons.append(_name_differs(product.name, image))
    if product.digests and not product.purls:
        reasons.append("another digest")
    if any(reason is None for reason in reasons):
        return None
    return next((reason for reason in reasons if reason), "")


def _purl_differs(text: str, image: ImageIdentity) -> str | None:
    try:
        purl = PackageURL.from_string(text)
    except ValueError:
        return "its package URL cannot be read"
    qualifiers = purl.qualifiers if isinstance(purl.qualifiers, dict) else {}
    if (purl.version or "") in image.digests:  # whatever it is called
        return _platform_differs(qualifiers, image.platform)
    if not _is_repository(purl, qualifiers.get("repository_url", ""), image.repositories):
        return "another name"
    version = purl.version or ""
    if version.startswith("sha"):
        return "another digest"
    if (tag := version or qualifiers.get("tag", "")) and tag not in image.tags:
        return f"its tag is not {tag}"
    return _platform_differs(qualifiers, image.platform)


def _platform_differs(qualifiers: Mapping[str, str], platform: Platform | None) -> str | None:
    wanted = qualifiers.get("arch", "").lower()
    if wanted and platform is not None and _ARCHITECTURES.get(wanted, wanted) != platform.architecture:
        return f"its architecture is not {wanted}"
    return None


def _is_repository(purl: PackageURL, url: str, repositories: Iterable[str]) -> bool:
    """Whether the name of a package URL is that of a repository; without a host it may be in any."""
    stated = "/".join(filter(None, (purl.namespace, purl.name))).lower()
    url = url.lower().rstrip("/").partition("://")[2] or url.lower().rstrip("/")
    if purl.type == "docker" and not url:
        url = "docker.io"
    candidates = {_full(url), _full(f"{url}/{stated}")} if url else set()
    for repository in repositories:
        if candidates & {repository}:
            return True
        if not url and f"/{repository}".endswith(f"/{stated}"):
            return True
        if "/" not in repository and repository == stated.rpartition("/")[2]:  # of no registry
            return True
    return False


def _name_differs(name: str, image: ImageIdentity) -> str | None:
    """A name that is no identifier of any kind, as an image's reference. "" where it is none."""
    if " " in name or "://" in name:
        return ""
    repository, tag, digest = _named(name, is_remote=True)
    if not repository or not (repository in image.repositories or name.partition(":")[0] in image.repositories):
        return ""
    if digest:
        return None if digest in image.digests else "another digest"
    stated = ":" in name.rpartition("/")[2]
    return None if not stated or tag in image.tags else f"its tag is not {tag}"


def _named(name: str, *, is_remote: bool) -> tuple[str, str, str]:
    """(repository, tag, digest) of what an image is called."""
    if not is_remote:
        name = basename(name.rstrip("/")).lower().partition(":")[0]
        for ending in _ENDINGS:
            name = name.removesuffix(ending)
        return name, "", ""
    try:
        reference = parse_registry_reference(name)
    except ImageError:
        return "", "", ""
    return f"{reference.host}/{reference.repository}", reference.tag, reference.digest


def _full(repository: str) -> str:
    return _named(repository, is_remote=True)[0] if repository else ""
