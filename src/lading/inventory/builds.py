"""Programs and files of Debian and Ubuntu that name the very build of the package that they are from, which tell where
neither a database nor a changelog is left.

Sources: debian/rules of the source packages (glibc's --with-pkgversion, openssh's SSH_EXTRAVERSION, perl's
patchlevel.h, curl's VERSION), dpkg-deb(1) on --version, and how base-files numbers its point releases.
"""

import re
from typing import Final

from msgspec import Struct

from lading.inventory.catalogers.cataloger import Cataloger, CatalogerResult, FoundPackage
from lading.model.properties import RECOVERED
from lading.model.reader import WantedFile
from lading.safeio.content import iter_matches

_BASE: Final = {"10": "10.3", "11": "11.1", "12": "12.4", "13": "13.8"}
"""The version of base-files that a release began with."""
_POINT: Final = re.compile(r"(\d+)\.(\d+)\s*")
_BASE_FILE: Final = "etc/debian_version"


class Build(Struct, frozen=True):
    """A source package whose version stands in one of `files` (patterns as of a Reader): `says` has it in its groups,
    which a hyphen joins. `name` is the package that the file is from, `names` matches those of the source's packages
    that have its version."""

    source: str
    name: str
    names: str
    files: tuple[str, ...] = ()
    says: bytes = b""
    epoch: str = ""


BUILDS: Final = (
    Build(
        "glibc",
        "libc6",
        r"libc6(?:-dev)?|libc-(?:bin|dev-bin|devtools|l10n)|locales(?:-all)?|nscd",
        ("**/libc.so.6", "**/libc-2.31.so", "**/libc-2.28.so", "**/libc-2.27.so"),
        rb"\((?:Debian|Ubuntu) GLIBC ([^)\s]{1,80})\)",
    ),
    Build(
        "perl",
        "perl-base",
        r"perl|perl-base|perl-modules-[\d.]+|libperl[\d.]+(?:t64)?",
        ("**/bin/perl",),
        rb"packaged patches for (\d[\w.+~-]{1,80}) in patchlevel",
    ),
    Build(
        "openssh",
        "openssh-client",
        r"openssh-(?:client|server|sftp-server)|ssh",
        ("**/bin/ssh",),
        rb"OpenSSH_(\d[\w.]{1,20}) (?:Debian|Ubuntu)-(\d[\w.+~]{0,60})",
        "1:",
    ),
    Build(
        "curl",
        "curl",
        r"curl|libcurl[34](?:t64)?(?:-gnutls)?",
        ("**/bin/curl",),
        rb"\0(\d{1,3}\.\d{1,3}\.\d{1,3}-\d[\w.+~]{0,60})(?=\0)",
    ),
    Build(
        "dpkg",
        "dpkg",
        r"dpkg(?:-dev)?|libdpkg-(?:dev|perl)",
        ("**/bin/dpkg-deb",),
        rb"\0(\d{1,3}\.\d{1,3}\.\d{1,3}[\w.+~]{0,60}) \([a-z0-9-]{2,20}\)",
    ),
    Build(
        "systemd",
        "",
        r"systemd(?:-(?:boot|container|coredump|homed|journal-remote|oomd|resolved|sysv|timesyncd|userdbd))?|udev"
        r"|libsystemd(?:0|-shared)|libudev1|libpam-systemd|libnss-(?:myhostname|mymachines|resolve|systemd)",
    ),
    Build("base-files", "base-files", "base-files", (_BASE_FILE,)),
)


def parse(file: WantedFile) -> CatalogerResult:
    """The package that a program is from, in the build that it names."""
    for build in BUILDS:
        if any(file.path.endswith(one.removeprefix("**")) for one in build.files):
            version = _version(build, file)
            if version:
                properties = {RECOVERED: "program"}
                found = FoundPackage("deb", build.name, version, "", build.source, version, properties=properties)
                return CatalogerResult(packages=(found,))
    return CatalogerResult()


def _version(build: Build, file: WantedFile) -> str:
    if not build.says:
        point = _POINT.fullmatch(file.text)
        return f"{_BASE[point[1]]}+deb{point[1]}u{point[2]}" if point and point[1] in _BASE and point[2] != "0" else ""
    said = {match.groups() for match in iter_matches(re.compile(build.says), file.content, 0, len(file.content))}
    if len(said) != 1:
        return ""
    return build.epoch + "-".join(one.decode("ascii", "replace") for one in said.pop())


CATALOGER: Final = Cataloger(
    name="remains-programs",
    version=1,
    parse=parse,
    files=(_BASE_FILE,),
    patterns=tuple(one for build in BUILDS for one in build.files if one.startswith("**/")),
    is_remains=True,
)
