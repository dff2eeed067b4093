"""Images in registries (OCI distribution specification 1.1). Layers are streamed; nothing is stored on the way."""

from functools import partial
from pathlib import Path
from typing import Final

from lading.image.manifest import (
    CONFIG_LIMIT,
    DOCKER_LIST,
    DOCKER_MANIFEST,
    MANIFEST_LIMIT,
    OCI_INDEX,
    OCI_MANIFEST,
    Descriptor,
    clues_of,
    image_layers,
    parse_manifest,
)
from lading.image.opened import LayerBlob, Opened
from lading.image.platforms import Wanted
from lading.image.reference import RegistryReference, parse_registry_reference
from lading.image.repository import Repository
from lading.image.resolve import Resolver
from lading.model.errors import SafeIOError
from lading.model.image import Image, Layer
from lading.model.ports import ByteStream
from lading.net.client import HttpClient
from lading.safeio.verify import VerifiedStream, digest_of, verify_bytes

_ACCEPT: Final = ", ".join((OCI_INDEX, OCI_MANIFEST, DOCKER_LIST, DOCKER_MANIFEST))


def open_registry_image(
    text: str, wanted: Wanted, plain_http: bool, insecure: bool, ca_cert: Path | None, client: HttpClient | None = None
) -> Opened:
    """The image of a reference in a registry. Raises ImageError, SafeIOError, NetError."""
    reference = parse_registry_reference(text)
    client = client or HttpClient(str(ca_cert or ""), insecure)
    try:
        return _open(_Images(Repository(reference, client, plain_http)), reference, wanted, client)
    except BaseException:
        client.close()
        raise


def _open(images: "_Images", reference: RegistryReference, wanted: Wanted, client: HttpClient) -> Opened:
    digest, data = images.read_named()
    found = Resolver(images, wanted, str(reference)).resolve(digest, parse_manifest(data, str(reference)))
    layers = image_layers(found.config, found.manifest.layers, str(reference))
    image = Image(
        name=str(reference),
        source="registry",
        digest=found.digest,
        config_digest=found.manifest.config.digest,
        platform=found.platform,
        layers=layers,
        created=found.config.created,
    )
    blobs = tuple(LayerBlob(layer, layer.diff_id, partial(images.open_layer, layer)) for layer in layers)
    return Opened(image, blobs, client.close, clues=clues_of(found.config, found.manifest.annotations))


class _Images:
    """The images of a repository. Documents for the Resolver."""

    def __init__(self, repository: Repository) -> None:
        self._repository = repository
        self._reference = repository.reference

    def read_named(self) -> tuple[str, bytes]:
        """The manifest or index that the reference names, and its digest."""
        reference = self._reference
        if reference.digest:
            response = self._repository.get_manifest(reference.digest, _ACCEPT)
            data = response.read_all(MANIFEST_LIMIT)
            return reference.digest, verify_bytes(data, reference.digest, len(data), str(reference))
        response = self._repository.get_manifest(reference.tag, _ACCEPT)
        data = response.read_all(MANIFEST_LIMIT)
        stated = response.headers.get("docker-content-digest", "")
        digest = digest_of(data)
        if stated.startswith("sha256:") and stated != digest:
            raise SafeIOError(f"{reference}: its digest is {digest}, the registry says {stated}: fetch it again")
        return digest, data

    def read_manifest(self, descriptor: Descriptor) -> bytes:
        where = f"{self._reference}: manifest {descriptor.digest[:19]}"
        data = self._repository.get_manifest(descriptor.digest, _ACCEPT).read_all(MANIFEST_LIMIT)
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

    def open_layer(self, layer: Layer) -> ByteStream:
        where = f"{self._reference}: layer {layer.index} ({layer.digest[:19]})"
        return self._open_blob(layer.digest, layer.size, where)

    def _open_blob(self, digest: str, size: int, where: str) -> ByteStream:
        return VerifiedStream(self._repository.open_blob(digest, where), digest, size, where)
