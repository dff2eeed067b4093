"""What one place sets: files, variables, options."""

from pathlib import Path
from typing import Any

import pytest

from lading.engine.setting_sources import given_by_options, given_by_table, given_by_variables
from lading.engine.settings import SETTINGS, Given, Level
from lading.model.errors import UsageError

FILE = Path("/p/lading.toml")
ELSEWHERE = "it may stand in the user's or the organisation's file (lading config path), in"


def table(level: Level, **values: Any) -> Given:
    """What a file with these keys sets, the first on line 1, the fourth on a line that cannot be told."""
    lines = {key: number if number < 4 else 0 for number, key in enumerate(values, 1)}
    return given_by_table(values, level, FILE, lambda *path: lines[path[0]], Path)


def test_a_file() -> None:
    policy, ignore = {"fail_on": [1, {"any": "thing"}]}, [{"x": 1}]
    places = {"db_source": "https://mirror.example", "offline": True}
    given = table("user", fail_on="high", policy=policy, **places, ignore=ignore)
    assert given.policy is not None
    assert (given.policy.level, given.policy.file, given.policy.tables) == (
        "user",
        FILE,
        {"policy": policy, "ignore": ignore},
    )
    assert given.policy.line_of("policy", "fail_on") == 2
    assert given == Given(
        level="user",
        values={"fail_on": "high", "db_source": "https://mirror.example", "offline": True},
        places={"fail_on": "/p/lading.toml:1", "db_source": "/p/lading.toml:3", "offline": "/p/lading.toml"},
        policy=given.policy,
    )


def test_an_organisation_locks() -> None:
    given = table("organisation", fail_on="high", locked=["fail_on", "insecure"])
    assert given.locked == {"fail_on": "/p/lading.toml:2", "insecure": "/p/lading.toml:2"}
    assert given.values == {"fail_on": "high"}


@pytest.mark.parametrize(
    ("level", "key", "value", "message"),
    [
        ("user", "fail_no", "high", "no such setting (did you mean fail_on?); lading config show --all --no-config"),
        ("user", "fail-on", "high", "no such setting (did you mean fail_on?); lading config show --all --no-config"),
        ("user", "no_cache", True, "no such setting (did you mean cache?); lading config show --all --no-config"),
        ("user", "origins", {}, "no such setting; lading config show --all --no-config"),
        (
            "user",
            "policy_tables",
            [],
            "no such setting (did you mean policy_file?); lading config show --all --no-config",
        ),
        ("user", "offline", "yes", "'yes': expected true or false"),
        ("user", "ignroe", [], "no such setting (did you mean ignore?); lading config show --all --no-config"),
        ("user", "locked", ["fail_on"], "only an organisation's file can lock settings"),
        ("project", "locked", ["fail_on"], "only an organisation's file can lock settings"),
        ("organisation", "locked", "fail_on", "expected a list of settings"),
        ("organisation", "locked", [1], "expected a list of settings"),
        ("organisation", "locked", ["fail_no"], "'fail_no': no such setting (did you mean fail_on?)"),
    ],
)
def test_what_a_file_cannot_say(level: Level, key: str, value: object, message: str) -> None:
    with pytest.raises(UsageError) as caught:
        table(level, scope="deleted", **{key: value})
    assert str(caught.value).startswith(f"/p/lading.toml:2: {key}: {message}")


@pytest.mark.parametrize("name", SETTINGS)
def test_what_a_project_can_set(name: str) -> None:
    """A bad value tells nothing of whether the key may stand there."""
    with pytest.raises(UsageError) as caught:
        table("project", **{name: object()})
    setting = SETTINGS[name]
    refused = f"{FILE}:1: {name}: cannot be set by a project; {ELSEWHERE} {setting.variable} or {setting.flag}"
    assert (str(caught.value) == refused) == (setting.about.trust == "user")


def test_a_project_redirects_no_output() -> None:
    assert table("project", output=["json", "table=-"]).values == {"output": ("json", "table=-")}
    assert table("user", output=["json=x"]).values == {"output": ("json=x",)}
    with pytest.raises(UsageError) as caught:
        table("project", output=["table", "json=/etc/passwd"])
    assert str(caught.value) == (
        "/p/lading.toml:1: output: a project cannot say which files are written; "
        "that may stand in the user's or the organisation's file (lading config path), in LADING_OUTPUT or --output"
    )


def test_variables() -> None:
    variables = {
        "LADING_FAIL_ON": "high",
        "LADING_OFFLINE": "true",
        "LADING_SEVERITY_SOURCE": "nvd,cna",
        "LADING_SCOPE": "",
        "LADING_CONFIG": "x",
        "OFFLINE": "no",
    }
    given, notes = given_by_variables(variables, ["LADING_CONFIG"], Path)
    assert given == Given(
        level="variable",
        values={"fail_on": "high", "offline": True, "severity_source": ("nvd", "cna")},
        places={name: f"LADING_{name.upper()}" for name in ("fail_on", "offline", "severity_source")},
    )
    assert notes == ()


@pytest.mark.parametrize(
    ("variable", "guess"),
    [
        ("LADING_FAIL_NO", " (did you mean LADING_FAIL_ON?)"),
        ("LADING_NO_CACHE", " (did you mean LADING_CACHE?)"),
        ("LADING_CONFG", " (did you mean LADING_CONFIG?)"),
        ("LADING_ZZZZ", ""),
        ("LADING_", ""),
        ("LADING_fail_on", " (did you mean LADING_FAIL_ON?)"),
    ],
)
def test_an_unknown_variable_is_told(variable: str, guess: str) -> None:
    given, notes = given_by_variables({variable: "1"}, ["LADING_CONFIG"], Path)
    assert given == Given(level="variable")
    assert notes == (f"{variable}: no such variable{guess}; it has no effect",)


def test_a_bad_variable() -> None:
    with pytest.raises(UsageError) as caught:
        given_by_variables({"LADING_OFFLINE": "maybe"}, (), Path)
    assert str(caught.value) == "LADING_OFFLINE: 'maybe': expected true or false"


def test_options() -> None:
    given = given_by_options({"offline": True, "cache": False, "starter": False, "platform": "linux/arm64"})
    assert given == Given(
        level="flag",
        values={"offline": True, "cache": False, "starter": False, "platform": "linux/arm64"},
        places={
            "offline": "--offline",
            "cache": "--no-cache",
            "starter": "--no-starter",
            "platform": "--platform",
        },
    )
