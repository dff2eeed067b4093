"""PEAR: the packages in PEAR's and PECL's registry.

Source: `PEAR_Registry` (one file per package, below `.channel.NAME` for other channels than PEAR's own); package.xml
versions 1.0 and 2.0; PHP's manual on `serialize`.
"""

import re

from lading.inventory.catalogers.cataloger import Cataloger, CatalogerResult, FoundPackage
from lading.inventory.unread import fault_of, left_out
from lading.model.reader import WantedFile

_PEAR = "pear.php.net"
_MOST_LEVELS = 32
_LARGEST = 4_000_000
_SCALAR = re.compile(rb"N;|b:([01]);|i:([+-]?\d{1,20});|d:([-+.0-9A-Za-z]{1,40});|[rR]:\d{1,20};")
_SIZED = re.compile(rb"(?:s:(\d{1,10}):\"|a:(\d{1,10}):\{)")
_Value = None | str | dict[str, "_Value"]


def parse_registry_entry(file: WantedFile) -> CatalogerResult:
    """The package of one registry file. Packagist and with it all advisories know PEAR's own packages as `pear/NAME`;
    extensions from PECL and packages of other channels go by their plain names."""
    try:
        value, _ = _read(file.content[:_LARGEST], 0, _MOST_LEVELS)
    except ValueError:
        return CatalogerResult(diagnostics=(left_out(file.path, "not an entry of PEAR's registry"),))
    fields = value if isinstance(value, dict) else {}
    name = _text(fields, "name") or _text(fields, "package")
    version = _text(fields, "version", "release") or _text(fields, "version")
    if fault := fault_of(name, version, where="the entry"):
        return CatalogerResult(diagnostics=(left_out(file.path, fault),))
    channel = _text(fields, "channel") or _PEAR
    is_pear = channel == _PEAR
    license_ = _text(fields, "license", "_content") or _text(fields, "license") or _text(fields, "release_license")
    package = FoundPackage(
        type="composer" if is_pear else "generic",
        name=f"pear/{name.lower()}" if is_pear else name,
        version=version,
        licenses=(license_,) if license_ else (),
        files=_files(fields.get("filelist")),
        properties={"channel": channel},
    )
    return CatalogerResult(packages=(package,))


def _files(listed: _Value) -> tuple[str, ...]:
    entries = listed.values() if isinstance(listed, dict) else ()
    installed = {_text(entry, "installed_as").strip("/") for entry in entries if isinstance(entry, dict)}
    return tuple(sorted(installed - {""}))


def _text(fields: dict[str, _Value], *keys: str) -> str:
    value: _Value = fields
    for key in keys:
        value = value.get(key) if isinstance(value, dict) else None
    return value.strip() if isinstance(value, str) else ""


def _read(data: bytes, place: int, levels: int) -> tuple[_Value, int]:
    """The serialized value at `place` and where it ends: texts, arrays with their keys as text, None for the rest.
    Raises ValueError for anything else, objects among it."""
    scalar = _SCALAR.match(data, place)
    if scalar is not None:
        number = scalar[1] or scalar[2] or scalar[3]
        return (number.decode() if number is not None else None), scalar.end()
    sized = _SIZED.match(data, place)
    if sized is None or not levels:
        raise ValueError("not a serialized value")
    place = sized.end()
    if sized[1]:
        end = place + int(sized[1])
        if data[end : end + 2] != b'";':
            raise ValueError("a text of another length")
        return data[place:end].decode("utf-8", "backslashreplace"), end + 2
    array: dict[str, _Value] = {}
    for _ in range(int(sized[2])):
        key, place = _read(data, place, 1)
        array[str(key)], place = _read(data, place, levels - 1)
    if data[place : place + 1] != b"}":
        raise ValueError("an array of another length")
    return array, place + 1


CATALOGER = Cataloger(
    name="pear",
    version=1,
    parse=parse_registry_entry,
    patterns=("**/.registry/*.reg", "**/.registry/*/*.reg"),
)
