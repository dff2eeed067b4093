"""Targets that are documents: SBOMs and package URLs."""

from pathlib import Path
from typing import Final

from lading.engine.options import ScanOptions
from lading.model.errors import ImageError, UsageError
from lading.model.report import InventoryResult
from lading.safeio import standard_input
from lading.safeio.inflate import compression, open_inflated
from lading.safeio.region import RegionStream, first_bytes, whole_file

SBOM: Final = "sbom:"
_PURL: Final = "purl:"
_PACKAGE: Final = "pkg:"
_PIECE: Final = 1024 * 1024


def document_path(target: str) -> str | None:
    """The path of the document that a target names, "" for one that names a package itself; None for an image."""
    if target.startswith((_PACKAGE, f"{_PURL}{_PACKAGE}")):
        return ""
    for prefix in (SBOM, _PURL):
        if target.startswith(prefix):
            path = target.removeprefix(prefix)
            return standard_input.PATH if path == "-" else path
    return None


def list_document(target: str, place: str, options: ScanOptions) -> InventoryResult:
    """What a document says: `target` names it, and `place` is where it lies. Raises LadingError."""
    from lading.formats.decoders.purls import parse_purls

    if document_path(target) == "":
        name = target.removeprefix(_PURL)
        _check_options(name, "a package", options)
        return parse_purls(name.encode(), name)
    prefix, _, path = target.partition(":")
    shown = standard_input.SHOWN if path == "-" else path
    _check_options(shown, "a list of packages" if f"{prefix}:" == _PURL else "an SBOM", options)
    data = _read_inflated(place, shown, options)
    return parse_purls(data, shown) if f"{prefix}:" == _PURL else _list_sbom(data, shown)


def sbom_bytes(target: str, options: ScanOptions) -> tuple[str, bytes]:
    """The name of the document of `sbom:FILE` for people, and its content, inflated. Raises LadingError."""
    place, path = document_path(target) or "", target.removeprefix(SBOM)
    shown = standard_input.SHOWN if path == "-" else path
    return shown, _read_inflated(place, shown, options)


def is_json(place: str, options: ScanOptions) -> bool:
    """Whether what lies there, compressed or not, is JSON, as SBOMs are and no image is. Raises SafeIOError."""
    head = first_bytes(place, options.limit)
    return head.removeprefix(b"\xef\xbb\xbf").lstrip()[:1] == b"{"


def _list_sbom(data: bytes, shown: str) -> InventoryResult:
    """What a CycloneDX or SPDX document or our own inventory says, told apart by content. Raises LadingError."""
    from lading.formats.decoders.sbom import parse_sbom
    from lading.formats.documents.inventory import is_inventory, parse_inventory

    if is_inventory(data):
        document = parse_inventory(data, shown)
        return InventoryResult(document.image, document.inventory, document.diagnostics)
    sbom = parse_sbom(data, shown)
    return InventoryResult(sbom.image, sbom.inventory, sbom.diagnostics)


def _check_options(shown: str, what: str, options: ScanOptions) -> None:
    if options.platform and "platform" not in options.standing:
        raise UsageError(f"{shown}: is {what}, which is of one platform: leave --platform out")
    if options.base and "base" not in options.standing:
        raise UsageError(f"{shown}: is {what}, which cannot be compared with a base: leave --base out")


def _read_inflated(place: str, shown: str, options: ScanOptions) -> bytes:
    if compression(first_bytes(place)) is None:
        return read_document(Path(place), options)
    most = options.limit.file
    stream = open_inflated(RegionStream(whole_file(place)), shown, options.limit)
    try:
        pieces, left = [], most
        while piece := stream.read(_PIECE):
            pieces.append(piece)
            left -= len(piece)
            if left < 0:
                raise ImageError(f"{shown}: inflates to more than {most:,} bytes (--limit file=N raises this)")
        return b"".join(pieces)
    finally:
        stream.close()


def read_document(path: Path, options: ScanOptions) -> bytes:
    """The content of a file that is named in place of an image. Raises ImageError."""
    try:
        with path.open("rb") as file:
            data = file.read(options.limit.file + 1)
    except OSError as error:
        raise ImageError(f"{path}: cannot be read: {error.strerror}") from error
    if len(data) > options.limit.file:
        raise ImageError(f"{path}: larger than {options.limit.file:,} bytes (--limit file=N raises this)")
    return data
