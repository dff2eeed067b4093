"""What holds when several places set something."""

from collections.abc import Sequence
from itertools import combinations
from pathlib import Path
from typing import Any, get_args

import pytest
from msgspec.structs import asdict

from lading.engine.environment import user_network, user_places
from lading.engine.options import ScanOptions
from lading.engine.settings import SETTINGS, Given, Level, Origin, PolicyTables, Settings
from lading.engine.settings import resolve as resolve_in
from lading.model.errors import UsageError
from lading.safeio.limits import Limits

LEVELS: tuple[Level, ...] = get_args(Level)[1:]


def resolve(places: Sequence[Given]) -> Settings:
    """What holds, wherever the user's things lie."""
    return resolve_in(places, user_places(), user_network())


def given(level: Level, locked: tuple[str, ...] = (), policy: PolicyTables | None = None, **values: Any) -> Given:
    """What a place sets, each value at a place of the name `LEVEL/NAME`."""
    return Given(
        level=level,
        values=values,
        places={name: f"{level}/{name}" for name in values},
        locked=dict.fromkeys(locked, f"{level}/locked"),
        policy=policy,
    )


def test_the_levels_are_the_documented_ones() -> None:
    assert get_args(Level) == ("default", "user", "project", "organisation", "variable", "flag")


def test_nothing_set() -> None:
    settings = resolve([])
    assert settings == Settings(places=user_places(), network=user_network(), origins=dict.fromkeys(SETTINGS, Origin()))
    assert settings.origins["db"] == Origin("default")
    assert {name: getattr(settings, name) for name in ScanOptions.__struct_fields__} == asdict(ScanOptions())


@pytest.mark.parametrize(("weak", "strong"), [*combinations(LEVELS, 2)])
@pytest.mark.parametrize("name", ["fail_on", "offline", "severity_source"])
def test_the_stronger_place_holds(weak: Level, strong: Level, name: str) -> None:
    values: dict[str, tuple[Any, Any]] = {
        "fail_on": ("high", "none"),
        "offline": (True, False),
        "severity_source": (("nvd", "cna"), ("redhat",)),
    }
    one, other = values[name]
    for lower, upper in ((one, other), (other, one)):
        settings = resolve([given(weak, **{name: lower}), given(strong, **{name: upper})])
        assert getattr(settings, name) == upper
        assert settings.origins[name] == Origin(strong, f"{strong}/{name}")
        assert settings.notes == ()


def test_what_one_place_leaves_out_another_one_sets() -> None:
    settings = resolve([given("user", offline=True), given("flag", fail_on="low")])
    assert (settings.offline, settings.fail_on) == (True, "low")
    assert (settings.origins["offline"].level, settings.origins["fail_on"].level) == ("user", "flag")


@pytest.mark.parametrize("other", [level for level in LEVELS if level != "organisation"])
def test_a_lock_stands_over_every_place(other: Level) -> None:
    organisation = given("organisation", locked=("fail_on", "insecure"), fail_on="high")
    places = [organisation, given(other, fail_on="none", insecure=True, offline=True)]
    settings = resolve(sorted(places, key=lambda place: LEVELS.index(place.level)))
    assert (settings.fail_on, settings.insecure, settings.offline) == ("high", False, True)
    assert settings.origins["fail_on"] == Origin("organisation", "organisation/fail_on", locked=True)
    assert settings.origins["insecure"] == Origin("organisation", "organisation/locked", locked=True)
    is_file = other in ("user", "project")
    assert settings.notes == tuple(
        f"{other}/{name}{f': {name}' if is_file else ''}: not used: organisation/{place} locks {name}"
        for name, place in (("fail_on", "fail_on"), ("insecure", "locked"))
    )


def test_a_lock_says_nothing_to_those_who_agree() -> None:
    places = [given("organisation", locked=("fail_on",), fail_on="high"), given("flag", fail_on="high")]
    assert resolve(places).notes == ()


