"""Whose packages are in the image: the distribution's own, or those of another repository, which the distribution's
advisories do not speak of.

A maintainer or vendor is a line that anybody can write. It tells of another repository only where the distribution does
not know the package (lading.match.ownership); what the distribution knows is matched against it. The versions that
repositories write by rule, which are what is compared, and the keys that sign rpm packages tell by themselves; one
without a key among others that have one is nobody's. Packages of Debian and Alpine are not signed one by one.

Facts: the maintainer and vendor texts and the version suffixes that these repositories put on what they build; whose
keys are which (lading.model.signing_keys).
"""

import re

from lading.model.distributions import distribution_info, shard_info
from lading.model.package import Distribution, Inventory, Package
from lading.model.properties import SIGNING_KEY
from lading.model.signing_keys import EPEL, owners_of

_FOREIGN_DEB_VERSION = re.compile(
    r"\.pgdg\d|\+deb\.sury\.org|\+0~20\d{6}\.\d+\+(?:debian|ubuntu)|\+maria~|[-~]\dnodesource\d|nodesource"
    r"|~(?:debian|ubuntu)\.\d+~\w+$|[.~](?:buster|bullseye|bookworm|trixie|bionic|focal|jammy|noble)\d?$"
)
"""PostgreSQL's, Ondřej Surý's, MariaDB's, NodeSource's, Docker's, nginx's, Percona's and Redis's repositories write
these into a version."""

_FOREIGN_DEB_MAINTAINER = re.compile(
    r"@(?:docker\.com|nodesource\.com|nginx\.(?:com|org)|hashicorp\.com|grafana\.com|elastic\.co|mongodb\.com"
    r"|percona\.com|microsoft\.com|influxdata\.com|gitlab\.com|github\.com|rabbitmq\.com|redis\.com|confluent\.io"
    r"|oss\.oracle\.com|cloudflare\.com|datadoghq\.com|newrelic\.com|splunk\.com|clickhouse\.com|couchbase\.com"
    r"|varnish-software\.com|neo4j\.com|neotechnology\.com|azul\.com|tailscale\.com|adoptium\.net|dan\.cx)\b"
    r"|cudatools@nvidia\.com|keymaster@google\.com|Google Cloud CLI Authors|Kubernetes Authors|NGINX Packaging",
    re.IGNORECASE,
)
"""Maintainers who publish packages of their own and none in Debian or Ubuntu under that address."""


def has_keys(inventory: Inventory) -> bool:
    """Whether its packages tell which keys they are signed with, as rpm's database does and most bills of materials do
    not."""
    return any(SIGNING_KEY in package.properties for package in inventory.packages if package.type == "rpm")


def is_foreign(package: Package, distribution: Distribution | None, *, keyed: bool = False) -> bool:
    """Whether a distribution's package format holds a package of somebody else's repository: by the version, or by the
    key that signs an rpm package; where none of them tells its key (`keyed`), by the vendor. Without any sign a package
    counts as the distribution's own."""
    if distribution is None:
        return False
    if package.type == "rpm":
        return _is_foreign_rpm(package, distribution, keyed=keyed)
    return package.type == "deb" and _FOREIGN_DEB_VERSION.search(package.version) is not None


def says_foreign(package: Package, distribution: Distribution | None) -> bool:
    """Whether nothing but the maintainer of a deb package, or the vendor of an rpm package without a key, says that it
    is another repository's: one who publishes packages of their own alone."""
    if distribution is None:
        return False
    if package.type == "rpm":
        return not _key_of(package) and _has_foreign_vendor(package, distribution)
    return package.type == "deb" and _FOREIGN_DEB_MAINTAINER.search(package.maintainer) is not None


def is_of_epel(package: Package, distribution: Distribution | None) -> bool:
    """Whether a package on RHEL or a system like it comes from Fedora's repository for them (EPEL)."""
    if distribution is None or package.type != "rpm":
        return False
    info = shard_info(distribution.release)
    if info is None or not info.epel:
        return False
    owners = owners_of(_key_of(package))
    return EPEL in owners if owners else package.maintainer == "Fedora Project"


def _is_foreign_rpm(package: Package, distribution: Distribution, *, keyed: bool) -> bool:
    """By the key. One that nobody here knows tells with the vendor that the package is not the distribution's, whose
    keys are known; so does the vendor alone where no package has a key."""
    key = _key_of(package)
    if owners := owners_of(key):
        info = distribution_info(distribution.id)
        return info is not None and owners.isdisjoint(info.keys)
    return (bool(key) or not keyed) and _has_foreign_vendor(package, distribution)


def _key_of(package: Package) -> str:
    return package.properties.get(SIGNING_KEY, "")


def _has_foreign_vendor(package: Package, distribution: Distribution) -> bool:
    vendor = package.maintainer.lower()
    info = distribution_info(distribution.id)
    if info is None or not info.vendors or not vendor or vendor == "(none)":
        return False
    return not any(own.lower() in vendor for own in info.vendors)
