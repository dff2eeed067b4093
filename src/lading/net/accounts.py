"""The accounts of one user: all the places where credentials for a registry may be, in their order."""

from pathlib import Path
from typing import Final

from msgspec import Struct

from lading.net.credentials import CredentialProvider, Credentials
from lading.net.docker_config import DockerConfig

_MOST: Final = 1024 * 1024


class Accounts(Struct, frozen=True):
    """The first of several places that has credentials for a repository: accounts that are `given` by hand, then
    `files`, then `others`. `main` is the file that is named to who has none at all."""

    main: Path
    given: tuple[CredentialProvider, ...] = ()
    files: tuple[DockerConfig, ...] = ()
    others: tuple[CredentialProvider, ...] = ()

    def find(self, host: str, repository: str) -> Credentials:
        """As the protocol CredentialProvider says. Without any, `source` tells every place that was looked at and is
        there."""
        reasons, others = [], []
        for provider in (*self.given, *self.files, *self.others):
            if isinstance(provider, DockerConfig):
                found = provider.look(host, repository)
                if isinstance(found, Credentials):
                    return found
                reasons += [] if found == "does not exist" else [f"{provider.path} {found}"]
            else:
                credentials = provider.find(host, repository)
                if not credentials.anonymous:
                    return credentials
                others += [credentials.source] if credentials.source else []
        if not reasons:
            reasons = [f"{self.main} does not exist; lading registry login {host} makes it"]
        elif reasons[-1].endswith(f"has none for {host}"):
            reasons.append(f"lading registry login {host} adds them")
        return Credentials(f"no credentials ({'; '.join((*reasons, *others))})")


class Given(Struct, frozen=True):
    """One account, for these registries alone (None: it is not yet said which). `source` says who gave it."""

    source: str
    username: str
    password: str
    hosts: frozenset[str] | None = None

    def __repr__(self) -> str:
        return f"Given({self.source!r}, {sorted(self.hosts or ())})"

    def find(self, host: str, repository: str) -> Credentials:
        """As the protocol CredentialProvider says; empty for other registries."""
        return Credentials(self.source, self.username, self.password) if host in (self.hosts or ()) else Credentials("")


class Netrc(Struct, frozen=True):
    """The accounts of machines in a `.netrc` (netrc(5)). Its `default` counts for no registry."""

    path: Path

    def find(self, host: str, repository: str) -> Credentials:
        """As the protocol CredentialProvider says."""
        try:
            if not self.path.is_file() or self.path.stat().st_size > _MOST:
                return Credentials("")
            found = self._read(host)
        except OSError as error:
            return Credentials(f"{self.path} cannot be read: {error.strerror}")
        except (ValueError, SyntaxError):
            return Credentials(f"{self.path} is damaged")
        if found is None:
            return Credentials("")
        return Credentials(f"the credentials for {host} in {self.path}", *found)

    def _read(self, host: str) -> tuple[str, str] | None:
        import netrc

        try:
            hosts = netrc.netrc(str(self.path)).hosts
        except netrc.NetrcParseError as error:
            raise ValueError("damaged") from error
        login = hosts.get(host)
        return (login[0], login[2]) if login and login[0] and host != "default" else None


class Remembered(Struct, frozen=True):
    """What was found before for repositories; nothing else is looked for."""

    found: tuple[tuple[str, str, Credentials], ...]

    def find(self, host: str, repository: str) -> Credentials:
        """As the protocol CredentialProvider says."""
        for known, place, credentials in self.found:
            if (known, place) == (host, repository):
                return credentials
        return Credentials("no credentials (they are looked for before reading, and this registry was not known then)")
