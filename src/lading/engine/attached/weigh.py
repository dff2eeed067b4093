"""What an attached thing is, whether it is about this image, and whether a trusted key has signed it.

Sources: https://github.com/sigstore/cosign/blob/main/specs/SIGNATURE_SPEC.md and ATTESTATION_SPEC.md there;
https://github.com/sigstore/protobuf-specs/blob/main/protos/sigstore_bundle.proto; in-toto's statement 1.
"""

from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, Final

import msgspec
from msgspec import Raw, Struct, structs

from lading.image.attached import Piece
from lading.image.manifest import printable
from lading.model.attached import Attached, AttachedKind
from lading.safeio.dsse import Statement, check_envelope, decode_base64, parse_envelope, parse_statement
from lading.safeio.trusted_keys import Checked, TrustedKeys, signer_of

if TYPE_CHECKING:
    from lading.engine.attached.keyless import Certificates

_SIMPLE_SIGNING: Final = "application/vnd.dev.cosign.simplesigning.v1+json"
_BUNDLE: Final = "application/vnd.dev.sigstore.bundle"
_ENVELOPE: Final = "application/vnd.dsse.envelope."
_IN_TOTO: Final = "application/vnd.in-toto"
_NOTARY: Final = "application/vnd.cncf.notary.signature"
SIGNED_IMAGE: Final = "https://sigstore.dev/cosign/sign/v1"
"""The type of the statement by which cosign 3 signs an image."""
_SIGNATURE: Final = "dev.cosignproject.cosign/signature"
_CERTIFICATE: Final = "dev.sigstore.cosign/certificate"

_KINDS: Final[Mapping[str, AttachedKind]] = {
    "sigstore.dev/cosign/sign": "signature",
    "notary.signature": "signature",
    "openvex": "vex",
    "csaf": "vex",
    "slsa.dev/provenance": "provenance",
    "slsa-provenance": "provenance",
    "attestation/vuln": "vulnerabilities",
    "lading.report": "vulnerabilities",
    "spdx": "sbom",
    "cyclonedx": "sbom",
    "syft": "sbom",
}
"""By a part of the type of a statement or document, in small letters; the first that is in it counts."""

_UNSIGNED: Final = Checked(why="not signed")
_BARE: Final = Checked(why="a bare signature of the image's manifest, which is not looked at")


class Weighed(Struct, frozen=True):
    """What an attached thing comes to. `data` is what VEX is read from: its envelope, where it is in one. `content` is
    the document itself; both are empty where nothing is to be read of it."""

    attached: Attached
    data: bytes = b""
    content: bytes = b""


class _Simple(Struct):
    class _Critical(Struct):
        class _Image(Struct):
            digest: str = msgspec.field(default="", name="docker-manifest-digest")

        image: _Image = msgspec.field(default_factory=_Image)

    critical: _Critical = msgspec.field(default_factory=_Critical)


class _Bill(Struct):
    components: list[Raw] | None = None
    vulnerabilities: list[Raw] | None = None


class _Bundle(Struct, rename="camel"):
    dsse_envelope: Raw = Raw()
    message_signature: Raw = Raw()
    verification_material: Raw = Raw()


def weigh(
    piece: Piece, subjects: Collection[str], keys: TrustedKeys, certificates: "Certificates | None" = None
) -> Weighed:
    """What a piece comes to for an image that goes by the digests `subjects`; `certificates` check those where any
    count."""
    if piece.why:
        return _refused(piece, piece.why)
    if piece.data is None:
        why = "a signature of Notary, which is not checked" if piece.type.startswith(_NOTARY) else ""
        return Weighed(_attached(piece, kind_of(piece.type), piece.type, Checked(why=why)))
    if piece.type == _SIMPLE_SIGNING:
        return _weigh_simple(piece, piece.data, subjects, keys)
    if piece.type.startswith(_BUNDLE):
        return _weigh_bundle(piece, piece.data, subjects, keys, certificates)
    if piece.type.startswith(_ENVELOPE):
        return _weigh_envelope(piece, piece.data, subjects, keys)
    if piece.type.startswith(_IN_TOTO):
        if parse_envelope(piece.data) is not None:
            return _weigh_envelope(piece, piece.data, subjects, keys)
        return _weigh_statement(piece, parse_statement(piece.data), subjects, _UNSIGNED, piece.data)
    kind = kind_of(piece.type, piece.data)
    return Weighed(_attached(piece, kind, piece.type, _UNSIGNED), piece.data, piece.data)


def kind_of(type: str, content: bytes = b"") -> AttachedKind:
    """What a statement or a document of a type is; CycloneDX may be either of two things."""
    text = type.lower()
    kind: AttachedKind = next((kind for part, kind in _KINDS.items() if part in text), "other")
    return "vex" if kind == "sbom" and has_vex(content) and not _has_components(content) else kind


