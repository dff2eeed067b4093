"""Files of accounts, as `docker login` and `podman login` keep them and Kubernetes mounts them.

Sources: docker/cli, `config.json`; containers-auth.json(5), whose keys may also name a part of a registry; Kubernetes,
secrets of the types `kubernetes.io/dockerconfigjson` and `kubernetes.io/dockercfg`.
"""

import base64
from collections.abc import Iterator
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Final

import msgspec
from msgspec import Struct

from lading.model.errors import NetError
from lading.net.credentials import CredentialHelpers, Credentials
from lading.net.hub import common_host, is_hub

_HUB_SERVER: Final = "https://index.docker.io/v1/"
_TOKEN_NAME: Final = "<token>"  # noqa: S105 - the name that says that the secret is an identity token
_MOST: Final = 4 * 1024 * 1024
_KEYS: Final = frozenset({"auths", "credHelpers", "credsStore"})


class DockerConfig(Struct, frozen=True):
    """The accounts in a `config.json` of Docker, an `auth.json` of Podman, or a pull secret of Kubernetes.

    `helpers` runs the credential helpers that it names; without it they are told, but not run. A file that cannot be
    read counts as holding none. `content` stands for the file's where it is not empty; `path` is then what to call it.
    With `globs` the parts of a host may have wildcards, as Kubernetes reads pull secrets.
    """

    path: Path
    helpers: CredentialHelpers | None = None
    content: str = ""
    globs: bool = False

    def find(self, host: str, repository: str) -> Credentials:
        """As the protocol CredentialProvider says, from the closest key that covers the repository."""
        found = self.look(host, repository)
        if isinstance(found, Credentials):
            return found
        does = {"does not exist": "makes it", f"has none for {host}": "adds them"}.get(found)
        advice = f"; lading registry login {host} {does}" if does else ""
        return Credentials(f"no credentials ({self.path} {found}{advice})")

    def look(self, host: str, repository: str) -> Credentials | str:
        """The credentials for a repository; where there are none the reason, to be read after the file's name."""
        try:
            config = self._read()
        except FileNotFoundError:
            return "does not exist"
        except OSError as error:
            return f"cannot be read: {error.strerror}"
        except ValueError:
            return "is damaged"
        failures = []
        candidates = _iter_candidates(config, host, repository, globs=self.globs)
        for _, _, key, held in sorted(candidates, key=lambda one: one[:3]):
            credentials = self._ask(held, host) if isinstance(held, _Kept) else self._read_login(held, key)
            if isinstance(credentials, Credentials):
                return credentials
            failures += [credentials] if credentials else []
        return "; ".join(failures) or f"has none for {host}"

    def helper_for(self, host: str) -> str:
        """The helper that keeps the account of a registry as a whole, empty where the file does. Raises OSError,
        ValueError for a file that is damaged."""
        try:
            config = self._read()
        except FileNotFoundError:
            return ""
        own = {
            place_of_key(key)[0]: helper
            for key, helper in (config.cred_helpers or {}).items()
            if not place_of_key(key)[1]
        }
        return own.get(common_host(host), config.creds_store or "")

    def named_helpers(self) -> tuple[str, ...]:
        """The credential helpers that the file names. Raises OSError, ValueError for a file that is damaged."""
        config = self._read()
        named = (config.creds_store, *(config.cred_helpers or {}).values())
        return tuple(dict.fromkeys(one for one in named if one))

    def _read(self) -> "_DockerConfig":
        if self.content:
            return parse_accounts(self.content.encode())
        with self.path.open("rb") as file:
            return parse_accounts(file.read(_MOST))

    def _read_login(self, login: "_Login", key: str) -> Credentials | str:
        """Empty for an entry that holds nothing, as Docker leaves beside a credential helper."""
        username, password = login.username or "", login.password or ""
        if login.auth:
            try:
                username, _, password = base64.b64decode(login.auth).decode().partition(":")
            except ValueError:
                return f"is damaged where it has those for {key}"
        tokens = login.identitytoken or "", login.registrytoken or ""
        found = Credentials(f"the credentials for {key} in {self.path}", username, password.rstrip("\0"), *tokens)
        return "" if found.anonymous else found

    def _ask(self, found: "_Kept", host: str) -> Credentials | str:
        """The credentials that a helper keeps, or why there are none."""
        program = f"docker-credential-{found.helper}"
        if self.helpers is None:
            return f"leaves them to {program}, which a scan does not run"
        try:
            answer = self.helpers.get(found.helper, found.server)
        except NetError as error:
            return f"leaves them to {program}: {error}"
        if answer is None:
            return f"leaves them to {program}, which has none for {host}"
        name, secret = answer
        source = f"the credentials of {program}, which {self.path} names"
        if name == _TOKEN_NAME:
            return Credentials(source, identity_token=secret)
        return Credentials(source, name, secret) if name else f"leaves them to {program}, which gives no name"


