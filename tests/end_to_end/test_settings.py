"""Scans whose settings come from each place there is."""

import json
from pathlib import Path

import pytest

from tests.support.program import Lading, Outcome
from tests.support.settings import Site

FILES = {"user": "XDG_CONFIG_HOME", "project": "", "organisation": "LADING_ORG_CONFIG"}


@pytest.fixture
def image(lading: Lading, tmp_path: Path) -> str:
    lading("demo", "--keep", tmp_path / "image")
    return f"oci:{tmp_path / 'image'}:demo"


@pytest.fixture
def site(own_home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Site:
    """The working directory is a repository without settings; the user takes the starter set and the demo's
    platform."""
    (tmp_path / "project" / ".git").mkdir(parents=True)
    monkeypatch.chdir(tmp_path / "project")
    organisation = tmp_path / "org.toml"
    organisation.touch()
    monkeypatch.setenv("LADING_ORG_CONFIG", str(organisation))
    site = Site(own_home / ".config" / "lading" / "lading.toml", tmp_path / "project" / "lading.toml", organisation)
    site.write("user", starter=True, platform="linux/amd64")
    return site


def rules(outcome: Outcome) -> list[str]:
    """What a report was held to."""
    return [rule["rule"] for rule in json.loads(outcome.stdout)["decision"]["rules"]]


def test_each_place_sets_the_gate(lading: Lading, image: str, site: Site) -> None:
    assert rules(lading("scan", image, "-o", "json")) == []
    severities = ("any", "low", "medium", "high", "critical")
    expected = dict(zip(("user", "project", "organisation", "variable", "flag"), severities, strict=True))
    variables: dict[str, str] = {}
    options: list[str] = []
    for level, severity in expected.items():
        if level == "user":
            site.write("user", starter=True, platform="linux/amd64", fail_on=severity)
        elif level == "variable":
            variables = {"LADING_FAIL_ON": severity}
        elif level == "flag":
            options = ["--fail-on", severity]
        else:
            site.write(level, fail_on=severity)
        outcome = lading("scan", image, "-o", "json", *options, variables=variables, status=1)
        assert (rules(outcome), outcome.stderr) == ([f"--fail-on {severity}"], "")
    assert rules(lading("scan", image, "-o", "json", "--fail-on", "none", variables=variables)) == []


def test_a_table_of_a_pyproject(lading: Lading, image: str, site: Site) -> None:
    site.project.with_name("pyproject.toml").write_text('[tool.lading]\nfail_on = "critical"\noutput = ["json"]\n')
    assert rules(lading("scan", image, status=1)) == ["--fail-on critical"]
    shown = lading("scan", image, "--no-config", "--starter", "--platform", "linux/amd64").stdout
    assert shown.lstrip().startswith("STARTER SET: ")


def test_an_organisation_locks_the_gate(lading: Lading, image: str, site: Site) -> None:
    site.write("organisation", fail_on="critical", locked=["fail_on"])
    outcome = lading("scan", image, "-o", "json", "--fail-on", "none", status=1)
    assert rules(outcome) == ["--fail-on critical"]
    assert outcome.stderr == f"lading: --fail-on: not used: {site.organisation}:1 locks fail_on\n"


def test_a_project_cannot_choose_the_database(lading: Lading, image: str, site: Site, tmp_path: Path) -> None:
    site.write("project", db=str(tmp_path))
    outcome = lading("scan", image, status=2)
    assert outcome.stdout == ""
    assert outcome.stderr.startswith(f"lading: {site.project}:1: db: cannot be set by a project; it may stand in ")


def test_a_misspelt_setting_ends_the_scan(lading: Lading, image: str, site: Site) -> None:
    site.write("project", scope="squashed", fail_no="high")
    assert lading("scan", image, status=2).stderr == (
        f"lading: {site.project}:2: fail_no: no such setting (did you mean fail_on?); "
        "lading config show --all --no-config lists them\n"
    )


def test_outputs_of_a_variable_are_for_every_command(lading: Lading, image: str, site: Site, tmp_path: Path) -> None:
    report = tmp_path / "report.json"
    variables = {"LADING_OUTPUT": f"table,json={report}"}
    lading("scan", image, variables=variables)
    written = report.read_bytes()
    assert json.loads(written)["schema"].rpartition("/")[2].startswith("report-")
    report.unlink()
    shown = lading("packages", image, variables=variables).stdout
    assert shown == lading("packages", image, "-o", "table").stdout
    assert json.loads(lading("sbom", image, variables=variables).stdout)["bomFormat"] == "CycloneDX"
    explained = lading("explain", image, "CVE-2023-38545", variables=variables).stdout
    assert explained == lading("explain", image, "CVE-2023-38545").stdout
    assert not report.exists()
    assert lading("sbom", image, "-o", "table").stdout == shown


def test_outputs_of_a_variable_that_cannot_be(lading: Lading, image: str, site: Site, tmp_path: Path) -> None:
    absent = tmp_path / "none"
    for outputs, why in (
        ("json,spdx", "two formats go to standard output; write one of them to another file with -o FORMAT=FILE"),
        (f"json={absent}/x", f"json={absent}/x: the directory {absent} does not exist"),
    ):
        outcome = lading("scan", image, variables={"LADING_OUTPUT": outputs}, status=2)
        assert outcome == Outcome(2, "", f"lading: LADING_OUTPUT: {why}\n")


def test_the_demo_reads_no_settings(lading: Lading, site: Site) -> None:
    site.project.write_text("this is broken")
    assert lading("demo", variables={"LADING_FAIL_ON": "any", "LADING_OFFLINE": "perhaps"}).stderr == ""
