"""Which VEX documents count: those that the user names, and those that a key the user trusts has signed."""

from collections.abc import Collection
from typing import Final

from msgspec import Struct

from lading.formats.decoders.vex.documents import parse_vex
from lading.model.finding import VexTrust
from lading.model.vex import HeldVex
from lading.safeio.dsse import check_envelope, parse_envelope
from lading.safeio.signatures import check_detached
from lading.safeio.trust import NAMESPACES
from lading.safeio.trusted_keys import Checked, TrustedKeys

_ENVELOPE_SIGN: Final = b'"payloadType"'


class RawVex(Struct, frozen=True):
    """A document as it was found: `signature` is what lies beside it (`FILE.sig`). `named_by` says how the user names
    it ("named by --vex"), empty for one that was merely found; `layer` where in an image; `is_alone` that it is a
    file which the user names, not one of a directory; `package` what it is about by the index of a repository."""

    data: bytes
    where: str
    signature: bytes | None = None
    named_by: str = ""
    layer: int = 0
    is_alone: bool = False
    package: str = ""


def weigh_trust(raw: RawVex, keys: TrustedKeys, approved: Collection[VexTrust] = ()) -> tuple[HeldVex, Checked]:
    """The document, and whether it counts. One that was changed after it was signed never does. `approved` is what the
    organisation says itself: which documents are named, or which keys are trusted. Raises FormatError."""
    document = parse_vex(raw.data, raw.where)
    checked = Checked(why="not signed")
    if raw.signature is not None:
        checked = check_detached(raw.data, raw.signature, keys, NAMESPACES["vex"])
    elif _ENVELOPE_SIGN in raw.data and (envelope := parse_envelope(raw.data)) is not None:
        checked = check_envelope(envelope, keys)
    if checked.signer:
        why, by_site = f"signed by {checked.signer}", "signed" in approved
        return HeldVex(document, raw.where, "signed", why, raw.layer, by_site), checked
    if raw.named_by and not checked.is_wrong:
        return HeldVex(document, raw.where, "named", raw.named_by, raw.layer, "named" in approved), checked
    return HeldVex(document, raw.where, "found", checked.why, raw.layer), checked
