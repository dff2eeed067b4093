"""Who rebuilds the packages of others with fixes of their own, and how their builds are told.

Sources: OSV's ecosystems "Docker Hardened Images", "Root" and "TuxCare", whose names go on with that of what was
rebuilt (`Root:Alpine:3.18`); the marks that Root.io and TuxCare put into versions.
"""

import re
from collections.abc import Mapping
from typing import Final

from msgspec import Struct


class Rebuilder(Struct, frozen=True):
    """`prefix` begins the names of its shards, before that of what was rebuilt (`root-alpine-3.18`); `mark` is in the
    versions of its builds (none where the whole image is of its builds); `lead` may stand before a package's name."""

    name: str
    prefix: str
    mark: re.Pattern[str] | None = None
    lead: str = ""
    binary: bool = False

    def made(self, name: str, version: str) -> bool:
        """Whether a package is its build."""
        return self.mark is not None and (
            self.mark.search(version) is not None or (self.lead != "" and name.startswith(self.lead))
        )


REBUILDERS: Final[Mapping[str, Rebuilder]] = {
    "Docker Hardened Images": Rebuilder("Docker Hardened Images", "dhi"),
    "Root": Rebuilder("Root.io", "root", re.compile(r"[.+-]root\.io\.\d|-r\d{5,}$", re.ASCII), "rootio-"),
    "TuxCare": Rebuilder("TuxCare", "tuxcare", re.compile(r"[.+~-](?:p\d+\+)?tuxcare\b"), binary=True),
}
"""By OSV's name."""

_ANY_MARK: Final = re.compile(
    "|".join(one.mark.pattern for one in REBUILDERS.values() if one.mark is not None), re.ASCII
)
_LEADS: Final = tuple(one.lead for one in REBUILDERS.values() if one.lead)
PREFIXES: Final = tuple(one.prefix for one in REBUILDERS.values())


def rebuilt_shard(shard: str) -> str:
    """The name of the shard of what was rebuilt (`dhi-alpine-3.23` is made of alpine-3.23); empty for other shards."""
    source, dash, rest = shard.partition("-")
    return rest if dash and source in PREFIXES else ""


def base_version(version: str) -> str:
    """The version of what was rebuilt: how often that was done is left out, since the publisher's fixes do not know of
    it. Root.io writes it behind Alpine's own number (`-r10071` is its 71st build of `-r1`)."""
    return _APK.sub(r"-r\1", _BUILD.sub("", version))


_BUILD: Final = re.compile(r"[.+-]root\.io\.\d+$|[.+~-](?:p\d+\+)?tuxcare(?:\.[\w.]+)?$", re.ASCII)
_APK: Final = re.compile(r"-r(\d+)\d{4}$", re.ASCII)


def rebuilder_of(name: str, version: str) -> Rebuilder | None:
    """Whose build a package is; None for one that nobody has rebuilt."""
    if _ANY_MARK.search(version) is None and not name.startswith(_LEADS):
        return None
    return next((one for one in REBUILDERS.values() if one.made(name, version)), None)
