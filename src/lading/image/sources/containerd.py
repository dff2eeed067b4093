"""Images that containerd has pulled, read from its content store as they came from their registry.

`containerd:NAME` looks in the namespace of CONTAINERD_NAMESPACE, in `default`, `k8s.io`, `moby` and the others;
`containerd:NAMESPACE/NAME` in one; `containerd:[PATH]NAME` in a containerd that keeps its content at PATH.
"""

from pathlib import Path

from lading.image.blobs import Blobs
from lading.image.containerd_store import CONTENT, databases, find_target
from lading.image.containers_storage import place_named
from lading.image.layout_index import blob_name
from lading.image.local_attached import LocalAttachments
from lading.image.manifest import parse_manifest
from lading.image.opened import Opened, with_attachments
from lading.image.reference import full_name
from lading.image.resolve import Resolver
from lading.image.source import NotHereError, Request, Source
from lading.image.store import DirectoryStore
from lading.model.errors import ImageError, SafeIOError


def open_containerd(request: Request) -> Opened:
    """The image of a name. Raises NotHereError, ImageError, SafeIOError."""
    engines = request.options.network.engines
    path, name = place_named(request.text)
    roots = databases((Path(path),) if path else engines.containerd_roots)
    if not roots:
        raise NotHereError(f"{name}: there is no containerd here whose content may be read")
    root, namespace, target = find_target(roots, engines.containerd_namespace, name, full_name(name))
    where = f"{name} in containerd ({namespace})"
    blobs = Blobs(DirectoryStore(str(root / CONTENT)), where, blob_name)
    document = parse_manifest(blobs.read_manifest(target), where)
    found = Resolver(blobs, request.wanted, name).resolve(target.digest, document)
    try:
        opened = blobs.open(name, SOURCE.id, found)
    except SafeIOError as error:
        advice = "containerd keeps unpacked layers alone where discard_unpacked_layers is set: scan its registry"
        raise ImageError(f"{error}; {advice}") from error
    return with_attachments(opened, LocalAttachments(blobs, found.digest, target))


SOURCE = Source("containerd", prefixes=("containerd:",), open=open_containerd, is_local=False)
