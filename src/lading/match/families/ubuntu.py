"""Paid channels that an image takes packages from.

Source: https://documentation.ubuntu.com/pro-client/ (the services of Ubuntu Pro, and its status file).
"""

import json
from collections.abc import Iterable, Mapping
from typing import Final

from lading.model.package import Package

_STATUS: Final = "var/lib/ubuntu-advantage/status.json"
_TIERS: Final = {
    "fips": "pro-fips", "fips-updates": "pro-fips-updates", "fips-preview": "pro-fips-preview",
    "realtime-kernel": "pro-realtime", "esm-apps": "pro", "esm-infra": "pro",
}  # fmt: skip
"""The channel's part of a shard's name by service, the most particular first."""
_ESM: Final = "esm"
"""What stands in the version of a package that was built for Extended Security Maintenance."""


def ubuntu_tiers(build_records: Mapping[str, str], packages: Iterable[Package]) -> tuple[str, ...]:
    """The channels of Ubuntu Pro that an image has, the most particular first: by its status file, and where a package
    came from one whether or not the file is there."""
    services = set(_services(build_records.get(_STATUS, "")))
    if any(_ESM in package.version for package in packages):
        services.add("esm-infra")
    return tuple(dict.fromkeys(tier for service, tier in _TIERS.items() if service in services))


def _services(text: str) -> list[str]:
    try:
        found = json.loads(text or "{}")["ubuntu_pro"]["services"]
    except (KeyError, TypeError, ValueError):
        return []
    return [one for one in found if isinstance(one, str)] if isinstance(found, list) else []