def has_vex(content: bytes) -> bool:
    """Whether a bill of materials states something of vulnerabilities, as VEX does in CycloneDX."""
    return b'"analysis"' in content and bool(_bill(content).vulnerabilities)


def _has_components(content: bytes) -> bool:
    return bool(_bill(content).components)


def _bill(content: bytes) -> "_Bill":
    try:
        return msgspec.json.decode(content, type=_Bill)
    except (ValueError, RecursionError):
        return _Bill()


def _weigh_simple(piece: Piece, data: bytes, subjects: Collection[str], keys: TrustedKeys) -> Weighed:
    """A signature as cosign 1 and 2 write it: beside a payload that names the image."""
    try:
        about = msgspec.json.decode(data, type=_Simple).critical.image.digest
        signature = decode_base64(piece.annotations.get(_SIGNATURE, ""))
    except (ValueError, RecursionError):
        return _refused(piece, "cannot be read as a signature", "signature")
    if about not in subjects:
        return _refused(piece, f"is about {printable(about)[:19] or 'nothing'}, which is another image", "signature")
    signer = signer_of(data, signature, keys)
    checked = Checked(signer) if signer else Checked(why=_old_form(piece) or _why(keys, has_certificate=False))
    return Weighed(_attached(piece, "signature", piece.type, checked, about))


def _weigh_bundle(
    piece: Piece, data: bytes, subjects: Collection[str], keys: TrustedKeys, certificates: "Certificates | None"
) -> Weighed:
    """A bundle of sigstore, as cosign 3 writes it."""
    try:
        bundle = msgspec.json.decode(data, type=_Bundle)
    except (ValueError, RecursionError):
        return _refused(piece, "cannot be read as a bundle")
    envelope = bytes(bundle.dsse_envelope)
    if envelope:
        has_certificate = b"ertificate" in bytes(bundle.verification_material)
        if has_certificate and certificates is not None:
            certified = certificates.check(data)
            # What was checked counts, however else the bundle could be read.
            payload = certified.payload or getattr(parse_envelope(envelope), "payload", b"")
            return _weigh_statement(piece, parse_statement(payload), subjects, certified.checked, envelope)
        return _weigh_envelope(piece, envelope, subjects, keys, has_certificate=has_certificate)
    if bytes(bundle.message_signature):
        return Weighed(_attached(piece, "signature", piece.type, _BARE))
    return _refused(piece, "is a bundle without a signature")


def _weigh_envelope(
    piece: Piece, data: bytes, subjects: Collection[str], keys: TrustedKeys, *, has_certificate: bool = False
) -> Weighed:
    envelope = parse_envelope(data)
    if envelope is None:
        return _refused(piece, "cannot be read as an envelope")
    checked = check_envelope(envelope, keys)
    if not checked.signer and envelope.signatures:
        checked = Checked(why=_old_form(piece) or _why(keys, has_certificate=has_certificate))
    return _weigh_statement(piece, parse_statement(envelope.payload), subjects, checked, data)


def _weigh_statement(
    piece: Piece, statement: Statement | None, subjects: Collection[str], checked: Checked, data: bytes
) -> Weighed:
    if statement is None:
        return _refused(piece, "holds no in-toto statement that can be read")
    type = printable(statement.type)
    # Where an image is built without a name, BuildKit's statements have no subject: their place in the index says it.
    by_place = piece.place == "index" and checked is _UNSIGNED and not statement.subjects
    about = piece.about if by_place else next((one for one in subjects if one in statement.subjects), "")
    if not about:
        named = min(statement.subjects, default="nothing")
        return _refused(piece, f"is about {printable(named)[:19]}, which is another image", kind_of(type), type)
    attached = _attached(piece, kind_of(type, statement.predicate), type, checked, about)
    return Weighed(attached, data, statement.predicate)


def _old_form(piece: Piece) -> str:
    """Why a certificate that cosign 1 or 2 wrote into annotations says nothing: the log's proof is not with it, which
    sigstore's library asks for."""
    is_old = bool(piece.annotations.get(_CERTIFICATE))
    return "signed by a certificate in the form of cosign 1 and 2, which is not checked" if is_old else ""


def _why(keys: TrustedKeys, *, has_certificate: bool) -> str:
    if has_certificate:
        return "signed by a certificate (keyless), which is not checked"
    return "signed by a key that is not trusted" if keys else "signed, and no key is trusted for images"


def _attached(piece: Piece, kind: AttachedKind, type: str, checked: Checked, about: str = "") -> Attached:
    subject = about or piece.about
    return Attached(kind, type, piece.place, piece.holder, subject, piece.digest, checked.signer, checked.why)


def _refused(piece: Piece, why: str, kind: AttachedKind | None = None, type: str = "") -> Weighed:
    attached = _attached(piece, kind or kind_of(piece.type), type or piece.type, Checked(why=why))
    return Weighed(structs.replace(attached, refused=True))
