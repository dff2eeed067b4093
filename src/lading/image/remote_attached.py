"""What is attached to an image in its registry."""

from collections.abc import Sequence
from functools import cached_property
from typing import Final

from lading.image.attached import iter_entries
from lading.image.manifest import ACCEPT, MANIFEST_LIMIT, Descriptor, Index, parse_manifest
from lading.image.reference import RegistryReference
from lading.image.repository import Repository
from lading.model.errors import NetError
from lading.net.client import HttpClient
from lading.safeio.verify import VerifiedStream, digest_of, verify_bytes

_NO_LISTS: Final = (400, 404, 405, 406, 501)
"""What registries answer that keep no lists of what refers to a manifest."""
_NOT_FOUND: Final = 404
_CHUNK: Final = 1 << 20


class RegistryAttachments:
    """Attachments of an image in a repository; `named` is the manifest or index that its reference names. Asked by the
    account that the image is had by."""

    def __init__(
        self, reference: RegistryReference, client: HttpClient, plain_http: bool, subjects: Sequence[str], named: bytes
    ) -> None:
        self.subjects = tuple(dict.fromkeys(subjects))
        self._reference = reference
        self._named = named
        self._client = client
        self._plain_http = plain_http

    @cached_property
    def _repository(self) -> Repository:
        """One of its own: that mirrors lack a signature says nothing of the layers that are read from them."""
        return Repository(self._reference, self._client, self._plain_http)

    def beside(self) -> tuple[Descriptor, ...]:
        """As the port says."""
        document = parse_manifest(self._named, str(self._reference))
        return document.manifests if isinstance(document, Index) else ()

    def referrers(self, digest: str) -> tuple[Descriptor, ...] | None:
        """As the port says. Raises NetError, ImageError."""
        where = f"{self._reference}: what refers to {digest[:19]}"
        try:
            return tuple(iter_entries(self._repository.iter_referrers(digest, where), where))
        except NetError as error:
            if error.status in _NO_LISTS:
                return None
            raise

    def tagged(self, tag: str) -> tuple[str, bytes] | None:
        """As the port says. Raises NetError."""
        try:
            data = self._repository.get_manifest(tag, ACCEPT).read_all(MANIFEST_LIMIT)
        except NetError as error:
            if error.status == _NOT_FOUND:
                return None
            raise
        return digest_of(data), data

    def manifest(self, descriptor: Descriptor) -> bytes:
        """As the port says. Raises NetError, SafeIOError."""
        data = self._repository.get_manifest(descriptor.digest, ACCEPT).read_all(MANIFEST_LIMIT)
        return verify_bytes(data, descriptor.digest, descriptor.size, f"attached {descriptor.digest[:19]}")

    def blob(self, descriptor: Descriptor, where: str) -> bytes:
        """As the port says. Raises NetError, SafeIOError."""
        stream = VerifiedStream(
            self._repository.open_blob(descriptor.digest, where), descriptor.digest, descriptor.size, where
        )
        try:
            pieces = []
            while piece := stream.read(_CHUNK):
                pieces.append(piece)
            return b"".join(pieces)
        finally:
            stream.close()
