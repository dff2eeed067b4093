"""What is attached to an image where it lies: found, and read as it is. What it says and who signed it is for others.

Sources: OCI distribution specification 1.1 ("Listing Referrers", "Referrers Tag Schema"); cosign's tags
(https://github.com/sigstore/cosign/blob/main/specs/SIGNATURE_SPEC.md); BuildKit's attestations
(https://docs.docker.com/build/metadata/attestations/attestation-storage/).
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Final, Protocol

from msgspec import Struct, structs

from lading.image.manifest import Descriptor, Index, Manifest, parse_manifest, printable
from lading.model.attached import AttachedPlace
from lading.model.errors import ImageError, LadingError, SafeIOError
from lading.safeio.json_text import MOST_OBJECTS, has_too_many_objects

REFERENCE_TYPE: Final = "vnd.docker.reference.type"
REFERENCE_DIGEST: Final = "vnd.docker.reference.digest"
_ATTESTATION: Final = "attestation-manifest"
COSIGN_SUFFIXES: Final = (".sig", ".att", ".sbom")

_MOST_LISTED: Final = 1000
_MOST_MANIFESTS: Final = 100
_MOST_BLOBS: Final = 200
MOST_BYTES: Final = 64_000_000
"""Of one blob."""
_MOST_TOTAL: Final = 128_000_000
_READ: Final = (
    "application/vnd.dev.cosign.simplesigning.v1+json",
    "application/vnd.dsse.envelope.",
    "application/vnd.dev.sigstore.bundle",
    "application/vnd.in-toto",
    "application/spdx",
    "text/spdx",
    "application/vnd.cyclonedx",
    "application/vnd.openvex",
    "application/openvex",
    "application/vnd.oasis.csaf",
    "application/csaf",
    "application/vnd.syft",
)
"""How the media types begin of what is read; of anything else it is told that it is there."""


class Attachments(Protocol):
    """What one place has of things that are attached to an image. `subjects` are the digests that they may be about:
    the image's, then that of the index it was named by. Its methods raise LadingError for what cannot be had."""

    @property
    def subjects(self) -> tuple[str, ...]: ...
    def beside(self) -> tuple[Descriptor, ...]:
        """The entries of the index that the image is of."""

    def referrers(self, digest: str) -> tuple[Descriptor, ...] | None:
        """What refers to a manifest, by the place's own list; None where it keeps none."""

    def tagged(self, tag: str) -> tuple[str, bytes] | None:
        """The manifest of a tag, with its digest; None where there is none."""

    def manifest(self, descriptor: Descriptor) -> bytes:
        """A manifest, checked against its descriptor."""

    def blob(self, descriptor: Descriptor, where: str) -> bytes:
        """A blob, checked against its descriptor."""


class Piece(Struct, frozen=True):
    """One thing that is attached: what a layer of an attached manifest holds. `type` is the layer's media type, or what
    the manifest is said to be where no layer is read; `about` the digest in which it was looked for. `data` is None
    where it was not read: it is of no known kind, or `why` says what is wrong with it."""

    place: AttachedPlace
    about: str
    holder: str
    type: str
    annotations: Mapping[str, str] = {}
    data: bytes | None = None
    why: str = ""
    digest: str = ""


class Held(Struct, frozen=True):
    """All pieces, and what of the looking failed: a sentence for each place."""

    pieces: tuple[Piece, ...]
    failures: tuple[str, ...]


def read_attached(place: Attachments) -> Held:
    """What is attached to an image. What cannot be had is told, and the rest is read."""
    reading = _Reading(place)
    for about in place.subjects:
        reading.look_up(about)
    reading.look_beside(place.subjects[0])
    return Held(tuple(reading.pieces), tuple(dict.fromkeys(reading.failures)))


