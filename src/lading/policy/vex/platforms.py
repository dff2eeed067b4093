"""Whether a product of a statement is the distribution of an image: the platform that vendors' components are part of.

Source: the CPE names in the CSAF documents of Red Hat and SUSE, and in the os-release files of distributions.
"""

from collections.abc import Mapping
from typing import Final

from lading.model.cpe import Cpe, parse_cpe
from lading.model.distributions import distribution_info
from lading.model.package import Distribution
from lading.model.vex import VexProduct

_PRODUCTS: Final[Mapping[str, str]] = {
    "almalinux:almalinux": "almalinux",
    "alpinelinux:alpine_linux": "alpine",
    "amazon:amazon_linux": "amzn",
    "amazon:linux": "amzn",
    "canonical:ubuntu_linux": "ubuntu",
    "debian:debian_linux": "debian",
    "fedoraproject:fedora": "fedora",
    "opensuse:leap": "opensuse-leap",
    "opensuse:tumbleweed": "opensuse-tumbleweed",
    "oracle:linux": "ol",
    "redhat:enterprise_linux": "rhel",
    "rocky:rocky": "rocky",
    "suse:sle-micro": "sle-micro",
    "suse:sled": "sles",
    "suse:sles": "sles",
    "vmware:photon_os": "photon",
}
"""The IDs of os-release by vendor and product."""
_MODULES: Final = "suse:sle-module-"


def platform_differs(product: VexProduct, distribution: Distribution | None) -> str | None:
    """Why a product is not the distribution, None when it is, in the release that it states. "" for what names no
    distribution at all."""
    cpes = () if product.purls else tuple(filter(None, map(parse_cpe, product.cpes)))
    stated = [(cpe, identity) for cpe in cpes if (identity := _identity(cpe))]
    if not stated:
        return ""
    if distribution is not None and any(_is_release(cpe, identity, distribution) for cpe, identity in stated):
        return None
    cpe, identity = stated[0]
    version = "" if cpe.version in ("*", "-") else f" {cpe.version}"
    return f"the platform is {identity}{version}"


def _identity(cpe: Cpe) -> str:
    return "sles" if cpe.key.startswith(_MODULES) else _PRODUCTS.get(cpe.key, "")


def _is_release(cpe: Cpe, identity: str, distribution: Distribution) -> bool:
    info = distribution_info(identity)
    own = distribution_info(distribution.id)
    if info is None or identity not in (distribution.id, *(own.ids if own is not None else ())):
        return False
    if cpe.version in ("*", "-"):
        return True
    version = cpe.version
    if identity == "sles" and cpe.update.startswith("sp"):
        version = f"{version}.{cpe.update.removeprefix('sp')}"
    return bool(distribution.release) and info.release(version) == distribution.release
