"""Who rebuilds the packages of others with fixes of their own, and how their builds are told.

Sources: OSV's ecosystems "Docker Hardened Images", "Root" and "TuxCare", whose names go on with that of what was
rebuilt (`Root:Alpine:3.18`), and Seal's records, which do the same; the names and versions by which Root.io, TuxCare,
Seal (https://docs.sealsecurity.io/reference/naming-and-versioning) and RapidFort tell their builds.
"""

import re
from collections.abc import Mapping
from typing import Final

from msgspec import Struct


class Rebuilder(Struct, frozen=True):
    """`prefix` begins the names of its shards, before that of what was rebuilt (`root-alpine-3.18`). By package URL
    type, "" for all others: `marks` find its builds by `name@version` (none where the whole image is of its builds),
    `leads` are what it puts before the names of what it rebuilds. Where its word is `complete`, it stands alone: what
    it does not name has been fixed. `in_osv` tells that OSV has an ecosystem of that name, `binary` that its records go
    by installed packages where the distribution's go by sources."""

    name: str
    prefix: str
    marks: Mapping[str, re.Pattern[str]] = {}
    leads: Mapping[str, str] = {}
    complete: bool = False
    in_osv: bool = True
    binary: bool = False

    def made(self, type: str, name: str, version: str) -> bool:
        """Whether a package is its build."""
        mark = self.marks.get(type, self.marks.get(""))
        return mark is not None and mark.search(f"{name}@{version}") is not None

    def original(self, type: str, name: str) -> str:
        """The name of what was rebuilt: `@rootio/babel__core` is @babel/core."""
        bare = name.removeprefix(self.leads.get(type, self.leads.get("", "")))
        if type == "npm" and bare != name and "__" in bare:
            scope, _, rest = bare.partition("__")
            return f"@{scope}/{rest}"
        return bare


def _mark(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.ASCII)


_ROOT: Final = r"^rootio-|[.+-]root\.io\.\d"
_SEAL: Final = _mark(r"^seal-")
_RAPIDFORT: Final = _mark(r"[+~]rf\b|rfubu|\.rf\d*$")

REBUILDERS: Final[Mapping[str, Rebuilder]] = {
    "Docker Hardened Images": Rebuilder("Docker Hardened Images", "dhi", complete=True),
    "RapidFort": Rebuilder("RapidFort", "rapidfort", {"deb": _RAPIDFORT, "rpm": _RAPIDFORT}, in_osv=False),
    # Seal's builds of Alpine's packages have 5341 ("SEAL") between the number of Alpine's build and their own.
    "Seal": Rebuilder(
        "Seal",
        "seal",
        {
            "apk": _mark(r"^seal-|-r\d+5341\d{1,3}$"),
            "deb": _SEAL,
            "gem": _mark(r"^seal-.*\.0\.1\.sp\d+(?:p\d+)?$"),
            "golang": _mark(r"^sealsecurity\.io/"),
            "maven": _mark(r"^seal\.sp\d+\.|\+sp\d+(?:p\d+)?$"),
            "npm": _mark(r"^@seal-security/"),
            "pypi": _mark(r"\+sp\d+(?:p\d+)?$"),
            "rpm": _SEAL,
        },
        {"": "seal-", "golang": "sealsecurity.io/", "maven": "", "npm": "@seal-security/"},
        complete=True,
        in_osv=False,
    ),
    "Root": Rebuilder(
        "Root.io",
        "root",
        {
            "": _mark(_ROOT),
            "apk": _mark(rf"{_ROOT}|-r\d{{5,}}$"),
            "maven": _mark(rf"^io\.root\.|{_ROOT}"),
            "npm": _mark(rf"^@rootio/|{_ROOT}"),
        },
        {"": "rootio-", "maven": "io.root.", "npm": "@rootio/"},
    ),
    "TuxCare": Rebuilder("TuxCare", "tuxcare", {"": _mark(r"[.+~-](?:p\d+\+)?tuxcare\b")}, binary=True),
}
"""By OSV's name. The first whose mark a package has made it."""

PREFIXES: Final = tuple(one.prefix for one in REBUILDERS.values())
_ANY_MARK: Final = _mark(
    "|".join({mark.pattern: None for one in REBUILDERS.values() for mark in one.marks.values()}.keys())
)
_SEALED_GROUP: Final = _mark(r"seal\.(sp\d+(?:p\d+)?)\.(.+)")


def rebuilt_shard(shard: str) -> str:
    """The name of the shard of what was rebuilt (`dhi-alpine-3.23` is made of alpine-3.23); empty for other shards."""
    source, dash, rest = shard.partition("-")
    return rest if dash and source in PREFIXES else ""


def base_version(version: str) -> str:
    """The version of what was rebuilt: how often that was done is left out, since the publisher's fixes do not know of
    it. Root.io writes it behind Alpine's own number (`-r10071` is its 71st build of `-r1`), as Seal does
    (`-r25341001` is its first of `-r2`)."""
    return _APK.sub(r"-r\1", _SEAL_APK.sub(r"-r\1", _BUILD.sub("", version)))


def base_name(rebuilder: Rebuilder, type: str, name: str) -> str:
    """The name of what was rebuilt, as its publisher's advisories have it."""
    sealed = _SEALED_GROUP.fullmatch(name) if type == "maven" else None
    return sealed[2] if sealed is not None else rebuilder.original(type, name)


MAY_BE_SEALED: Final = _mark(r"(?:-|\.0\.1\.)sp\d+(?:p\d+)?(?:\+incompatible)?$")
"""The versions that Seal gives to libraries of npm, Go and RubyGems that keep their names (`3.1.8-sp1`). Others write
such versions too: its records tell by the name whether it has built the library."""


def is_word_of(shard: str, version: str) -> bool:
    """Whether a shard that knows a package of this version is of who has built it, and names all that is open in it."""
    return shard.startswith("seal-") and MAY_BE_SEALED.search(version) is not None


def sealed_name(type: str, name: str, version: str) -> tuple[str, str] | None:
    """The name and version by which Seal's records have a library of Maven's that kept its name (`g:a` of 1.0+sp2 is
    1.0 of `seal.sp2.g:a`); None for others."""
    head, plus, build = version.partition("+sp")
    return (f"seal.sp{build}.{name}", head) if type == "maven" and plus and not name.startswith("seal.sp") else None


_BUILD: Final = _mark(
    r"[.+-]root\.io\.\d+$|[.+~-](?:p\d+\+)?tuxcare(?:\.[\w.]+)?$|\.0\.1\.sp\d+(?:p\d+)?$|[+-]sp\d+(?:p\d+)?$"
)
_SEAL_APK: Final = _mark(r"-r(\d+)5341\d{1,3}$")
_APK: Final = _mark(r"-r(\d+)\d{4}$")


def built_for(version: str) -> str:
    """The release that an rpm package's build was made for ("rhel-9", "fedora-40"), by its last mark of one; empty when
    it has none."""
    found = _DIST_TAG.findall(version)
    return f"{'rhel' if found[-1][0] == 'el' else 'fedora'}-{found[-1][1]}" if found else ""


_DIST_TAG: Final = _mark(r"[.+_](el|fc)(\d+)")


def rebuilder_of(type: str, name: str, version: str) -> Rebuilder | None:
    """Whose build a package is; None for one that nobody has rebuilt."""
    if _ANY_MARK.search(f"{name}@{version}") is None:
        return None
    return next((one for one in REBUILDERS.values() if one.made(type, name, version)), None)
