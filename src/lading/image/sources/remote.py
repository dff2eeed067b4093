"""Images in registries (OCI distribution specification 1.1). Layers are streamed; nothing is stored on the way."""

from collections.abc import Iterable, Iterator
from functools import partial
from typing import TYPE_CHECKING, Final

from lading.image.blobs import absent_layer
from lading.image.config import CONFIG_LIMIT
from lading.image.manifest import (
    ACCEPT,
    MANIFEST_LIMIT,
    Descriptor,
    parse_manifest,
)
from lading.image.opened import LayerBlob, Opened, describe, with_attachments
from lading.image.parts import parts_of
from lading.image.reference import Meaning, RegistryReference, parse_registry_reference, resolve_reference
from lading.image.resolve import Resolver
from lading.image.source import Request, Source
from lading.model.diagnostic import Diagnostic
from lading.model.diagnostics import diagnostic
from lading.model.errors import NetError, SafeIOError
from lading.model.image import Layer
from lading.model.ports import ByteStream
from lading.net.address import printable
from lading.safeio.verify import VerifiedStream, digest_of, verify_bytes

if TYPE_CHECKING:
    from lading.image.repository import Repository
    from lading.net.client import HttpClient

_LONGEST_FAILURE: Final = 300

_NOT_FOUND: Final = 404


def open_remote(request: Request, client: "HttpClient | None" = None) -> Opened:
    """The image of a reference in a registry; of a short name that may mean several, the first that is there. Raises
    ImageError, SafeIOError, NetError."""
    options = request.options
    meaning = resolve_reference(request.text, options.network.registries)
    client = client or options.client()
    try:
        failures: list[NetError] = []
        for reference in meaning.references:
            try:
                return _open(request, reference, meaning, client)
            except NetError as error:
                failures.append(error)
        raise _none_found(request.text, meaning, failures)
    except BaseException:
        client.close()
        raise


def _open(request: Request, reference: RegistryReference, meaning: Meaning, client: "HttpClient") -> Opened:
    from lading.image.remote_attached import RegistryAttachments
    from lading.image.repository import Repository

    repository = Repository(reference, client, request.options.plain_http)
    images = RegistryImages(repository)
    digest, data = images.read_named()
    name = str(reference)
    found = Resolver(images, request.wanted, name).resolve(digest, parse_manifest(data, name))
    image, clues = describe(name, SOURCE.id, found)
    is_lazy = request.options.lazy
    layers = tuple(images.layer(*one, is_lazy=is_lazy) for one in zip(image.layers, found.manifest.layers, strict=True))
    diagnostics = (*_notes(request.text, meaning, repository), *(_without_parts(layers) if is_lazy else ()))
    subjects = found.digest, digest
    attachments = RegistryAttachments(reference, client, request.options.plain_http, subjects, data)
    return with_attachments(Opened(image, layers, client.close, clues=clues, diagnostics=diagnostics), attachments)


def _notes(text: str, meaning: Meaning, repository: "Repository") -> Iterator[Diagnostic]:
    """What a file has made of the name, which is not what it says."""
    reference, server = repository.reference, repository.answered
    if meaning.rule and str(reference) != str(parse_registry_reference(text)):
        yield diagnostic("short-name", f"{text} was taken for {reference}, by {meaning.rule}", text)
    for mirror, error in repository.failures:
        if error.status != _NOT_FOUND:
            place = f"{mirror.endpoint.address}/{mirror.endpoint.repository}"
            said = printable(str(error).removeprefix(f"{reference}: "), _LONGEST_FAILURE)
            yield diagnostic("mirror-failed", f"the mirror {place} did not give {reference}: {said}", place)
    if repository.is_mirrored:
        place = f"{server.endpoint.address}/{server.endpoint.repository}"
        yield diagnostic("image-from-mirror", f"{reference} was had from {place}, by {repository.rule}", place)


