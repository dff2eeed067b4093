"""Where databases lie, and whose are taken."""

from pathlib import Path

from msgspec import Struct

from lading.safeio.trusted_keys import TrustedKeys


class DatabasePlaces(Struct, frozen=True):
    """Where databases lie: `directory` the one that updates fill, `unpacked` exported files that were matched against;
    and the keys of which one must have signed what comes from elsewhere."""

    directory: Path
    unpacked: Path
    trust: TrustedKeys
