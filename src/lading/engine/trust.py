"""The keys that one command trusts, by what for."""

from collections.abc import Mapping
from typing import Final

from lading.engine.environment import keys_in
from lading.engine.settings import Settings
from lading.safeio.trust import Purpose
from lading.safeio.trusted_keys import TrustedKeys

_SETTINGS: Final[Mapping[Purpose, str]] = {
    "database": "db_key", "policy": "policy_key", "report": "report_key", "vex": "vex_key",
    "image": "image_key",
}  # fmt: skip


def keys_of(purpose: Purpose, settings: Settings) -> TrustedKeys:
    """The keys in the file that the setting names, or in the user's own, if it is there. Raises SafeIOError."""
    return keys_in(getattr(settings, _SETTINGS[purpose]), getattr(settings.places.keys, purpose))
