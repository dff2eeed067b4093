"""Whose cloud a registry is of, by its host name alone."""

import re
from typing import Final, Literal

Cloud = Literal["AWS", "Google Cloud", "Azure"]

AMAZON: Final = re.compile(
    r"(?P<account>\d{12})\.dkr[.-]ecr(?:-fips)?\.(?P<region>[a-z0-9][a-z0-9-]*)\."
    r"(?P<domain>amazonaws\.com(?:\.cn)?|amazonaws\.eu|on\.aws|on\.amazonwebservices\.com\.cn|sc2s\.sgov\.gov|c2s\.ic\.gov"
    r"|cloud\.adc-e\.uk|csp\.hci\.ic\.gov)"
)
"""Amazon's private registries."""

_CLOUDS: Final[tuple[tuple[re.Pattern[str], Cloud], ...]] = (
    (AMAZON, "AWS"),
    (re.compile(r"public\.ecr\.aws"), "AWS"),
    (re.compile(r"(?:[a-z0-9-]+\.)?gcr\.io|[a-z0-9-]+-docker\.pkg\.dev"), "Google Cloud"),
    (re.compile(r"[a-z0-9]{5,50}(?:-[a-z0-9]+)?\.azurecr\.(?:io|cn|us|de)"), "Azure"),
)


def cloud_of(host: str) -> Cloud | None:
    """The cloud that runs a registry, None for all others."""
    return next((cloud for pattern, cloud in _CLOUDS if pattern.fullmatch(host)), None)
