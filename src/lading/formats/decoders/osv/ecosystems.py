"""The ecosystems of OSV: how their versions are ordered, and what Lading calls them.

Source: https://ossf.github.io/osv-schema/#defined-ecosystems
"""

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Final

from msgspec import Struct, structs

from lading.model.advisory import Names, ShardName
from lading.model.distributions import distributions, ecosystem_release, release_of
from lading.model.rebuilders import REBUILDERS


class Ecosystem(Struct, frozen=True):
    """`scheme` orders the versions; `type` is the package URL type; `distribution` tells that the records are a
    distribution's advisories about packages, which name the vulnerabilities they fix as `related` or `upstream`, while
    elsewhere a record is the vulnerability and its other names are `aliases`."""

    scheme: str
    type: str
    names: Names = "source"
    distribution: bool = False


_LANGUAGES: Final[Mapping[str, Ecosystem]] = {
    "Bioconductor": Ecosystem("cran", "bioconductor"),
    "Bitnami": Ecosystem("bitnami", "bitnami"),
    "CRAN": Ecosystem("cran", "cran"),
    "ConanCenter": Ecosystem("conan", "conan"),
    "GHC": Ecosystem("hackage", "hackage"),
    "GitHub Actions": Ecosystem("semver", "github"),
    "Go": Ecosystem("golang", "golang"),
    "Hackage": Ecosystem("hackage", "hackage"),
    "Hex": Ecosystem("hex", "hex"),
    "Julia": Ecosystem("julia", "julia"),
    "Kubernetes": Ecosystem("semver", "golang"),
    "Maven": Ecosystem("maven", "maven"),
    "NuGet": Ecosystem("nuget", "nuget"),
    "Packagist": Ecosystem("packagist", "composer"),
    "Pub": Ecosystem("pub", "pub"),
    "PyPI": Ecosystem("pep440", "pypi"),
    "RubyGems": Ecosystem("gem", "gem"),
    "SwiftURL": Ecosystem("swift", "swift"),
    "VSCode": Ecosystem("semver", "vscode-extension"),
    "crates.io": Ecosystem("semver", "cargo"),
    "npm": Ecosystem("npm", "npm"),
    # These name no packages of Linux containers; their exports are left out.
    "Android": Ecosystem("generic", "android"),
    "FreeBSD": Ecosystem("generic", "freebsd"),
    "GIT": Ecosystem("", "generic"),
    "Linux": Ecosystem("generic", "generic"),
    "OSS-Fuzz": Ecosystem("", "generic"),
    # Those who rebuild what others publish: what follows the colon is the ecosystem of that.
    **{name: Ecosystem("", "") for name, one in REBUILDERS.items() if one.in_osv},
    # opam orders versions by Debian's rules: https://opam.ocaml.org/doc/Manual.html#Version-ordering
    "opam": Ecosystem("deb", "opam"),
}
_SYSTEMS: Final = {
    info.ecosystem: Ecosystem(info.package_type, info.package_type, info.ecosystem_names, distribution=True)
    for info in distributions()
    if info.ecosystem
}
ECOSYSTEMS: Final[Mapping[str, Ecosystem]] = dict(sorted({**_LANGUAGES, **_SYSTEMS}.items()))
"""By the name before the first colon."""
WITHOUT_PACKAGES: Final = frozenset({"Android", "FreeBSD", "GIT", "Linux", "OSS-Fuzz"})
"""Those that name no packages of Linux containers."""


def ecosystem_of(name: str) -> Ecosystem:
    """The ecosystem of a name, which may carry a release (`Debian:12`). One that is not known has no scheme. That of a
    rebuilder (`Root:Alpine:3.18`) is the ecosystem of what was rebuilt."""
    family, _, rest = name.partition(":")
    rebuilder = REBUILDERS.get(family)
    if rebuilder is None or not rest:
        return ECOSYSTEMS.get(family, _UNKNOWN)
    inner = ecosystem_of(_named(rest))
    return structs.replace(inner, names="binary") if rebuilder.binary and inner.distribution else inner


def _named(rest: str) -> str:
    """What was rebuilt by the name that OSV has for it by itself."""
    family, colon, release = rest.partition(":")
    return f"{_OTHER_NAMES.get(family, family)}{colon}{release}"


_OTHER_NAMES: Final = {
    "CentOS": "AlmaLinux", "CentOS-Stream": "AlmaLinux", "Composer": "Packagist", "OracleLinux": "AlmaLinux",
    "RHEL": "AlmaLinux", "Ruby": "RubyGems",
}  # fmt: skip
"""Of rebuilders; those of systems like RHEL stand for their rpm packages alone."""


_UNKNOWN = Ecosystem("", "")


@lru_cache(maxsize=4096)
def shard_name(ecosystem: str) -> ShardName:
    """The name of an ecosystem's shard: `crates.io` is crates.io, `PyPI` pypi. Releases of distributions are called as
    their os-release has it: `Debian:12` is debian-12, `Alpine:v3.20` alpine-3.20, `Rocky Linux:8` rocky-linux-8,
    `Ubuntu:22.04:LTS` ubuntu-22.04, `SUSE:Linux Enterprise Server 15 SP5` sles-15.5. Red Hat's ecosystems are products,
    not releases: all are one shard, red-hat."""
    family, _, release = ecosystem.partition(":")
    if family in REBUILDERS and release:
        return ShardName(f"{REBUILDERS[family].prefix}-{_rebuilt(release)}")
    name = ecosystem_release(family, release) or f"{family}-{release}"
    return ShardName(_ODD.sub("-", name.lower()).strip("-"))


def _rebuilt(rest: str) -> str:
    """What was rebuilt, as its shard is called: releases of distributions by number, those like RHEL by their own
    names (`RHEL:8` rhel-8, `AlmaLinux:9.2` almalinux-9.2)."""
    family, _, release = rest.partition(":")
    if family not in ("Alpine", "Debian", "Ubuntu"):
        return shard_name(_named(rest)) if not release else _ODD.sub("-", rest.lower().replace("oraclelinux", "oracle"))
    return ecosystem_release(family, release) or release_of(family.lower(), release, release) or shard_name(rest)


_ODD = re.compile(r"[^a-z0-9._+]+")
