"""What a distribution makes of other people's software: the names and versions that its packages have, and those that
the software has in its own ecosystem.

Sources: Debian's policies for Python, Perl, Java, JavaScript, Ruby, PHP, Go and Rust packages; Fedora's packaging
guidelines for the same; Alpine's APKBUILD(5); https://wiki.debian.org/Versioning. What programs are called by
distributions is in `data/shipped_programs.json`.
"""

import re
from collections.abc import Mapping
from functools import cache, lru_cache
from pkgutil import get_data
from typing import Final, Literal

import msgspec
from msgspec import Struct

from lading.model.golang import is_release
from lading.model.package import DISTRIBUTED, Inventory, Package
from lading.model.properties import is_root

Fit = Literal["same", "related", ""]
"""How the name of a distribution's package fits that of a piece of software: it is made of the name; it names the
project that it belongs to, as the artifacts of Java and the scopes of npm tell; or it does not."""

_PREFIXES: Final[Mapping[str, str]] = {
    "composer": r"php(?:\d+(?:\.\d+)?)?-(?:composer-|pear-|pecl-)?|lib(?=.*-php$)",
    "cpan": r"perl-|lib(?=.*-perl$)",
    "cran": r"r-(?:cran|bioc)-|R-",
    "gem": r"ruby(?:\d+(?:\.\d+)?)?-|rubygems?(?:\d+(?:\.\d+)?)?-|ruby\d+(?:\.\d+)?-rubygem-",
    "golang": r"golang-(?:github-|golang-|gopkg-|google-|k8s-)?",
    "hackage": r"libghc6?-|ghc-",
    "hex": r"erlang-|elixir-",
    "maven": r"lib(?=.*-java$)",
    "npm": r"node(?:js)?(?:\d+)?-|npm-|libjs-",
    "otp": r"erlang-",
    "pypi": r"py(?:thon|py)?[23]?(?:\.?\d+)?-",
    "cargo": r"rust-",
}
_SUFFIX: Final = re.compile(
    r"-(?:java|perl|php|wheel|minimal|headless|bootstrap|libs?|core|bin|common|dev|tools|utils|cli|client|server)$"
)
_IMPLEMENTATION: Final = re.compile(r"-?impl$")
"""What ends the names of artifacts that are the project itself, such as `xercesImpl`."""
_PYTHON: Final = re.compile(r"^py(?:thon)?[23]?(?=.{3})|(?<=.{3})(?:python|py)[23]?$")
_STREAM: Final = re.compile(r"\d+$")
_NOT_NAMES: Final = re.compile(r"[^a-z0-9]+")
_MAJOR: Final = re.compile(r"/v\d+$|\.v\d+$")
_WORD: Final = re.compile(r"[a-z]{3,}")
_NO_WORDS: Final = frozenset({
    "android", "annotations", "apache", "api", "apis", "application", "base", "bundle", "cli", "client",
    "com", "common", "commons", "core", "dev", "ext", "extensions", "framework", "github", "google", "impl",
    "java", "javax", "jre", "json", "lib", "libs", "module", "net", "org", "osgi", "parent", "plugin",
    "plugins", "project", "runtime", "server", "service", "services", "shaded", "test", "tools", "util",
    "utils", "web", "xml",
})  # fmt: skip
_EPOCH: Final = re.compile(r"^\d+:")
_REALLY: Final = re.compile(r"^(.*)\+really(?=\d)")
_REVISION: Final = re.compile(r"-[^-]*$")
_REPACKED: Final = re.compile(r"[.+~-](?:dfsg|ds|repack|debian|deb|really|git|hg|svn|cs)(?![a-z]).*$")
_DAY: Final = re.compile(r"\.v?20\d{6,10}(?:-r)?$")
"""What Eclipse's projects put behind a version."""
_PARTS: Final = re.compile(r"\d+|[a-z]+")
_NO_PARTS: Final = frozenset({"final", "ga", "release", "jre", "android", "v", "post", "rev"})
_PRE: Final = {"alpha": "a", "beta": "b", "c": "rc", "pre": "rc", "preview": "rc", "p": "p"}


