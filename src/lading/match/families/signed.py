"""Source packages that a distribution renames to have their programs signed for Secure Boot: its advisories know the
source that the code comes from.

Source: https://wiki.debian.org/SecureBoot#Debian-signed_packages, the changelogs of Ubuntu's linux-signed, grub2-signed
and fwupd-signed, and SPECS-SIGNED of https://github.com/microsoft/azurelinux.
"""

import re
from collections.abc import Mapping
from typing import Final

_MARK: Final = "signed"
_ARCH: Final = r"(?:amd64|arm64|armhf|i386|ia32|riscv64|x64|x86_64|aarch64)"
_KERNEL: Final = re.compile(rf"linux-signed(?P<flavour>-[a-z0-9.+-]+?)??(?P<arch>-{_ARCH})?")
_OF_ARCH: Final = re.compile(rf"(?P<name>[a-z0-9][a-z0-9.+-]*?)-{_ARCH}-signed")
_RPM: Final = re.compile(rf"(?P<name>[a-z0-9][a-z0-9.+_-]*?)-signed(?:-{_ARCH})?")
_SOURCES: Final[Mapping[str, str]] = {
    "edk2-hvloader": "edk2",
    "grub-efi": "grub2",
    "grub2-efi-binary": "grub2",
    "shim-helpers": "shim",
    "systemd-boot": "systemd",
    "systemd-boot-efi": "systemd",
}
"""By what stands before "-signed", where it is not the source's own name."""
_JOINED: Final = re.compile(r"(?:[0-9]+\+(?=[0-9]))?(?P<upstream>.+?)\+(?P<revision>[0-9]+(?:[+~.].*)?)")
"""Debian's "1+2.06+13+deb12u1" for 2.06-13+deb12u1, and "6.1.27+1" for 6.1.27-1: such a source has no revision."""
_APPENDED: Final = re.compile(r"[0-9.]+(?:[~a-z][a-z0-9.~]*(?:\+deb[0-9]+u[0-9]+)?)?\+(?P<version>[0-9].*-.+)")
"""The signed source's version, then that of the code: "1.51~1+deb12u1+16.1-2~deb12u1", "1.187.6+2.06-2ubuntu14.4"."""
_EFI_PART: Final = re.compile(r"[0-9]+\.[0-9]+-")
"""fwupd's part for EFI has been a source of its own since its 1.0; fwupd itself has three numbers."""


def unsigned_source(type: str, source: str, source_version: str, version: str) -> tuple[str, str] | None:
    """The name and version of the source that a signed package's code comes from; None for other packages. `version` is
    the binary package's."""
    if _MARK not in source:
        return None
    if type == "rpm":
        found = _RPM.fullmatch(source)
        return (_SOURCES.get(found["name"], found["name"]), source_version) if found else None
    if type != "deb":
        return None
    if source in _WITH_VERSIONS:
        return _appended(source, source_version, version)
    kernel = _KERNEL.fullmatch(source)
    if kernel is not None:
        name = f"linux{kernel['flavour'] or ''}"
        return name, _joined(source_version) if kernel["arch"] else source_version
    if source == "s390-tools-signed":
        return "s390-tools", source_version
    found = _OF_ARCH.fullmatch(source)
    if found is None:
        return None
    # The version of fwupd's signed part has an epoch since it comes from fwupd-efi.
    name = "fwupd-efi" if found["name"] == "fwupd" and ":" in source_version else found["name"]
    return _SOURCES.get(name, name), _joined(source_version)


_WITH_VERSIONS: Final = ("fwupd-signed", "grub2-signed", "shim-signed")


def _appended(source: str, source_version: str, version: str) -> tuple[str, str] | None:
    known = f"{source_version}+"
    found = _APPENDED.fullmatch(version)
    if version.startswith(known) and version[len(known) :][:1].isdecimal():
        of_code = version[len(known) :]
    elif found is not None:
        of_code = found["version"]
    else:
        return None
    match source:
        case "grub2-signed":
            return "grub2-unsigned", of_code
        case "fwupd-signed":
            return ("fwupd-efi" if _EFI_PART.match(of_code) else "fwupd"), of_code
        case _:
            return "shim", of_code


def _joined(version: str) -> str:
    epoch, colon, rest = version.rpartition(":")
    found = _JOINED.fullmatch(rest)
    return (
        f"{epoch}{colon}{found['upstream']}-{found['revision']}" if found is not None and "-" not in rest else version
    )
