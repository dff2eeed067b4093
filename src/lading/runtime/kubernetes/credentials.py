"""The credentials that one cluster is asked with, as they are at the moment.

Source: Kubernetes documentation, "Authenticating"; client.authentication.k8s.io/v1, ExecCredential.
"""

import base64
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

import msgspec
from msgspec import Struct, structs

from lading.model.errors import NetError
from lading.net.routes import ServerTls
from lading.runtime.kubernetes.access import Access, Plugin, Plugins

_LARGEST: Final = 1_000_000
_EARLY: Final = timedelta(seconds=20)


class _Status(Struct, rename="camel"):
    token: str | None = None
    client_certificate_data: str | None = None
    client_key_data: str | None = None
    expiration_timestamp: str | None = None


class _ExecCredential(Struct, rename="camel"):
    api_version: str = ""
    status: _Status | None = None


class Shown(Struct, frozen=True):
    """What is sent, and how: headers, and the client certificate in `tls`."""

    headers: tuple[tuple[str, str], ...]
    tls: ServerTls

    def __repr__(self) -> str:
        return "Shown(…)"


class ClusterCredentials:
    """Those of one cluster: had when they are first needed, and again when they expire or are refused."""

    def __init__(self, access: Access, plugins: Plugins, clock: Callable[[], datetime]) -> None:
        self._access = access
        self._plugins = plugins
        self._clock = clock
        self._kept: _Status | None = None
        self._until: datetime | None = None

    def forget(self) -> None:
        """The server has refused them."""
        self._kept = None

    def shown(self) -> Shown:
        """What is sent now. Raises NetError."""
        user, tls = self._access.user, self._access.tls
        headers = dict(user.headers)
        if user.plugin is not None:
            status = self._ask(user.plugin)
            if status.token:
                headers["Authorization"] = f"Bearer {_fit(status.token, user.plugin.command)}"
            if status.client_certificate_data:
                pair = status.client_certificate_data, status.client_key_data or ""
                tls = structs.replace(tls, identity=pair)
        elif token := (_read(user.token_file) if user.token_file is not None else user.token):
            headers["Authorization"] = f"Bearer {_fit(token, 'the token')}"
        elif user.username:
            pair64 = base64.b64encode(f"{user.username}:{user.password}".encode()).decode()
            headers["Authorization"] = f"Basic {pair64}"
        return Shown(tuple(headers.items()), tls)

    def _ask(self, plugin: Plugin) -> _Status:
        if self._kept is None or (self._until is not None and self._clock() >= self._until):
            data = self._plugins.run(plugin, _information(plugin))
            self._kept, self._until = _parse(data, plugin)
        return self._kept


def _information(plugin: Plugin) -> str:
    """What a plugin is told, as it expects it in KUBERNETES_EXEC_INFO."""
    cluster = {"cluster": msgspec.json.decode(plugin.cluster)} if plugin.cluster else {}
    told = {
        "apiVersion": plugin.api_version,
        "kind": "ExecCredential",
        "spec": {**cluster, "interactive": False},
    }
    return msgspec.json.encode(told).decode()


def _parse(data: bytes, plugin: Plugin) -> tuple[_Status, datetime | None]:
    """What a plugin gave, and until when that is to be used. Raises NetError, which repeats nothing of it."""
    try:
        found = msgspec.json.decode(data, type=_ExecCredential)
    except (msgspec.MsgspecError, UnicodeError, RecursionError) as error:
        raise NetError(f"{plugin.command}: its answer is no ExecCredential") from error
    if found.api_version != plugin.api_version:
        raise NetError(f"{plugin.command}: it answers in another version than {plugin.api_version}")
    status = found.status
    if status is None or not (status.token or status.client_certificate_data):
        raise NetError(f"{plugin.command}: it gave neither a token nor a certificate")
    if bool(status.client_certificate_data) != bool(status.client_key_data):
        raise NetError(f"{plugin.command}: it gave a certificate without its key, or the other way round")
    if not status.expiration_timestamp:
        return status, None
    try:
        until = datetime.fromisoformat(status.expiration_timestamp)
    except ValueError:
        return status, None
    return status, until - _EARLY if until.tzinfo is not None else None


def _read(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return file.read(_LARGEST).decode("ascii").strip()
    except OSError as error:
        raise NetError(f"{path}: the token cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise NetError(f"{path}: is no token") from error


def _fit(token: str, whose: str) -> str:
    token = token.strip()
    if not (token.isascii() and token.isprintable() and " " not in token):
        raise NetError(f"{whose}: is no token that could be sent")
    return token
