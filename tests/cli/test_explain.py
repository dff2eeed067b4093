"""`lading explain`."""

import json
from pathlib import Path

import pytest
from msgspec import structs

from tests.databases import advisory, publish
from tests.support.program import Lading

SBOM = {
    "bomFormat": "CycloneDX",
    "specVersion": "1.6",
    "components": [{"type": "library", "name": "a", "version": "1.5", "purl": "pkg:pypi/a@1.5"}],
}
GRYPE = {
    "matches": [
        {
            "vulnerability": {"id": "CVE-2026-2"},
            "artifact": {"name": "a", "version": "1.5", "type": "python", "purl": "pkg:pypi/a@1.5"},
        }
    ],
    "descriptor": {"version": "0.116.0"},
}


@pytest.fixture
def image(tmp_path: Path, own_home: Path) -> str:
    """An SBOM with one package, a 1.5, which has CVE-2026-1."""
    database = own_home / ".local" / "share" / "lading" / "db"
    publish(database, "pypi", advisory("CVE-2026-1", "a", "2.0"), advisory("CVE-2026-2", "a", "1.0"))
    (tmp_path / "bom.json").write_text(json.dumps(SBOM))
    return f"sbom:{tmp_path / 'bom.json'}"


@pytest.fixture
def report(tmp_path: Path) -> Path:
    path = tmp_path / "grype.json"
    path.write_text(json.dumps(GRYPE))
    return path


def test_a_report_of_another_scanner(lading: Lading, image: str, report: Path) -> None:
    shown = json.loads(lading("explain", image, "--against", report, "--offline", "-o", "json").stdout)
    assert (shown["rows"], shown["same"], shown["report"]["scanner"]) == (1, 0, "Grype 0.116.0")
    assert [(one["side"], one["id"], one["cause"]) for one in shown["differences"]] == [
        ("report", "CVE-2026-2", "range"),
        ("lading", "CVE-2026-1", "not-in-report"),
    ]
    assert shown["database"].startswith("sha256:")
    table = lading("explain", image, "--against", report, "--offline").stdout
    assert "Only in the report: outside of the affected versions · 1 row" in table


def test_names_that_only_data_on_other_systems_has(lading: Lading, image: str, own_home: Path) -> None:
    database = own_home / ".local" / "share" / "lading" / "db"
    publish(database, "debian-12", advisory("CVE-2026-1", "python-a", "2.0-1", note="DSA-9-1"), scheme="deb")
    publish(database, "alpine-3.20", advisory("CVE-2026-7", "b", "2.0-r1"), scheme="apk")
    publish(database, "alpine-3.21", advisory("CVE-2026-7", "b", "2.0-r1"), scheme="apk")
    found = json.loads(lading("explain", image, "DSA-9-1", "--offline", "-o", "json").stdout)
    assert [one["id"] for one in found["findings"]] == ["CVE-2026-1"]
    other = lading("explain", image, "CVE-2026-7", "--offline").stdout
    assert "no data that this image is matched against names it (pypi)" in other
    assert "alpine-3.20, alpine-3.21: it is in b; this image is not matched against them" in other
    assert lading("explain", image, "CVE-2026-10008", "--offline", status=2).stderr == (
        "lading: CVE-2026-10008: nothing in the database knows this name; lading db search looks for one\n"
    )


def test_what_cannot_be_asked(lading: Lading, image: str, report: Path) -> None:
    both = lading("explain", image, "CVE-2026-1", "--against", report, status=2)
    assert both.stderr == "lading: --against explains every row: leave 'CVE-2026-1' out\n"
    none = lading("explain", image, status=2)
    assert none.stderr == "lading: which vulnerability? Give its ID, or --against another scanner's report\n"
    ours = lading("explain", image, "--against", image.removeprefix("sbom:"), "--offline", status=2)
    assert "bom.json: is an SBOM, which says nothing of vulnerabilities; wanted is JSON of Trivy" in ours.stderr


def test_a_name_that_nothing_knows_is_an_error(lading: Lading, image: str, own_home: Path) -> None:
    database = own_home / ".local" / "share" / "lading" / "db"
    publish(database, "npm", advisory("CVE-2026-3", "b", "2.0"))
    elsewhere = lading("explain", image, "CVE-2026-3", "--offline")
    assert "CVE-2026-3 is not reported" in elsewhere.stdout
    unknown = lading("explain", image, "CVE-2026-40000", "--offline", status=2)
    assert unknown.stderr == (
        "lading: CVE-2026-40000: nothing in the database knows this name; lading db search looks for one\n"
    )


def test_what_is_hidden_is_called_so(lading: Lading, image: str, own_home: Path) -> None:
    database = own_home / ".local" / "share" / "lading" / "db"
    minor = structs.replace(advisory("CVE-2026-5", "a", ""), state="minor")
    publish(database, "pypi", minor)
    shown = json.loads(lading("explain", image, "CVE-2026-5", "--offline", "-o", "json").stdout)
    assert [one["hidden_reason"] for one in shown["findings"]] == ["minor"]
