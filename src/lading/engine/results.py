"""Results that were kept, to compare with."""

from pathlib import Path

from lading.engine.options import ScanOptions
from lading.engine.targets import read_document
from lading.model.errors import FormatError
from lading.model.report import Report


def read_kept(name: str, options: ScanOptions) -> bytes | None:
    """The content of the report that a name may be the path of; None for what has to be scanned. No image is a file
    that starts as an object of JSON does. Raises ImageError."""
    path = Path(name)
    try:
        if not path.is_file():
            return None
        with path.open("rb") as file:
            head = file.read(64)
    except (OSError, ValueError):
        return None
    return read_document(path, options) if head.removeprefix(b"\xef\xbb\xbf").lstrip()[:1] == b"{" else None


def parse_result(data: bytes, name: str) -> Report:
    """A kept report, which is on one image at least. Raises FormatError."""
    from lading.formats.decoders.report import is_report, parse_report

    if not is_report(data):
        raise FormatError(f"{name}: not a report of Lading's (lading scan -o json){_instead(data)}")
    report = parse_report(data, name)
    if not report.targets:
        raise FormatError(f"{name}: is a report on no image")
    return report


def _instead(data: bytes) -> str:
    """What to do with a document that is of another kind, as far as that is told at a glance."""
    from lading.formats.decoders.reports.any import parse_foreign_report
    from lading.formats.decoders.sbom import parse_sbom

    for parse, said in (
        (parse_sbom, "; an SBOM is named sbom:FILE"),
        (parse_foreign_report, "; lading explain IMAGE --against it tells in what another scanner differs"),
    ):
        try:
            parse(data, "")
        except FormatError:
            continue
        return said
    return ""