def name_fit(names: tuple[str, ...], package: Package) -> Fit:
    """How the best of the names of a distribution's package (its own, its source's) fits a package inside it."""
    wanted = _own_names(package.type, package.name)
    shipped = [_shipped_names(package.type, name) for name in names]
    if package.type == "maven":
        shipped = [one | _without_major(one, package.version) for one in shipped]
    if any(not wanted.isdisjoint(one) for one in shipped):
        return "same"
    if package.type == "maven" and any(not _words(name).isdisjoint(_words(package.name)) for name in names):
        return "related"
    scope = _squeezed(package.name.partition("/")[0]) if package.name.startswith("@") else ""
    if scope and any(scope in _shipped_names(package.type, name) for name in names):
        return "related"
    return "related" if any(not wanted.isdisjoint(_ends(name)) for name in names) else ""


def is_upstream_version(shipped: str, package: Package, shipped_type: str) -> bool:
    """Whether a version of a distribution's package, epoch and revision included, is made of the version of a package
    inside it. A program may state its version less precisely; the main module of a Go program need not state one."""
    if package.type == "golang" and is_root(package) and not is_release(package.version):
        return True
    if package.type == "generic" and package.name in _JAVA:
        return _java_parts(shipped) == _java_parts(package.version)
    wanted = _parts(package.version)
    if not wanted:
        return False
    made = {_parts(one) for one in _upstream_versions(shipped, shipped_type)}
    if wanted in made or package.type != "generic":
        return wanted in made
    start = tuple(_PARTS.findall(package.version.lower()))
    return len(start) > 1 and start == tuple(_PARTS.findall(_EPOCH.sub("", shipped.lower())))[: len(start)]


def version_marks(version: str) -> tuple[str, str]:
    """What a distribution may put before a version of upstream's to make it newer: the epoch, and what stands before
    `+really`; each empty for none."""
    epoch = _EPOCH.match(version)
    rest = version[epoch.end() :] if epoch else version
    really = _REALLY.match(rest)
    return (epoch[0][:-1] if epoch and epoch[0] != "0:" else "", really[1] if really else "")


def may_be_shipped(path: str) -> bool:
    """Whether a distribution's package may install a path at all: what the Filesystem Hierarchy Standard leaves to the
    administrator, to users and to services holds nothing of it."""
    return not path.startswith(_LOCAL)


def own_programs(inventory: Inventory) -> frozenset[str]:
    """The IDs of the programs and libraries, recognised by their content, that are by name and version the system
    package around them."""
    if inventory.distribution is None or not inventory.distribution.release:
        return frozenset()
    recognised = [one for one in inventory.packages if one.owner and is_shipped_program(one)]
    owners = {one.purl: one for one in inventory.packages if one.type in DISTRIBUTED} if recognised else {}
    return frozenset(one.id for one in recognised if one.owner in owners and is_same_software(owners[one.owner], one))


def is_own_program(owner: Package, program: Package) -> bool:
    """Whether a program or library, recognised by its content, is the system package around it, whose version nothing
    makes newer than its software is, as far as distributions are known."""
    return (
        is_shipped_program(program)
        and is_same_software(owner, program)
        and version_marks(owner.version)[0] in ("", *_programs()[program.name].epochs)
        and version_marks(owner.source_version or owner.version)[0] in ("", *_programs()[program.name].epochs)
        and not version_marks(owner.version)[1]
    )


def is_shipped_program(package: Package) -> bool:
    """Whether a program or library, recognised by its content, is one that distributions are known to ship."""
    return (
        package.type == "generic"
        and package.evidence == "binary"
        and package.name in _programs()
        and all(may_be_shipped(location.path) for location in package.locations)
    )


def is_same_software(owner: Package, program: Package) -> bool:
    """Whether a system package, by the name and the version of its source, is made of a program inside it."""
    version = owner.source_version or owner.version
    return name_fit((owner.source or owner.name,), program) == "same" and is_upstream_version(
        version, program, owner.type
    )


_LOCAL: Final = ("usr/local/", "home/", "root/", "srv/", "tmp/", "var/tmp/", "mnt/", "media/")
_JAVA: Final = frozenset({"openjdk", "java", "jre", "jdk", "oracle-jdk", "oracle-jre"})


@lru_cache(maxsize=4096)
def _own_names(type: str, name: str) -> frozenset[str]:
    """What software may be called by a distribution, squeezed."""
    name = name.lower()
    if type == "maven":
        group, _, artifact = name.partition(":")
        project = _IMPLEMENTATION.sub("", artifact)
        names = (artifact or group, f"{group.rpartition('.')[2]}-{artifact}", project)
        return frozenset(map(_squeezed, names)) - {""}
    if type == "golang":
        return frozenset({_squeezed(_MAJOR.sub("", name).rpartition("/")[2]), _squeezed(_MAJOR.sub("", name))})
    if type == "composer":
        vendor, _, own = name.partition("/")
        return frozenset({_squeezed(name), *([_squeezed(own)] if vendor == own else [])})
    if type == "generic":
        known = _programs()[name].names if name in _programs() else ()
        return frozenset({_without_stream(_squeezed(one)) for one in (name, *known)})
    if type == "pypi":
        return frozenset({_squeezed(name), _PYTHON.sub("", _squeezed(name))})
    return frozenset({_squeezed(name)})


