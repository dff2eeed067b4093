"""Archives that are an OCI layout and an archive of docker save at once, as Docker writes them since version 25.

Docker reads one or the other by its settings, containerd and Podman read the layout first. So both must lead to the
same image, by the name that is asked for.
"""

from collections.abc import Sequence
from typing import Final

from msgspec import Struct

from lading.image.blobs import Blobs
from lading.image.docker_manifest import MANIFEST, read_config, read_entries
from lading.image.layout_index import INDEX, blob_name, names_of, read_index
from lading.image.platforms import Wanted
from lading.image.resolve import Resolver
from lading.image.store import Store
from lading.model.errors import ImageError

_ADVICE: Final = "refused, as engines take different ones: save the image again"


class Chosen(Struct, frozen=True):
    """An image by its names (none where it was not chosen by one) and its image ID."""

    names: frozenset[str]
    config_digest: str


def check_layout_agrees(store: Store, path: str, wanted: Wanted, chosen: Chosen) -> None:
    """Raises ImageError where the layout of an archive has another image than its `manifest.json`, SafeIOError."""
    if not store.has(INDEX):
        return
    resolver = Resolver(Blobs(store, path, blob_name), wanted, f"{path}: {INDEX}")
    serving = resolver.serving(read_index(store, path))
    _check(path, chosen, [Chosen(names_of(one.entry), one.found.manifest.config.digest) for one in serving])


def check_docker_agrees(store: Store, path: str, chosen: Chosen) -> None:
    """Raises ImageError where the `manifest.json` of an archive has another image than its layout, SafeIOError."""
    if not store.has(MANIFEST):
        return
    entries = read_entries(store, path)
    digests = {config: read_config(store, path, config)[0] for config in {entry.config for entry in entries}}
    _check(path, chosen, [Chosen(entry.names, digests[entry.config]) for entry in entries])


def _check(path: str, chosen: Chosen, twins: Sequence[Chosen]) -> None:
    """By the name that was asked for, or where the other side has none such, by what it has at all."""
    found = {twin.config_digest for twin in twins if not chosen.names or chosen.names & twin.names}
    if not found:
        every = {twin.config_digest for twin in twins}
        found = every & {chosen.config_digest} or every
    if found - {chosen.config_digest}:
        raise ImageError(f"{path}: {MANIFEST} and {INDEX} name different images; {_ADVICE}")
