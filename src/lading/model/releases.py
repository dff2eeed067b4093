"""Releases of distributions, by the names of the advisory shards that match them.

Sources: Debian's and Ubuntu's release names; Alpine's branches; os-release(5).
"""

import re

DEBIAN_CODENAMES = {
    "buzz": "1.1", "rex": "1.2", "bo": "1.3", "hamm": "2.0", "slink": "2.1", "potato": "2.2", "woody": "3.0",
    "sarge": "3.1", "etch": "4", "lenny": "5", "squeeze": "6", "wheezy": "7", "jessie": "8", "stretch": "9",
    "buster": "10", "bullseye": "11", "bookworm": "12", "trixie": "13", "forky": "14", "duke": "15",
}  # fmt: skip
UBUNTU_CODENAMES = {
    "warty": "4.10", "hoary": "5.04", "breezy": "5.10", "dapper": "6.06", "edgy": "6.10", "feisty": "7.04",
    "gutsy": "7.10", "hardy": "8.04", "intrepid": "8.10", "jaunty": "9.04", "karmic": "9.10", "lucid": "10.04",
    "maverick": "10.10", "natty": "11.04", "oneiric": "11.10", "precise": "12.04", "quantal": "12.10",
    "raring": "13.04", "saucy": "13.10", "trusty": "14.04", "utopic": "14.10", "vivid": "15.04", "wily": "15.10",
    "xenial": "16.04", "yakkety": "16.10", "zesty": "17.04", "artful": "17.10", "bionic": "18.04", "cosmic": "18.10",
    "disco": "19.04", "eoan": "19.10", "focal": "20.04", "groovy": "20.10", "hirsute": "21.04", "impish": "21.10",
    "jammy": "22.04", "kinetic": "22.10", "lunar": "23.04", "mantic": "23.10", "noble": "24.04", "oracular": "24.10",
    "plucky": "25.04", "questing": "25.10", "resolute": "26.04", "stonking": "26.10",
}  # fmt: skip
_RELEASES = {
    "almalinux": ("almalinux", 1), "alpaquita": ("alpaquita", 1), "amzn": ("amazon", 1), "arch": ("arch", 0),
    "archarm": ("arch", 0), "azurelinux": ("azurelinux", 2),
    "bellsoft-hardened-containers": ("bellsoft-hardened-containers", 1), "bottlerocket": ("bottlerocket", 0),
    "centos": ("rhel", 1), "chainguard": ("chainguard", 0), "echo": ("echo", 0), "fedora": ("fedora", 1),
    "gentoo": ("gentoo", 0), "hummingbird": ("hummingbird", 0), "leap-micro": ("opensuse-leap-micro", 2),
    "mageia": ("mageia", 1), "mariner": ("mariner", 2), "minimos": ("minimos", 0), "ol": ("oracle", 1),
    "opensuse": ("opensuse", 2), "opensuse-leap": ("opensuse-leap", 2),
    "opensuse-leap-micro": ("opensuse-leap-micro", 2), "opensuse-microos": ("opensuse-tumbleweed", 0),
    "opensuse-tumbleweed": ("opensuse-tumbleweed", 0), "photon": ("photon", 2), "rhel": ("rhel", 1),
    "rocky": ("rocky-linux", 1), "sl-micro": ("sle-micro", 2), "sle-micro": ("sle-micro", 2),
    "sle-micro-rancher": ("sle-micro", 2), "sle_hpc": ("sles", 2), "sled": ("sles", 2), "sles": ("sles", 2),
    "sles_sap": ("sles", 2), "ubuntu": ("ubuntu", 2), "wolfi": ("wolfi", 0),
}  # fmt: skip
"""By os-release ID: the family of shards, and how many numbers of the version name the release. CentOS is matched
against the data of the system it is built from."""
_STREAMS = ("alpaquita", "bellsoft-hardened-containers")
"""Distributions that have a rolling release, called "stream", beside numbered ones."""
_OPENEULER = re.compile(r"\d{1,9}\.\d{1,9}(?:-lts)?(?:-sp\d{1,9})?", re.ASCII)
_TWO_NUMBERS = re.compile(r"(\d{1,9})\.(\d{1,9})", re.ASCII)
_NUMBERS = re.compile(r"(\d{1,9})(?:\.(\d{1,9}))?", re.ASCII)


def release_of(distribution: str, version: str, codename: str = "") -> str:
    """The release ("debian-12", "alpine-3.20", "alpine-edge", "wolfi", "rhel-9", "sles-15.5", "openeuler-24.03-lts") of
    a distribution by its os-release ID and a version of any precision or a code name; empty when Lading knows none."""
    if distribution in ("debian", "raspbian"):
        number = debian_number(version) or DEBIAN_CODENAMES.get(codename, "")
        return "debian-sid" if codename == "sid" else f"debian-{number}" if number else ""
    if distribution == "alpine":
        branch = _TWO_NUMBERS.match(version)
        if "_alpha" in version or version.startswith("edge"):
            return "alpine-edge"
        return f"alpine-{int(branch[1])}.{int(branch[2])}" if branch else ""
    if distribution == "openeuler":
        return f"openeuler-{version.lower()}" if _OPENEULER.fullmatch(version.lower()) else ""
    family, precision = _RELEASES.get(distribution, ("", 0))
    if not precision:
        return family
    if version.lower() == "stream" and distribution in _STREAMS:
        return f"{family}-stream"
    if distribution == "opensuse" and version.startswith("42."):
        family = "opensuse-leap"
    if distribution == "ubuntu" and not version:
        version = UBUNTU_CODENAMES.get(codename.lower(), "")
    numbers = _NUMBERS.match(version)
    if numbers is None:
        return ""
    if precision == 1:
        # Amazon Linux 1 called its releases by year and month.
        return f"{family}-1" if (family, numbers[1]) == ("amazon", "2018") else f"{family}-{numbers[1]}"
    return f"{family}-{numbers[1]}.{numbers[2] or 0}"


def debian_number(version: str) -> str:
    """The release that a version of Debian belongs to: up to 3 the first two numbers are the release (3.1), from 4 on
    the first is (12.5 is 12). Empty when it does not begin with a number."""
    major = re.match(r"\d{1,9}", version, re.ASCII)
    if major is None:
        return ""
    early = _TWO_NUMBERS.match(version) if major[0] in ("1", "2", "3") else None
    return early[0] if early else major[0]
