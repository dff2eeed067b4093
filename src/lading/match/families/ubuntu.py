"""Paid channels that an image takes packages from.

Source: https://documentation.ubuntu.com/pro-client/ (the services of Ubuntu Pro).
"""

from collections.abc import Iterable
from typing import Final

from lading.model.build_records import BuildRecord, UbuntuPro
from lading.model.package import Package

_TIERS: Final = {
    "fips": "pro-fips", "fips-updates": "pro-fips-updates", "fips-preview": "pro-fips-preview",
    "realtime-kernel": "pro-realtime", "esm-apps": "pro", "esm-infra": "pro",
}  # fmt: skip
"""The channel's part of a shard's name by service, the most particular first."""
_ESM: Final = "esm"
"""What stands in the version of a package that was built for Extended Security Maintenance."""


def ubuntu_tiers(build_records: Iterable[BuildRecord], packages: Iterable[Package]) -> tuple[str, ...]:
    """The channels of Ubuntu Pro that an image has, the most particular first: by what it is subscribed to, and where a
    package came from one whether or not that is known."""
    services = {service for one in build_records if isinstance(one, UbuntuPro) for service in one.services}
    if any(_ESM in package.version for package in packages):
        services.add("esm-infra")
    return tuple(dict.fromkeys(tier for service, tier in _TIERS.items() if service in services))
