"""Settings of a command, from files, variables and options to what holds."""

import json
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest

from lading.cli.main import main
from lading.engine import scan as engine_scan
from lading.engine.environment import Environment
from lading.engine.options import ScanOptions
from lading.engine.settings import SETTINGS
from lading.formats.encoders.registry import FORMATS
from lading.model.errors import ImageError
from lading.model.report import InventoryResult
from tests.support.settings import Site, options_of

LEVELS = ("user", "project", "organisation", "variable", "flag")


@pytest.fixture(autouse=True)
def here(site: Site) -> Site:
    return site


def arrange(site: Site, monkeypatch: pytest.MonkeyPatch, level: str, name: str, value: str) -> tuple[list[str], str]:
    """Sets something in one place; gives the options that belong to that, and how the place is called."""
    setting = SETTINGS[name]
    if level == "flag":
        return ([setting.flag, value] if setting.kind != "switch" else [setting.flag]), setting.flag
    if level == "variable":
        monkeypatch.setenv(setting.variable, value)
        return [], setting.variable
    path = site.write(level, **{name: json.loads(value) if setting.kind == "switch" else value})
    return (["--org-config", str(path)] if level == "organisation" else []), f"{path}:1"


def shown(capsys: pytest.CaptureFixture[str], *options: str) -> dict[str, Any]:
    """What `lading config show` says of each setting that is set."""
    assert main(["config", "show", "-o", "json", *options]) == 0
    return {one.pop("name"): one for one in json.loads(capsys.readouterr().out)["settings"]}


