"""How servers are reached, and by whose accounts: what a front door decides for every connection."""

from msgspec import Struct

from lading.net.credentials import CredentialProvider, NoCredentials
from lading.net.proxies import Proxies


class Network(Struct, frozen=True):
    """The proxies to go by, none by default, and the accounts of registries, nobody's by default."""

    proxies: Proxies = Proxies()
    credentials: CredentialProvider = NoCredentials()