class _Reading:
    def __init__(self, place: Attachments) -> None:
        self._place = place
        self.pieces: list[Piece] = []
        self.failures: list[str] = []
        self._seen: set[str] = set()
        self._manifests, self._blobs, self._bytes = _MOST_MANIFESTS, _MOST_BLOBS, _MOST_TOTAL

    def look_up(self, about: str) -> None:
        """What refers to a manifest, by lists and tags."""
        tag = about.replace(":", "-")
        try:
            listed = self._place.referrers(about)
        except LadingError as error:
            self.failures.append(str(error))
            listed = ()
        if listed is None:
            self._add_tagged_list(tag, about)
        else:
            self._add_listed(listed, about, "referrers")
        for suffix in COSIGN_SUFFIXES:
            try:
                found = self._place.tagged(f"{tag}{suffix}")
                if found is not None:
                    digest, data = found
                    self._add_manifest(digest, data, about, "cosign-tag")
            except LadingError as error:
                self.failures.append(str(error))

    def look_beside(self, image: str) -> None:
        """What BuildKit has put into the index beside an image."""
        try:
            beside = self._place.beside()
        except LadingError as error:
            self.failures.append(str(error))
            return
        own = [
            one
            for one in beside
            if one.annotations.get(REFERENCE_TYPE) == _ATTESTATION and one.annotations.get(REFERENCE_DIGEST) == image
        ]
        self._add_listed(own, image, "index")

    def _add_tagged_list(self, tag: str, about: str) -> None:
        try:
            found = self._place.tagged(tag)
            if found is None:
                return
            document = parse_manifest(found[1], tag)
            if not isinstance(document, Index):
                raise ImageError(f"{tag}: is a manifest where the list of what refers to the image is expected")
        except LadingError as error:
            self.failures.append(str(error))
            return
        self._add_listed(document.manifests, about, "referrers-tag")

    def _add_listed(self, listed: Iterable[Descriptor], about: str, place: AttachedPlace) -> None:
        for number, one in enumerate(listed):
            if number >= _MOST_LISTED:
                self.failures.append(f"{about[:19]}: more than {_MOST_LISTED:,} things are attached to it")
                return
            if one.digest in self._seen:
                continue
            self._seen.add(one.digest)
            if not self._take_manifest(about):
                return
            try:
                data = self._place.manifest(one)
            except SafeIOError as error:
                self._refuse(place, about, one.digest, one.artifact_type or one.media_type, str(error))
            except LadingError as error:
                self.failures.append(str(error))
            else:
                self._add_manifest(one.digest, data, about, place)

    def _take_manifest(self, about: str) -> bool:
        self._manifests -= 1
        if self._manifests == -1:
            self.failures.append(f"{about[:19]}: more than {_MOST_MANIFESTS} things are attached; the rest is not read")
        return self._manifests >= 0

    def _add_manifest(self, digest: str, data: bytes, about: str, place: AttachedPlace) -> None:
        """The layers of an attached manifest."""
        self._seen.add(digest)
        where = f"attached {digest[:19]}"
        try:
            manifest = parse_manifest(data, where)
        except ImageError as error:
            self._refuse(place, about, digest, "", str(error))
            return
        if not isinstance(manifest, Manifest):
            self._refuse(place, about, digest, "", "is an index, which holds no statement")
            return
        artifact_type = printable(manifest.artifact_type)
        if manifest.subject not in ("", about) or (place.startswith("referrers") and not manifest.subject):
            named = manifest.subject[:19] or "nothing"
            self._refuse(place, about, digest, artifact_type, f"says that it is about {named}")
            return
        read = [one for one in manifest.layers if one.media_type.startswith(_READ)]
        kinds = {one.digest: printable(one.media_type) for one in read}
        if not read and artifact_type.startswith(_READ):  # whoever attached it named the whole alone
            read = list(manifest.layers)
        for layer in read:
            type = kinds.get(layer.digest, artifact_type)
            self._add_layer(layer, Piece(place, about, digest, type, layer.annotations), where)
        if not read:
            self.pieces.append(Piece(place, about, digest, artifact_type, manifest.annotations))

    def _add_layer(self, layer: Descriptor, piece: Piece, where: str) -> None:
        self._blobs -= 1
        self._bytes -= layer.size
        if self._blobs < 0 or self._bytes < 0:
            self.failures.append(f"{where}: more is attached than is read; the rest is left out")
            return
        if layer.size > MOST_BYTES:
            why = f"has {layer.size:,} bytes, above the limit of {MOST_BYTES:,}"
            self._refuse(piece.place, piece.about, piece.holder, piece.type, why)
            return
        try:
            data = self._place.blob(layer, where)
        except SafeIOError as error:
            self._refuse(piece.place, piece.about, piece.holder, piece.type, str(error))
        except LadingError as error:
            self.failures.append(str(error))
        else:
            if has_too_many_objects(data):
                self._refuse(
                    piece.place, piece.about, piece.holder, piece.type, f"has more than {MOST_OBJECTS:,} objects"
                )
                return
            self.pieces.append(structs.replace(piece, data=data, digest=layer.digest))

    def _refuse(self, place: AttachedPlace, about: str, holder: str, type: str, why: str) -> None:
        why = why.removeprefix(f"attached {holder[:19]}: ")
        self.pieces.append(Piece(place, about, holder, printable(type), why=why))


def iter_entries(documents: Iterable[bytes], where: str) -> Iterator[Descriptor]:
    """The entries of the pages of a list. Raises ImageError."""
    for data in documents:
        document = parse_manifest(data, where)
        if not isinstance(document, Index):
            raise ImageError(f"{where}: is a manifest where a list of what is attached is expected")
        yield from document.manifests
