"""Archives as `docker save` writes them, in the form of Docker 1.10 to 24 (a directory per layer) and that of 25 and
later (blobs by digest, and an OCI layout beside them)."""

from collections.abc import Sequence
from functools import partial

from lading.image.agreement import Chosen, check_layout_agrees
from lading.image.config import clues_of, image_layers, parse_config
from lading.image.docker_manifest import MANIFEST, Entry, find_file, read_config, read_entries
from lading.image.manifest import Descriptor, printable
from lading.image.opened import LayerBlob, Opened
from lading.image.reference import full_name, parse_registry_reference
from lading.image.resolve import check_platform
from lading.image.source import Request, Source
from lading.image.store import Member, Store
from lading.model.errors import ImageError
from lading.model.image import Image, Layer


def open_docker_archive(request: Request) -> Opened:
    """The image of an archive. The selector is the name and tag it was saved under, its image ID with "@" before it, or
    empty for the only image. Raises ImageError, SafeIOError."""
    path = request.path
    if request.is_directory:
        raise ImageError(
            f"{path}: is a directory, not an archive of docker save; without docker-archive: it is detected"
        )
    store = request.store
    store.check()
    entry, names = _choose(store, path, request.selector)
    digest, data = read_config(store, path, entry.config)
    config = parse_config(data, f"{path}: configuration")
    check_platform(request.wanted, config.platform, request.name)
    check_layout_agrees(store, path, request.wanted, Chosen(names, digest))
    members = [find_file(store, path, layer) for layer in entry.layers]
    layers = image_layers(config, tuple(Descriptor("", member.size) for member in members), request.name)
    image = Image(request.name, SOURCE.id, "", digest, config.platform, layers, config.created, user=config.user)
    return Opened(
        image,
        tuple(_layer(store, layer, member) for layer, member in zip(layers, members, strict=True)),
        store.close,
        sequential=store.sequential,
        clues=clues_of(config, {}),
        diagnostics=tuple(store.diagnostics),
    )


def _choose(store: Store, path: str, selector: str) -> tuple[Entry, frozenset[str]]:
    """The entry that is asked for, and the name it was asked for by."""
    entries = read_entries(store, path)
    if not entries:
        raise ImageError(f"{path}: holds no image")
    names: frozenset[str] = frozenset()
    chosen: Sequence[Entry] = entries
    if selector:
        chosen, names = _selected(store, path, entries, selector)
        if not chosen:
            kind = "digest" if selector.startswith("@") else "tag"
            there = ", ".join(_names(store, path, entries))
            raise ImageError(f"{path}: no image with the {kind} {selector!r}: there is {there}")
    if len({(entry.config, *entry.layers) for entry in chosen}) > 1:
        there = ", ".join(_names(store, path, entries))
        raise ImageError(f"{path}: holds several images; add one of these to its name: {there}")
    return chosen[0], names


def _selected(
    store: Store, path: str, entries: Sequence[Entry], selector: str
) -> tuple[tuple[Entry, ...], frozenset[str]]:
    if selector.startswith("@"):
        digests = {config: read_config(store, path, config)[0] for config in {entry.config for entry in entries}}
        return tuple(entry for entry in entries if digests[entry.config] == selector[1:]), frozenset({selector})
    full = str(parse_registry_reference(selector))
    return tuple(entry for entry in entries if full in map(full_name, entry.tags)), frozenset({full})


def _layer(store: Store, layer: Layer, member: Member) -> LayerBlob:
    # It is the diff ID alone that binds a layer to its image: what else has been met under that diff ID is no evidence
    # for this archive, but that this very file has been read is.
    key = f"{layer.diff_id}, file {store.identity} at {member.offset}" if store.identity else ""
    return LayerBlob(layer, key, partial(store.open, member), order=member.offset)


def _detects(request: Request) -> bool:
    return not request.is_directory and request.store.has(MANIFEST)


def _selectors(request: Request) -> tuple[str, ...]:
    request.store.check()
    return _names(request.store, request.path, read_entries(request.store, request.path))


def _names(store: Store, path: str, entries: Sequence[Entry]) -> tuple[str, ...]:
    """What to call each image by: its tags, or its ID where it has none."""
    tags = {printable(tag) for entry in entries for tag in entry.tags}
    nameless = {entry.config for entry in entries if not entry.tags}
    return (*sorted(tags), *sorted(f"@{read_config(store, path, config)[0]}" for config in nameless))


SOURCE = Source(
    "docker-archive", prefixes=("docker-archive:",), open=open_docker_archive, detects=_detects, selectors=_selectors
)
