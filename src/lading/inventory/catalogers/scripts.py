"""Software made of scripts that no package manager put there, told by a file of a known name that states its version,
such as MediaWiki by includes/Defines.php.

What an ecosystem's advisories cover (Packagist, npm) is found under its name there. The rules are data, in
scripts.json beside this module; each record is a `Rule`.

Source of the phar format: the PHP manual, "Phar file format".
"""

import re
import struct
from collections.abc import Iterator
from functools import cache
from pkgutil import get_data

import msgspec

from lading.inventory.catalogers.cataloger import Cataloger, CatalogerResult, FoundPackage
from lading.model.reader import Content, WantedFile

_MOST_BYTES = 64 * 1024 * 1024
_BANNER = 64 * 1024
# Counts are bounded, so that no content makes a search quadratic.
_VERSION = (
    r"(?P<version>[0-9]{1,8}(?:\.[0-9]{1,8}){1,3}"
    r"(?:-?(?:alpha|beta|rc|dev|pre|ALPHA|BETA|RC|DEV)[.-]?[0-9]{0,8})?)"
)
_HALT = b"__HALT_COMPILER();"
_MOST_MANIFEST = 16 * 1024 * 1024
_COMPRESSED = 0xF000
# What lies there has a package.json of its own, or of what it is part of.
_NODE_MODULES = "/node_modules/"
_SPECIAL = re.compile("[^A-Za-z0-9._-]")


class Rule(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A file at one of `files` (patterns as of a Cataloger, without the leading `**/`) belongs to the package `name`
    when the regular expression `says` occurs in it; its group `version`, written `{version}`, is the version.
    `cpes` are pairs of vendor and product. A `banner` stands at the beginning of the file. With `member`, the file is
    a phar archive and the member whose name ends so is read instead."""

    name: str
    files: tuple[str, ...]
    says: str
    type: str = "generic"
    cpes: tuple[tuple[str, str], ...] = ()
    banner: bool = False
    member: str = ""


def parse(file: WantedFile) -> CatalogerResult:
    """The package that the file belongs to; nothing where it says something else, since many share such names."""
    for path, rule in _compiled_rules():
        if path.search(file.path) is not None and not (rule.type == "npm" and _NODE_MODULES in f"/{file.path}"):
            version = _version(rule, file.content)
            if version:
                return CatalogerResult(packages=(_package(rule, version),))
    return CatalogerResult()


@cache
def rules() -> tuple[Rule, ...]:
    """All rules, in the order in which they are tried."""
    table = get_data(__package__, "scripts.json") or b""
    return msgspec.json.decode(table, type=tuple[Rule, ...])


@cache
def _compiled_rules() -> tuple[tuple[re.Pattern[str], Rule], ...]:
    return tuple(
        (re.compile("(?:^|/)" + re.escape(file).replace(r"\*", "[^/]*") + "$"), rule)
        for rule in rules()
        for file in rule.files
    )


def _version(rule: Rule, content: Content) -> str:
    start, end = 0, min(len(content), _BANNER if rule.banner else _MOST_BYTES)
    if rule.member:
        start, end = _phar_member(content, rule.member)
    says = re.compile(rule.says.replace("{version}", _VERSION).encode())
    match = says.search(content[start:end])
    return match["version"].decode("ascii", "replace") if match is not None else ""


def _phar_member(content: Content, ending: str) -> tuple[int, int]:
    """Where the first stored (not compressed) member whose name has that ending lies; (0, 0) when there is none."""
    for name, start, end in _iter_phar(content):
        if name.endswith(ending.encode()):
            return start, end
    return 0, 0


def _iter_phar(content: Content) -> Iterator[tuple[bytes, int, int]]:
    """The name, start and end of each stored member, as far as the manifest can be read."""
    halt = content.find(_HALT)
    if halt < 0:
        return
    stub_end = re.compile(rb" {0,1}(?:\?>)?\r?\n?").match(content[halt + len(_HALT) : halt + len(_HALT) + 8])
    at = halt + len(_HALT) + (stub_end.end() if stub_end else 0)
    try:
        manifest = content[at : at + 4 + min(_MOST_MANIFEST, *struct.unpack("<I", content[at : at + 4]))]
        data = at + len(manifest)
        (count,) = struct.unpack_from("<I", manifest, 4)
        place = 14
        for _ in range(2):
            place += 4 + struct.unpack_from("<I", manifest, place)[0]
        for _ in range(count):
            (length,) = struct.unpack_from("<I", manifest, place)
            name = manifest[place + 4 : place + 4 + length]
            _, _, size, _, flags, metadata = struct.unpack_from("<6I", manifest, place + 4 + length)
            if not flags & _COMPRESSED:
                yield name, data, data + size
            data += size
            place += 28 + length + metadata
    except struct.error:
        return


def _package(rule: Rule, version: str) -> FoundPackage:
    escaped = _SPECIAL.sub(r"\\\g<0>", version)
    return FoundPackage(
        type=rule.type,
        name=rule.name,
        version=version,
        evidence="bundled" if rule.type == "npm" else "binary",
        cpes=tuple(f"cpe:2.3:a:{vendor}:{product}:{escaped}:*:*:*:*:*:*:*" for vendor, product in rule.cpes),
    )


CATALOGER = Cataloger(
    name="scripts",
    version=2,
    parse=parse,
    patterns=tuple(dict.fromkeys(f"**/{file}" for rule in rules() for file in rule.files)),
)
