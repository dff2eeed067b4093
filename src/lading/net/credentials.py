"""Credentials for registries, and the ports by which they are had."""

import base64
from typing import Protocol

from msgspec import Struct


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

    @property
    def anonymous(self) -> bool:
        """Whether these are nobody's."""
        return not (self.username or self.identity_token or self.registry_token)


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


class CredentialHelpers(Protocol):
    """Runs the programs that keep credentials for Docker's tools (docker-credential-NAME), which a scan does not."""

    def get(self, helper: str, server: str) -> tuple[str, str] | None:
        """The name and secret that a helper keeps for a server; None when it has none. Raises NetError when it fails,
        which does not repeat what may be secret."""
