"""Accounts of the clouds' registries, by the identity that this process has there."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Final

from msgspec import Struct

from lading.model.errors import NetError
from lading.net.clouds.asking import Ask
from lading.net.clouds.aws import amazon_account
from lading.net.clouds.aws_keys import AwsContext, AwsServices
from lading.net.clouds.azure import AzureContext, AzureServices, azure_account
from lading.net.clouds.google import GoogleContext, GoogleServices, google_account
from lading.net.clouds.hosts import Cloud
from lading.net.credentials import Credentials

utc_now: Final[Callable[[], datetime]] = partial(datetime.now, UTC)


class CloudServices(Struct, frozen=True):
    """Where the services of the clouds answer."""

    amazon: AwsServices = AwsServices()
    google: GoogleServices = GoogleServices()
    azure: AzureServices = AzureServices()


_SERVICES: Final = CloudServices()


def find_account(
    cloud: Cloud,
    host: str,
    variables: Mapping[str, str],
    home: Path,
    ask: Ask,
    services: CloudServices = _SERVICES,
    clock: Callable[[], datetime] = utc_now,
) -> Credentials:
    """The account for a cloud's registry, by what variables and files say of this process's identity and by the
    machine's metadata; `source` says why there is none. No other cloud is asked."""
    try:
        match cloud:
            case "AWS":
                amazon = AwsContext(variables, home, services.amazon, ask, clock())
                found = amazon_account(host, amazon)
            case "Google Cloud":
                found = google_account(GoogleContext(variables, home, services.google, ask, clock()))
            case "Azure":
                found = azure_account(host, AzureContext(variables, services.azure, ask))
    except NetError as error:
        return Credentials(f"the identity at {cloud}: {error}")
    return found or Credentials(f"this process has no identity at {cloud}")