def _without_parts(layers: Iterable[LayerBlob]) -> Iterator[Diagnostic]:
    """Which layers have to be read as a whole for want of a table of contents."""
    numbers = [str(one.layer.index) for one in layers if one.parts is None]
    if numbers:
        which = f"layer {numbers[0]} was" if len(numbers) == 1 else f"layers {', '.join(numbers)} were"
        yield diagnostic("lazy-not-used", f"{which} read as a whole: the manifest states no table of contents")


def _none_found(text: str, meaning: Meaning, failures: list[NetError]) -> NetError:
    last = failures[-1]
    if len(failures) == 1:
        return last
    said = "; ".join(printable(str(error), _LONGEST_FAILURE) for error in failures)
    message = f"{text}: found in none of {len(failures)} registries ({meaning.rule}): {said}"
    return NetError(message, last.status)


class RegistryImages:
    """The images of a repository. Documents for the Resolver."""

    def __init__(self, repository: "Repository") -> None:
        self._repository = repository
        self._reference = repository.reference

    def read_named(self) -> tuple[str, bytes]:
        """The manifest or index that the reference names, and its digest."""
        reference = self._reference
        if reference.digest:
            return reference.digest, self.read_by_digest(reference.digest)
        response = self._repository.get_manifest(reference.tag, ACCEPT)
        data = response.read_all(MANIFEST_LIMIT)
        stated = response.headers.get("docker-content-digest", "")
        digest = digest_of(data)
        if stated.startswith("sha256:") and stated != digest:
            raise SafeIOError(f"{reference}: its digest is {digest}, the registry says {stated}: fetch it again")
        return digest, data

    def read_by_digest(self, digest: str) -> bytes:
        """The manifest or index of a digest, whatever its size."""
        data = self._repository.get_manifest(digest, ACCEPT).read_all(MANIFEST_LIMIT)
        return verify_bytes(data, digest, len(data), str(self._reference))

    def read_manifest(self, descriptor: Descriptor) -> bytes:
        where = f"{self._reference}: manifest {descriptor.digest[:19]}"
        data = self._repository.get_manifest(descriptor.digest, ACCEPT).read_all(MANIFEST_LIMIT)
        return verify_bytes(data, descriptor.digest, descriptor.size, where)

    def read_config(self, descriptor: Descriptor) -> bytes:
        where = f"{self._reference}: configuration {descriptor.digest[:19]}"
        if descriptor.size > CONFIG_LIMIT:
            raise SafeIOError(f"{where}: {descriptor.size:,} bytes, above the limit of {CONFIG_LIMIT:,}; refused")
        stream = self._open_blob(descriptor.digest, descriptor.size, where)
        try:
            pieces = []
            while piece := stream.read(CONFIG_LIMIT):
                pieces.append(piece)
            return b"".join(pieces)
        finally:
            stream.close()

    def layer(self, layer: Layer, descriptor: Descriptor, *, is_lazy: bool = False) -> LayerBlob:
        where = f"{self._reference}: layer {layer.index}"
        read = partial(self._repository.read_range, layer.digest, where=where)
        parts = parts_of(descriptor, read) if is_lazy else None
        return LayerBlob(layer, layer.diff_id, partial(self._open_layer, layer, descriptor), parts=parts)

    def _open_layer(self, layer: Layer, descriptor: Descriptor) -> ByteStream:
        where = f"{self._reference}: layer {layer.index}"
        try:
            return self._open_blob(layer.digest, layer.size, f"{where} ({layer.digest[:19]})")
        except NetError as error:
            absent = absent_layer(descriptor, where) if error.status == 404 else None
            if absent is None:
                raise
            raise absent from error

    def _open_blob(self, digest: str, size: int, where: str) -> ByteStream:
        return VerifiedStream(self._repository.open_blob(digest, where), digest, size, where)


SOURCE = Source("registry", prefixes=("registry:", "docker://"), open=open_remote, is_local=False)
