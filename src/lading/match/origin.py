"""Whose packages are in the image: the distribution's own, or those of another repository, which the distribution's
advisories do not speak of.

A maintainer is a line that anybody can write. It tells of another repository only where the distribution does not know
the package (lading.match.ownership); what the distribution knows is matched against it. The versions that repositories
write by rule, which are what is compared, and the vendor that rpm puts into the header tell by themselves.

Facts: the maintainer and vendor texts and the version suffixes that these repositories put on what they build.
"""

import re

from lading.model.distributions import distribution_info, shard_info
from lading.model.package import Distribution, Package

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


def is_foreign(package: Package, distribution: Distribution | None) -> bool:
    """Whether a distribution's package format holds a package of somebody else's repository: by the version, or by the
    vendor of an rpm package. Without any sign a package counts as the distribution's own."""
    if distribution is None:
        return False
    if package.type == "rpm":
        return _is_foreign_rpm(package, distribution)
    return package.type == "deb" and _FOREIGN_DEB_VERSION.search(package.version) is not None


def says_foreign(package: Package, distribution: Distribution | None) -> bool:
    """Whether the maintainer of a deb package is one who publishes packages of their own alone."""
    named = distribution is not None and package.type == "deb"
    return named and _FOREIGN_DEB_MAINTAINER.search(package.maintainer) is not None


def is_of_epel(package: Package, distribution: Distribution | None) -> bool:
    """Whether a package on RHEL or a system like it comes from Fedora's repository for them (EPEL)."""
    if distribution is None or package.type != "rpm" or package.maintainer != "Fedora Project":
        return False
    info = shard_info(distribution.release)
    return info is not None and info.epel


def _is_foreign_rpm(package: Package, distribution: Distribution) -> bool:
    vendor = package.maintainer.lower()
    info = distribution_info(distribution.id)
    if info is None or not info.vendors or not vendor or vendor == "(none)":
        return False
    return not any(own.lower() in vendor for own in info.vendors)
