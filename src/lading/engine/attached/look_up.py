"""What is attached to an image that was opened: looked up where it lies, and weighed."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Final

from msgspec import Struct, structs

from lading.engine.attached.weigh import Weighed, has_vex, weigh
from lading.image.attached import Attachments, read_attached
from lading.model.attached import Attached, AttachedToImage
from lading.model.diagnostic import Diagnostic
from lading.model.diagnostics import diagnostic
from lading.model.package import FoundVex
from lading.safeio.trust import Keyless
from lading.safeio.trusted_keys import TrustedKeys

if TYPE_CHECKING:
    from lading.engine.attached.keyless import Certificates

_MOST_TOLD: Final = 50


class LookedUp(Struct, frozen=True):
    """All that is attached to an image; the VEX documents among that, which are for others to weigh; and what has to be
    told."""

    attached: AttachedToImage
    weighed: tuple[Weighed, ...]
    vex: tuple[FoundVex, ...] = ()
    diagnostics: tuple[Diagnostic, ...] = ()


def look_up(place: Attachments | None, source: str, keys: TrustedKeys, keyless: Keyless) -> LookedUp:
    """What is attached to an image at a place, signed by one of these keys or identities or not; `source` is the kind
    of place."""
    if place is None:
        why = f"nothing can be attached to an image where this one was read ({source}); scan it in its registry"
        return LookedUp(AttachedToImage(whole=False), (), diagnostics=(diagnostic("attachments-unread", why),))
    held = read_attached(place)
    certificates = _certificates(keyless)
    each = [weigh(one, place.subjects, keys, certificates) for one in held.pieces]
    weighed = tuple(_with_index(place.subjects, each))
    items = tuple(sorted({one.attached for one in weighed}))
    return LookedUp(
        AttachedToImage(items, whole=not held.failures),
        weighed,
        tuple(_vex(weighed)),
        tuple(_told(items, held.failures)),
    )


def _certificates(keyless: Keyless) -> "Certificates | None":
    if not keyless:
        return None
    from lading.engine.attached.keyless import Certificates

    return Certificates(keyless)


def _with_index(subjects: Sequence[str], weighed: Sequence[Weighed]) -> Iterator[Weighed]:
    """What lies in an index is signed with it."""
    signers = [
        one.attached.signer
        for one in weighed
        if one.attached.kind == "signature" and one.attached.signer and one.attached.subject in subjects[1:]
    ]
    for one in weighed:
        attached = one.attached
        if signers and attached.place == "index" and not (attached.signer or attached.refused):
            attached = structs.replace(attached, signer=signers[0], why="signed with the index that it lies in")
        yield structs.replace(one, attached=attached)


def _vex(weighed: Sequence[Weighed]) -> Iterator[FoundVex]:
    for one in weighed:
        states = one.attached.kind == "vex" or (one.attached.kind == "sbom" and has_vex(one.content))
        if states and one.data and not one.attached.refused:
            yield FoundVex(one.attached.digest, 0, one.data)


def _told(items: Sequence[Attached], failures: Sequence[str]) -> Iterator[Diagnostic]:
    refused = [one for one in items if one.refused]
    for one in refused[:_MOST_TOLD]:
        yield diagnostic(
            "attachment-refused", f"{one.type or 'what is attached'} {one.why}; it is not used", one.digest
        )
    if len(refused) > _MOST_TOLD:
        yield diagnostic("attachment-refused", f"{len(refused) - _MOST_TOLD:,} more things that are attached")
    for why in failures:
        yield diagnostic("attachments-unread", why)
