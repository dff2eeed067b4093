"""`lading config`: what is set, and where."""

import json
from pathlib import Path

import pytest

from lading import __version__
from lading.cli.main import main
from lading.engine.settings import SETTINGS
from tests.support.settings import Site


@pytest.fixture(autouse=True)
def here(site: Site, monkeypatch: pytest.MonkeyPatch) -> Site:
    """A site where every place sets something."""
    site.write("user", ca_cert="ca.pem", db_source="https://user.example", offline=True)
    (site.user.parent / "ca.pem").touch()
    site.write("project", fail_on="high", severity_source=["nvd", "cna"])
    site.write("organisation", db_source="https://org.example", fail_on="critical", locked=["insecure", "fail_on"])
    monkeypatch.setenv("LADING_ORG_CONFIG", str(site.organisation))
    monkeypatch.setenv("LADING_TIMEOUT", "30")
    return site


def table(text: str) -> list[list[str]]:
    """The cells of a printed table, which stand at least two spaces apart."""
    return [[cell for cell in map(str.strip, line.split("  ")) if cell] for line in text.splitlines()]


def test_what_is_set_and_where(site: Site, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["config", "show", "--platform", "linux/arm64", "--no-offline"]) == 0
    user, project, organisation = site.user, site.project, site.organisation
    rows = [
        ("setting", "value", "from"),
        ("fail_on", "critical", f"organisation file {organisation}:2 (locked)"),
        ("db_source", "https://org.example", f"organisation file {organisation}:1"),
        ("offline", "false", "flag --no-offline"),
        ("severity_source", "nvd,cna", f"project file {project}:2"),
        ("platform", "linux/arm64", "flag --platform"),
        ("insecure", "false", f"organisation file {organisation}:3 (locked)"),
        ("ca_cert", str(user.parent / "ca.pem"), f"user file {user}:1"),
        ("timeout", "30", "variable LADING_TIMEOUT"),
    ]
    widths = [max(len(row[column]) for row in rows) for column in (0, 1)]
    lines = [f"{row[0]:{widths[0]}}  {row[1]:{widths[1]}}  {row[2]}\n" for row in rows]
    note = f"lading: {project}:1: fail_on: not used: {organisation}:2 locks fail_on\n"
    assert capsys.readouterr() == ("".join(lines), note)


def test_everything_there_is_to_set(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["config", "show", "--all"]) == 0
    rows = table(capsys.readouterr().out)[1:]
    assert [row[0] for row in rows] == list(SETTINGS)
    assert {row[0]: row[1] for row in rows if row[2] == "default" and row[1] not in ("-", "false")} == {
        "group_by": "upgrade",
        "compliance": "none",
        "exit_code": "1",
        "max_db_age": "5",
        "cache": "true",
        "sandbox": "true",
        "jobs": "0",
        "log": "auto",
        "max_bandwidth": "0",
        "scope": "squashed",
        "pypi_index": "https://pypi.org/simple/",
        "npm_registry": "https://registry.npmjs.org/",
        "limit": "entries=5000000,file=256000000,spool=4000000000,ratio=100,total=100000000000,work=560",
    }


def test_as_json(site: Site, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["config", "show", "-o", "json", "--limit", "ratio=9", "--no-config"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert document == {
        "schema": "https://lading.dev/schema/settings-1.json",
        "tool": f"lading {__version__}",
        "settings": [
            {
                "name": "fail_on",
                "value": "critical",
                "source": "organisation",
                "place": f"{site.organisation}:2",
                "locked": True,
            },
            {
                "name": "db_source",
                "value": "https://org.example",
                "source": "organisation",
                "place": f"{site.organisation}:1",
            },
            {
                "name": "insecure",
                "value": False,
                "source": "organisation",
                "place": f"{site.organisation}:3",
                "locked": True,
            },
            {"name": "timeout", "value": 30.0, "source": "variable", "place": "LADING_TIMEOUT"},
            {
                "name": "limit",
                "value": {
                    "entries": 5_000_000,
                    "file": 256_000_000,
                    "spool": 4_000_000_000,
                    "ratio": 9,
                    "total": 100_000_000_000,
                    "work": 560,
                },
                "source": "flag",
                "place": "--limit",
            },
        ],
    }


def test_everything_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["config", "show", "--all", "-o", "json"]) == 0
    assert [one["name"] for one in json.loads(capsys.readouterr().out)["settings"]] == list(SETTINGS)


def test_the_files_that_are_looked_at(site: Site, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["config", "path"]) == 0
    assert table(capsys.readouterr().out) == [
        ["of the", "file"],
        ["user", str(site.user), "read"],
        ["project", str(site.project), "read"],
        ["organisation", str(site.organisation), "read"],
    ]
    site.project.write_text("this is broken")  # and yet it can be seen that it is looked at
    assert main(["config", "path", "--no-config"]) == 0
    assert table(capsys.readouterr().out) == [["of the", "file"], ["organisation", str(site.organisation), "read"]]
    site.project.unlink()
    pyproject = site.project.with_name("pyproject.toml")
    pyproject.write_text("[tool.other]\n")
    assert main(["config", "path"]) == 0
    assert table(capsys.readouterr().out)[2:4] == [
        ["project", str(site.project), "absent"],
        ["project", str(pyproject), "without [tool.lading]"],
    ]


def test_a_broken_file_is_told_by_every_command(site: Site, capsys: pytest.CaptureFixture[str]) -> None:
    site.project.write_text("fail_on = high\n")
    for command in (["config", "show"], ["scan", "x"], ["packages", "x"], ["db", "search", "x"], ["base", "add", "x"]):
        assert main(command) == 2
        message = f"lading: {site.project}: not TOML: Invalid value (at line 1, column 11)\n"
        assert capsys.readouterr() == ("", message)


def test_settings_of_outputs_and_all_are_shown_as_others(
    site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("LADING_OUTPUT", f"table,json={tmp_path / 'x'}")
    monkeypatch.setenv("LADING_ALL", "1")
    assert main(["config", "show", "--no-config"]) == 0
    assert table(capsys.readouterr().out)[1:3] == [
        ["output", f"table,json={tmp_path / 'x'}", "variable LADING_OUTPUT"],
        ["all", "true", "variable LADING_ALL"],
    ]
    assert not (tmp_path / "x").exists()


def test_secrets_are_not_shown(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LADING_CACHE_KEY", "0123456789abcdef")
    for form in ("table", "json"):
        assert main(["config", "show", "--no-config", "-o", form]) == 0
        out = capsys.readouterr().out
        assert "cache_key" in out
        assert "(secret)" in out
        assert "0123456789" not in out
    monkeypatch.delenv("LADING_CACHE_KEY")
    assert main(["config", "show", "--cache-key", "tooshort"]) == 2
    why = "expected a secret of 16 to 4,096 bytes, or @FILE; this has 8"
    assert capsys.readouterr().err == f"lading: --cache-key {why}\n"
    monkeypatch.setenv("LADING_CACHE_KEY", "tooshort")
    assert main(["config", "show"]) == 2
    assert capsys.readouterr().err == f"lading: LADING_CACHE_KEY: {why}\n"
