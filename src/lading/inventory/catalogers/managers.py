"""Package managers nobody publishes advisories for: what they installed is listed, so that a scan can say that it was
matched with nothing.

Each has one function below that reads its own record of a package, or of all of them. Sources, by type of package:

- slackware: slackware.com, pkgtool(8), `/var/lib/pkgtools/packages/NAME-VERSION-ARCH-BUILD`.
- xbps: void-linux/xbps, lib/pkgdb.c (a property list in `/var/db/xbps`).
- crux: crux.nu, "Handbook", pkgutils (`/var/lib/pkg/db`).
- kiss: kisslinux.org, "Package Manager" (`/var/db/kiss/installed/NAME/version`).
- pkgsrc: NetBSD's pkg_info(1) (`+CONTENTS` of each package).
- freebsd: freebsd/pkg, libpkg/pkgdb.c (a SQLite database).
- exherbo: paludis, "VDB" of exndbam (`data/CATEGORY---NAME/VERSION:SLOT:HASH/contents`).
- eopkg: getsolus/eopkg, pisi/db/installdb.py (`/var/lib/eopkg/package/NAME-VERSION-RELEASE`).
- flatpak: flatpak(1), "System installations" (`app/NAME/ARCHITECTURE/BRANCH/COMMIT`).
- spack, easybuild: their documentation, "Package installation" (`.spack/spec.json`), "Installation structure".
- chocolatey, scoop, cygwin: their documentation on where packages lie (`lib/NAME/NAME.nuspec`,
  `apps/NAME/VERSION/manifest.json`, `/etc/setup/installed.db`).
- nimble, crystal, raku: `nimblemeta.json`, `lib/.shards.info`, `site/dist/SHA1` of Rakudo's repositories.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from itertools import pairwise
from typing import Final

import msgspec

from lading.inventory.catalogers.cataloger import Cataloger, CatalogerResult, FoundPackage
from lading.inventory.unread import Remarks, fault_of, unread
from lading.model.diagnostics import diagnostic
from lading.model.errors import FormatError, SafeIOError
from lading.model.reader import WantedFile
from lading.safeio.foreign_sqlite import Database, iter_rows
from lading.safeio.javascript_json import decode_json
from lading.safeio.lines import beginning, iter_lines
from lading.safeio.xmltree import read_xml

_MOST_LINES: Final = 2_000_000
_XBPS = re.compile(r"(.+)-([^-]+)")
_ENDING_VERSION = re.compile(r"(.+)-(\d[^-/]*)")
_SLACKWARE = re.compile(r"(.+)-([^-]+)-([^-]+)-([^-]+)")
_EOPKG = re.compile(r"(.+)-([^-]+)-(\d+)")
_SHARD = re.compile(r"^  ([\w-]+):\s*$|^    version:\s*[\"']?([^\s\"']+)", re.MULTILINE)
_CYGWIN = re.compile(r"(\S+) \S+?-(\d\S*?)\.tar\.\S+ \d")
_EXHERBO = re.compile(r"type=(?:file|sym) path=(/\S+)")

_RAKU: Final = ("usr/share/perl6/site", "usr/local/share/perl6/site", "opt/rakudo-pkg/share/perl6/site", "root/.raku")
"""The repositories of Rakudo that packages are installed into."""


class _Spec(msgspec.Struct):
    """Of Spack; before its format 2 the one node is called by its name."""

    nodes: list["_Node"] = []


class _Node(msgspec.Struct):
    name: str = ""
    version: str = ""


class _SpecFile(msgspec.Struct):
    spec: _Spec = msgspec.field(default_factory=_Spec)


class _Dist(msgspec.Struct):
    name: str = ""
    ver: str | None = None
    version: str | None = None


def _slackware(file: WantedFile) -> Iterator[FoundPackage]:
    match = _SLACKWARE.fullmatch(_name(file.path))
    if match is None or not file.content[:13].startswith(b"PACKAGE NAME:"):
        return
    listed = beginning(file.content, file.limit).partition("\nFILE LIST:\n")[2]
    files = tuple(line for line in listed.splitlines() if not line.endswith("/"))
    yield FoundPackage("slackware", match[1], f"{match[2]}-{match[4]}", arch=match[3], files=files)


def _xbps(file: WantedFile) -> Iterator[FoundPackage]:
    for one in read_xml(file.data, typed=True).child("dict").all("dict"):
        stated = next((value.text for key, value in pairwise(one.children) if key.text == "pkgver"), "")
        match = _XBPS.fullmatch(stated)
        yield FoundPackage("xbps", match[1], match[2]) if match is not None else FoundPackage("xbps", stated, "")


def _crux(file: WantedFile) -> Iterator[FoundPackage]:
    lines: list[str] = []
    for line in (*_lines(file), ""):
        if line:
            lines.append(line)
        elif lines:
            name, version, *files = lines if len(lines) > 1 else (*lines, "")
            yield FoundPackage("crux", name, version, files=tuple(one for one in files if not one.endswith("/")))
            lines = []


def _kiss(file: WantedFile) -> Iterator[FoundPackage]:
    version, _, release = beginning(file.content).strip().partition(" ")
    yield FoundPackage("kiss", _parts(file.path)[-2], f"{version}-{release}" if release else version)


def _pkgsrc(file: WantedFile) -> Iterator[FoundPackage]:
    name, above, files = "", "", []
    for line in _lines(file):
        word, _, rest = line.partition(" ")
        if word == "@name":
            name = rest
        elif word == "@cwd":
            above = rest.strip("/")
        elif line and not line.startswith(("@", "+")):
            files.append(f"{above}/{line}".lstrip("/"))
    if match := _ENDING_VERSION.fullmatch(name):
        yield FoundPackage("pkgsrc", match[1], match[2], files=tuple(files))


def _freebsd(file: WantedFile) -> Iterator[FoundPackage]:
    for name, version in iter_rows(Database(file.content), "packages", ("name", "version")):
        yield FoundPackage("freebsd", str(name), str(version))


def _exherbo(file: WantedFile) -> Iterator[FoundPackage]:
    category, _, name = _parts(file.path)[-3].partition("---")
    files = tuple(match[1][1:] for line in _lines(file) if (match := _EXHERBO.match(line)))
    yield FoundPackage("exherbo", f"{category}/{name}", _parts(file.path)[-2].partition(":")[0], files=files)


def _eopkg(file: WantedFile) -> Iterator[FoundPackage]:
    if match := _EOPKG.fullmatch(_parts(file.path)[-2]):
        yield FoundPackage("eopkg", match[1], f"{match[2]}-{match[3]}")


def _flatpak(file: WantedFile) -> Iterator[FoundPackage]:
    name, arch, branch = _parts(file.path)[-5:-2]
    yield FoundPackage("flatpak", name, branch, arch=arch, files=(_above(file.path, 1),))


def _spack(file: WantedFile) -> Iterator[FoundPackage]:
    for node in decode_json(file.content, _SpecFile).spec.nodes[:1]:  # what it needs has a directory of its own
        yield FoundPackage("spack", node.name, node.version, files=(_above(file.path, 2),))


def _easybuild(file: WantedFile) -> Iterator[FoundPackage]:
    name, version = _parts(file.path)[-4:-2]
    yield FoundPackage("easybuild", name, version, files=(_above(file.path, 2),))


def _chocolatey(file: WantedFile) -> Iterator[FoundPackage]:
    said = read_xml(file.data).child("metadata")
    yield FoundPackage("chocolatey", said.value("id"), said.value("version"), files=(_above(file.path, 1),))


def _scoop(file: WantedFile) -> Iterator[FoundPackage]:
    name, version = _parts(file.path)[-3:-1]
    if version != "current":  # a link to one of the others
        yield FoundPackage("scoop", name, version, files=(_above(file.path, 1),))


def _cygwin(file: WantedFile) -> Iterator[FoundPackage]:
    for line in _lines(file):
        if match := _CYGWIN.match(line):
            yield FoundPackage("cygwin", match[1], match[2])


def _nimble(file: WantedFile) -> Iterator[FoundPackage]:
    stated = re.fullmatch(r"(.+?)-(\d[\w.]*)(?:-[0-9a-f]{40})?", _parts(file.path)[-2])
    if stated is not None:
        yield FoundPackage("nimble", stated[1], stated[2], files=(_above(file.path, 1),))


def _crystal(file: WantedFile) -> Iterator[FoundPackage]:
    name = ""
    for match in _SHARD.finditer(beginning(file.content)):
        name = match[1] or name
        if match[2] and name:
            yield FoundPackage("crystal", name, match[2])


def _raku(file: WantedFile) -> Iterator[FoundPackage]:
    if re.fullmatch("[0-9A-F]{40}", _name(file.path)):
        said = decode_json(file.content, _Dist)
        yield FoundPackage("raku", said.name, said.ver or said.version or "")


_READERS: Final[tuple[tuple[str, Callable[[WantedFile], Iterable[FoundPackage]], tuple[str, ...]], ...]] = (
    ("slackware", _slackware, ("var/lib/pkgtools/packages/", "var/log/packages/")),
    ("xbps", _xbps, ("**/db/xbps/*.plist",)),
    ("crux", _crux, ("**/lib/pkg/db",)),
    ("kiss", _kiss, ("**/kiss/installed/*/version",)),
    ("pkgsrc", _pkgsrc, ("**/pkgdb/*/+CONTENTS", "**/db/pkg/*/+CONTENTS")),
    ("freebsd", _freebsd, ("**/db/pkg/local.sqlite",)),
    ("exherbo", _exherbo, ("**/repositories/installed/data/*/*/contents",)),
    ("eopkg", _eopkg, ("**/eopkg/package/*/metadata.xml",)),
    ("flatpak", _flatpak, ("**/flatpak/app/*/*/*/*/metadata", "**/flatpak/runtime/*/*/*/*/metadata")),
    ("spack", _spack, ("**/.spack/spec.json",)),
    ("easybuild", _easybuild, ("**/software/*/*/easybuild/*.eb",)),
    ("chocolatey", _chocolatey, ("**/chocolatey/lib/*/*.nuspec",)),
    ("scoop", _scoop, ("**/scoop/apps/*/*/manifest.json",)),
    ("cygwin", _cygwin, ("**/etc/setup/installed.db",)),
    ("nimble", _nimble, ("**/pkgs2/*/nimblemeta.json", "**/.nimble/pkgs/*/nimblemeta.json")),
    ("crystal", _crystal, ("**/lib/.shards.info",)),
    ("raku", _raku, tuple(f"{place}/dist/" for place in _RAKU)),
)
"""The type of package, who reads its record, and where that lies: patterns, and directories."""


def _cataloger(type: str, read: Callable[[WantedFile], Iterable[FoundPackage]], places: tuple[str, ...]) -> Cataloger:
    def parse(file: WantedFile) -> CatalogerResult:
        packages, remarks = [], Remarks(file.path)
        try:
            for one in read(file):
                if fault := fault_of(one.name, one.version):
                    remarks.left_out(fault)
                else:
                    packages.append(one)
        except SafeIOError as error:
            remarks.add(diagnostic("broken-package-database", f"the database cannot be read: {error}", file.path))
        except (FormatError, ValueError) as error:
            remarks.add(unread(file.path, type, str(error)))
        return CatalogerResult(packages=tuple(packages), diagnostics=tuple(dict.fromkeys(remarks.told())))

    return Cataloger(
        name=type,
        version=1,
        parse=parse,
        directories={place[:-1]: ("",) for place in places if place.endswith("/")},
        patterns=tuple(place for place in places if not place.endswith("/")),
    )


def _lines(file: WantedFile) -> Iterator[str]:
    return (line.decode("utf-8", "backslashreplace").rstrip("\r") for line in iter_lines(file.content, _MOST_LINES))


def _parts(path: str) -> list[str]:
    return path.split("/")


def _name(path: str) -> str:
    return path.rpartition("/")[2]


def _above(path: str, steps: int) -> str:
    """The directory so many steps above a path, as a package that owns all of it names it."""
    return path.rsplit("/", steps)[0] + "/"


CATALOGERS: tuple[Cataloger, ...] = tuple(_cataloger(*one) for one in _READERS)