@pytest.mark.parametrize(("weak", "strong"), [*combinations(LEVELS, 2)])
def test_of_two_that_exclude_each_other_the_stronger_place_decides(weak: Level, strong: Level) -> None:
    settings = resolve([given(weak, db="x"), given(strong, starter=True)])
    assert (settings.db, settings.starter, settings.notes) == ("", True, ())
    assert settings.origins["db"] == Origin(strong, f"{strong}/starter")
    settings = resolve([given(weak, starter=True), given(strong, db="x")])
    assert (settings.db, settings.starter) == ("x", False)


@pytest.mark.parametrize(
    ("level", "message"),
    [
        ("flag", "flag/db and flag/starter"),
        ("variable", "variable/db and variable/starter"),
        ("user", "user/db: db and user/starter: starter"),
    ],
)
def test_both_in_one_place_are_an_error(level: Level, message: str) -> None:
    with pytest.raises(UsageError) as caught:
        resolve([given(level, db="x", starter=True)])
    assert str(caught.value) == f"{message} exclude each other: each names what to match against"
    assert resolve([given(level, db="x", starter=False)]).db == "x"


def test_a_locked_one_that_excludes_another_says_so() -> None:
    settings = resolve([given("organisation", locked=("starter",), starter=True), given("flag", db="x")])
    assert (settings.db, settings.starter) == ("", True)
    assert settings.notes == ("flag/db: not used: organisation/starter locks starter",)


def test_policies_are_passed_on() -> None:
    tables = [PolicyTables(level, Path(level), {"x": [1]}, lambda *path: 0) for level in ("user", "organisation")]
    settings = resolve([given("user", policy=tables[0]), given("project"), given("organisation", policy=tables[1])])
    assert settings.policy_tables == tuple(tables)


def test_a_scan_gets_what_is_set() -> None:
    values: dict[str, Any] = {
        "image_from": ("docker", "registry"),
        "platform": "linux/arm64",
        "plain_http": True,
        "insecure": True,
        "ca_cert": Path("ca.pem"),
        "timeout": 5.0,
        "max_bandwidth": 5_000_000,
        "token_host": ("auth.example",),
        "base": "debian:12",
        "scope": "deleted",
        "lock_files": True,
        "license_full": True,
        "attestations": True,
        "checks": ("config",),
        "check_file": ("own.toml",),
        "secret_rules": ("secrets.toml",),
        "yara_rules": ("rules",),
        "known_bad": ("bad.txt",),
        "limit": Limits(ratio=9),
        "severity_source": ("nvd",),
        "vex": ("a.json",),
        "dockerfile": Path("Dockerfile"),
        "in_use": True,
        "lazy": True,
    }
    for level in LEVELS:
        settings = resolve([given(level, **values)])
        assert settings.network.max_bandwidth == 5_000_000
        standing = frozenset() if level == "flag" else frozenset({"platform", "base"})
        assert {name: getattr(settings, name) for name in ScanOptions.__struct_fields__} == {
            **values,
            "standing": standing,
        }


def test_the_table_is_whole() -> None:
    others = {"standing", "places", "network", "origins", "policy_tables", "notes"}
    assert set(SETTINGS) == set(Settings.__struct_fields__) - others
    for name, setting in SETTINGS.items():
        assert setting.flag == f"--{name.replace('_', '-')}"
        assert setting.variable == f"LADING_{name.upper()}"
        assert setting.about.help.endswith(".")
        assert bool(setting.about.metavar) == (setting.kind not in ("switch", "choice"))


def test_what_a_project_may_not_set() -> None:
    """Where data comes from, whom to trust, how safely to talk, what the scan may take of this machine."""
    assert [name for name, setting in SETTINGS.items() if setting.about.trust == "user"] == [
        "policy_key",
        "report_key",
        "vex_key",
        "image_key",
        "image_identity",
        "trusted_root",
        "db",
        "db_source",
        "db_key",
        "offline",
        "ask_registries",
        "pypi_index",
        "npm_registry",
        "starter",
        "sandbox",
        "store",
        "jobs",
        "cache_key",
        "fingerprint_key",
        "attestations",
        "image_from",
        "plain_http",
        "insecure",
        "ca_cert",
        "timeout",
        "max_bandwidth",
        "token_host",
        "limit",
    ]
