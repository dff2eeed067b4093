"""Reports told by their content."""

import pytest

from lading.formats.decoders.reports.any import parse_foreign_report
from lading.model.errors import FormatError

_SARIF = b'{"version": "2.1.0", "runs": [{"tool": {"driver": {"name": "Trivy"}}}]}'


@pytest.mark.parametrize(
    ("data", "tool"),
    [
        (b'{"SchemaVersion": 2, "ArtifactName": "x"}', "Trivy"),
        (b'\xef\xbb\xbf{"matches": []}', "Grype"),
        (b'{"results": []}', "OSV-Scanner"),
        (_SARIF, "Trivy"),
    ],
)
def test_a_report_is_told_by_its_content(data: bytes, tool: str) -> None:
    assert parse_foreign_report(data, "r.json").tool == tool


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (
            b'{"bomFormat": "CycloneDX"}',
            "r.json: is an SBOM, which says nothing of vulnerabilities; wanted is JSON of ",
        ),
        (
            b'{"schema": "https://lading.dev/schema/report-2.json"}',
            "r.json: is Lading's own; lading diff compares such",
        ),
        (
            b"{}",
            "r.json: not the report of a scanner that is known; wanted is JSON of Trivy, Grype or OSV-Scanner, or ",
        ),
        (b"[]", "r.json: cannot be read as JSON of Trivy, Grype or OSV-Scanner, or SARIF of one of them: "),
        (b"", "r.json: cannot be read as "),
        (b'{"results":' + b"[" * 5000, "r.json: cannot be read as "),
    ],
)
def test_what_is_none_is_refused(data: bytes, message: str) -> None:
    with pytest.raises(FormatError) as error:
        parse_foreign_report(data, "r.json")
    assert str(error.value).startswith(message)
