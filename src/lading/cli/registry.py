"""`lading registry`."""

import re
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import click
from msgspec import structs

from lading.cli.accounts import bind, file_to_write, given_account, prepare
from lading.cli.helpers import HelperPrograms
from lading.cli.options import REGISTRY, with_settings
from lading.engine.settings import Settings
from lading.model.errors import ImageError, NetError, UsageError
from lading.safeio.verify import digest_of

if TYPE_CHECKING:
    from lading.image.reference import RegistryReference
    from lading.image.repository import Repository
    from lading.image.server import Server
    from lading.net.client import HttpClient


@click.group()
def registry() -> None:
    """Log in to registries, and see which account is used."""


@registry.command(short_help="Show which account is used for an image.")
@click.argument("reference", metavar="REF")
@with_settings(*REGISTRY)
def check(reference: str, settings: Settings) -> None:
    """Ask a registry for the image REF, and tell which server was asked, with whose account, and what it answered.

    No layer is read, and no password is shown. Exit status: 0 the image is there, 2 it is not, or access is denied.
    """
    from lading.image.open import registry_text
    from lading.image.reference import resolve_reference
    from lading.image.repository import Repository

    text = registry_text(reference)
    if text is None:
        shown = re.sub(".*@", "…@", reference[:200])  # what stands before an @ may be a password
        raise UsageError(f"{shown!r}: no image in a registry; give HOST/NAME:TAG")
    settings = prepare(bind(settings, reference), reference)
    meaning = resolve_reference(text, settings.network.registries)
    with closing(_client(settings)) as client:
        for number, named in enumerate(meaning.references, 1):
            by = f" (by {meaning.rule})" if meaning.rule else ""
            click.echo(f"image     {named}{by}")
            repository = Repository(named, client, settings.plain_http)
            try:
                _check(repository, settings)
            except NetError as error:
                if number == len(meaning.references):
                    raise
                click.echo(f"answer    {str(error).removeprefix(f'{named}: ')}")
            else:
                return


def _check(repository: "Repository", settings: Settings) -> None:
    """Asks for a manifest, and tells of every server that is asked. Raises NetError."""
    from lading.image.manifest import ACCEPT, MANIFEST_LIMIT
    from lading.net.client import RATE_HEADERS

    click.echo(f"rule      {repository.rule or 'none: no file speaks of it'}")
    named = repository.reference
    try:
        response = repository.get_manifest(named.digest or named.tag, ACCEPT)
    except NetError:
        _tell_failures(repository)
        raise
    data = response.read_all(MANIFEST_LIMIT)
    _tell_failures(repository)
    server = repository.answered
    _tell_server(server)
    click.echo(f"answer    {response.answer}, {digest_of(data)}")
    for name in RATE_HEADERS:
        if name in response.headers:
            click.echo(f"limit     {name}: {server.session.censor(_printable(response.headers[name]))}")


def _tell_failures(repository: "Repository") -> None:
    for server, error in repository.failures:
        _tell_server(server)
        if server is not repository.primary:
            click.echo(f"answer    {str(error).removeprefix(f'{repository.reference}: ')}")


def _tell_server(server: "Server") -> None:
    endpoint = server.endpoint
    click.echo(f"server    {server.base}{endpoint.root}/{endpoint.repository}")
    click.echo(f"proxy     {server.proxy or 'none'}")
    click.echo(f"account   {server.credentials.source}")


@registry.command(short_help="Keep an account of a registry.")
@click.argument("host", default="docker.io")
@with_settings(*REGISTRY)
def login(host: str, settings: Settings) -> None:
    """Keep an account of a registry, once it has let it in; default: Docker Hub.

    \b
    lading registry login registry.example --username NAME --password-stdin < FILE

    The account goes to the credential helper that the file names for the registry, else into the file: that of
    REGISTRY_AUTH_FILE, or Docker's config.json. docker, podman and skopeo find it there too.
    """
    from lading.image.server import Server
    from lading.net.docker_config_edit import put_account
    from lading.net.routes import direct

    named = _registry_of(host)
    account = given_account(settings)
    if account is None:
        raise UsageError("whose account? Give --username and --password-stdin")
    only = structs.replace(account, hosts=frozenset({named.host}))
    network = structs.replace(settings.network, credentials=only)
    with closing(_client(structs.replace(settings, network=network))) as client:
        route = network.registries.route(named.host, named.repository, by_digest=False)
        known = (one for one in route.endpoints if one.host == named.host)
        endpoint = next(known, direct(named.host, named.repository).primary)
        response = Server(endpoint, client, settings.plain_http).enter()
        response.discard()
        if response.status != 200:
            raise NetError(f"{named.host}: does not let {account.source} in ({response.answer}); nothing was kept")
    file = file_to_write(settings)
    helper = _helper_for(file, named.host)
    if helper:
        HelperPrograms().store(helper, _server(named.host), account.username, account.password)
    else:
        put_account(file, named.host, account.username, account.password)
    click.echo(f"{named.host}: {account.username} is let in; kept {_place(file, helper)}")


@registry.command(short_help="Forget an account of a registry.")
@click.argument("host", default="docker.io")
@with_settings()
def logout(host: str, settings: Settings) -> None:
    """Forget the account of a registry; default: Docker Hub."""
    from lading.net.docker_config_edit import remove_account

    named = _registry_of(host)
    file = file_to_write(settings)
    helper = _helper_for(file, named.host)
    if helper:
        HelperPrograms().erase(helper, _server(named.host))
    removed = remove_account(file, named.host)
    if not (removed or helper):
        raise UsageError(f"{file}: has no account of {named.host}")
    click.echo(f"{named.host}: the account is forgotten")


def _client(settings: Settings) -> "HttpClient":
    from lading.image.source import OpenOptions

    options = OpenOptions(
        insecure=settings.insecure,
        ca_cert=settings.ca_cert,
        timeout=settings.timeout,
        token_hosts=settings.token_host,
        network=settings.network,
    )
    return options.client()


def _registry_of(host: str) -> "RegistryReference":
    from lading.image.reference import parse_registry_reference

    place = host.removeprefix("https://").removeprefix("http://").rstrip("/")
    try:
        if "/" in place or "@" in place:
            raise ImageError("not a host")
        named = parse_registry_reference(f"{place}/any")
    except ImageError as error:
        raise UsageError(f"{place.rpartition('@')[2][:200]!r}: not a registry; give HOST or HOST:PORT") from error
    if named.host not in (place, "docker.io"):
        raise UsageError(f"{place[:200]!r}: not a registry; give HOST or HOST:PORT")
    return named


def _helper_for(file: Path, host: str) -> str:
    from lading.net.docker_config import DockerConfig

    try:
        return DockerConfig(file).helper_for(host)
    except (OSError, ValueError) as error:
        raise UsageError(f"{file}: cannot be read as a file of accounts; nothing was changed") from error


def _server(host: str) -> str:
    from lading.net.docker_config import server_of

    return server_of(host)


def _place(file: Path, helper: str) -> str:
    return f"by docker-credential-{helper}" if helper else f"in {file}"


def _printable(text: str) -> str:
    from lading.net.address import printable

    return printable(text, 100)
