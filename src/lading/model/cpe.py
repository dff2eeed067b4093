"""CPE names, and the one form in which versions of CPEs, of advisories and of programs are compared.

Source: NISTIR 7695 (formatted strings and URIs) and NISTIR 7696 (what `*` and `-` match). How the NVD spreads a version
over the fields `version` and `update` was read from its data.
"""

import re
from functools import lru_cache
from typing import Final, NamedTuple

_ESCAPED: Final = re.compile(r"\\(.)")
_FIELDS: Final = re.compile(r"((?:[^:\\]|\\.)*)(?::|\Z)")
_PERCENT: Final = re.compile(r"%([0-9a-f]{2})", re.IGNORECASE)
_ANY: Final = ("", "*")
_NO_UPDATE: Final = ("", "*", "-")
_LONGEST: Final = 1000
_JAVA: Final = frozenset(
    {"oracle:jdk", "oracle:jre", "oracle:openjdk", "redhat:openjdk", "sun:jdk", "sun:jre", "sun:openjdk"}
)
_JAVA_VERSION: Final = re.compile(r"(?:1\.(?P<old>[5-8])\.0|(?P<new>[5-8]))(?:(?:_|u|-?update_?)0*(?P<update>\d+))?")
_PATCH: Final = re.compile(r"(?:patch|pl|p)(\d+)\Z")
_FIRST_PORTABLE: Final = re.compile(r"p1\Z")


class Cpe(NamedTuple):
    """A CPE name without escapes. `version` and `update` may be "*" (any) and "-" (none); `edition` is the software
    edition and `target` the target software, "" where they are not stated."""

    part: str
    vendor: str
    product: str
    version: str = "*"
    update: str = "*"
    edition: str = ""
    target: str = ""

    @property
    def key(self) -> str:
        """`vendor:product`, the name under which a shard holds its advisories."""
        return f"{self.vendor}:{self.product}"


@lru_cache(maxsize=65536)
def parse_cpe(text: str) -> Cpe | None:
    """A CPE 2.3 formatted string or a CPE 2.2 URI; None for what is neither, or names no vendor and product."""
    if len(text) > _LONGEST:
        return None
    lowered = text.lower()
    if lowered.startswith("cpe:2.3:"):
        fields = _formatted(lowered[8:])
    elif lowered.startswith("cpe:/"):
        fields = [_PERCENT.sub(lambda code: chr(int(code[1], 16)), field) for field in lowered[5:].split(":")]
    else:
        return None
    if len(fields) < 3 or any(field in (*_ANY, "-") for field in fields[:3]):
        return None
    part, vendor, product, version, update, _, _, edition, target, *_ = [*fields, *[""] * 8]
    return Cpe(part, vendor, product, version or "*", update or "*", _stated(edition), _stated(target))


def product_version(key: str, version: str, update: str = "") -> str:
    """A version of the product `vendor:product` in the form that advisories and programs share.

    The update field becomes a part of the version: `2.0` `rc1` is 2.0-rc1, `1.9.5` `patch1` and `p1` are 1.9.5p1. Java
    up to 8 is written as later ones are: `1.8.0` `update_292`, `8` `update292`, 1.8.0_292 and 8u292 are 8.0.292.
    OpenSSH's first portable release is the release itself: 9.6p1 is 9.6.
    """
    version = version.lower()
    update = "" if update in _NO_UPDATE else update.lower()
    if key in _JAVA:
        return _java_version(version, update)
    update = update.replace("_", "")
    if patch := _PATCH.match(update):
        version = f"{version}p{patch[1]}"
    elif update:
        version = f"{version}{'' if len(update) == 1 else '-'}{update}"
    return _FIRST_PORTABLE.sub("", version) if key == "openbsd:openssh" else version


def _formatted(text: str) -> list[str]:
    if "\\" not in text:
        return text.split(":")
    return [_ESCAPED.sub(r"\1", field) for field in _FIELDS.findall(text)]


def _stated(field: str) -> str:
    return "" if field in (*_ANY, "-") else field


def _java_version(version: str, update: str) -> str:
    whole = f"{version}-{update}" if update else version
    whole = whole.partition("+")[0]
    match = _JAVA_VERSION.fullmatch(whole)
    if match is None:
        return whole
    major = match["old"] or match["new"]
    return f"{major}.0.{match['update']}" if match["update"] else major
