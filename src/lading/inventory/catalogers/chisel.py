"""Chisel: what was cut out of Ubuntu's packages to make a small image.

Source: Canonical's Chisel, "Chisel manifest" and "jsonwall": a zstd-compressed file of JSON objects, one a line, that
may be put anywhere under the name `manifest.wall`.
"""

import io
from collections import defaultdict
from collections.abc import Iterator

import msgspec

from lading.inventory.catalogers.cataloger import Cataloger, CatalogerResult, FoundPackage
from lading.inventory.unread import Remarks, fault_of
from lading.model.diagnostics import diagnostic
from lading.model.errors import SafeIOError
from lading.model.reader import WantedFile
from lading.safeio.inflate import open_inflated
from lading.safeio.limits import Limits

_LIMITS = Limits(total=256_000_000)
_PIECE = 1024 * 1024
_BYTES_A_STEP = 20


class _Entry(msgspec.Struct):
    """A line of the wall: a package, or a file (`path`) in a slice, which is named PACKAGE_SLICE."""

    jsonwall: str = ""
    kind: str = ""
    name: str = ""
    version: str = ""
    arch: str = ""
    slice: str = ""
    path: str = ""


def parse_manifest(file: WantedFile) -> CatalogerResult:
    """The packages that slices were taken from, with the files of those slices."""
    packages: list[_Entry] = []
    files: defaultdict[str, set[str]] = defaultdict(set)
    damage = ""
    decoder = msgspec.json.Decoder(_Entry)
    try:
        for number, line in enumerate(_iter_lines(file)):
            entry = decoder.decode(line)
            if number == 0 and not entry.jsonwall:
                damage = "it has no header of a jsonwall"
                break
            if entry.kind == "package":
                packages.append(entry)
            elif entry.kind == "content" and not entry.path.endswith("/"):
                files[entry.slice.partition("_")[0]].add(entry.path.strip("/"))
    except (SafeIOError, msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        damage = str(error).partition("\n")[0] or "it is damaged"
    remarks = Remarks(file.path)
    for one in packages:
        if fault := fault_of(one.name, one.version):
            remarks.left_out(fault)
    if damage:
        message = f"the manifest of Chisel cannot be read to its end: {damage}"
        remarks.add(diagnostic("broken-package-database", message, file.path))
    return CatalogerResult(
        packages=tuple(_package(one, files[one.name]) for one in packages if not fault_of(one.name, one.version)),
        diagnostics=remarks.told(),
    )


def _package(entry: _Entry, files: set[str]) -> FoundPackage:
    return FoundPackage(
        type="deb",
        name=entry.name,
        version=entry.version,
        arch=entry.arch,
        source=entry.name,
        source_version=entry.version,
        files=tuple(sorted(files)),
    )


def _iter_lines(file: WantedFile) -> Iterator[bytes]:
    """The lines that are not empty. Raises SafeIOError where the data ends too early or is too long."""
    stream = open_inflated(io.BytesIO(file.data), file.path, _LIMITS, file.spend)
    rest = b""
    while piece := stream.read(_PIECE):
        *lines, rest = (rest + piece).split(b"\n")
        file.spend(len(lines) + len(piece) // _BYTES_A_STEP)
        if len(rest) > _PIECE:
            raise SafeIOError(f"a line of more than {_PIECE:,} bytes")
        yield from filter(None, lines)
    if rest:
        yield rest


CATALOGER = Cataloger(name="chisel", version=1, parse=parse_manifest, patterns=("**/manifest.wall",), is_database=True)
