"""Package URLs, read: which package one names, and in which distribution.

Source: https://github.com/package-url/purl-spec, types-doc; the qualifiers that Syft, Trivy and cdxgen add.
"""

import re
from collections import Counter
from collections.abc import Iterable
from functools import lru_cache

from msgspec import Struct
from packageurl import PackageURL

from lading.model.distributions import distribution_id, distribution_info
from lading.model.image import Image
from lading.model.package import DISTRIBUTED, Distribution, Package
from lading.model.properties import MODULARITY, QUALIFIERS, SOURCE_RPM

_IMAGES = frozenset({"docker", "oci"})
_SEPARATORS = {"maven": ":", "vscode-extension": "."}
_APART = re.compile(r"[-_.]+")
_PLATFORM = re.compile(
    r"([^-]+)-((?:x86(?:_64)?|x64|i[3-6]86|amd64|arm(?:64|v\d\w*)?|aarch64|universal|powerpc\w*|ppc\w*|riscv64|s390x)"
    r"(?:-[\w.-]+)?|(?:java|jruby|mingw|mswin|linux|darwin)[\w.-]*)"
)
"""A gem's version and what it was built for, which some put behind it (`1.13.6-x86_64-linux`)."""
_SOURCE_RPM = re.compile(r"(.+)-([^-]+-[^-]+)\.(?:no)?src\.rpm")


class Named(Struct, frozen=True):
    """What a package URL says: the package, and for one of an operating system its distribution as far as it goes."""

    package: Package
    distribution: Distribution | None = None


def parse_purl(text: str, name: str = "") -> Named | None:
    """The package that a package URL names; None when it is none, or names an image. `name` is what the document calls
    the package, whose capitals a package URL does not always keep."""
    try:
        url = PackageURL.from_string(text)
    except (ValueError, TypeError):
        return None
    if url.type in _IMAGES:
        return None
    qualifiers = url.qualifiers if isinstance(url.qualifiers, dict) else {}
    version = url.version or ""
    if url.type in DISTRIBUTED and qualifiers.get("epoch") and ":" not in version:
        version = f"{qualifiers['epoch']}:{version}"
    source, source_version = _source(url, qualifiers, version)
    properties = {key: qualifiers[key] for key in QUALIFIERS.get(url.type, ()) if key in qualifiers}
    if url.type == "gem" and (built := _PLATFORM.fullmatch(version)):
        version, properties = built[1], {"platform": built[2], **properties}
    if url.type == "rpm":
        stated = {SOURCE_RPM: qualifiers.get("upstream", ""), MODULARITY: qualifiers.get("rpmmod", "")}
        properties = {key: value for key, value in stated.items() if value}
    package = Package(
        name=_full_name(url, name),
        version=version,
        type=url.type,
        arch=qualifiers.get("arch", ""),
        source=source,
        source_version=source_version,
        purl=text,
        evidence="sbom",
        properties=properties,
    )
    return Named(package, _distribution(url, qualifiers) if url.type in DISTRIBUTED else None)


def distribution_named(name: str, version: str, codename: str = "") -> Distribution:
    """A distribution by the name and version that a document has for it."""
    identity = distribution_id(name)
    info = distribution_info(identity)
    if info is None:
        return Distribution(id=identity, version_id=version, codename=codename)
    release = info.release(version, codename)
    return Distribution(identity, info.version_id(version, release), codename, release=release)


def most_named(named: Iterable[Named]) -> Distribution | None:
    """The distribution that most packages of operating systems belong to."""
    count = Counter(one.distribution for one in named if one.distribution is not None)
    return min(count, key=lambda one: (-count[one], one.id, one.version_id, one.codename)) if count else None


def image_purl(image: Image) -> str:
    """The package URL of an image: its name (`docker.io/library/debian:12`) and its manifest's digest; empty without a
    digest."""
    if not image.digest:
        return ""
    head, _, last = image.name.partition("@")[0].rpartition("/")
    last, _, tag = last.partition(":")
    qualifiers = {"arch": image.platform.architecture if image.platform else "", "tag": tag}
    if image.source == "registry" and head:
        qualifiers["repository_url"] = f"{head}/{last}"
    present = {key: value for key, value in qualifiers.items() if value}
    try:
        return PackageURL("oci", None, last.lower() or "image", image.digest, present).to_string()
    except (ValueError, TypeError):  # a name of white space
        return ""


def _full_name(url: PackageURL, stated: str) -> str:
    """The name by which advisories know the package, with the capitals of the one that is stated."""
    namespace, name = url.namespace or "", url.name
    if url.type in DISTRIBUTED or url.type == "cpan":
        return name
    if url.type == "pypi":
        return _APART.sub("-", name.lower())
    if url.type == "cocoapods" and url.subpath:
        return f"{name}/{url.subpath}"
    separator = _SEPARATORS.get(url.type, "/")
    full = f"{namespace}{separator}{name}" if namespace else name
    return stated if stated.casefold() == full.casefold() else full


def _source(url: PackageURL, qualifiers: dict[str, str], version: str) -> tuple[str, str]:
    """What an operating-system package was built from: the package itself unless `upstream` says more."""
    if url.type not in DISTRIBUTED:
        return "", ""
    upstream = qualifiers.get("upstream", "")
    if url.type == "rpm":
        # The name of the source's file has no epoch.
        match = _SOURCE_RPM.fullmatch(upstream)
        return (match[1], match[2]) if match else (url.name, version.rpartition(":")[2])
    source, _, source_version = upstream.partition("@")
    return source or url.name, source_version or version


@lru_cache(maxsize=64)
def _named(namespace: str, distro: str) -> Distribution | None:
    """`distro` is "debian-12", "12.5" or "bookworm"."""
    for prefix in (namespace, distribution_id(namespace)):
        distro = distro.removeprefix(f"{prefix}-")
    is_number = distro[:1].isdigit() or distro == "edge"
    # Testing and unstable call themselves "trixie/sid" alike.
    return distribution_named(namespace, distro if is_number else "", "" if is_number else distro.partition("/")[0])


def _distribution(url: PackageURL, qualifiers: dict[str, str]) -> Distribution | None:
    distro = qualifiers.get("distro", "")
    namespace = url.namespace or distro.partition("-")[0]
    if not namespace:
        return None
    return _named(namespace.lower(), "" if distro == namespace else distro)
