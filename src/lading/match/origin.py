"""Whose packages are in the image: the distribution's own, or those of another repository, which the distribution's
advisories do not speak of.

CatalogerResult: the maintainer and vendor texts and the version suffixes that these repositories put on what they
build.
"""

import re

from lading.model.package import Distribution, Package

_VENDORS = {
    "almalinux": r"AlmaLinux|CloudLinux|CentOS|Red Hat",
    "amzn": r"Amazon",
    "azurelinux": r"Microsoft",
    "centos": r"CentOS|Red Hat",
    "fedora": r"Fedora",
    "mariner": r"Microsoft",
    "ol": r"Oracle|CentOS|Red Hat",
    "opensuse-leap": r"openSUSE|SUSE",
    "opensuse-tumbleweed": r"openSUSE|SUSE",
    "photon": r"VMware|Broadcom",
    "rhel": r"Red Hat|CentOS",
    "rocky": r"Rocky|CentOS|Red Hat",
    "sle-micro": r"SUSE",
    "sled": r"SUSE",
    "sles": r"SUSE",
}
"""What the vendor of a distribution's own rpm packages holds, by os-release ID. Rebuilds of one system may replace one
another in place and leave packages of the former behind, which are the same."""

_EPEL_SYSTEMS = ("almalinux", "oracle", "rhel", "rocky")
"""Those that EPEL is built for, by the first word of their releases."""

_FOREIGN_DEB_VERSION = re.compile(
    r"\.pgdg\d|\+deb\.sury\.org|\+maria~|[-~]\dnodesource\d|nodesource|~(?:debian|ubuntu)\.\d+~\w+$"
)
"""PostgreSQL's, Ondřej Surý's, MariaDB's, NodeSource's and Docker's repositories write these into a version."""

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
    """Whether a distribution's package format holds a package of somebody else's repository.

    Told by the vendor of an rpm package and by the maintainer or the version of a deb package; without any sign a
    package counts as the distribution's own.
    """
    if distribution is None:
        return False
    if package.type == "rpm":
        return _is_foreign_rpm(package, distribution)
    if package.type == "deb":
        text = package.maintainer
        return bool(_FOREIGN_DEB_VERSION.search(package.version) or (text and _FOREIGN_DEB_MAINTAINER.search(text)))
    return False


def is_of_epel(package: Package, distribution: Distribution | None) -> bool:
    """Whether a package on RHEL or a system like it comes from Fedora's repository for them (EPEL)."""
    family = distribution.release.partition("-")[0] if distribution is not None else ""
    return package.type == "rpm" and package.maintainer == "Fedora Project" and family in _EPEL_SYSTEMS


def _is_foreign_rpm(package: Package, distribution: Distribution) -> bool:
    vendor = package.maintainer
    own = _VENDORS.get(distribution.id)
    if own is None or not vendor or vendor == "(none)":
        return False
    return not re.search(own, vendor, re.IGNORECASE)
