"""Who supplies a component, as far as an inventory tells.

Source: NTIA, The Minimum Elements For a Software Bill of Materials: the supplier is who creates, defines and
identifies a component. Distributions do for their packages; where the package itself names nobody, the owner of the
name space that it was published in does.
"""

import re
from typing import Final

from lading.model.distributions import distribution_info
from lading.model.package import DISTRIBUTED, Distribution, Package

_HOSTED: Final = re.compile(r"[a-z0-9-]+(?:\.[a-z0-9-]+)+/[^/]+")
"""A path of a Go module that begins with a host and an owner there."""


def supplier_of(package: Package, distribution: Distribution | None) -> str:
    """The supplier of a package; empty where nothing tells."""
    if package.type in DISTRIBUTED:
        return distributor_of(distribution) or package.maintainer
    return package.maintainer or _owner(package)


def distributor_of(distribution: Distribution | None) -> str:
    """Who makes a distribution, and supplies its packages; empty for none."""
    if distribution is None:
        return ""
    info = distribution_info(distribution.id)
    return info.name if info is not None else distribution.pretty or distribution.id


def _owner(package: Package) -> str:
    """The owner of the name space that a package's name begins with: a group of Maven, a scope of npm, a vendor of
    Composer, a host and its user of Go."""
    name = package.name
    match package.type:
        case "maven":
            return name.rpartition(":")[0]
        case "npm" if name.startswith("@"):
            return name.partition("/")[0]
        case "composer":
            return name.rpartition("/")[0]
        case "golang":
            found = _HOSTED.match(name)
            return found[0] if found else ("Go" if name == "stdlib" else "")
    return ""
