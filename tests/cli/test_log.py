"""What is said on standard error, and how: quiet, every step, JSON, and the words of build services."""

import json
import re
from pathlib import Path

import pytest

from lading.cli.log import without_commands
from tests.databases import advisory, publish
from tests.support.program import Lading

GITHUB = {"GITHUB_ACTIONS": "true"}
GITLAB = {"GITLAB_CI": "true"}


@pytest.fixture
def image(own_home: Path, tmp_path: Path) -> str:
    """A directory with one package that has one vulnerability."""
    publish(own_home / ".local/share/lading/db", "pypi", advisory("CVE-2026-1", "a", "1.1"))
    site = tmp_path / "image/usr/lib/python3.11/site-packages/a-1.0.dist-info"
    site.mkdir(parents=True)
    (site / "METADATA").write_text("Name: a\nVersion: 1.0\n")
    return f"dir:{tmp_path / 'image'}"


def test_every_step_is_said_where_that_is_wanted(lading: Lading, image: str) -> None:
    said = lading("scan", image, "--offline", "-v").stderr.splitlines()
    assert any(re.fullmatch(r"lading: .*: done in \d+\.\d\d s.*", line) for line in said)
    assert any(line.startswith("lading: sandbox: ") for line in said)
    assert lading("scan", image, "--offline").stderr == ""


def test_quiet_leaves_errors(lading: Lading, image: str, tmp_path: Path) -> None:
    policy = tmp_path / "lading.toml"
    policy.write_text("[[ignore]]\nvulnerability = 'CVE-2026-1'\nreason = 'x'\n")
    options = ("scan", image, "--offline", "--severity", "high", "-o", "json")
    assert lading(*options).stderr.startswith("lading: --severity high: is for ")
    assert lading(*options, "-q").stderr == ""
    assert lading("scan", image, "-q", "--fail-on", "worst", status=2).stderr.startswith("lading: --fail-on")


@pytest.mark.parametrize("arguments", [("--log", "json"), ()])
def test_json_is_an_object_a_line(lading: Lading, image: str, arguments: tuple[str, ...]) -> None:
    variables = {} if arguments else {"LADING_LOG": "json"}
    said = lading("scan", image, "--offline", "-v", *arguments, variables=variables).stderr.splitlines()
    lines = [json.loads(line) for line in said]
    assert {tuple(line) for line in lines} == {("time", "level", "message")}
    assert {line["level"] for line in lines} == {"detail"}
    failed = lading("scan", "dir:/nowhere/at/all", *arguments, variables=variables, status=2).stderr
    assert json.loads(failed)["level"] == "error"


def test_github_marks_the_step(lading: Lading, image: str) -> None:
    failed = lading("scan", image, "--offline", "--fail-on", "any", variables=GITHUB, status=1)
    assert failed.stderr == ("::error title=lading::a rule failed: the result names it, and how to accept that\n")
    wrong = lading("scan", "dir:/no%where", variables=GITHUB, status=2)
    assert wrong.stderr.startswith("::error title=lading::/no%25where: ")
    plain = lading("scan", "dir:/no%where", "--log", "text", variables=GITHUB, status=2)
    assert plain.stderr.startswith("lading: /no%where: ")


def test_github_folds_the_steps(lading: Lading, image: str) -> None:
    said = lading("scan", image, "--offline", "-v", variables=GITHUB).stderr.splitlines()
    assert (said[0], said[-1]) == (f"::group::lading: {image}", "::endgroup::")


def test_gitlab_folds_the_steps(lading: Lading, image: str) -> None:
    said = lading("scan", image, "--offline", "-v", variables=GITLAB).stderr
    begin = re.match(r"\x1b\[0Ksection_start:\d+:(\w+)\[collapsed=true\]\n\x1b\[0Klading: dir:", said)
    assert begin is not None
    assert re.search(rf"\x1b\[0Ksection_end:\d+:{begin[1]}\n\x1b\[0K\n\Z", said)


@pytest.mark.parametrize("variable", ["GITHUB_ACTIONS", "TF_BUILD", "TEAMCITY_VERSION", "GITLAB_CI"])
@pytest.mark.parametrize(
    ("written", "shown"),
    [
        (b"::set-output name=x::y\n", b": :set-output name=x::y\n"),
        (b"ok\n  ::error::no\n", b"ok\n  : :error::no\n"),
        (b"a ##vso[task.setvariable variable=x]y\n", b"a # #vso[task.setvariable variable=x]y\n"),
        (b"##[error]no\n", b"# #[error]no\n"),
        (b"##teamcity[buildStatus]\n", b"# #teamcity[buildStatus]\n"),
        (b'{"a": "##vso[task.complete]"}\n', b'{"a": "\\u0023#vso[task.complete]"}\n'),
        (b"Perl's Net::SSH ## no command\n", b"Perl's Net::SSH ## no command\n"),
    ],
)
def test_names_in_an_image_command_no_build_service(variable: str, written: bytes, shown: bytes) -> None:
    assert b"".join(without_commands([written], {variable: "true"})) == shown
    assert b"".join(without_commands([written], {})) == written


def test_a_package_named_as_a_command_is_shown_as_text(lading: Lading, image: str, tmp_path: Path) -> None:
    odd = tmp_path / "image/usr/lib/python3.11/site-packages/odd-1.0.dist-info"
    odd.mkdir()
    (odd / "METADATA").write_text("Name: ##vso[task.complete result=Failed]\nVersion: 1.0\n")
    for output in ("table", "json"):
        shown = lading("packages", image, "-o", output, variables={"TF_BUILD": "True"}).stdout
        assert "##vso[" not in shown
