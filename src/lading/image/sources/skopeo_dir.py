"""Directories that `skopeo copy … dir:PATH` writes: the manifest, and beside it each blob in a file named by its
digest; of a list of manifests, those of its images too (containers-transports(5), "dir:path")."""

from typing import Final

from lading.image.blobs import Blobs
from lading.image.manifest import MANIFEST_LIMIT, Descriptor, parse_manifest
from lading.image.opened import Opened
from lading.image.resolve import Resolver
from lading.image.skopeo import is_skopeo_directory
from lading.image.source import Request, Source
from lading.image.store import read_member
from lading.model.errors import ImageError
from lading.safeio.verify import digest_of

_MANIFEST: Final = "manifest.json"


def open_skopeo_dir(request: Request) -> Opened:
    """The image of a directory, of a list the one for the platform. Raises ImageError, SafeIOError."""
    path, store = request.path, request.store
    if not _detects(request):
        raise ImageError(f"{path}: is not a directory as skopeo copy writes it to dir:PATH")
    if request.selector:
        raise ImageError(f"{path}: is a directory of one name, which has no tag {request.selector!r}")
    where = f"{path}: {_MANIFEST}"
    member = store.find(_MANIFEST)
    if member is None:
        raise ImageError(f"{where} is missing: the image is incomplete: copy it again")
    data = read_member(store, member, MANIFEST_LIMIT, where)
    blobs = Blobs(store, path, _blob_name)
    documents = _Documents(Blobs(store, path, _manifest_name), blobs)
    found = Resolver(documents, request.wanted, path).resolve(digest_of(data), parse_manifest(data, where))
    return blobs.open(path, SOURCE.id, found)


class _Documents:
    """Documents for the Resolver: manifests have names of their own."""

    def __init__(self, manifests: Blobs, blobs: Blobs) -> None:
        self._manifests = manifests
        self._blobs = blobs

    def read_manifest(self, descriptor: Descriptor) -> bytes:
        return self._manifests.read_manifest(descriptor)

    def read_config(self, descriptor: Descriptor) -> bytes:
        return self._blobs.read_config(descriptor)


def _blob_name(digest: str) -> str:
    return digest.partition(":")[2]


def _manifest_name(digest: str) -> str:
    return f"{_blob_name(digest)}.{_MANIFEST}"


def _detects(request: Request) -> bool:
    return request.is_directory and is_skopeo_directory(request.path)


SOURCE = Source(
    "skopeo-dir", prefixes=("skopeo-dir:",), open=open_skopeo_dir, detects=_detects, shares={"dir:": _detects}
)
