"""Checks of the user's own: conditions on facts, tried on examples, and found in images."""

import re
from pathlib import Path

import pytest

from lading.checks.config.facts import VALUES
from lading.checks.config.own import parse_own, try_own
from lading.cli.main import main
from lading.model.errors import UsageError
from tests.inventory.test_assemble import DEBIAN, status
from tests.support.images import write_image
from tests.tars import File

pytest.importorskip("cel_expr_python")

PORT = """\
[[check]]
id = "shop-ssh-port"
severity = "medium"
title = "SSH listens on another port than ours"
on = "setting"
when = 'setting.format == "sshd" && setting.name == "port" && setting.value != "2200"'
message = "port {value}"
subject = "value"

[[check.test]]
file = "etc/ssh/sshd_config"
finds = "Port 22"
leaves = "Port 2200"
"""
USER = """\
[[check]]
id = "shop-user"
severity = "high"
title = "Runs as another user than ours"
on = "image"
when = 'image.user != "app"'

[[check.test]]
finds = "FROM debian:12"
leaves = "FROM debian:12\\nUSER app"
"""


def test_the_page_has_every_fact_and_value() -> None:
    rows: dict[str, set[str]] = {}
    for line in (Path(__file__).parents[3] / "docs" / "own-checks.md").read_text().splitlines():
        if line.startswith("| `") and not line.startswith("| `on`"):
            kinds, _, values = (cell.strip() for cell in line.strip("|").split("|"))
            named = set(re.findall(r"`(\w+)`", values))
            rows |= {kind.strip(" `"): named for kind in kinds.split(",")}
    assert rows.keys() == VALUES.keys()
    for kind, names in VALUES.items():
        missing = names.keys() - rows[kind] - {"named"}
        assert not missing, (kind, missing)


def test_a_check_is_tried_on_its_examples() -> None:
    results = try_own(f"{PORT}\n{USER}".encode(), "x")
    assert [(one.id, one.what, one.wrong) for one in results] == [
        ("shop-ssh-port", "example 1 is found", ""),
        ("shop-ssh-port", "example 1 is left alone", ""),
        ("shop-user", "example 1 is found", ""),
        ("shop-user", "example 1 is left alone", ""),
    ]


def test_an_example_that_is_not_as_it_should_be_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "checks.toml"
    path.write_text(PORT.replace('finds = "Port 22"', 'finds = "Port 2200"').replace('leaves = "Port 2200"', ""))
    assert main(["checks", "test", str(path)]) == 1
    assert capsys.readouterr().out.splitlines()[1:] == [
        "shop-ssh-port  example 1 is found  0 found",
        "0 of 1 as they should be",
    ]
    path.write_text(PORT)
    assert main(["checks", "test", str(path)]) == 0


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('setting.value != "2200"', "setting.valu == 1", "x: check shop-ssh-port: undeclared reference to "),
        ('"setting"\nwhen', '"port"\nwhen', "x: check shop-ssh-port: undeclared reference to "),
        (
            '&& setting.value != "2200"',
            '? "a" : "b"',
            "x: check shop-ssh-port: when gives no answer",
        ),
        ("shop-ssh-port", "sshd-root-login", "x: check 'sshd-root-login': is there twice"),
        ("shop-ssh-port", "Shop port", "x: check 'Shop port': is no ID"),
        ('severity = "medium"', 'severity = "bad"', "x: Invalid enum value 'bad'"),
        ("title =", "titel =", "x: Object contains unknown field `titel`"),
        ("[[check]]", "[[check]", "x: "),
    ],
)
def test_what_cannot_be_is_refused(old: str, new: str, message: str) -> None:
    assert old in PORT
    with pytest.raises(UsageError) as raised:
        parse_own(PORT.replace(old, new, 1).encode(), "x")
    assert str(raised.value).startswith(message)
    assert "\n" not in str(raised.value)


def test_an_image_is_held_to_them(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "checks.toml"
    path.write_text(PORT)
    sshd = File("etc/ssh/sshd_config", b"Port 22\n")
    layout = write_image(tmp_path / "image", [[DEBIAN, status("a=1"), sshd]], {"User": "1"})
    options = ["scan", str(layout), "--starter", "--allow-incomplete", "--fail-on", "medium"]
    assert main([*options, "--check-file", str(path)]) == 1
    text = capsys.readouterr().out
    assert "MEDIUM  SSH listens on another port than ours  shop-ssh-port\n    /etc/ssh/sshd_config:1  port 22" in text
    assert main(options) == 0
