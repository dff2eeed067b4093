"""`lading scan --baseline`."""

import json
from pathlib import Path

import pytest

from tests.cli.test_diff import sbom
from tests.databases import advisory, publish
from tests.support.program import Lading

GATE = ("--offline", "--fail-on", "any", "--max-db-age", "3650")


@pytest.fixture(autouse=True)
def database(own_home: Path) -> Path:
    place = own_home / ".local" / "share" / "lading" / "db"
    publish(place, "pypi", advisory("CVE-2026-1", "a", "2.0"), advisory("CVE-2026-2", "b", "2.0"))
    return place


def test_a_report_and_an_image_are_baselines_alike(lading: Lading, tmp_path: Path) -> None:
    old, new = sbom(tmp_path / "old.json", a="1.5"), sbom(tmp_path / "new.json", a="1.6", b="1")
    report = tmp_path / "report.json"
    lading("scan", old, "--offline", "-o", f"json={report}")
    lading("scan", old, *GATE, status=1)
    for baseline in (report, old):
        lading("scan", old, *GATE, "--baseline", baseline)
        shown = lading("scan", new, *GATE, "--baseline", baseline, "-o", "json", status=1)
        document = json.loads(shown.stdout)
        (target,) = document["targets"]
        said = {one["id"]: [by["source"] for by in one.get("suppressions", ())] for one in target["findings"]}
        assert said == {"CVE-2026-1": ["baseline"], "CVE-2026-2": []}
        assert len(document["decision"]["rules"][0]["failing"]) == 1


def test_a_setting_names_it_too(lading: Lading, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    image, report = sbom(tmp_path / "bom.json", a="1.5"), tmp_path / "report.json"
    lading("scan", image, "--offline", "-o", f"json={report}")
    monkeypatch.setenv("LADING_BASELINE", str(report))
    assert "it was there before" in lading("scan", image, *GATE).stdout


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ('{"schema": "https://lading.dev/schema/report-1.json"}', "is a report of another version of Lading"),
        ('{"schema": "https://lading.dev/schema/report-2.json"', "not a report of Lading's"),
        ('{"SchemaVersion": 2}', "not a report of Lading's"),
        ("", ""),
    ],
)
def test_what_is_no_baseline_is_an_error(lading: Lading, tmp_path: Path, content: str, message: str) -> None:
    path = tmp_path / "old.json"
    path.write_text(content)
    failed = lading("scan", sbom(tmp_path / "bom.json", a="1.5"), "--offline", "--baseline", path, status=2)
    assert (message in failed.stderr, failed.stdout) == (True, "")
