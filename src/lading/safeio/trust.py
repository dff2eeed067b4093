"""Whose documents count, and for what: databases, policies and reports that must be signed where keys are configured,
VEX documents that count wherever they are found when they are, and what is attached to images. One kind of key, one
kind of signature for all."""

from collections.abc import Mapping
from pathlib import Path
from typing import Final, Literal

from msgspec import Struct

from lading.safeio.signatures import check_detached
from lading.safeio.signing import sign
from lading.safeio.trusted_keys import Checked, TrustedKeys

Purpose = Literal["database", "policy", "report", "vex", "image"]

NAMESPACES: Final[Mapping[Purpose, tuple[str, ...]]] = {
    "database": ("lading-db",),
    "policy": ("lading-policy",),
    "report": ("lading-report",),
    "vex": ("lading-vex", "file"),
    "image": ("lading-image",),
}
"""What signatures of OpenSSH may be made for (`ssh-keygen -Y sign -n`); ours are made for the first."""

SIGNATURE: Final = ".sig"
"""What is behind the name of a file in that of its signature."""


class Keyless(Struct, frozen=True):
    """Whose signatures by certificate count: `identities` are pairs of the issuer that vouches for a name (an address
    of OpenID Connect) and the name in the certificate. `root` is the trust root in JSON that certificates and logs are
    checked by, as sigstore's clients have it; it is never fetched."""

    identities: tuple[tuple[str, str], ...] = ()
    root: bytes = b""

    def __bool__(self) -> bool:
        return bool(self.identities)


class Trust(Struct, frozen=True):
    """The keys of which one must have signed a policy of a registry, or a kept report, where there are any; those
    whose VEX documents count; those whose word on images counts (lading.engine.attached), and who may have a
    certificate in place of a key there. Who provides databases has those for them."""

    policy: TrustedKeys = TrustedKeys()
    report: TrustedKeys = TrustedKeys()
    vex: TrustedKeys = TrustedKeys()
    image: TrustedKeys = TrustedKeys()
    keyless: Keyless = Keyless()


def check_demanded(document: bytes, signature: bytes | None, keys: TrustedKeys, purpose: Purpose) -> Checked:
    """Whether a document is signed as it has to be: by one of the keys, where there are any. `why` is empty where it
    is, and where nothing is demanded."""
    if not keys:
        return Checked()
    found = check_detached(document, signature, keys, NAMESPACES[purpose]) if signature is not None else _UNSIGNED
    if found.signer:
        return found
    return Checked(why=f"refused: {found.why}; the trusted keys are in {keys.source}", is_wrong=found.is_wrong)


def sign_for(purpose: Purpose, document: bytes, key: Path) -> bytes:
    """The signature of a document by the private key in a file. Raises SafeIOError."""
    return sign(document, key, NAMESPACES[purpose][0])


_UNSIGNED: Final = Checked(why="it is not signed")
