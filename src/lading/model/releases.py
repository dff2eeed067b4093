"""Releases of distributions, by the names of the advisory shards that judge them.

Sources: Debian's release names; Alpine's branches; os-release(5).
"""

import re

DEBIAN_CODENAMES = {
    "buzz": "1.1", "rex": "1.2", "bo": "1.3", "hamm": "2.0", "slink": "2.1", "potato": "2.2", "woody": "3.0",
    "sarge": "3.1", "etch": "4", "lenny": "5", "squeeze": "6", "wheezy": "7", "jessie": "8", "stretch": "9",
    "buster": "10", "bullseye": "11", "bookworm": "12", "trixie": "13", "forky": "14", "duke": "15",
}  # fmt: skip
_ROLLING = ("wolfi", "chainguard")
_TWO_NUMBERS = re.compile(r"(\d+)\.(\d+)", re.ASCII)


def release_of(distribution: str, version: str, codename: str = "") -> str:
    """The release ("debian-12", "alpine-3.20", "alpine-edge", "wolfi") of a distribution by its os-release ID and a
    version of any precision or a code name; empty when Lading knows none."""
    if distribution == "debian":
        number = debian_number(version) or DEBIAN_CODENAMES.get(codename, "")
        return "debian-sid" if codename == "sid" else f"debian-{number}" if number else ""
    if distribution == "alpine":
        branch = _TWO_NUMBERS.match(version)
        if "_alpha" in version or version.startswith("edge"):
            return "alpine-edge"
        return f"alpine-{int(branch[1])}.{int(branch[2])}" if branch else ""
    return distribution if distribution in _ROLLING else ""


def debian_number(version: str) -> str:
    """The release that a version of Debian belongs to: up to 3 the first two numbers are the release (3.1), from 4 on
    the first is (12.5 is 12). Empty when it does not begin with a number."""
    major = re.match(r"\d+", version, re.ASCII)
    if major is None:
        return ""
    early = _TWO_NUMBERS.match(version) if major[0] in ("1", "2", "3") else None
    return early[0] if early else major[0]