@lru_cache(maxsize=4096)
def _shipped_names(type: str, name: str) -> frozenset[str]:
    """What the name of a distribution's package is made of, squeezed, for software of a type."""
    name = name.lower()
    stems = {name}
    prefix = _PREFIXES.get(type)
    if prefix and (found := re.match(prefix, name)):
        stems.add(name[found.end() :])
    stems |= {_SUFFIX.sub("", stem) for stem in stems}
    squeezed = {_squeezed(stem) for stem in stems}
    if type == "pypi":
        squeezed |= {_PYTHON.sub("", stem) for stem in squeezed}
    if type != "maven":
        squeezed |= {_without_stream(stem) for stem in squeezed}
    return frozenset(squeezed - {""})


def _squeezed(name: str) -> str:
    return _NOT_NAMES.sub("", name)


def _without_major(names: frozenset[str], version: str) -> frozenset[str]:
    """What the names are without the number at their end, where that is the version's first: `xerces2` of 2.12 is
    `xerces`, but `lang3` of 2.6 is not `lang`."""
    major = version.partition(".")[0]
    found = {name.removesuffix(major) for name in names if major.isdecimal() and name.endswith(major)}
    return frozenset(one for one in found if one and not one[-1].isdecimal())


def _without_stream(name: str) -> str:
    return _STREAM.sub("", name) or name


@lru_cache(maxsize=4096)
def _ends(name: str) -> frozenset[str]:
    """The ends of a name of several words, squeezed: of `jupyter-notebook` also `notebook`."""
    words = name.lower().split("-")
    return frozenset(_squeezed("-".join(words[start:])) for start in range(1, len(words))) - {""}


@lru_cache(maxsize=4096)
def _words(name: str) -> frozenset[str]:
    """The words of a name that tell something; of `springframework` also the beginning."""
    words = {word.removeprefix("lib") for word in _WORD.findall(name.lower())} - _NO_WORDS
    return frozenset(words | {word.removesuffix("framework") for word in words})


def _upstream_versions(version: str, type: str) -> set[str]:
    """What upstream may have called a version."""
    version = _EPOCH.sub("", version)
    version = _REVISION.sub("", version)
    if (really := _REALLY.match(version)) and type == "deb":
        version = version[really.end() :]
    if type == "apk":
        version = version.replace("_p", "p")
    plain = version.partition("+")[0]
    return {version, plain, _REPACKED.sub("", version), _REPACKED.sub("", plain)}


@lru_cache(maxsize=8192)
def _parts(version: str) -> tuple[str, ...]:
    """A version without what schemes write differently: separators, zeros at the end, words for a plain release."""
    found = [_PRE.get(part, part) for part in _PARTS.findall(_DAY.sub("", version.lower())) if part not in _NO_PARTS]
    parts = [part.lstrip("0") or "0" if part.isdecimal() else part for part in found]
    while parts and parts[-1] in ("0", "dev"):
        parts.pop()
    return tuple(parts)


def _java_parts(version: str) -> tuple[str, ...]:
    """`1.8.0_392-b08`, `8u392` and `8.392.08` are 8 392; `17.0.9+9` is 17 0 9."""
    upstream = re.split(r"[+-]", _EPOCH.sub("", version))[0]
    numbers = [part.lstrip("0") or "0" for part in re.findall(r"(?<![a-z])\d+|(?<=u)\d+", upstream)]
    if numbers[:1] == ["1"]:
        numbers = numbers[1:]
    if numbers[:1] == ["8"]:
        return tuple(part for part in numbers[:3] if part != "0")[:2]
    while len(numbers) > 1 and numbers[-1] == "0":
        numbers.pop()
    return tuple(numbers)


class _Program(Struct, frozen=True, forbid_unknown_fields=True):
    """What distributions call a program beside its own name, and the epochs that they have given it."""

    names: tuple[str, ...] = ()
    epochs: tuple[str, ...] = ()


@cache
def _programs() -> Mapping[str, _Program]:
    return msgspec.json.decode(get_data(__package__, "data/shipped_programs.json") or b"", type=dict[str, _Program])
