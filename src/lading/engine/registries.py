"""How settings say to talk to a registry of artifacts."""

from lading.database.artifacts import Registry
from lading.engine.settings import Settings


def registry_of(settings: Settings) -> Registry:
    """The registry's side of settings."""
    return Registry(
        settings.plain_http,
        settings.insecure,
        settings.ca_cert,
        settings.timeout,
        settings.token_host,
        settings.network,
    )
