"""What a package is judged as: the names and versions that advisories speak of."""

import re
from typing import NamedTuple

from lading.match.cpe import Vendors, cpe_names
from lading.model.advisory import Names
from lading.model.golang import is_release
from lading.model.names import advisory_name
from lading.model.package import Package

SOURCE_ARCH = "src"
_NO_VENDORS: Vendors = {}
_NO_CODE = ("linux-libc-dev", "linux-headers", "linux-kbuild", "linux-doc", "linux-compiler-", "linux-config-")
_KERNEL_SOURCES = re.compile(r"linux(?:$|-)|kernel(?:$|-)")
_NO_CODE_RPM = frozenset({"kernel-headers", "kernel-doc", "kernel-srpm-macros", "kernel-abi-stablelists"})


class Subject(NamedTuple):
    """What is looked up in a shard and compared. `arch` is "src" for a source package. `module` is the `name:stream`
    the package was built in, "" for none, None when it was built in one that it does not name. `programs` are the
    paths of the Go programs that a module is linked into. `epoch` tells whether a version comes with its epoch, if it
    has one. `slot` is the slot of a Gentoo package without its subslot, empty when it is not known."""

    name: str
    version: str
    arch: str = ""
    module: str | None = ""
    programs: tuple[str, ...] = ()
    epoch: bool = True
    slot: str = ""


def subjects_of(package: Package, names: Names, vendors: Vendors = _NO_VENDORS) -> tuple[Subject, ...]:
    """The subjects to ask a shard about whose advisories go by `names`; `vendors` are the other names of products.

    Debian judges by source package and source version, which differ from the binary's for binary rebuilds and for
    packages with their own version; Alpine and Wolfi by origin, whose version the package shares. Where a shard goes by
    both names, the source stands beside the binary with an architecture of its own, so that an advisory on one binary
    does not hit its siblings. A Go program built from a commit has no version that ranges could hold: it has none.
    """
    if names == "cpe":
        return tuple(Subject(key, version) for key, version in cpe_names(package, vendors))
    if is_unreleased(package):
        return ()
    module = _module(package)
    programs = tuple(one.path for one in package.locations) if package.type == "golang" else ()
    version, epoch = _source_version(package)
    source = Subject(
        advisory_name(package.type, package.source or package.name),
        version,
        package.arch if names == "source" else SOURCE_ARCH,
        module,
        programs,
        epoch,
        package.properties.get("slot", "").partition("/")[0],
    )
    if names == "source":
        return (source,)
    binary = Subject(advisory_name(package.type, package.name), package.version, package.arch, module, programs)
    return (binary,) if names == "binary" or not package.source else (binary, source)


def is_unreleased(package: Package) -> bool:
    """Whether a package is the main module of a Go program that was not built from a release."""
    is_main = package.type == "golang" and package.properties.get("relationship") == "root"
    return is_main and not is_release(package.version)


def _source_version(package: Package) -> tuple[str, bool]:
    """The source's version, and whether its epoch is known. An rpm names its source by a file name, which has no epoch:
    it is the binary's own where both have the same version."""
    version = package.source_version or package.version
    if package.type != "rpm" or ":" in version:
        return version, True
    _, colon, rest = package.version.partition(":")
    if not colon:
        return version, version == package.version
    return (package.version, True) if rest == version else (version, False)


def _module(package: Package) -> str | None:
    """From rpm's modularity label (`nodejs:18:8080020230…:abcdef:x86_64`); builds that only carry the mark in their
    release come from a default stream, whose label was left out."""
    label = package.properties.get("modularity")
    if label:
        return ":".join(label.split(":")[:2])
    return None if package.type == "rpm" and ".module" in package.version else ""


def is_kernel_without_code(package: Package) -> bool:
    """Whether a package comes from a kernel source but holds no kernel: headers, build helpers, documentation.

    Such packages match every flaw of the kernel while the container runs on the host's own.
    """
    if not _KERNEL_SOURCES.match(package.source or package.name):
        return False
    return package.name.startswith(_NO_CODE) or package.name in _NO_CODE_RPM or package.name.endswith("-headers")
