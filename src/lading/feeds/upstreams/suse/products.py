"""The products of SUSE and openSUSE by the shards that their packages are matched against.

Source: the products of SUSE's CSAF and OVAL documents; https://www.suse.com/lifecycle/ for what is sold beside the
general support of a service pack.
"""

import re
from functools import lru_cache
from typing import Final

from msgspec import Struct

_TUMBLEWEED: Final = re.compile(r"openSUSE (?:Tumbleweed|MicroOS)")
_OPENSUSE: Final = re.compile(r"openSUSE (?P<line>Leap Micro |Leap |Evergreen )?(?P<release>\d+\.\d+)", re.ASCII)
_MICRO: Final = re.compile(
    r"SUSE Linux(?: Enterprise)? Micro (?:for Rancher )?(?P<release>\d+\.\d+)(?P<rest>.*)", re.ASCII
)
_ENTERPRISE: Final = re.compile(
    r"SUSE Linux Enterprise (?P<line>.*? )??(?P<major>[1-9]\d)\b(?:[ -]SP(?P<pack>\d+)|\.(?P<minor>\d+))?(?:\D.*)?",
    re.ASCII | re.IGNORECASE,
)
_HUB: Final = re.compile(
    r"(?:SUSE Package Hub(?: for SUSE Linux Enterprise)?|openSUSE Backports SLE)[ -]"
    r"(?P<major>\d+)(?:[ -]SP(?P<pack>\d+)|\.(?P<minor>\d+))?(?: .*)?",
    re.ASCII,
)
_OLD: Final = re.compile(
    r"(?:sle[sd]?|core)(?P<major>\d+)(?:-sp(?P<pack>\d))?|suse(?P<release>\d\d\d)", re.ASCII | re.IGNORECASE
)
_CHANNELS: Final = (
    ("LTSS", re.compile(r"\bLTSS\b")),
    ("ESPOS", re.compile(r"\bESPOS\b")),
    ("BCL", re.compile(r"\bBCL\b")),
    ("SUSE Linux Enterprise Server for SAP Applications", re.compile(r"\bSAP\b")),
    ("SUSE Linux Enterprise Real Time", re.compile(r"\bReal Time\b", re.IGNORECASE)),
)
_OTHER_BUILDS: Final = re.compile(r"\b(?:Teradata|Storage)\b", re.IGNORECASE)
_LAST_PACKS: Final = {"11": 4, "12": 5}
"""Releases whose modules and extensions stand beside every service pack."""


class Place(Struct, frozen=True):
    """Where a product's packages are installed: `shard` without the name of a source in front; `channel` is what has
    to be paid for beside general support, empty for what every image of the release gets."""

    shard: str
    channel: str = ""


@lru_cache(maxsize=8192)
def places_of(product: str) -> tuple[Place, ...]:
    """Where the packages of a product are installed; none for products that are no base of container images (SUSE
    Manager, OpenStack Cloud, images) and for builds of their own (Teradata).

    Modules, extensions, the desktop and the systems for high-performance computing are built from one service pack
    and share its packages. Long-term support of any kind and the system for SAP, whose support lasts longer, are
    channels of it. Package Hub and the backports of Leap are the same builds.
    """
    name = " ".join(product.split())
    if _TUMBLEWEED.fullmatch(name):
        return (Place("opensuse-tumbleweed"),)
    if match := _OPENSUSE.match(name):
        line = {"Leap Micro ": "leap-micro-", "Leap ": "leap-"}.get(match["line"] or "", "")
        return (Place(f"opensuse-{line}{match['release']}"),)
    if match := _MICRO.fullmatch(name):
        return (Place(f"sle-micro-{match['release']}", _channel(match["rest"])),)
    if match := _HUB.fullmatch(name):
        release = _release(match)
        return Place(f"sles-{release}"), Place(f"opensuse-leap-{release}")
    if match := _ENTERPRISE.fullmatch(name):
        if _OTHER_BUILDS.search(name):
            return ()
        every = "Module" in (match["line"] or "") and not (match["pack"] or match["minor"])
        packs = range(_LAST_PACKS.get(match["major"], 0) + 1)
        releases = [f"{match['major']}.{pack}" for pack in packs] if every else [_release(match)]
        return tuple(Place(f"sles-{release}", _channel(name)) for release in releases)
    if match := _OLD.fullmatch(name):
        release = match["release"]
        return (Place(f"opensuse-{release[:2]}.{release[2]}" if release else f"sles-{_release(match)}"),)
    return ()


def _release(match: re.Match[str]) -> str:
    found = match.groupdict()
    return f"{int(found['major'])}.{int(found.get('pack') or found.get('minor') or 0)}"


def _channel(text: str) -> str:
    return next((channel for channel, words in _CHANNELS if words.search(text)), "")
