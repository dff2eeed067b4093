"""Options that are settings, generated from the one table of them."""

import functools
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import click
from msgspec import structs

from lading.cli.accounts import equip, take_account, with_account
from lading.cli.log import log_as, say
from lading.engine.configure import CONFIG_VARIABLE, NO_CONFIG_VARIABLE, ORGANISATION_VARIABLE, configure
from lading.engine.setting_sources import option_of
from lading.engine.settings import SETTINGS, Setting
from lading.engine.settings_files import SYSTEM, SettingsFiles
from lading.model.errors import UsageError

Command = Callable[..., Any]

REGISTRY: Final = ("plain_http", "insecure", "ca_cert", "timeout", "max_bandwidth", "token_host")
"""How to talk to a registry."""
SOURCE: Final = ("platform", "image_from", *REGISTRY)
"""Where an image is had from."""
IMAGE: Final = (*SOURCE, "lazy", "base", "scope", "lock_files", "cache", "cache_key", "sandbox", "limit")
"""Where an image is had from, and how it is read."""
CHECKS: Final = ("checks", "license_full", "check_file", "secret_rules", "yara_rules", "known_bad", "fingerprint_key")
"""What an image is looked through for besides known vulnerabilities."""
VEX: Final = ("vex", "vex_key")
"""What others state about vulnerabilities, and whose word counts."""
ATTACHED: Final = ("attestations", "image_key", "image_identity", "trusted_root")
"""Whether to look for what is attached to images, and whose word on them counts."""
FETCHING: Final = ("ca_cert", "insecure", "timeout", "offline")
"""How addresses of documents are fetched."""
DATABASE: Final = ("db", "db_source", "offline", "starter")
"""What is matched against."""

PACKAGES: Final = ("ask_registries", "pypi_index", "npm_registry")
"""Whether registries of packages are asked, and which."""

KEEPING: Final = ("store", "jobs")
"""Where results are kept, and how many images are scanned at once."""

LOG: Final = ("quiet", "verbose", "log")
"""What is said on standard error, and how; every command has them."""

_KEY: Final = "this private key: of OpenSSH (ssh-keygen -t ed25519) or in PEM, without a passphrase."


def _sign(help: str) -> Callable[[Command], Command]:
    return click.option("--sign", type=click.Path(dir_okay=False, path_type=Path), metavar="KEY", help=help)


sign_option = _sign(f"Sign with {_KEY}")
sign_files_option = _sign(f"Put a signature (FILE.sig) beside each file that is written, by {_KEY}")

_FILE: Final = click.Path(exists=True, dir_okay=False, path_type=Path)


def with_settings(*names: str, formats: str = "") -> Callable[[Command], Command]:
    """Adds the options of these settings, and those that say where settings are read; hands over one keyword,
    `settings`, which has every setting. `formats` tells which formats the command has, for the help of `--output`.
    The command raises UsageError for settings that cannot be."""

    names = tuple(dict.fromkeys((*names, *LOG)))
    asks_registries = set(REGISTRY) <= set(names)

    def decorate(function: Command) -> Command:
        @functools.wraps(function)
        def command(**parameters: Any) -> Any:
            files = files_of(parameters)
            account = take_account(parameters) if asks_registries else None
            chosen = {name: parameters.pop(name) for name in names}
            given = {name: value for name, value in chosen.items() if value not in (None, ())}
            settings = configure(given, files, os.environ)
            log_as(settings)
            for note in settings.notes:
                say("warning", note)
            settings = structs.replace(settings, network=equip(settings, account))
            return function(settings=settings, **parameters)

        with_files(command)
        if asks_registries:
            with_account(command)
        for option in reversed([_option(SETTINGS[name], formats) for name in names]):
            option(command)
        return command

    return decorate


def with_files(function: Command) -> Command:
    """Adds the options that say where settings are read, each a keyword of its own, for `files_of`."""
    for option in reversed(_FILES):
        function = option(function)
    return function


