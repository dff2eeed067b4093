"""Images in registries (OCI distribution specification 1.1). Layers are streamed; nothing is stored on the way."""

import re
from functools import partial
from pathlib import Path
from typing import Final

import msgspec
from msgspec import Struct

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
from lading.image.resolve import Resolver
from lading.model.errors import NetError, SafeIOError
from lading.model.image import Image, Layer
from lading.model.ports import ByteStream
from lading.net.client import HttpClient
from lading.net.credentials import Credentials, read_credentials
from lading.net.response import HttpResponse
from lading.net.resume import ResumingStream
from lading.net.session import Session
from lading.safeio.verify import VerifiedStream, digest_of, verify_bytes

_ACCEPT: Final = ", ".join((OCI_INDEX, OCI_MANIFEST, DOCKER_LIST, DOCKER_MANIFEST))
_ANY_LENGTH: Final = 1 << 62
_ERROR_LIMIT: Final = 64 * 1024
_NOT_TEXT: Final = re.compile(r"[^\x20-\x7e]+")


def open_registry_image(
    text: str, wanted: Wanted, plain_http: bool, insecure: bool, ca_cert: Path | None, client: HttpClient | None = None
) -> Opened:
    """The image of a reference in a registry. Raises ImageError, SafeIOError, NetError."""
    reference = parse_registry_reference(text)
    client = client or HttpClient(str(ca_cert or ""), insecure)
    try:
        return _open(_Repository(reference, client, plain_http), reference, wanted, client)
    except BaseException:
        client.close()
        raise


def _open(repository: "_Repository", reference: RegistryReference, wanted: Wanted, client: HttpClient) -> Opened:
    digest, data = repository.read_named()
    found = Resolver(repository, wanted, str(reference)).resolve(digest, parse_manifest(data, str(reference)))
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
    blobs = tuple(LayerBlob(layer, layer.diff_id, partial(repository.open_layer, layer)) for layer in layers)
    return Opened(image, blobs, client.close, clues=clues_of(found.config, found.manifest.annotations))


class _Repository:
    """One repository of a registry. Documents for the Resolver."""

    def __init__(self, reference: RegistryReference, client: HttpClient, plain_http: bool) -> None:
        self._reference = reference
        self._client = client
        self._plain_http = plain_http
        self._credentials: Credentials = read_credentials(reference.host, reference.repository)
        base = f"{'http' if plain_http else 'https'}://{reference.address}"
        self._session = Session(client, base, self._credentials, f"repository:{reference.repository}:pull")

    def read_named(self) -> tuple[str, bytes]:
        """The manifest or index that the reference names, and its digest."""
        reference = self._reference
        if reference.digest:
            response = self._get_manifest(reference.digest)
            data = response.read_all(MANIFEST_LIMIT)
            return reference.digest, verify_bytes(data, reference.digest, len(data), str(reference))
        response = self._get_manifest(reference.tag)
        data = response.read_all(MANIFEST_LIMIT)
        stated = response.headers.get("docker-content-digest", "")
        digest = digest_of(data)
        if stated.startswith("sha256:") and stated != digest:
            raise SafeIOError(f"{reference}: its digest is {digest}, the registry says {stated}: fetch it again")
        return digest, data

    def read_manifest(self, descriptor: Descriptor) -> bytes:
        where = f"{self._reference}: manifest {descriptor.digest[:19]}"
        data = self._get_manifest(descriptor.digest).read_all(MANIFEST_LIMIT)
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
        path = f"/v2/{self._reference.repository}/blobs/{digest}"
        first = self._session.get(path, {})
        if first.status != 200:
            raise self._refusal(first, where)

        def reopen(offset: int) -> HttpResponse:
            return self._session.get(path, {"Range": f"bytes={offset}-"})

        stream = ResumingStream(first, reopen, where, limit=_ANY_LENGTH, validator=None, pause=self._client.wait)
        return VerifiedStream(stream, digest, size, where)

    def _get_manifest(self, name: str) -> HttpResponse:
        path = f"/v2/{self._reference.repository}/manifests/{name}"
        response = self._session.get(path, {"Accept": _ACCEPT})
        if response.status != 200:
            raise self._refusal(response, str(self._reference))
        return response

    def _refusal(self, response: HttpResponse, what: str) -> NetError:
        """What a registry's answer means for people."""
        status, host = response.status, response.host
        answer = f"{response.answer}{_reason(response)}"
        if status in (401, 403):
            return NetError(
                f"{what}: {host} denies access ({answer}), or has no such image; tried {self._credentials.source}",
                status,
            )
        if status == 404:
            return NetError(f"{what}: not found at {host} ({answer}); check the name and the tag", status)
        advice = "leave out --plain-http" if self._plain_http and status == 400 else "is it a registry?"
        return NetError(f"{what}: {host} answered {answer}; {advice}", status)


class _Error(Struct):
    code: str = ""
    message: str = ""


class _Errors(Struct):
    errors: list[_Error] | None = None


def _reason(response: HttpResponse) -> str:
    """The registry's own words, as `: words`, empty when it has none."""
    try:
        errors = msgspec.json.decode(response.read_all(_ERROR_LIMIT), type=_Errors).errors
    except (NetError, msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return ""
    text = (errors[0].message or errors[0].code) if errors else ""
    return f": {_NOT_TEXT.sub(' ', text)[:200].strip()}" if text else ""
