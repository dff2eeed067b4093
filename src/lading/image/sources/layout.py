"""OCI image layouts (OCI image specification 1.1, image-layout.md), as a directory or packed in a tar."""

from pathlib import Path

from lading.image.agreement import Chosen, check_docker_agrees
from lading.image.blobs import Blobs
from lading.image.layout_index import BLOBS, INDEX, MARKER, blob_name, entries_tagged, read_index
from lading.image.local_attached import LocalAttachments, is_attached
from lading.image.manifest import REF_NAME
from lading.image.opened import Opened, with_attachments
from lading.image.reference import full_name
from lading.image.resolve import Resolver
from lading.image.source import Request, Source


def open_layout(request: Request) -> Opened:
    """The image of a layout. The selector is a tag, a digest with "@" before it, or empty for the only image or the one
    that serves the platform. Raises ImageError, SafeIOError."""
    store, path, selector = request.store, request.path, request.selector
    store.check()
    blobs = Blobs(store, path, blob_name)
    entries = all_entries = read_index(store, path)
    if selector.startswith("@"):
        entries = (blobs.by_digest(selector[1:]),)
    elif selector:
        entries = entries_tagged(entries, selector, path)
    entries = tuple(one for one in entries if not is_attached(one))
    serving = Resolver(blobs, request.wanted, request.name).resolve_one_of(entries)
    found = serving.found
    if not request.is_directory and not selector.startswith("@"):
        names = frozenset({selector, full_name(selector)}) if selector else frozenset()
        check_docker_agrees(store, path, Chosen(names, found.manifest.config.digest))
    opened = blobs.open(request.name, "oci-layout" if request.is_directory else "oci-archive", found)
    return with_attachments(opened, LocalAttachments(blobs, found.digest, serving.entry, all_entries))


def _detects(request: Request) -> bool:
    if request.is_directory:
        path = Path(request.path)
        return (path / MARKER).exists() or ((path / INDEX).exists() and (path / BLOBS).is_dir())
    return request.store.has(INDEX) or request.store.has(MARKER)


def _selectors(request: Request) -> tuple[str, ...]:
    request.store.check()
    listed = read_index(request.store, request.path)
    entries = [one for one in listed if not (one.has_no_platform or is_attached(one))]
    return tuple(sorted({one.annotations.get(REF_NAME) or f"@{one.digest}" for one in entries}))


SOURCE = Source(
    "oci", prefixes=("oci:", "oci-archive:", "oci-dir:"), open=open_layout, detects=_detects, selectors=_selectors
)
