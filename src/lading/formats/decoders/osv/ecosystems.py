"""The ecosystems of OSV: how their versions are ordered, and what Lading calls them.

Source: https://ossf.github.io/osv-schema/#defined-ecosystems
"""

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Final

from msgspec import Struct

from lading.model.advisory import Names, ShardName


class Ecosystem(Struct, frozen=True):
    """`scheme` orders the versions; `type` is the package URL type; `distribution` tells that the records are a
    distribution's advisories about packages, which name the vulnerabilities they fix as `related` or `upstream`, while
    elsewhere a record is the vulnerability and its other names are `aliases`."""

    scheme: str
    type: str
    names: Names = "source"
    distribution: bool = False


def _system(scheme: str, type: str, names: Names = "source") -> Ecosystem:
    return Ecosystem(scheme, type, names, True)


ECOSYSTEMS: Final[Mapping[str, Ecosystem]] = {
    "AlmaLinux": _system("rpm", "rpm", "binary"),
    "Alpaquita": _system("apk", "apk"),
    "Alpine": _system("apk", "apk"),
    "Azure Linux": _system("rpm", "rpm"),
    "BellSoft Hardened Containers": _system("apk", "apk"),
    "Bioconductor": Ecosystem("cran", "bioconductor"),
    "Bitnami": Ecosystem("bitnami", "bitnami"),
    "CRAN": Ecosystem("cran", "cran"),
    "Chainguard": _system("apk", "apk", "both"),
    "CleanStart": _system("apk", "apk", "both"),
    "ConanCenter": Ecosystem("conan", "conan"),
    "Debian": _system("deb", "deb"),
    "Echo": _system("deb", "deb"),
    "GHC": Ecosystem("hackage", "hackage"),
    "GitHub Actions": Ecosystem("semver", "github"),
    "Go": Ecosystem("golang", "golang"),
    "Hackage": Ecosystem("hackage", "hackage"),
    "Hex": Ecosystem("hex", "hex"),
    "Julia": Ecosystem("julia", "julia"),
    "Kubernetes": Ecosystem("semver", "golang"),
    "Mageia": _system("rpm", "rpm"),
    "Maven": Ecosystem("maven", "maven"),
    "MinimOS": _system("apk", "apk", "both"),
    "NuGet": Ecosystem("nuget", "nuget"),
    "Packagist": Ecosystem("packagist", "composer"),
    "Photon OS": _system("rpm", "rpm", "both"),
    "Pub": Ecosystem("pub", "pub"),
    "PyPI": Ecosystem("pep440", "pypi"),
    "Red Hat": _system("rpm", "rpm", "binary"),
    "Rocky Linux": _system("rpm", "rpm"),
    "RubyGems": Ecosystem("gem", "gem"),
    "SUSE": _system("rpm", "rpm"),
    "SwiftURL": Ecosystem("swift", "swift"),
    "Ubuntu": _system("deb", "deb"),
    "VSCode": Ecosystem("semver", "vscode-extension"),
    "Wolfi": _system("apk", "apk", "both"),
    "crates.io": Ecosystem("semver", "cargo"),
    "npm": Ecosystem("npm", "npm"),
    # opam orders versions by Debian's rules: https://opam.ocaml.org/doc/Manual.html#Version-ordering
    "opam": Ecosystem("deb", "opam"),
    "openEuler": _system("rpm", "rpm"),
    "openSUSE": _system("rpm", "rpm"),
}
"""By the name before the first colon. Left out are those that name no packages of containers: Android, Linux,
OSS-Fuzz, GIT."""


def ecosystem_of(name: str) -> Ecosystem:
    """The ecosystem of a name, which may carry a release (`Debian:12`). One that is not known has no scheme."""
    return ECOSYSTEMS.get(name.partition(":")[0], _UNKNOWN)


_UNKNOWN = Ecosystem("", "")


@lru_cache(maxsize=4096)
def shard_name(ecosystem: str) -> ShardName:
    """The name of an ecosystem's shard: `crates.io` is crates.io, `PyPI` pypi. Releases of distributions are called as
    their os-release has it: `Debian:12` is debian-12, `Alpine:v3.20` alpine-3.20, `Rocky Linux:8` rocky-linux-8,
    `Ubuntu:22.04:LTS` ubuntu-22.04, `SUSE:Linux Enterprise Server 15 SP5` sles-15.5. Red Hat's ecosystems are products,
    not releases: all are one shard, red-hat."""
    family, _, release = ecosystem.partition(":")
    rule = _RELEASES.get(family)
    name = rule(release) if rule else f"{family}-{_V.sub('', release)}" if release else family
    return ShardName(_ODD.sub("-", name.lower()).strip("-"))


_V = re.compile(r"^v(?=\d)")
_ODD = re.compile(r"[^a-z0-9._+]+")
_MICRO = re.compile(r"Linux (?:Enterprise )?Micro (\d+\.\d+)")
_SERVICE_PACK = re.compile(r"Linux Enterprise (?:.* )?(\d+)(?: SP(\d+))?(?:-|$)")
_LEAP = re.compile(r"Leap (\d+\.\d+)")


def _ubuntu(release: str) -> str:
    """`Pro:16.04:LTS` is pro-16.04: what only subscribers get is no part of the release."""
    return f"ubuntu-{release.lower().removesuffix(':lts')}"


def _suse(release: str) -> str:
    """The modules and extensions of a service pack are parts of it."""
    if micro := _MICRO.match(release):
        return f"sle-micro-{micro[1]}"
    pack = _SERVICE_PACK.match(release)
    return f"sles-{pack[1]}.{pack[2] or 0}" if pack else f"suse-{release}"


def _opensuse(release: str) -> str:
    leap = _LEAP.match(release)
    return f"opensuse-leap-{leap[1]}" if leap else f"opensuse-{release}"


def _azure(release: str) -> str:
    family = "mariner" if release in ("1", "2") else "azurelinux"
    return f"{family}-{release}.0" if release else family


_RELEASES = {
    "Azure Linux": _azure,
    "Photon OS": lambda release: f"photon-{release}" if release else "photon",
    "Red Hat": lambda _: "red-hat",
    "SUSE": _suse,
    "Ubuntu": _ubuntu,
    "openSUSE": _opensuse,
}
