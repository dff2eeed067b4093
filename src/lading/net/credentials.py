"""Credentials for registries, as `docker login` keeps them.

Source: docker/cli, `config.json`; its keys may also name a part of a registry
(containers-auth.json(5)).
"""

import base64
from pathlib import Path
from typing import Final, Protocol

import msgspec
from msgspec import Struct

_HUB: Final = "docker.io"
_HUB_NAMES: Final = frozenset({_HUB, "index.docker.io", "registry-1.docker.io"})
_MOST: Final = 4 * 1024 * 1024


class Credentials(Struct, frozen=True):
    """What is sent to one registry. A name and password, an identity token (exchanged for others), or a token that is
    sent as it is; all empty for nobody. `source` says for people where they came from, or why there are none."""

    source: str
    username: str = ""
    password: str = ""
    identity_token: str = ""
    registry_token: str = ""

    def __repr__(self) -> str:
        return f"Credentials({self.source!r})"

    @property
    def basic(self) -> str:
        """The value of an Authorization header, empty without a name and password."""
        if not self.username:
            return ""
        return "Basic " + base64.b64encode(f"{self.username}:{self.password}".encode()).decode()


class CredentialProvider(Protocol):
    """Has the accounts of registries."""

    def find(self, host: str, repository: str) -> Credentials:
        """The credentials for a repository of a registry. That there are none is no error: `source` then says why, and
        it is told when the registry asks for them."""


class NoCredentials(Struct, frozen=True):
    """Nobody's accounts."""

    def find(self, host: str, repository: str) -> Credentials:
        """As the protocol says."""
        return Credentials("no credentials (none are given)")


class DockerConfig(Struct, frozen=True):
    """The accounts in a `config.json` of Docker. Credential helpers are not run, as a scan starts no other programs. A
    file that cannot be read counts as holding none."""

    path: Path

    def find(self, host: str, repository: str) -> Credentials:
        """As the protocol says, from the closest key that covers the repository."""
        path = self.path
        try:
            with path.open("rb") as file:
                config = msgspec.json.decode(file.read(_MOST), type=_DockerConfig)
        except FileNotFoundError:
            return Credentials(f"no credentials ({path} does not exist; docker login makes it)")
        except OSError as error:
            return Credentials(f"no credentials ({path} cannot be read: {error.strerror})")
        except (msgspec.DecodeError, UnicodeDecodeError):
            return Credentials(f"no credentials ({path} is damaged)")
        return _choose(config, host, repository, path)


class _Login(Struct):
    auth: str | None = None
    username: str | None = None
    password: str | None = None
    identitytoken: str | None = None
    registrytoken: str | None = None


class _DockerConfig(Struct, rename="camel"):
    auths: dict[str, _Login] | None = None
    cred_helpers: dict[str, str] | None = None
    creds_store: str | None = None


def _choose(config: _DockerConfig, host: str, repository: str, path: Path) -> Credentials:
    logins = {key: login for key, login in (config.auths or {}).items() if _covers(key, host, repository)}
    for key in sorted(logins, key=lambda key: (-len(_place(key)[1]), key)):
        credentials = _read_login(logins[key], f"the credentials for {key} in {path}")
        if credentials is not None:
            return credentials
    helpers = {helper for key, helper in (config.cred_helpers or {}).items() if _covers(key, host, repository)}
    helper = next(iter(sorted(helpers)), config.creds_store or "")
    if helper:
        return Credentials(
            f"no credentials ({path} leaves them to docker-credential-{helper}, which a scan does not run)"
        )
    return Credentials(f"no credentials ({path} has none for {host}; docker login adds them)")


def _read_login(login: _Login, source: str) -> Credentials | None:
    """None for an entry that holds nothing, as Docker leaves beside a credential helper."""
    username, password = login.username or "", login.password or ""
    if login.auth:
        try:
            username, _, password = base64.b64decode(login.auth).decode().partition(":")
        except ValueError:
            return Credentials(f"no credentials ({source} are damaged)")
    found = Credentials(source, username, password.rstrip("\0"), login.identitytoken or "", login.registrytoken or "")
    return found if (username or found.identity_token or found.registry_token) else None


def _covers(key: str, host: str, repository: str) -> bool:
    place, part = _place(key)
    return place == _common(host) and (not part or repository == part or repository.startswith(f"{part}/"))


def _place(key: str) -> tuple[str, str]:
    """The registry and the part of it that a key names. Docker writes "https://index.docker.io/v1/" for its own."""
    host, _, part = key.removeprefix("https://").removeprefix("http://").strip("/").partition("/")
    return _common(host), "" if part in ("v1", "v2") else part


def _common(host: str) -> str:
    return _HUB if host in _HUB_NAMES else host.lower()