def server_of(host: str) -> str:
    """What a registry is called in files and by helpers. Docker Hub's name is an address of old."""
    return _HUB_SERVER if is_hub(host) else host


def place_of_key(key: str) -> tuple[str, str]:
    """The registry and the part of it that a key of a file names."""
    host, _, part = key.removeprefix("https://").removeprefix("http://").strip("/").partition("/")
    return common_host(host), "" if part in ("v1", "v2") else part


def parse_accounts(data: bytes) -> "_DockerConfig":
    """The accounts of a document of any of the kinds. Raises ValueError."""
    if len(data) >= _MOST:
        raise ValueError("too large")
    try:
        secret = msgspec.json.decode(data, type=_Secret)
        if secret.kind == "Secret":
            return _parse_secret(secret.data or {})
        outer = msgspec.json.decode(data, type=dict[str, msgspec.Raw])
        if outer and not _KEYS & outer.keys():
            return _parse_old(outer)
        return msgspec.json.decode(data, type=_DockerConfig)
    except RecursionError as error:
        raise ValueError("nested too deep") from error


class _Login(Struct):
    auth: str | None = None
    username: str | None = None
    password: str | None = None
    identitytoken: str | None = None
    registrytoken: str | None = None


class _Kept(Struct, frozen=True):
    """What a helper keeps."""

    helper: str
    server: str


class _DockerConfig(Struct, rename="camel"):
    auths: dict[str, _Login] | None = None
    cred_helpers: dict[str, str] | None = None
    creds_store: str | None = None


class _Secret(Struct):
    kind: str | None = None
    data: dict[str, str] | None = None


def _parse_secret(data: dict[str, str]) -> _DockerConfig:
    if text := data.get(".dockerconfigjson"):
        return msgspec.json.decode(base64.b64decode(text), type=_DockerConfig)
    return _parse_old(msgspec.json.decode(base64.b64decode(data.get(".dockercfg", "")), type=dict[str, msgspec.Raw]))


def _parse_old(entries: dict[str, msgspec.Raw]) -> _DockerConfig:
    """A `.dockercfg`: accounts are its whole content; what can be none is passed over."""
    logins = {
        key: entry for key, entry in entries.items() if bytes(entry).startswith(b"{") and ("." in key or ":" in key)
    }
    return _DockerConfig(auths={key: msgspec.json.decode(entry, type=_Login) for key, entry in logins.items()})


def _iter_candidates(
    config: _DockerConfig, host: str, repository: str, *, globs: bool
) -> Iterator[tuple[int, int, str, _Login | _Kept]]:
    """What may hold the credentials, each with its rank and key: the closest key first, of one a helper before the
    file."""
    for key, helper in (config.cred_helpers or {}).items():
        if helper and _covers(key, host, repository, globs=globs):
            part = place_of_key(key)[1]
            yield -len(part), 0, key, _Kept(helper, f"{host}/{part}" if part else server_of(host))
    if config.creds_store:
        yield 0, 1, "", _Kept(config.creds_store, server_of(host))
    for key, login in (config.auths or {}).items():
        if _covers(key, host, repository, globs=globs):
            yield -len(place_of_key(key)[1]), 2, key, login


def _covers(key: str, host: str, repository: str, *, globs: bool) -> bool:
    place, part = place_of_key(key)
    is_there = place == common_host(host) or (globs and _fits(place, common_host(host)))
    return is_there and (not part or repository == part or repository.startswith(f"{part}/"))


def _fits(pattern: str, host: str) -> bool:
    """Whether a host has as many parts as a pattern, each as it says."""
    parts, wanted = host.split("."), pattern.split(".")
    return len(parts) == len(wanted) and all(map(fnmatchcase, parts, wanted))
