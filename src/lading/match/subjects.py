"""What a package is judged as: the name and version that its distribution's advisories speak of."""

from typing import NamedTuple

from lading.model.package import Package


class Subject(NamedTuple):
    """The source package an installed package was built from, and that source's version."""

    name: str
    version: str


def subject_of(package: Package) -> Subject:
    """Debian judges by source package and source version, which differ from the binary's for binary rebuilds and for
    packages with their own version; Alpine and Wolfi judge by origin, whose version the package shares."""
    return Subject(package.source or package.name, package.source_version or package.version)


def is_kernel_without_code(package: Package) -> bool:
    """Whether a package comes from a kernel source but holds no kernel: headers, build helpers, documentation.

    Such packages match every flaw of the kernel while the container runs on the host's own.
    """
    return subject_of(package).name.startswith("linux") and package.name.startswith(_WITHOUT_CODE)


_WITHOUT_CODE = ("linux-libc-dev", "linux-headers", "linux-kbuild", "linux-doc", "linux-compiler-", "linux-config-")
