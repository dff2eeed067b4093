"""Red Hat's products: which shards match them, and which package a component of one is.

Source: https://www.redhat.com/en/blog/how-accurately-match-oval-security-data-installed-rpms and "CSAF and VEX" of the
Red Hat security data documentation; package URL types rpm, rpmmod and oci.
"""

import re
from functools import lru_cache
from typing import Literal
from urllib.parse import unquote

from msgspec import Struct

from lading.formats.decoders.csaf import Product
from lading.versions.evr import join_evr

Kind = Literal["rpm", "named", "image", "other"]
"""An rpm package, a component that is only named (an rpm source package in products that are made of such), a container
image, or nothing that has a place here."""

IMAGES = "rhel-containers"
HARDENED = "hummingbird"
"""The shard of Red Hat Hardened Images, which are built from packages of their own."""
_LEAST = 5
_ANY_MAJOR = ("rhel-7", "rhel-8", "rhel-9", "rhel-10")
_EDITION = re.compile(r"::el(\d{1,2})\b")
_MAIN = re.compile(
    r"cpe:/[ao]:redhat:(?:enterprise_linux(?:_eus)?|rhel(?:_(?:atomic|aus|cluster\w*|e4s|els|eus\w*|extras\w*|lus|"
    r"mission_critical|productivity|rhn_tools|scalefs|sjis|supplementary|tus|virtualization))?):(\d{1,2})(?![\d])"
)
_NEVRA = re.compile(
    r"(?P<name>.+)-(?:(?P<epoch>\d+):)?(?P<version>[^-:]+)-(?P<release>[^-:]+)\.(?P<arch>src|noarch|x86_64|aarch64|"
    r"ppc|ppc64|ppc64le|s390|s390x|i[3-6]86|ia64|athlon|armv7hl)(?:\.rpm)?"
)
_MODULE = re.compile(r"(?P<module>[^:/]+:[^:/]+)(?::[^/]*)?/(?P<name>[^/]+)")


class Component(Struct, frozen=True):
    """What a product is made of. `version` is empty for a component without one; `arch` is "src" for a source package,
    empty for one of every architecture; `module` is its `name:stream`."""

    kind: Kind
    name: str
    version: str = ""
    arch: str = ""
    module: str = ""


@lru_cache(maxsize=4096)
def shards_of(cpe: str, kind: Kind) -> tuple[str, ...]:
    """The shards that match the packages of a product. A layered product that does not say for which release it is may
    be installed on any."""
    if kind == "image":
        return (IMAGES,)
    if cpe.startswith("cpe:/a:redhat:hummingbird"):
        return (HARDENED,)
    release = _EDITION.search(cpe) or _MAIN.match(cpe)
    if release is None:
        return _ANY_MAJOR if kind == "rpm" and cpe.startswith("cpe:/") else ()
    return (f"rhel-{int(release[1])}",) if int(release[1]) >= _LEAST else ()


@lru_cache(maxsize=32768)
def component_of(product: Product) -> Component:
    """The package or image that a product of a document is."""
    kind, _, rest = product.purl.partition("/")
    if kind in ("pkg:rpm", "pkg:rpmmod"):
        return _rpm(rest)
    if kind == "pkg:oci":
        return _image(product, rest)
    return Component("other", product.product_id) if product.purl else _unnamed(product.product_id)


def _rpm(rest: str) -> Component:
    path, version, qualifiers = _purl_parts(rest)
    module = ":".join(qualifiers.get("rpmmod", "").split(":")[:2])
    # A module as a whole, and a package that is named with its module.
    parts = unquote(path).split("/")
    name = parts[-1]
    if not version and ":" in name:
        return Component("other", name)
    if not module and len(parts) > 1 and ":" in parts[-2]:
        module = ":".join(parts[-2].split(":")[:2])
    epoch = qualifiers.get("epoch", "")
    number, _, release = version.rpartition("-") if "-" in version else (version, "", "")
    full = join_evr(epoch, number, release) if version else ""
    arch = qualifiers.get("arch", "" if version else "binary")
    return Component("rpm", name, full, "src" if arch == "source" else arch, module)


def _image(product: Product, rest: str) -> Component:
    path, version, qualifiers = _purl_parts(rest)
    repository = qualifiers.get("repository_url", "")
    name = repository.partition("/")[2]
    own = unquote(path)
    if name.rpartition("/")[2] != own:  # of late the address is that of the folder
        name = f"{name}/{own}" if name else own
    tag = qualifiers.get("tag", "")
    if tag or not version.startswith("sha256:"):
        return Component("image", name, tag)
    return Component("other", product.product_id)  # known by its digest alone: it has no place in an order


def _unnamed(product_id: str) -> Component:
    """Documents of the first years name components only: a build in full, or a source package."""
    build = _NEVRA.fullmatch(product_id.partition("::")[0])
    if build is not None:
        version = join_evr(build["epoch"] or "", build["version"], build["release"])
        return Component("rpm", build["name"], version, build["arch"], product_id.partition("::")[2])
    within = _MODULE.fullmatch(product_id)
    name = within["name"] if within else product_id
    if "/" in name or ":" in name or " " in name:
        return Component("other", product_id)
    return Component("named", name.removesuffix(".src"), arch="src", module=within["module"] if within else "")


def _purl_parts(rest: str) -> tuple[str, str, dict[str, str]]:
    """Path, version and qualifiers of a package URL behind its type."""
    rest, _, query = rest.partition("?")
    path, _, version = rest.rpartition("@") if "@" in rest else (rest, "", "")
    pairs = (pair.partition("=") for pair in query.partition("#")[0].split("&"))
    return path, unquote(version), {key: unquote(value) for key, _, value in pairs}
