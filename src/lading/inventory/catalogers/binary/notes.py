"""The note in which distributions and other builders write what package a program belongs to.

Source: systemd.io, "Package Metadata for Executable Files"; Fedora writes the fields the same, Microsoft more of them.
"""

import struct

import msgspec

from lading.inventory.catalogers.cataloger import FoundPackage
from lading.inventory.executables.program import Program
from lading.model.reader import Content

_SECTION = ".note.package"
_KIND = 0xCAFE_1A7E
_MOST_BYTES = 64 * 1024
_TYPES = {"arch": "alpm", "pacman": "alpm", "debian": "deb", "dpkg": "deb", "fedora": "rpm"}
_SYSTEM = ("alpm", "apk", "deb", "rpm")
_PROPERTIES = ("os", "osVersion", "osCpe", "vendor", "sourceRepo", "commit")


def read_note(program: Program, content: Content) -> FoundPackage | None:
    """The package of which the program says that it belongs to it, None when it says nothing. Raises ValueError when
    what it says is damaged."""
    section = program.sections.get(_SECTION)
    if section is None:
        return None
    data = content[section.offset : min(section.end, section.offset + _MOST_BYTES)]
    text = _description(data, "<" if program.little_endian else ">")
    try:
        stated = msgspec.json.decode(text.rstrip(b"\0 \n"), type=dict[str, object])
    except msgspec.DecodeError as error:
        raise ValueError(str(error)) from error
    note = {key: value for key, value in stated.items() if isinstance(value, str) and value}
    if "name" not in note:
        raise ValueError("it names no package")
    name, version = note["name"], note.get("version", "")
    kind = note.get("type", "generic").lower()
    kind = _TYPES.get(kind, kind)
    return FoundPackage(
        type=kind,
        name=name,
        version=version,
        arch=note.get("architecture", ""),
        # Where the operating system's packages are built from source packages, the note names the source.
        source=name if kind in _SYSTEM else "",
        source_version=version if kind in _SYSTEM else "",
        licenses=(note["license"],) if "license" in note else (),
        evidence="binary",
        cpes=(note["appCpe"],) if "appCpe" in note else (),
        properties={key: note[key] for key in _PROPERTIES if key in note},
    )


def _description(data: bytes, order: str) -> bytes:
    """What the note of the right kind says. Notes are: size of the owner's name, size of what it says, kind, name,
    what it says, each aligned to four bytes."""
    place = 0
    while place + 12 <= len(data):
        name_size, size, kind = struct.unpack_from(f"{order}3I", data, place)
        start = place + 12 + (name_size + 3 & ~3)
        if kind == _KIND:
            return data[start : start + size]
        place = start + (size + 3 & ~3)
    raise ValueError("the section holds no such note")
