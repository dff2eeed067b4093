"""Images that Podman, CRI-O or Buildah keep on disk (containers-storage). They are read in place, and nothing of them
is kept in the cache: no digest vouches for files that lie unpacked.

`containers-storage:[DRIVER@PATH]NAME` names a store, as for skopeo (containers-transports(5)).
"""

from lading.image.config import clues_of, image_layers, parse_config
from lading.image.containers_storage import (
    StoredLayer,
    StoreRoot,
    find_image,
    read_big_data,
    split_store,
    store_roots,
    stored_layers,
)
from lading.image.manifest import Descriptor, Manifest, parse_manifest
from lading.image.opened import LayerBlob, Opened
from lading.image.reference import full_name
from lading.image.resolve import check_platform
from lading.image.source import NotHereError, Request, Source
from lading.model.diagnostics import diagnostic
from lading.model.errors import FormatError, ImageError
from lading.model.image import Image, Layer
from lading.model.ports import ByteStream
from lading.safeio.verify import digest_of


def open_containers_storage(request: Request) -> Opened:
    """The image of a name or ID. Raises NotHereError, ImageError."""
    named, name = split_store(request.text)
    try:
        roots = named if named is not None else store_roots(request.options.network.engines)
    except FormatError as error:
        raise ImageError(str(error)) from error
    if not roots:
        raise NotHereError(f"{name}: there is no containers-storage here, or it is empty")
    root, record = find_image(roots, name, full_name(name))
    where = f"{name} in containers-storage"
    key = f"sha256:{record.id}"
    data = read_big_data(root, record.id, key)
    if data is None or digest_of(data) != key:
        raise ImageError(f"{where}: its configuration is missing or damaged: pull it again")
    config = parse_config(data, f"{where}: configuration")
    check_platform(request.wanted, config.platform, name)
    manifest, digest = _manifest(root, record.id, where)
    kept = stored_layers(roots, record.layer, where)
    _check(kept, config.diff_ids, where)
    layers = image_layers(config, tuple(Descriptor("", 0) for _ in kept), name)
    image = Image(name, SOURCE.id, digest, key, config.platform, layers, config.created, user=config.user)
    clues = clues_of(config, manifest.annotations if manifest else {})
    directories = tuple(str(one.directory) for one in kept)
    if root.driver == "vfs" and directories:
        return _merged(image, directories[-1], Opened(image, (), _nothing, clues=clues))
    blobs = tuple(LayerBlob(layer, "", _refuse) for layer in layers)
    return Opened(image, blobs, _nothing, clues=clues, directories=directories)


def _merged(image: Image, directory: str, opened: Opened) -> Opened:
    """An image of which the driver keeps each layer with all that lies below it."""
    from msgspec import structs

    text = "the storage driver vfs keeps no layer apart from those below: what is in the image counts as of layer 1"
    told = diagnostic("layers-merged", text, image.name)
    merged = structs.replace(image, layers=(Layer(1),))
    return structs.replace(opened, image=merged, root=directory, diagnostics=(told,))


def _manifest(root: StoreRoot, image_id: str, where: str) -> tuple[Manifest | None, str]:
    """The manifest that was kept, and its digest. Only its annotations count."""
    data = read_big_data(root, image_id, "manifest")
    if data is None:
        return None, ""
    document = parse_manifest(data, f"{where}: manifest")
    return (document, digest_of(data)) if isinstance(document, Manifest) else (None, "")


def _check(kept: tuple[StoredLayer, ...], diff_ids: tuple[str, ...], where: str) -> None:
    """Raises ImageError where the layers are not those of the configuration, as far as it was noted, or not there."""
    noted = [one.diff_id for one in kept]
    if len(noted) != len(diff_ids) or any(one not in ("", other) for one, other in zip(noted, diff_ids, strict=True)):
        raise ImageError(f"{where}: its layers are not those of its configuration: pull it again")
    for number, one in enumerate(kept, 1):
        if not one.directory.is_dir():
            raise ImageError(f"{where}: the files of layer {number} are not at {one.directory}, or may not be read")


def _refuse() -> ByteStream:
    raise AssertionError("a layer in a directory is no stream")


def _nothing() -> None:
    """There is nothing to release."""


SOURCE = Source("containers-storage", prefixes=("containers-storage:",), open=open_containers_storage, is_local=False)