def files_of(parameters: dict[str, Any]) -> SettingsFiles:
    """Takes what the options of `with_files` gave out of a command's parameters. Raises UsageError for two that
    exclude each other; an option stands over a variable."""
    project, none, organisation = (parameters.pop(name) for name in ("config", "no_config", "org_config"))
    context = click.get_current_context()
    if project is not None and none:
        sources = [context.get_parameter_source(name) for name in ("config", "no_config")]
        if sources[0] == sources[1]:
            raise UsageError("--config and --no-config exclude each other")
        if sources[1] == click.core.ParameterSource.COMMANDLINE:
            project = None
    return SettingsFiles(project=project, organisation=organisation, none=none)


class _Switch(click.Option):
    """An option with a second one that turns it off. Help has that only where it is the one that changes anything."""

    def __init__(self, *arguments: Any, both: bool, **attributes: Any) -> None:
        super().__init__(*arguments, **attributes)
        self._both = both

    def get_help_record(self, ctx: click.Context) -> tuple[str, str] | None:
        record = super().get_help_record(ctx)
        return record if record is None or self._both else (", ".join(self.opts), record[1])


class _Words(_Switch):
    """A switch that takes words too, after "=": a word of its own would be taken for an argument."""

    def add_to_parser(self, parser: Any, ctx: click.Context) -> None:
        super().add_to_parser(parser, ctx)
        match_long = parser._match_long_opt

        def match(option: str, value: str | None, state: Any) -> None:
            if value is None or option not in self.opts:
                match_long(option, value, state)
            else:
                state.opts[self.name] = value
                state.order.append(self)

        parser._match_long_opt = match

    def type_cast_value(self, ctx: click.Context, value: Any) -> Any:
        return value if isinstance(value, str) else super().type_cast_value(ctx, value)

    def get_help_record(self, ctx: click.Context) -> tuple[str, str] | None:
        record = super().get_help_record(ctx)
        return record if record is None else (f"{record[0]}{self.metavar or ''}", record[1])


def _option(setting: Setting, formats: str) -> Callable[[Command], Command]:
    about = setting.about
    more = f" Formats here: {formats}." if formats and setting.name == "output" else ""
    attributes: dict[str, Any] = {
        "default": None,
        "help": about.help + more + _variable(setting.variable),
        "metavar": about.metavar or None,
        "multiple": about.repeated,
    }
    if formats and setting.name == "output":
        attributes["shell_complete"] = functools.partial(_beginning, formats)
    match setting.kind:
        case "switch":
            flags = f"{setting.flag}/{option_of(setting, value=False)}"
            return click.option(*about.flags[:-1], flags, setting.name, cls=_Switch, both=setting.default, **attributes)
        case "words":
            flags = f"{setting.flag}/{option_of(setting, value=False)}"
            return click.option(flags, setting.name, cls=_Words, both=False, **attributes)
        case "choice":
            attributes["type"] = click.Choice(setting.choices, case_sensitive=False)
        case "path":
            attributes["type"] = _FILE
    return click.option(*about.flags, setting.name, **attributes)


def _beginning(formats: str, _ctx: click.Context, _option: click.Parameter, begin: str) -> list[str]:
    """The formats that begin so, for shells."""
    ids = (one.split()[0] for one in formats.split(", "))
    return [one for one in ids if one.startswith(begin)]


def _variable(name: str) -> str:
    """The variable of an option, for its help, where no line ends within."""
    return f"  [variable:\u00a0{name}]"


_FILES: Final = (
    click.option(
        "--config",
        type=_FILE,
        metavar="FILE",
        envvar=CONFIG_VARIABLE,
        help="The project's settings, in place of the lading.toml or pyproject.toml that is found from the working "
        "directory up (see lading config --help); --no-NAME turns a switch off that is on there."
        f"{_variable(CONFIG_VARIABLE)}",
    ),
    click.option(
        "--no-config",
        is_flag=True,
        envvar=NO_CONFIG_VARIABLE,
        help=f"Read no settings of a project or user.{_variable(NO_CONFIG_VARIABLE)}",
    ),
    click.option(
        "--org-config",
        type=_FILE,
        metavar="FILE",
        envvar=ORGANISATION_VARIABLE,
        help=f"The organisation's settings, where there is no {SYSTEM}.{_variable(ORGANISATION_VARIABLE)}",
    ),
)
