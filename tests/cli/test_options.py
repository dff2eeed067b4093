"""Options that are settings: whole, alike in every command, and readable."""

from collections.abc import Iterator

import click
import pytest

from lading.cli.commands import COMMANDS, lading
from lading.cli.main import main
from lading.engine.settings import SETTINGS

# Options of what one call is about, which no file or variable can set.
SELECTION = {"--severity", "--package", "--layer", "--fixable", "--summary"}
CHOOSING = {"--registry", "--engine", "--tag", "--tag-version", "--newest", "--max-age"}
OWN = {
    "attach": {"--sign"},
    "base add": {"--name"},
    "config show": {"--all", "--output"},
    "convert": SELECTION | {"--sign"},
    "db diff": set(),
    "db export": {"--for", "--list", "--sign", "--since"},
    "db import": {"--keep", "--allow-older"},
    "db pull": {"--keep", "--allow-older"},
    "cache prune": {"--max-size", "--older-than"},
    "db push": {"--sign"},
    "db rebuild": {"--allow-shrink"},
    "db search": {"--type"},
    "db update": {"--from", "--allow-shrink", "--keep"},
    "demo": {"--keep"},
    "diff": {"--exit-on"},
    "explain": {"--against"},
    "exposure": {"--version"},
    "fix": {"--apply", "--base-tags", "--candidate", "--patch"},
    "k8s": SELECTION
    | {"--kubeconfig", "--context", "--all-contexts", "--namespace", "--all-namespaces", "--selector", "--watch"}
    | {"--resume", "--sign"},
    "licenses": {"--notices"},
    "packages": {"--type", "--name", "--path", "--layer", "--unmanaged"},
    "policy pull": {"--to"},
    "policy push": {"--sign", "--signature"},
    "policy test": {"--day"},
    "runtime": SELECTION | {"--sign", "--engine"},
    "sbom": {"--check", "--files"},
    "scan": SELECTION | CHOOSING | {"--sign", "--list", "--images-of", "--resume"},
    "vex create": {"--author", "--id", "--justification", "--product", "--sign"},
    "vex merge": {"--author", "--id", "--sign"},
}
PLACES = {"--config", "--no-config", "--org-config"}
ACCOUNT = {"--username", "--password-stdin"}


def commands(group: click.Group = lading, path: tuple[str, ...] = ()) -> Iterator[tuple[str, click.Command]]:
    """Every command with its words."""
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command is not None
        if isinstance(command, click.Group):
            yield from commands(command, (*path, name))
        else:
            yield " ".join((*path, name)), command


ALL = dict(commands())


def options(command: click.Command) -> list[click.Option]:
    return [one for one in command.params if isinstance(one, click.Option)]


@pytest.mark.parametrize("name", ALL)
def test_what_is_no_setting_is_of_one_call(name: str) -> None:
    flags = {setting.flag for setting in SETTINGS.values()}
    own = {one.opts[-1] for one in options(ALL[name])} - flags - PLACES - ACCOUNT
    if name == "config show":
        own |= {"--all", "--output"}
    assert own == OWN.get(name, set())


def test_every_setting_is_an_option_of_some_command() -> None:
    assert {one.opts[-1] for command in ALL.values() for one in options(command)} >= {
        setting.flag for setting in SETTINGS.values()
    }


def test_a_setting_is_the_same_option_everywhere() -> None:
    seen: dict[str, set[tuple[object, ...]]] = {}
    for name, command in ALL.items():
        for one in options(command):
            if one.name in SETTINGS and not (name == "config show" and one.name in ("all", "output")):
                text = (one.help or "").partition(" Formats here: ")[0].partition("  [variable:")[0]
                seen.setdefault(one.name, set()).add((*one.opts, *one.secondary_opts, one.metavar, text))
    assert {name: len(forms) for name, forms in seen.items()} == dict.fromkeys(SETTINGS, 1)
    for name, forms in seen.items():
        assert {form[-1] for form in forms} == {SETTINGS[name].about.help}


@pytest.mark.parametrize("command", ["scan", "explain", "packages", "sbom", "config show", "db pull", "base add"])
def test_help_names_the_variables_and_fits_a_terminal(
    command: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    assert main([*command.split(), "--help"]) == 0
    shown = capsys.readouterr().out
    assert max(map(len, shown.splitlines())) <= 80
    words = " ".join(shown.split())
    for option in options(ALL[command]):
        if option.name in SETTINGS and not (command == "config show" and option.name in ("all", "output")):
            assert f"[variable: {SETTINGS[option.name].variable}]" in words
    for variable in ("LADING_CONFIG", "LADING_NO_CONFIG", "LADING_ORG_CONFIG"):
        assert f"[variable: {variable}]" in words


def test_help_shows_of_a_switch_what_changes_something(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["scan", "--help"]) == 0
    shown = capsys.readouterr().out
    assert "  --offline  " in shown
    assert "--no-offline" not in shown
    assert "  --cache / --no-cache  " in shown


@pytest.mark.usefixtures("site")
@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            ["--fail-on", "hihg"],
            "--fail-on 'hihg': expected one of none, any, negligible, low, medium, high, critical, unknown (did ",
        ),
        (["--timeout", "never"], "--timeout 'never': expected a number of seconds above 0, and at most 86400\n"),
        (["--config", "/nowhere"], "Invalid value for '--config': File '/nowhere' does not exist (see lading scan "),
        (["--no-fail-on"], "No such option '--no-fail-on'"),
    ],
)
def test_bad_options(arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["scan", "x", *arguments]) == 2
    assert capsys.readouterr().err.startswith(f"lading: {message}")


def test_the_command_is_in_the_table() -> None:
    assert COMMANDS["config"].module == "lading.cli.config"
