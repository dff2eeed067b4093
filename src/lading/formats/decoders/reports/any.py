"""The report of another scanner, told by its content."""

from msgspec import UNSET, Raw, Struct, UnsetType

from lading.formats.decoders.reports.grype import parse_grype
from lading.formats.decoders.reports.osv_scanner import parse_osv_scanner
from lading.formats.decoders.reports.sarif import parse_sarif
from lading.formats.decoders.reports.trivy import parse_trivy
from lading.formats.sbom.document import decode
from lading.model.errors import FormatError
from lading.model.foreign import ForeignReport

KNOWN = "JSON of Trivy, Grype or OSV-Scanner, or SARIF of one of them"


class _Any(Struct):
    """What tells the formats apart. Values are passed over."""

    SchemaVersion: Raw | UnsetType = UNSET
    matches: Raw | UnsetType = UNSET
    descriptor: Raw | UnsetType = UNSET
    results: Raw | UnsetType = UNSET
    runs: Raw | UnsetType = UNSET
    schema: Raw | UnsetType = UNSET
    bomFormat: Raw | UnsetType = UNSET
    spdxVersion: Raw | UnsetType = UNSET


def parse_foreign_report(data: bytes, where: str) -> ForeignReport:
    """What a report of Trivy, Grype or OSV-Scanner says; `where` is its name. Raises FormatError."""
    data = data.removeprefix(b"\xef\xbb\xbf")
    document = decode(data, _Any, where, KNOWN)
    if document.SchemaVersion is not UNSET:
        return parse_trivy(data, where)
    if document.runs is not UNSET:
        return parse_sarif(data, where)
    if document.matches is not UNSET or document.descriptor is not UNSET:
        return parse_grype(data, where)
    if document.results is not UNSET:
        return parse_osv_scanner(data, where)
    if document.bomFormat is not UNSET or document.spdxVersion is not UNSET:
        raise FormatError(f"{where}: is an SBOM, which says nothing of vulnerabilities; wanted is {KNOWN}")
    if document.schema is not UNSET and b"lading.dev/" in bytes(document.schema):
        raise FormatError(f"{where}: is Lading's own; lading diff compares such reports")
    raise FormatError(f"{where}: not the report of a scanner that is known; wanted is {KNOWN}")
