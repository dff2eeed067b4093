"""Whether a package is the one that a package URL names: of an ignore, or of a VEX statement.

Source: https://github.com/package-url/purl-spec. What a package URL leaves out holds for everything; what it states and
the package does too must agree, in whatever way it is written.
"""

from collections.abc import Mapping
from functools import lru_cache
from typing import Final

from packageurl import PackageURL

from lading.formats.sbom.purls import Named, parse_purl
from lading.model.distributions import distribution_id
from lading.model.package import DISTRIBUTED, Distribution, Package
from lading.versions.schemes import compare

_SOURCES: Final = ("src", "source", "nosrc")
_EVERY: Final = ("", "all", "any", "noarch")
_ARCHITECTURES: Final[Mapping[str, str]] = {
    "aarch64": "arm64", "i386": "386", "i486": "386", "i586": "386", "i686": "386", "x86": "386", "x86_64": "amd64",
    "amd64p32": "amd64", "armv7l": "armv7", "armhf": "armv7", "ppc64el": "ppc64le",
}  # fmt: skip
_NO_MATTER: Final = frozenset(
    {
        "arch", "checksum", "distro", "download_url", "epoch", "file_name", "goarch", "goos", "package-id",
        "repository_url", "tag", "type", "upstream", "vcs_url",
    }
)  # fmt: skip
"""Qualifiers that say where a package is from, or that are looked at on their own."""


def is_named(text: str, package: Package) -> bool:
    """Whether a package URL names a package, by its own name or by that of the source which a distribution built it
    from, as advisories have it."""
    named = parsed(text)
    if named is None or named.package.type != package.type:
        return False
    name = named.package.name.casefold()
    if name == package.name.casefold() and not means_source(named.package):
        return _is(text, named, package, by_source=False)
    return name == package.source.casefold() and _is(text, named, package, by_source=True)


def difference(text: str, package: Package, system: Distribution | None, *, by_source: bool) -> str:
    """In what a package is not the one of its type and name that a package URL names, but for the version: in the
    distribution, which is that of the image (`system`), in the architecture, or in a qualifier. Empty where it is that
    one. `by_source` tells that it is named by its source."""
    named = parsed(text)
    if named is None:
        return "that is no package URL"
    why = _system_differs(named, package, system)
    return why or ("" if by_source else _architecture_differs(named, package)) or _qualifiers_differ(text, package)


def means_source(wanted: Package) -> bool:
    """Whether a package URL names the source package of a distribution."""
    return wanted.arch.lower() in _SOURCES


def same_version(type: str, stated: str, version: str) -> bool:
    """Whether a version that is stated is that of a package."""
    if stated == version or compare(type, stated, version) == 0:
        return True
    if type == "golang":
        return stated.removeprefix("v") == version.removeprefix("v")
    if type in DISTRIBUTED and (":" in stated) != (":" in version):
        # Some leave the epoch out.
        return compare(type, stated.rpartition(":")[2], version.rpartition(":")[2]) == 0
    return False


@lru_cache(maxsize=65536)
def parsed(text: str) -> Named | None:
    """What a package URL says; None for what is none, or names an image."""
    return parse_purl(text)


def _is(text: str, named: Named, package: Package, *, by_source: bool) -> bool:
    own = parsed(package.purl) if package.purl else None
    version = package.source_version if by_source else package.version
    stated = named.package.version
    system = own.distribution if own is not None else None
    return not difference(text, package, system, by_source=by_source) and (
        not stated or same_version(package.type, stated, version)
    )


def _system_differs(named: Named, package: Package, system: Distribution | None) -> str:
    stated = named.distribution
    if stated is None or system is None or package.type not in DISTRIBUTED:
        return ""
    if _family(stated.id) != _family(system.id):
        return f"it is of {system.id}, not of {stated.id}"
    if stated.release and system.release and stated.release != system.release:
        return f"it is of {system.release}, not of {stated.release}"
    return ""


def _architecture_differs(named: Named, package: Package) -> str:
    wanted, have = named.package.arch.lower(), package.arch.lower()
    if wanted in _EVERY or have in _EVERY:
        return ""
    same = _ARCHITECTURES.get(wanted, wanted) == _ARCHITECTURES.get(have, have)
    return "" if same else f"its architecture is {package.arch}, not {wanted}"


def _qualifiers_differ(text: str, package: Package) -> str:
    if "?" not in text or "?" not in package.purl:
        return ""
    wanted, have = _qualifiers(text), _qualifiers(package.purl)
    for key in sorted(wanted.keys() & have.keys() - _NO_MATTER):
        if wanted[key] != have[key]:
            return f"its {key} is {have[key]}, not {wanted[key]}"
    return ""


@lru_cache(maxsize=65536)
def _qualifiers(text: str) -> Mapping[str, str]:
    try:
        found = PackageURL.from_string(text).qualifiers
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


@lru_cache(maxsize=256)
def _family(name: str) -> str:
    """A distribution whose ID stands for a group of them: openSUSE's are told apart by their releases."""
    identity = distribution_id(name)
    return "opensuse" if identity.startswith("opensuse") else identity
