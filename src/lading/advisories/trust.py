"""Whose databases are taken: signatures by keys that a site trusts."""

from pathlib import Path
from typing import Final

from msgspec import Struct

from lading.model.errors import AdvisoryError
from lading.safeio.ssh_signature import check, read_public_keys, sign

NAMESPACE: Final = "lading-db"
"""What signatures are made for, as `ssh-keygen -Y verify -n` takes it."""


class Trust(Struct, frozen=True):
    """The public keys of which one must have signed a database; none: it need not be signed. `source` is the file they
    are in."""

    keys: tuple[bytes, ...] = ()
    source: str = ""


def read_trust(path: Path) -> Trust:
    """The keys in a file. Raises SafeIOError when they cannot be read."""
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
