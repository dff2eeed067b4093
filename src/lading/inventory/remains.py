"""What is left of operating-system packages where their database was erased: Debian's changelogs and copyright files,
the logs of dpkg and apt, and old copies of the database; what rpm's and apk's leave stands in remains_rpm and
remains_apk. These files are looked for only then (see recovery).

Sources: Debian Policy 12.7 (`/usr/share/doc/PACKAGE/changelog.Debian.gz`, deb-changelog(5) for what a changelog's first
line says) and 12.5 (copyright); the Debian Developer's Reference 5.10.2.1 on builds without a change of the source,
which stand in a changelog of their own (`changelog.Debian.amd64.gz`); dpkg(1) on `/var/log/dpkg.log`; apt's
`/var/log/apt/history.log`; dpkg's daily copies in `/var/backups`.
"""

import re
from collections.abc import Iterator
from posixpath import basename

from lading.formats.decoders.deb822 import iter_paragraphs, source_of
from lading.inventory import builds, remains_apk, remains_rpm
from lading.inventory.catalogers.cataloger import Cataloger, CatalogerResult, FoundPackage
from lading.inventory.unread import fault_of
from lading.model.errors import FormatError, SafeIOError
from lading.model.properties import RECOVERED
from lading.model.reader import WantedFile
from lading.safeio.lines import iter_lines
from lading.safeio.zlib_bytes import beginning_of_gzip, inflate_gzip

_HEAD = 16 * 1024
_MOST_BYTES = 64 * 1024 * 1024
_MOST_LINES = 1_000_000
_GZIP = b"\x1f\x8b"
_ARCHITECTURES = (
    "alpha|amd64|arc|arm64|armel|armhf|hppa|i386|ia64|loong64|m68k|mips64el|mipsel|powerpc|ppc64|ppc64el|riscv64|s390x"
    "|sh4|sparc64|x32|hurd-[a-z0-9]+"
)
_DOCUMENT = re.compile(
    r"(?:^|/)usr/share/doc/([a-z0-9][a-z0-9+.-]+)/"
    rf"(?:(copyright)|changelog(?:\.Debian)?(?:\.({_ARCHITECTURES}))?(?:\.gz)?)"
)
_ENTRY = re.compile(r"\s*([a-z0-9][a-z0-9+.-]*) \(([0-9][^\s()]*)\)((?: [\w.+-]+)+);[^\n]*")
_BINARY_ONLY = re.compile(r"\+b\d+$")
_LOGGED = re.compile(r"\S+ \S+ status (\S+) ([^\s:]+)(?::(\S+))? (\S+)")
_ACTION = re.compile(r"(Install|Reinstall|Upgrade|Downgrade|Remove|Purge): (.*)")
_ACTED = re.compile(r"([^\s:,()]+):(\S+) \(([^()]*)\)")
_FIELDS = ("package", "status", "version", "architecture", "source")


def parse_document(file: WantedFile) -> CatalogerResult:
    """The package that a changelog is of, as it stands in the directory of that name; of a copyright file, which tells
    no version, the name alone (`owner`). Nothing for the changelogs of those whose software it is."""
    document = _DOCUMENT.fullmatch(file.path)
    if document is None:
        return CatalogerResult()
    name, is_copyright, arch = document.groups()
    if is_copyright:
        return CatalogerResult(owner=name)
    data = file.content[:_HEAD]
    try:
        text = beginning_of_gzip(data, _HEAD) if data.startswith(_GZIP) else data
    except SafeIOError:
        return CatalogerResult(owner=name)
    entry = _ENTRY.match(text.decode("utf-8", "backslashreplace"))
    if entry is None:
        return CatalogerResult(owner=name)
    source, version = entry[1], entry[2]
    package = FoundPackage(
        type="deb",
        name=name,
        version=version,
        arch=arch or "",
        source=source,
        source_version=_BINARY_ONLY.sub("", version) if arch else version,
        properties={RECOVERED: "changelog"},
    )
    return CatalogerResult(packages=(package,))


