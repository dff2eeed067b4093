"""Where a fix of Ubuntu comes from: the archive, or a service of Ubuntu Pro. Each has a shard of its own, for an image
gets only what it is subscribed to.

Source: https://documentation.ubuntu.com/security/security-updates/osv/ (the ecosystems); README and
scripts/cve_lib.py of the Ubuntu CVE tracker (the names of releases: `esm-infra/xenial`, `trusty/esm`, `fips/bionic`).
"""

import re
from functools import lru_cache

from msgspec import Struct

from lading.model.distributions import codenames

_VERSION = re.compile(r"\d+\.\d+")
_ESM = re.compile(r"esm(?:-(?:infra|apps))?(?:-legacy)?")
_TIER = re.compile(r"[a-z][a-z0-9-]{0,40}")
_OF_PRO = re.compile(r"fips|realtime|ros-esm|livepatch")


class Pocket(Struct, frozen=True):
    """`tier` is what a subscription adds: empty for the archive, "pro" (expanded security maintenance), "pro-fips",
    "pro-fips-updates", "pro-realtime", "bluefield", …; `release` a number ("22.04"); `service` of Ubuntu Pro, where it
    is known ("esm-infra", "esm-apps")."""

    tier: str
    release: str
    service: str = ""

    @property
    def shard(self) -> str:
        """The shard of its fixes ("ubuntu-22.04", "ubuntu-pro-22.04", "ubuntu-pro-fips-22.04")."""
        return "-".join(filter(None, ("ubuntu", self.tier, self.release)))

    @property
    def is_pro(self) -> bool:
        """Whether it holds newer fixes for the packages of the archive, for subscribers."""
        return self.tier == "pro"


def archive_of(shard: str) -> str:
    """The shard of the archive whose packages Ubuntu Pro maintains for longer: ubuntu-22.04 for ubuntu-pro-22.04."""
    return shard.replace("ubuntu-pro-", "ubuntu-", 1)


@lru_cache(maxsize=1024)
def pocket_of_ecosystem(ecosystem: str, distribution: str = "") -> Pocket | None:
    """The pocket of an OSV ecosystem (`Ubuntu:22.04:LTS`, `Ubuntu:Pro:FIPS-updates:22.04:LTS`), its service taken from
    the package URL's `distro` (`esm-infra/xenial`). None for what is not Ubuntu or names no release."""
    family, *parts = ecosystem.split(":")
    release = next(filter(_VERSION.fullmatch, parts), "")
    words = [part.lower() for part in parts if part != release and part not in ("LTS", "Kernel")]
    if family != "Ubuntu" or not release or not all(map(_TIER.fullmatch, words)):
        return None
    words = [word.removeprefix("nvidia-") for word in words]
    stated = pocket_of(distribution)
    service = stated.service if stated is not None and words == ["pro"] else ""
    return Pocket("-".join(words), release, service)


@lru_cache(maxsize=1024)
def pocket_of(name: str) -> Pocket | None:
    """The pocket of a release as the tracker names it (`jammy`, `esm-apps/jammy`, `trusty/esm`). None when it holds
    no release that Lading knows (`upstream`, `devel`, `snap`)."""
    parts = name.lower().split("/")
    codename = next((part for part in parts if part in codenames("ubuntu")), None)
    others = [part for part in parts if part not in (codename, "ubuntu")]
    if codename is None or not all(map(_TIER.fullmatch, others)):
        return None
    release = codenames("ubuntu")[codename]
    if len(others) == 1 and _ESM.fullmatch(others[0]):
        return Pocket("pro", release, others[0])
    if others and _OF_PRO.match(others[0]):
        others.insert(0, "pro")
    return Pocket("-".join(others), release)
