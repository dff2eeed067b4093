"""Whose databases are taken: signatures by keys that a site trusts."""

import os
from pathlib import Path
from typing import Final

from msgspec import Struct

from lading.model.errors import AdvisoryError
from lading.safeio.ssh_signature import check, read_public_keys, sign

NAMESPACE: Final = "lading-db"
"""What signatures are made for, as `ssh-keygen -Y verify -n` takes it."""
VARIABLE: Final = "LADING_DB_KEY"


class Trust(Struct, frozen=True):
    """The public keys of which one must have signed a database; none: it need not be signed. `source` is the file they
    are in."""

    keys: tuple[bytes, ...] = ()
    source: str = ""


def read_trust(option: Path | None) -> Trust:
    """The keys in the file that is named, else in that of $LADING_DB_KEY, else in `$XDG_CONFIG_HOME/lading/db.keys`
    where there is one. Raises SafeIOError when they cannot be read."""
    named = option or (Path(value) if (value := os.environ.get(VARIABLE, "")) else None)
    path = named or _default_path()
    if named is None and not path.exists():
        return Trust()
    return Trust(read_public_keys(path), str(path))


def check_signature(document: bytes, signature: bytes | None, trust: Trust, where: str) -> None:
    """Raises AdvisoryError when a list of shards is not signed by one of the trusted keys, if there are any."""
    if not trust.keys:
        return
    reason = "it is not signed" if signature is None else check(document, signature, trust.keys, NAMESPACE)
    if reason:
        raise AdvisoryError(f"{where}: refused: {reason}; the trusted keys are in {trust.source}")


def sign_document(document: bytes, key: Path) -> bytes:
    """The signature of a list of shards. Raises SafeIOError."""
    return sign(document, key, NAMESPACE)


def _default_path() -> Path:
    base = os.environ.get("XDG_CONFIG_HOME", "")
    return (Path(base) if base.startswith("/") else Path.home() / ".config") / "lading" / "db.keys"
