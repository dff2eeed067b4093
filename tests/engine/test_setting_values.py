"""Values of settings, from files and variables."""

from datetime import date
from pathlib import Path

import pytest

from lading.engine.setting_values import from_option, from_text, from_toml, to_text
from lading.engine.settings import SETTINGS
from lading.model.errors import UsageError
from lading.safeio.limits import Limits

CHOICES = "expected one of none, any, negligible, low, medium, high, critical, unknown"
RATE = "expected a number of bytes a second, such as 5MB, and at least 1,000; 0 for no bound"
SECONDS = "expected a number of seconds above 0, and at most 86400"
BOUNDS = "expected NAME=NUMBER with one of: entries=5000000, file=256000000, spool=4000000000, ratio=100, "
BOUNDS += "total=100000000000, work=560"


def here(text: str) -> Path:
    """Where paths of these tests are taken from."""
    return Path("/etc", text)


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("offline", True, True),
        ("fail_on", "High", "high"),
        ("platform", "linux/arm64", "linux/arm64"),
        ("ca_cert", "ca.pem", Path("/etc/ca.pem")),
        ("ca_cert", "/ca.pem", Path("/ca.pem")),
        ("db", "lading-db.tar.zst", "/etc/lading-db.tar.zst"),
        ("db", "2026-01-31", "2026-01-31"),
        ("db", "sha256:0123456789ab", "sha256:0123456789ab"),
        ("db", "", ""),
        ("severity_source", ["nvd", "cna"], ("nvd", "cna")),
        ("severity_source", "nvd, cna", ("nvd", "cna")),
        ("severity_source", [], ()),
        ("timeout", 5, 5.0),
        ("timeout", 0.5, 0.5),
        ("max_bandwidth", 5000, 5000),
        ("max_bandwidth", "5 MB", 5_000_000),
        ("max_bandwidth", 0, 0),
        ("limit", {"total": "200GB", "ratio": 9}, Limits(total=200_000_000_000, ratio=9)),
        ("limit", ["total=200GB"], Limits(total=200_000_000_000)),
    ],
)
def test_a_value_of_a_file(name: str, value: object, expected: object) -> None:
    assert from_toml(SETTINGS[name], value, here) == expected


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("offline", "true", "'true': expected true or false"),
        ("offline", 1, "1: expected true or false"),
        ("fail_on", "hihg", f"'hihg': {CHOICES} (did you mean high?)"),
        ("fail_on", True, f"true: {CHOICES}"),
        ("fail_on", date(2026, 1, 31), f"a date or time: {CHOICES}"),
        ("platform", ["x"], "a list: expected a text"),
        ("platform", "a\0b", "has a NUL character"),
        ("severity_source", ["a\0b"], "has a NUL character"),
        ("severity_source", ["nvd", 1], "a list: expected a list of texts, or a text with commas"),
        ("ca_cert", "", "'': expected the path of a file"),
        ("ca_cert", {}, "a table: expected the path of a file"),
        ("timeout", 0, f"0: {SECONDS}"),
        ("max_bandwidth", 999, f"999: {RATE}"),
        ("max_bandwidth", "fast", f"'fast': {RATE}"),
        ("max_bandwidth", True, f"true: {RATE}"),
        ("max_bandwidth", 10**13, f"10000000000000: {RATE}"),
        ("timeout", True, f"true: {SECONDS}"),
        ("timeout", float("nan"), f"nan: {SECONDS}"),
        ("timeout", float("inf"), f"inf: {SECONDS}"),
        ("timeout", 86_401, f"86401: {SECONDS}"),
        pytest.param("timeout", 16**5000, f"a huge number: {SECONDS}", id="huge"),
        ("timeout", "5", f"'5': {SECONDS}"),
        ("limit", {"totle": 1}, f"totle=1: {BOUNDS}"),
        ("limit", {"total": -1}, f"total=-1: {BOUNDS}"),
        ("limit", [1], f"1: {BOUNDS}"),
        ("limit", 1, "1: expected a table or a list of NAME=NUMBER"),
        ("fail_on", "x" * 100, f"'{'x' * 80}…': {CHOICES}"),
    ],
)
def test_a_bad_value_of_a_file(name: str, value: object, message: str) -> None:
    with pytest.raises(ValueError) as caught:
        from_toml(SETTINGS[name], value, here)
    assert str(caught.value) == message


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        *[("offline", word, True) for word in ("true", "TRUE", "yes", "on", "1", " true ")],
        *[("offline", word, False) for word in ("false", "No", "off", "0")],
        ("fail_on", "HIGH", "high"),
        ("severity_source", "nvd,cna", ("nvd", "cna")),
        ("output", "table,json=report.json", ("table", "json=report.json")),
        ("timeout", "30", 30.0),
        ("max_bandwidth", "5M", 5_000_000),
        ("limit", "total=200GB,ratio=9", Limits(total=200_000_000_000, ratio=9)),
        ("ca_cert", "ca.pem", Path("/etc/ca.pem")),
    ],
)
def test_a_value_of_a_variable(name: str, text: str, expected: object) -> None:
    value = from_text(SETTINGS[name], text, here)
    assert value == expected
    assert type(value) is type(expected)


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("offline", "maybe", "'maybe': expected true or false"),
        ("timeout", "soon", f"'soon': {SECONDS}"),
        ("timeout", "-1", f"'-1': {SECONDS}"),
        ("limit", "total", f"total: {BOUNDS}"),
        ("scope", "all", "'all': expected one of squashed, all-layers, deleted"),
    ],
)
def test_a_bad_value_of_a_variable(name: str, text: str, message: str) -> None:
    with pytest.raises(ValueError) as caught:
        from_text(SETTINGS[name], text, here)
    assert str(caught.value) == message


def test_the_value_of_an_option() -> None:
    assert from_option(SETTINGS["severity_source"], "nvd,cna") == ("nvd", "cna")
    assert from_option(SETTINGS["output"], ("json=a,b",)) == ("json=a,b",)
    assert from_option(SETTINGS["limit"], ("ratio=1", "ratio=2")) == Limits(ratio=2)
    assert from_option(SETTINGS["timeout"], "2.5") == 2.5
    with pytest.raises(UsageError) as caught:
        from_option(SETTINGS["timeout"], "0")
    assert str(caught.value) == f"--timeout '0': {SECONDS}"


@pytest.mark.parametrize("name", SETTINGS)
def test_a_default_as_text_is_the_default(name: str) -> None:
    setting = SETTINGS[name]
    text = to_text(setting.default)
    if text:
        assert from_text(setting, text, here) == setting.default
    else:
        assert setting.default in ("", (), None)


def test_as_text() -> None:
    values = (True, False, 0.5, 120.0, ("nvd", "cna"), Path("/x"), "high", None)
    assert [to_text(value) for value in values] == ["true", "false", "0.5", "120", "nvd,cna", "/x", "high", ""]
