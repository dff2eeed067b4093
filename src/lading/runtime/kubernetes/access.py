"""How one cluster is reached, and as whom."""

from pathlib import Path
from typing import Protocol

from msgspec import Struct

from lading.net.routes import ServerTls


class Plugin(Struct, frozen=True):
    """A program that has the credentials for a cluster (client.authentication.k8s.io). `cluster` is what it is told of
    the cluster, in JSON, empty where it is told nothing; `hint` is for people who do not have it."""

    command: str
    arguments: tuple[str, ...] = ()
    environment: tuple[tuple[str, str], ...] = ()
    api_version: str = ""
    cluster: str = ""
    hint: str = ""

    def __repr__(self) -> str:
        return f"Plugin({self.command!r})"


class Plugins(Protocol):
    """Runs such programs."""

    def run(self, plugin: Plugin, information: str) -> bytes:
        """What a plugin writes, given what it is told (KUBERNETES_EXEC_INFO). Raises NetError when it fails, which does
        not repeat what may be secret."""


class User(Struct, frozen=True):
    """As whom a cluster is asked; nobody by default. `headers` impersonate somebody else."""

    token: str = ""
    token_file: Path | None = None
    username: str = ""
    password: str = ""
    plugin: Plugin | None = None
    headers: tuple[tuple[str, str], ...] = ()

    def __repr__(self) -> str:
        return "User(…)"


class Access(Struct, frozen=True):
    """A cluster by the name of its context. `server` is the address of its API; `proxy` the one that it is reached by,
    empty for what the environment says; `namespace` the one that the context is for, empty where it names none."""

    name: str
    server: str
    namespace: str = ""
    tls: ServerTls = ServerTls()
    proxy: str = ""
    user: User = User()