@pytest.mark.parametrize(("weak", "strong"), [*combinations(LEVELS, 2)])
def test_the_stronger_place_holds(
    weak: str, strong: str, site: Site, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    lower, _ = arrange(site, monkeypatch, weak, "scope", "deleted")
    upper, place = arrange(site, monkeypatch, strong, "scope", "all-layers")
    assert shown(capsys, *lower, *upper) == {"scope": {"value": "all-layers", "source": strong, "place": place}}


@pytest.mark.parametrize("level", LEVELS)
def test_each_place_alone_stands_over_the_default(
    level: str, site: Site, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    options, place = arrange(site, monkeypatch, level, "lock_files", "true")
    assert shown(capsys, *options) == {"lock_files": {"value": True, "source": level, "place": place}}


def test_a_switch_is_turned_off(site: Site, capsys: pytest.CaptureFixture[str]) -> None:
    site.write("user", offline=True, cache=False)
    assert shown(capsys, "--no-offline", "--cache") == {
        "offline": {"value": False, "source": "flag", "place": "--no-offline"},
        "cache": {"value": True, "source": "flag", "place": "--cache"},
    }


@pytest.mark.parametrize("level", [level for level in LEVELS if level != "organisation"])
def test_what_is_locked_holds(
    level: str, site: Site, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    organisation = site.write("organisation", fail_on="high", locked=["fail_on", "scope"])
    options, place = arrange(site, monkeypatch, level, "fail_on", "none")
    assert main(["config", "show", "-o", "json", "--org-config", str(organisation), *options]) == 0
    out, err = capsys.readouterr()
    held = {one.pop("name"): one for one in json.loads(out)["settings"]}
    assert held == {
        "fail_on": {"value": "high", "source": "organisation", "place": f"{organisation}:1", "locked": True},
        "scope": {"value": "squashed", "source": "organisation", "place": f"{organisation}:2", "locked": True},
    }
    key = "" if level in ("variable", "flag") else ": fail_on"
    assert err == f"lading: {place}{key}: not used: {organisation}:1 locks fail_on\n"


def test_without_the_files_of_project_and_user(
    site: Site, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    site.write("user", offline=True)
    site.write("project", scope="deleted")
    organisation = site.write("organisation", fail_on="high")
    options = ["--no-config", "--org-config", str(organisation), "--cache"]
    monkeypatch.setenv("LADING_ALL", "yes")
    assert sorted(shown(capsys, *options)) == ["all", "cache", "fail_on"]


def test_the_projects_file_can_be_named(
    site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    site.write("user", offline=True)
    site.write("project", scope="deleted")
    named = tmp_path / "ci.toml"
    named.write_text('fail_on = "low"\n')
    assert sorted(shown(capsys, "--config", str(named))) == ["fail_on", "offline"]
    monkeypatch.setenv("LADING_CONFIG", str(named))
    assert sorted(shown(capsys)) == ["fail_on", "offline"]
    assert sorted(shown(capsys, "--no-config")) == []
    monkeypatch.setenv("LADING_NO_CONFIG", "1")
    assert main(["config", "show"]) == 2
    assert capsys.readouterr().err == "lading: --config and --no-config exclude each other\n"
    assert sorted(shown(capsys, "--config", str(named))) == ["fail_on"]
    named.write_text("db = 'x'\n")
    assert main(["config", "show", "--config", str(named)]) == 2
    assert capsys.readouterr().err.startswith(f"lading: {named}:1: db: cannot be set by a project; it may stand in ")


def test_an_unknown_variable_is_told_and_no_more(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("LADING_FAILON", "high")
    monkeypatch.setenv("LADING_\x1b[31m", "x")
    assert main(["config", "show"]) == 0
    assert capsys.readouterr() == (
        "nothing is set; lading config show --all shows what there is to set\n",
        "lading: LADING_\\x1b[31m: no such variable; it has no effect\n"
        "lading: LADING_FAILON: no such variable (did you mean LADING_FAIL_ON?); it has no effect\n",
    )


@pytest.mark.parametrize(
    ("name", "value", "why"),
    [
        ("platform", "arm", "arm: expected OS/ARCH or OS/ARCH/VARIANT, such as linux/arm64, or all"),
        (
            "output",
            "tabel",
            f"'tabel': unknown format (did you mean table?); known: {', '.join(sorted({one.id for one in FORMATS}))}",
        ),
    ],
)
def test_a_value_that_nobody_can_use_is_told_where_it_is_set(
    name: str, value: str, why: str, site: Site, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    path = site.write("project", **{name: value})
    assert main(["config", "show"]) == 2
    assert capsys.readouterr().err == f"lading: {path}:1: {name}: {why}\n"
    monkeypatch.setenv(f"LADING_{name.upper()}", value)
    assert main(["config", "show"]) == 2
    assert capsys.readouterr().err == f"lading: LADING_{name.upper()}: {why}\n"


@pytest.mark.parametrize("name", ["ca_cert", "db_key"])
def test_a_file_that_is_not_there_is_told_where_it_is_named(
    name: str, site: Site, capsys: pytest.CaptureFixture[str]
) -> None:
    path = site.write("user", **{name: "gone"})
    assert main(["config", "show"]) == 2
    assert capsys.readouterr().err == f"lading: {path}:1: {name}: {path.parent / 'gone'}: no such file\n"


def test_a_database_that_is_not_there(
    site: Site, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    path = site.write("user", db="gone.tar.zst")
    assert main(["config", "show"]) == 2
    file = path.parent / "gone.tar.zst"
    why = "neither a file or directory, nor a digest (sha256:…) or a date (2026-01-31)"
    assert capsys.readouterr().err == f"lading: {path}:1: db: {file}: {why}\n"
    assert main(["config", "show", "--starter"]) == 0


class Seen(list[tuple[ScanOptions, Environment]]):
    """What a scan was asked for."""

    def __call__(self, target: str, options: ScanOptions, environment: Environment) -> InventoryResult:
        self.append((options_of(options), environment))
        raise ImageError("seen")


@pytest.fixture
def seen(monkeypatch: pytest.MonkeyPatch) -> Seen:
    seen = Seen()
    monkeypatch.setenv("LADING_SANDBOX", "false")  # what is called is seen here, and not in another process
    monkeypatch.setattr(engine_scan, "list_target", seen)
    return seen


def test_what_is_set_reaches_the_engine(site: Site, seen: Seen, monkeypatch: pytest.MonkeyPatch) -> None:
    site.write("user", plain_http=True, timeout=5, limit=["ratio=9"], starter=True)
    site.write("project", severity_source=["nvd"], platform="linux/arm64", base="debian:12", cache=False)
    monkeypatch.setenv("LADING_SCOPE", "deleted")
    assert main(["scan", "x", "--lock-files", "--base", "debian:13"]) == 2
    ((options, environment),) = seen
    assert options == ScanOptions(
        platform="linux/arm64",
        plain_http=True,
        timeout=5.0,
        base="debian:13",
        scope="deleted",
        lock_files=True,
        limit=options.limit,
        severity_source=("nvd",),
        standing=frozenset({"platform"}),
    )
    assert options.limit.ratio == 9
    assert environment.layer_cache is None
    assert type(environment.database).__name__ == "StarterDatabase"


@pytest.mark.parametrize(
    ("settings", "database"),
    [
        ({}, "UpstreamDatabase"),
        ({"db_source": "https://mirror.example"}, "UpstreamDatabase"),
        ({"db_source": "registry.example/db"}, "RegistryDatabase"),
        ({"db_source": "registry.example/db", "offline": True}, "DownloadedDatabase"),
        ({"db": "2026-01-31"}, "DownloadedDatabase"),
        ({"starter": True, "offline": True}, "StarterDatabase"),
    ],
)
def test_where_advisories_come_from(settings: dict[str, object], database: str, site: Site, seen: Seen) -> None:
    site.write("user", **settings)
    assert main(["scan", "x"]) == 2
    assert type(seen[0][1].database).__name__ == database


def test_settings_are_read_before_the_image(site: Site, seen: Seen, capsys: pytest.CaptureFixture[str]) -> None:
    site.write("project", offline=True)
    assert main(["scan", "x"]) == 2
    assert seen == []
    assert capsys.readouterr().err == (
        f"lading: {site.project}:1: offline: cannot be set by a project; it may stand in the user's or the "
        "organisation's file (lading config path), in LADING_OFFLINE or --offline\n"
    )


def test_what_has_no_platform_is_not_refused_for_a_setting(
    site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    root, sbom = tmp_path / "root", tmp_path / "bom.json"
    root.mkdir()
    site.write("project", platform="linux/s390x", base=f"dir:{root}")
    assert main(["packages", f"dir:{root}", "--base", "", "-o", f"json={sbom}", "--allow-incomplete"]) == 0
    assert main(["packages", f"sbom:{sbom}", "--allow-incomplete"]) == 0
    capsys.readouterr()
    for target, what in ((f"dir:{root}", f"{root}: is a root filesystem, which has no platform"), (f"sbom:{sbom}", "")):
        assert main(["packages", target, "--base", "", "--platform", "linux/s390x"]) == 2
        assert what in capsys.readouterr().err


def test_the_key_that_counts(
    site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Every key is a bad one, so that the one that counts is named before the file that is not there."""
    keys = {level: tmp_path / f"{level}.pub" for level in ("user", "variable", "flag")}
    for path in keys.values():
        path.write_text("none\n")

    def blamed(*options: str) -> str:
        assert main(["db", "import", "file", *options]) == 2
        return capsys.readouterr().err.splitlines()[-1].removeprefix("lading: ").partition(": ")[0]

    assert blamed() == "file"
    site.write("user", db_key=str(keys["user"]))
    assert blamed() == str(keys["user"])
    monkeypatch.setenv("LADING_DB_KEY", str(keys["variable"]))
    assert blamed() == str(keys["variable"])
    assert blamed("--key", str(keys["flag"])) == str(keys["flag"])
    assert blamed("--db-key", str(keys["flag"])) == str(keys["flag"])
    organisation = site.write("organisation", locked=["db_key"])
    assert blamed("--org-config", str(organisation), "--key", str(keys["flag"])) == "file"


def test_a_project_softens_its_own_gate_unless_that_is_locked(site: Site, tmp_path: Path) -> None:
    """A root filesystem without a package database cannot be listed in full."""
    root = tmp_path / "root"
    (root / "etc").mkdir(parents=True)
    (root / "etc" / "os-release").write_text("ID=debian\nVERSION_ID=12\n")
    scan = ["scan", "--starter", f"dir:{root}", "-o", f"json={tmp_path}/report.json"]
    assert main(scan) == 3
    site.write("project", allow_incomplete=True)
    assert main(scan) == 0
    organisation = site.write("organisation", locked=["allow_incomplete"])
    assert main([*scan, "--org-config", str(organisation)]) == 3