def parse_log(file: WantedFile) -> CatalogerResult:
    """The packages that a log, or an old copy of the database, says are installed, as its end leaves them."""
    try:
        content = inflate_gzip(file.data, _MOST_BYTES, file.spend) if file.content[:2] == _GZIP else file.data
        found = _READERS[_kind(file.path)](content) if _kind(file.path) else ()
        return CatalogerResult(packages=tuple(found))
    except (FormatError, SafeIOError):
        return CatalogerResult()


def _kind(path: str) -> str:
    name = basename(path)
    if name.startswith(("dpkg.status", "status-old")):
        return "status"
    return "dpkg" if name.startswith("dpkg.log") else "apt" if name.startswith("history.log") else ""


def _of_dpkg_log(content: bytes) -> Iterator[FoundPackage]:
    """`2024-05-01 12:00:00 status installed libc6:amd64 2.36-9`."""
    states: dict[tuple[str, str], tuple[str, str]] = {}
    for line in iter_lines(content, _MOST_LINES):
        if logged := _LOGGED.fullmatch(line.decode("utf-8", "backslashreplace")):
            states[logged[2], logged[3] or ""] = (logged[1], logged[4])
    for (name, arch), (state, version) in states.items():
        if state == "installed":
            yield from _package(name, version, arch, "log")


def _of_apt_log(content: bytes) -> Iterator[FoundPackage]:
    """`Install: a:amd64 (1.0-1, automatic), …`, `Upgrade: b:amd64 (1.0, 1.1)`."""
    versions: dict[tuple[str, str], str] = {}
    for line in iter_lines(content, _MOST_LINES):
        action = _ACTION.match(line.decode("utf-8", "backslashreplace"))
        for name, arch, stated in _ACTED.findall(action[2]) if action else ():
            words = [word.strip() for word in stated.split(",") if word.strip() != "automatic"]
            gone = action is not None and action[1] in ("Remove", "Purge")
            versions[name, arch] = "" if gone or not words else words[-1]
    for (name, arch), version in versions.items():
        if version:
            yield from _package(name, version, arch, "log")


def _of_status(content: bytes) -> Iterator[FoundPackage]:
    for paragraph in iter_paragraphs(content, _FIELDS):
        fields = paragraph.fields
        if fields.get("status", "").split()[-1:] == ["installed"]:
            name, version = fields.get("package", ""), fields.get("version", "")
            source = source_of(fields.get("source", ""), name, version)
            yield from _package(name, version, fields.get("architecture", ""), "old database", *source)


def _package(
    name: str, version: str, arch: str, why: str, source: str = "", source_version: str = ""
) -> Iterator[FoundPackage]:
    """What a log does not say of the source is what most packages have: its own name, and the version of the source
    without the number of a build."""
    if not fault_of(name, version):
        plain = source_version or _BINARY_ONLY.sub("", version)
        yield FoundPackage("deb", name, version, arch, source or name, plain, properties={RECOVERED: why})


_READERS = {"apt": _of_apt_log, "dpkg": _of_dpkg_log, "status": _of_status}

DOCUMENTS = Cataloger(
    name="remains-documents",
    version=1,
    parse=parse_document,
    patterns=(
        "**/usr/share/doc/*/*.gz",
        "**/usr/share/doc/*/changelog.Debian",
        "**/usr/share/doc/*/changelog",
        "**/usr/share/doc/*/copyright",
    ),
    head=_HEAD,
    is_remains=True,
)
LOGS = Cataloger(
    name="remains-logs",
    version=1,
    parse=parse_log,
    files=("var/lib/dpkg/status-old",),
    directories={"var/log": ("",), "var/log/apt": ("",), "var/backups": ("",)},
    is_remains=True,
)
CATALOGERS: tuple[Cataloger, ...] = (
    DOCUMENTS,
    LOGS,
    builds.CATALOGER,
    *remains_apk.CATALOGERS,
    *remains_rpm.CATALOGERS,
)
