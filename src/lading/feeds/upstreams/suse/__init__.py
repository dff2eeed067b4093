"""SUSE Linux Enterprise and openSUSE: statements on vulnerabilities (CSAF VEX), and OVAL as a lesser source beside
them.

Source: https://ftp.suse.com/pub/projects/security/. SUSE's advisories come as CSAF, CVRF and OSV too: the same facts
by advisory instead of by vulnerability, of which OSV's export is read with those of other distributions.
"""

import re
from collections import defaultdict
from collections.abc import Sequence
from functools import partial
from typing import Final

from lading.feeds.csaf_mirror import is_csaf_file
from lading.feeds.csaf_provider import csaf_listing
from lading.feeds.feed import Document, Feed, Unit
from lading.feeds.listed import refresh_listed
from lading.feeds.upstreams.suse.oval import parse_oval
from lading.feeds.upstreams.suse.vex import parse_vex
from lading.model.advisory import ShardName

_SITE: Final = "https://ftp.suse.com/pub/projects/security"
_VEX: Final = Document("suse/csaf-vex.tar.bz2", f"{_SITE}/csaf-vex.tar.bz2")
_VEX_PATH: Final = re.compile(r"suse/csaf-vex(?:/|[\w-]*\.tar\.)[^/]+|suse-csaf-vex/(?:csaf-vex/)?[^/]+")
_OVAL_PATH: Final = re.compile(r"suse(?:/oval|-oval)/(?P<name>[^/]+)\.xml(?:\.\w+)?")
_OVAL_FAMILIES: Final = (
    (re.compile(r"opensuse\.tumbleweed\b"), "opensuse-tumbleweed"),
    (re.compile(r"opensuse\.leap\.micro\.(\d+\.\d+)"), "opensuse-leap-micro-{}"),
    (re.compile(r"opensuse\.leap\.(\d+\.\d+)"), "opensuse-leap-{}"),
    (re.compile(r"opensuse\.(\d+\.\d+)"), "opensuse-{}"),
    (re.compile(r"suse\.linux\.(?:enterprise\.)?micro\.(\d+)"), "sle-micro-{}"),
    (re.compile(r"suse\.linux\.enterprise\.(?:[a-z]+\.)*(\d+)"), "sles-{}"),
)
"""By the beginning of a file's name. The releases of one major version share documents."""
_OVAL_NAMES: Final = {
    "opensuse-leap-15.5": "opensuse.leap.15.5", "opensuse-leap-15.6": "opensuse.leap.15.6",
    "opensuse-tumbleweed": "opensuse.tumbleweed", "sle-micro-5": "suse.linux.enterprise.micro.5-affected",
    "sle-micro-6": "suse.linux.micro.6-affected", "sles-12": "suse.linux.enterprise.12-affected",
    "sles-15": "suse.linux.enterprise.15-affected", "sles-16": "suse.linux.enterprise.16-affected",
}  # fmt: skip
"""The documents to fetch when no held copy says which there are. Those of older releases do not change any more, and
are fetched by name only."""
_SHARD: Final = re.compile(r"(?:sles|sle-micro|opensuse(?:-leap(?:-micro)?)?)-\d+\.\d+|opensuse-tumbleweed", re.ASCII)


def _units(held: Sequence[str] | None) -> tuple[Unit, ...]:
    if held is None:
        return (_VEX_UNIT, *(_public_oval(family) for family in _OVAL_NAMES))
    vex = [path for path in held if _VEX_PATH.fullmatch(path) and is_csaf_file(path)]
    families: dict[str, list[str]] = defaultdict(list)
    for path in held:
        match = _OVAL_PATH.fullmatch(path)
        if match and (family := _family(match["name"])):
            families[family].append(path)
    ovals = (_oval_unit(family, paths) for family, paths in sorted(families.items()))
    return ((_vex_unit(vex),) if vex else ()) + tuple(ovals)


def _vex_unit(paths: Sequence[str]) -> Unit:
    documents = tuple(Document(path, f"{_SITE}/{path.partition('/')[2]}") for path in paths)
    return Unit("suse", documents, parse_vex)


def _oval_unit(family: str, paths: Sequence[str]) -> Unit:
    documents = tuple(Document(path, f"{_SITE}/oval/{path.rpartition('/')[2]}") for path in paths)
    return Unit(f"suse oval {family}", documents, partial(parse_oval, family))


def _public_oval(family: str) -> Unit:
    older = family.replace("sles-", "suse.linux.enterprise.server-").replace("-", ".")
    return _oval_unit(family, [f"suse/oval/{_OVAL_NAMES.get(family, older)}.xml.gz"])


def _family(name: str) -> str:
    for words, family in _OVAL_FAMILIES:
        if match := words.match(name):
            return family.format(*match.groups())
    return ""


def _unit_for(shard: ShardName) -> Unit | None:
    own = shard.removeprefix("oval-")
    if not _SHARD.fullmatch(own):
        return None
    if own == shard:
        return _VEX_UNIT
    return _public_oval(own.partition(".")[0] if own.startswith("sle") else own)


_VEX_UNIT: Final = Unit(
    "suse",
    (_VEX,),
    parse_vex,
    partial(refresh_listed, [csaf_listing(_VEX, "suse/csaf-vex", f"{_SITE}/csaf-vex", deletions=False)]),
)

FEED = Feed("suse", "SUSE and openSUSE", _units, _unit_for)
