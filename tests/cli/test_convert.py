"""`lading convert`."""

import json
from pathlib import Path

import pytest

from lading.cli.demo import build_demo
from lading.cli.main import main


@pytest.fixture
def demo(tmp_path: Path) -> str:
    build_demo(tmp_path / "image")
    return f"oci:{tmp_path}/image:demo"


@pytest.mark.parametrize("format", ["json", "table", "sarif", "gitlab", "junit", "markdown", "trivy", "csv"])
def test_a_kept_report_is_written_as_a_scan_writes_it(format: str, demo: str, tmp_path: Path) -> None:
    kept, scanned, converted = (tmp_path / name for name in ("kept", "scanned", "converted"))
    rules = ("--fail-on", "critical")
    options = ("--starter", "--platform", "linux/amd64", *rules)
    assert main(["scan", demo, *options, "-o", f"json={kept}"]) == 1
    assert main(["scan", demo, *options, "-o", f"{format}={scanned}"]) == 1
    assert main(["convert", str(kept), *rules, "-o", f"{format}={converted}"]) == 1
    assert converted.read_bytes() == scanned.read_bytes()


@pytest.mark.parametrize(
    ("content", "message"),
    [("{}", "not a report of Lading's"), ("text", "not a report of Lading's"), (None, "not a report of Lading's")],
)
def test_what_is_no_report_is_told(
    content: str | None, message: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "report.json"
    if content is not None:
        path.write_text(content)
    assert main(["convert", str(path)]) == 2
    assert message in capfd.readouterr().err


def test_the_gate_is_that_of_the_call(demo: str, tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    assert main(["scan", demo, "--starter", "--platform", "linux/amd64", "-o", f"json={kept}"]) == 0
    assert main(["convert", str(kept), "-o", f"json={tmp_path}/again"]) == 0
    assert json.loads((tmp_path / "again").read_bytes())["decision"]["failed"] is False
    assert main(["convert", str(kept), "--fail-on", "high", "-o", f"json={tmp_path}/again"]) == 1


def test_the_lines_of_a_dockerfile(demo: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    kept, scanned, converted = (tmp_path / name for name in ("kept", "scanned", "converted"))
    options = ("--starter", "--platform", "linux/amd64")
    assert main(["scan", demo, *options, "-o", f"json={kept}"]) == 0
    layers = json.loads(kept.read_bytes())["targets"][0]["image"]["layers"]
    made_by = layers[-1]["created_by"].removesuffix(" # buildkit").replace("/bin/sh -c ", "")
    dockerfile = tmp_path / "Dockerfile"
    dockerfile.write_text(f"FROM debian\n\n{made_by}\n")
    assert main(["scan", demo, *options, "--dockerfile", str(dockerfile), "-o", f"json={scanned}"]) == 0
    assert main(["convert", str(kept), "--dockerfile", str(dockerfile), "-o", f"json={converted}"]) == 0
    assert converted.read_bytes() == scanned.read_bytes()
    image = json.loads(scanned.read_bytes())["targets"][0]["image"]
    assert (image["dockerfile"], [one["line"] for one in image["layers"]][-1]) == ("Dockerfile", 3)
    capfd.readouterr()
    dockerfile.write_text("FROM debian\nRUN other\n")
    assert main(["scan", demo, *options, "--dockerfile", str(dockerfile), "-o", f"json={scanned}"]) == 0
    (said,) = [
        one
        for one in json.loads(scanned.read_bytes())["targets"][0]["diagnostics"]
        if one["code"] == "dockerfile-unmatched"
    ]
    assert said["message"] == (
        "the lines of the Dockerfile are not known: none of its instructions made a layer of the image"
    )
    dockerfile.write_text("no dockerfile\n")
    assert main(["scan", demo, *options, "--dockerfile", str(dockerfile)]) == 2
    assert "line 1: NO stands before FROM: not a Dockerfile" in capfd.readouterr().err


def test_what_is_shown_is_chosen_and_what_is_wanted_whole_is_told(
    demo: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    kept = str(tmp_path / "kept")
    assert main(["scan", demo, "--starter", "--platform", "linux/amd64", "-o", f"json={kept}"]) == 0
    capfd.readouterr()
    options = ["--severity", "HIGH,critical", "--package", "ssh", "--fail-on", "low"]
    assert main(["convert", kept, *options, "-o", "tree", "-o", f"json={tmp_path / 'json'}"]) == 1
    shown, told = capfd.readouterr()
    assert "── Not shown · 13 vulnerabilities ──" in shown
    assert "--fail-on low: failed by 15 vulnerabilities" in shown
    assert told == (
        "lading: --severity critical,high --package ssh: is for table, tree, markdown; everything is in json\n"
    )
    assert main(["convert", kept, "--fail-on", "low", "-o", f"json={tmp_path / 'whole'}"]) == 1
    assert (tmp_path / "json").read_bytes() == (tmp_path / "whole").read_bytes()


def test_a_severity_that_is_none_is_told(demo: str, capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["scan", demo, "--severity", "high,sever"]) == 2
    assert capfd.readouterr().err == (
        "lading: --severity 'sever': no severity; there are: critical, high, medium, low, negligible, unknown\n"
    )
