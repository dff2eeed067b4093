"""How servers are reached, and by whose accounts: what a front door decides for every connection."""

from collections.abc import Callable
from pathlib import Path

from msgspec import Struct

from lading.net.credentials import CredentialProvider, NoCredentials
from lading.net.engines import EngineHosts
from lading.net.proxies import Proxies
from lading.net.registries import DirectRegistries, Registries


class Network(Struct, frozen=True):
    """The proxies to go by, none by default, and the accounts of registries, nobody's by default. `certificates` are
    directories as `certs.d` of Docker: HOST[:PORT] in one has what is trusted of that server, and shown to it.
    `engines` says where container engines listen, nowhere by default; `registries` where repositories are asked for,
    by default at their registries alone; `max_bandwidth` how many bytes a second may come, 0 for no bound. `tell` is
    told in a line, from any thread, of servers that keep who asks waiting."""

    proxies: Proxies = Proxies()
    credentials: CredentialProvider = NoCredentials()
    certificates: tuple[Path, ...] = ()
    engines: EngineHosts = EngineHosts()
    registries: Registries = DirectRegistries()
    max_bandwidth: int = 0
    tell: Callable[[str], object] | None = None
