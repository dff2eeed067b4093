"""Images in registries (OCI distribution specification 1.1). Layers are streamed; nothing is stored on the way."""

from functools import partial
from typing import TYPE_CHECKING

from lading.image.blobs import absent_layer
from lading.image.config import CONFIG_LIMIT
from lading.image.manifest import (
    ACCEPT,
    MANIFEST_LIMIT,
    Descriptor,
    parse_manifest,
)
from lading.image.opened import LayerBlob, Opened, describe
from lading.image.reference import parse_registry_reference
from lading.image.resolve import Resolver
from lading.image.source import Request, Source
from lading.model.errors import NetError, SafeIOError
from lading.model.image import Layer
from lading.model.ports import ByteStream
from lading.safeio.verify import VerifiedStream, digest_of, verify_bytes

if TYPE_CHECKING:
    from lading.image.repository import Repository
    from lading.net.client import HttpClient


def open_remote(request: Request, client: "HttpClient | None" = None) -> Opened:
    """The image of a reference in a registry. Raises ImageError, SafeIOError, NetError."""
    from lading.image.repository import Repository
    from lading.net.client import HttpClient

    options = request.options
    reference = parse_registry_reference(request.text)
    client = client or HttpClient(
        str(options.ca_cert or ""),
        options.insecure,
        timeout=options.timeout,
        token_hosts=options.token_hosts,
        network=options.network,
    )
    try:
        images = _Images(Repository(reference, client, options.plain_http))
        digest, data = images.read_named()
        name = str(reference)
        found = Resolver(images, request.wanted, name).resolve(digest, parse_manifest(data, name))
        image, clues = describe(name, SOURCE.id, found)
        layers = tuple(map(images.layer, image.layers, found.manifest.layers))
        return Opened(image, layers, client.close, clues=clues)
    except BaseException:
        client.close()
        raise


class _Images:
    """The images of a repository. Documents for the Resolver."""

    def __init__(self, repository: "Repository") -> None:
        self._repository = repository
        self._reference = repository.reference

    def read_named(self) -> tuple[str, bytes]:
        """The manifest or index that the reference names, and its digest."""
        reference = self._reference
        if reference.digest:
            response = self._repository.get_manifest(reference.digest, ACCEPT)
            data = response.read_all(MANIFEST_LIMIT)
            return reference.digest, verify_bytes(data, reference.digest, len(data), str(reference))
        response = self._repository.get_manifest(reference.tag, ACCEPT)
        data = response.read_all(MANIFEST_LIMIT)
        stated = response.headers.get("docker-content-digest", "")
        digest = digest_of(data)
        if stated.startswith("sha256:") and stated != digest:
            raise SafeIOError(f"{reference}: its digest is {digest}, the registry says {stated}: fetch it again")
        return digest, data

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

    def layer(self, layer: Layer, descriptor: Descriptor) -> LayerBlob:
        return LayerBlob(layer, layer.diff_id, partial(self._open_layer, layer, descriptor))

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
