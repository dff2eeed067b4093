"""Accounts of registries, as the command line has them: options, variables, and helpers, which it runs itself."""

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

import click
from msgspec import structs

from lading.cli.helpers import HelperPrograms, KeptAnswers
from lading.cli.log import say
from lading.engine.configure import PASSWORD_VARIABLE, USERNAME_VARIABLE
from lading.engine.settings import Settings
from lading.image.open import registry_text
from lading.image.reference import resolve_reference
from lading.model.errors import NetError, UsageError
from lading.net.accounts import Accounts, Given, Remembered
from lading.net.cloud_accounts import CloudAccounts
from lading.net.engines import with_context
from lading.net.network import Network
from lading.net.registries import Recorder, Registries
from lading.net.routes import Route

_MOST: Final = 64 * 1024


def with_account(function: Callable[..., Any]) -> Callable[..., Any]:
    """Adds the options of an account, each a keyword of its own, for `take_account`."""
    for option in reversed(_OPTIONS):
        function = option(function)
    return function


def take_account(parameters: dict[str, Any]) -> Given | None:
    """Takes what the options of `with_account` gave out of a command's parameters, or what variables say; None for
    neither. Reads standard input where it has the password. Raises UsageError."""
    username, from_input = parameters.pop("username"), parameters.pop("password_stdin")
    named, secret = os.environ.get(USERNAME_VARIABLE, ""), os.environ.get(PASSWORD_VARIABLE, "")
    source = "--username" if username else USERNAME_VARIABLE
    password = _read_password() if from_input else secret
    if not (username or named):
        if from_input or secret:
            what = "--password-stdin" if from_input else PASSWORD_VARIABLE
            raise UsageError(f"{what} is a password of nobody; --username or {USERNAME_VARIABLE} names the account")
        return None
    if not password:
        raise UsageError(f"{source} has no password; give it by --password-stdin or {PASSWORD_VARIABLE}")
    user = username or named
    if ":" in user or not user.isprintable():
        raise UsageError(f"{source}: no name of an account (it has a colon or what cannot be printed)")
    return Given(f"the account of {source}", user, password)


def equip(settings: Settings, account: Given | None) -> Network:
    """The network of settings with helpers that are run, and with an account that was given by hand, for no registry
    yet; the authorities that settings name are trusted where clouds are asked for accounts."""
    network = settings.network
    accounts = network.credentials
    assert isinstance(accounts, Accounts)
    programs = KeptAnswers(HelperPrograms())
    files = tuple(structs.replace(one, helpers=programs) for one in accounts.files)
    given = (account,) if account else ()
    others = tuple(
        structs.replace(one, ca_cert=str(settings.ca_cert or "")) if isinstance(one, CloudAccounts) else one
        for one in accounts.others
    )
    accounts = structs.replace(accounts, files=files, given=given, others=others)
    return structs.replace(network, credentials=accounts, tell=_tell)


def _tell(text: str) -> None:
    say("info", text)


def bind(settings: Settings, *targets: str) -> Settings:
    """The account that was given by hand is for the registry of these targets, and for no other one. Raises UsageError
    when they are in several."""
    accounts = settings.network.credentials
    if not isinstance(accounts, Accounts) or not accounts.given:
        return settings
    hosts = {route.primary.host for route in _routes(settings.network.registries, *targets)}
    given = [one for one in accounts.given if isinstance(one, Given) and one.hosts is None]
    if len(hosts) > 1 and given:
        raise UsageError(
            f"{given[0].source} is for one registry, and these are of several ({', '.join(sorted(hosts))}); "
            "lading registry login keeps an account for each"
        )
    bound = tuple(structs.replace(one, hosts=frozenset(hosts)) for one in given) or accounts.given
    return _with(settings, structs.replace(accounts, given=bound))


def given_account(settings: Settings) -> Given | None:
    """The account that options or variables gave."""
    accounts = settings.network.credentials
    given = accounts.given if isinstance(accounts, Accounts) else ()
    return next((one for one in given if isinstance(one, Given)), None)


def file_to_write(settings: Settings) -> Path:
    """Where accounts are kept: the file that $REGISTRY_AUTH_FILE names, else Docker's."""
    named = os.environ.get("REGISTRY_AUTH_FILE", "")
    accounts = settings.network.credentials
    assert isinstance(accounts, Accounts)
    return Path(named) if named else accounts.main


def prepare(settings: Settings, *targets: str) -> Settings:
    """With the credentials for the registries of these targets, where those are asked for, and the engine of Docker's
    context, had now: the process that reads images can neither run programs nor read the files of its user."""
    registries = Recorder(settings.network.registries)
    places = dict.fromkeys(
        (one.host, one.repository) for route in _routes(registries, *targets) for one in route.endpoints
    )
    found = tuple((*place, settings.network.credentials.find(*place)) for place in places)
    engines = with_context(settings.network.engines)
    network = structs.replace(settings.network, engines=engines, registries=registries.known)
    return _with(structs.replace(settings, network=network), Remembered(found))


def _routes(registries: Registries, *targets: str) -> Iterator[Route]:
    """The servers of those targets that are in registries. What must not be asked is told when it is."""
    for text in filter(None, map(registry_text, targets)):
        with suppress(NetError):
            for reference in resolve_reference(text, registries).references:
                with suppress(NetError):
                    yield registries.route(reference.host, reference.repository, by_digest=bool(reference.digest))


def _with(settings: Settings, credentials: Accounts | Remembered) -> Settings:
    return structs.replace(settings, network=structs.replace(settings.network, credentials=credentials))


def _read_password() -> str:
    """Standard input without its last line end. Raises UsageError."""
    data = sys.stdin.buffer.read(_MOST + 1)
    if len(data) > _MOST:
        raise UsageError(f"--password-stdin: more than {_MOST:,} bytes are no password")
    try:
        password = data.decode().removesuffix("\n").removesuffix("\r")
    except UnicodeDecodeError as error:
        raise UsageError("--password-stdin: the password is not UTF-8") from error
    if not password:
        raise UsageError("--password-stdin: standard input is empty")
    return password


_VARIABLE: Final[Callable[[str], str]] = "  [variable:\u00a0{}]".format
_OPTIONS: Final = (
    click.option(
        "--username",
        metavar="NAME",
        default="",
        help="Log in to the registry of the image by this name, and to no other one; the password is that of "
        f"--password-stdin or the variable {PASSWORD_VARIABLE}.{_VARIABLE(USERNAME_VARIABLE)}",
    ),
    click.option("--password-stdin", is_flag=True, help="Read the password from standard input."),
)
