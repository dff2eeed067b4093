"""Where a repository is asked for: one server, or several in turn."""

from collections.abc import Iterator
from pathlib import Path

from msgspec import Struct

from lading.net.hub import address_of


class RegistriesFiles(Struct, frozen=True):
    """Where the files are. `named` is the one that a variable names, which must be there; else `user` counts where it
    is there, and then no drop-in of `system_drop_ins`; else `system`. `aliases` is what Podman has learnt of short
    names."""

    named: Path | None = None
    user: Path | None = None
    system: Path | None = None
    system_drop_ins: Path | None = None
    user_drop_ins: Path | None = None
    aliases: Path | None = None


class ServerTls(Struct, frozen=True):
    """How connections to one server are encrypted, besides what holds for all. `insecure` accepts any certificate;
    `authorities` are files of what is trusted; `shown` are certificates for the server, each with the file of its key,
    None where that is the same. `sole_authority` (PEM) is trusted and nothing else; `identity` is a certificate and its
    key (PEM); `name` the one that the server's certificate must have, empty for the one in its address."""

    insecure: bool = False
    authorities: tuple[Path, ...] = ()
    shown: tuple[tuple[Path, Path | None], ...] = ()
    sole_authority: str = ""
    identity: tuple[str, str] = ("", "")
    name: str = ""

    def __repr__(self) -> str:
        return f"ServerTls(insecure={self.insecure})"

    @property
    def files(self) -> Iterator[Path]:
        """Every file that is named."""
        yield from self.authorities
        yield from (file for pair in self.shown for file in pair if file is not None)


class Endpoint(Struct, frozen=True):
    """One server that may have a repository.

    `host` is the registry's common name, by which accounts are kept, `address` HOST[:PORT] to connect to, `repository`
    the name there. `scheme` is "http", "https", or "either" where TLS is tried first, empty for what the options say;
    `root` is the path of its interface. `namespace` is the registry that a proxy is told to ask (`?ns=`), empty for
    none. `headers` are sent with every request, and may be secret. `tags` and `digests` say what it may be asked for.
    `refused` is why it must not be asked, empty when it may.
    """

    host: str
    address: str
    repository: str
    scheme: str = ""
    root: str = "/v2"
    namespace: str = ""
    tls: ServerTls = ServerTls()
    headers: tuple[tuple[str, str], ...] = ()
    tags: bool = True
    digests: bool = True
    refused: str = ""

    def __repr__(self) -> str:
        return f"Endpoint({self.address!r}, {self.repository!r})"


class Route(Struct, frozen=True):
    """The servers to ask in turn; the last one is the registry itself, those before it are mirrors. `rule` says for
    people which file's rule this is, empty where none speaks of the registry. A mirror without the image is asked for
    nothing else, unless they are `asked_for_each`: one may have what another lacks."""

    endpoints: tuple[Endpoint, ...]
    rule: str = ""
    asked_for_each: bool = False

    @property
    def primary(self) -> Endpoint:
        """The registry itself, to which alone is written."""
        return self.endpoints[-1]


class ShortName(Struct, frozen=True):
    """What a name without a host means: names in full, to be tried in turn. `rule` says for people what decides that,
    empty where it is Docker Hub as no file says otherwise."""

    names: tuple[str, ...]
    rule: str = ""


def direct(host: str, repository: str) -> Route:
    """The registry of a name, and no other server."""
    return Route((Endpoint(host, address_of(host), repository),))
