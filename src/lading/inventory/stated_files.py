"""What package managers state of the files that they installed: their paths, and digests where they keep any.

Sources: as of `shipped`, and PEP 376 with PEP 427 (RECORD).
"""

import binascii
import csv
from base64 import urlsafe_b64decode
from collections.abc import Iterator, Mapping
from posixpath import normpath
from typing import Final

from msgspec.msgpack import Decoder, encode

from lading.inventory import shipped
from lading.inventory.catalogers.cataloger import Cataloger, CatalogerResult
from lading.inventory.seen import Squashed
from lading.model.package import DISTRIBUTED, Package
from lading.model.reader import WantedFile

NAME: Final = "stated-files"
_RECORD: Final = "RECORD"
_METADATA: Final = ".dist-info/METADATA"
_LONGEST: Final = 4096
_SHA256: Final = "sha256="
_decode: Final = Decoder(dict[str, str]).decode


def parse(file: WantedFile) -> CatalogerResult:
    """`companion` keeps what is stated: the digests in hexadecimal by path, empty where none is."""
    if not file.path.endswith(f"/{_RECORD}"):
        return shipped.parse(file)
    stated = dict(_iter_record(file.text, file.path.rpartition("/")[0].rpartition("/")[0]))
    return CatalogerResult(companion=encode(stated) if stated else b"")


def _iter_record(text: str, site: str) -> Iterator[tuple[str, str]]:
    try:
        for row in csv.reader(text.splitlines()):
            path = normpath(f"{site}/{row[0]}") if row and 0 < len(row[0]) <= _LONGEST else ".."
            if not path.startswith(("..", "/")):
                yield path, _digest(row[1] if len(row) > 1 else "")
    except csv.Error:
        return


def _digest(stated: str) -> str:
    if not stated.startswith(_SHA256):
        return ""
    try:
        return urlsafe_b64decode(f"{stated.removeprefix(_SHA256)}==").hex()
    except (binascii.Error, ValueError):
        return ""


def stated_files(squashed: Squashed, packages: tuple[Package, ...]) -> Iterator[tuple[Package, dict[str, str]]]:
    """Each package that a package manager lists the files of, with the digests that it states of these by their paths,
    empty where it states none."""
    companions = {path: seen.facts.companion for (reader, path), seen in squashed.visible.items() if reader == NAME}
    records = {path: data for path, data in companions.items() if path.endswith(f"/{_RECORD}")}
    known: dict[str, str] = {}
    for path, data in companions.items():
        if path not in records and data:
            known |= _decode(data)
    for package in packages:
        if package.type in DISTRIBUTED and package.evidence == "installed" and not package.removed:
            files = {path: known.get(path, "") for path in package.files if not path.endswith("/")}
        else:
            files = _of_record(package, records)
        if files:
            yield package, files


def _of_record(package: Package, records: Mapping[str, bytes]) -> dict[str, str]:
    if package.type != "pypi" or package.evidence != "installed" or package.owner:
        return {}
    for one in package.locations:
        beside = f"{one.path.removesuffix('METADATA')}{_RECORD}"
        if one.path.endswith(_METADATA) and records.get(beside):
            return _decode(records[beside])
    return {}


CATALOGER: Final = Cataloger(
    name=NAME,
    version=1,
    parse=parse,
    files=shipped.CATALOGER.files,
    directories=shipped.CATALOGER.directories,
    patterns=(f"**/*.dist-info/{_RECORD}",),
)
