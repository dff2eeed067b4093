"""The account of a cloud's registry, by the identity that this process has at that cloud."""

from collections.abc import Mapping
from pathlib import Path
from typing import Final

from msgspec import Struct

from lading.net.clouds.hosts import cloud_of
from lading.net.credentials import Credentials
from lading.net.proxies import Proxies

_PREFIXES: Final = ("AWS_", "AZURE_", "GOOGLE_", "GCE_", "CLOUDSDK_", "IDENTITY_")


class CloudAccounts(Struct, frozen=True):
    """Asks a cloud for the account of a registry that it runs, and for no other one. `variables` and the files in
    `home` say who this process is there, else the machine's metadata; `proxies` and the authorities in `ca_cert` are
    for the cloud's services."""

    variables: Mapping[str, str] = {}
    home: Path = Path()
    proxies: Proxies = Proxies()
    ca_cert: str = ""

    def __repr__(self) -> str:
        return "CloudAccounts(…)"  # variables hold secrets

    def find(self, host: str, repository: str) -> Credentials:
        """As the protocol CredentialProvider says."""
        cloud = cloud_of(host)
        if cloud is None:
            return Credentials("")
        from lading.net.clouds.asking import Ask
        from lading.net.clouds.identity import find_account

        return find_account(cloud, host, self.variables, self.home, Ask(self.proxies, self.ca_cert))


def cloud_accounts(variables: Mapping[str, str], home: Path, proxies: Proxies) -> CloudAccounts:
    """With those of a process's variables that are the clouds'."""
    own = {name: value for name, value in variables.items() if name.startswith(_PREFIXES)}
    return CloudAccounts(own, home, proxies)
