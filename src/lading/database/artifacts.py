"""The database in a registry: an OCI artifact with a layer for each shard, so that each client takes what it needs.

Its first layer is `database.json`, the list of the shards (lading.advisories.sets), its second the list's signature if
it is signed; the others are the shards, each compressed with zstd and annotated with where it came from.
"""

import hashlib
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Final

from msgspec import Struct, structs

from lading.advisories.exports import DOCUMENT, SIGNATURE
from lading.advisories.freshness import stale
from lading.advisories.incoming import (
    Received,
    choose,
    find_provenance,
    install,
    plan,
    receive,
    received,
    receiving,
)
from lading.advisories.moments import is_newer
from lading.advisories.place import file_of
from lading.advisories.sets import MOST_BYTES, ShardSet, parse_set, set_of
from lading.advisories.store import ShardStore
from lading.image.artifact import EMPTY, TITLE, ArtifactLayer, artifact_manifest, read_artifact
from lading.image.reference import RegistryReference, parse_registry_reference
from lading.image.repository import Repository
from lading.image.upload import push_blob, push_manifest
from lading.model.advisory import Provenance, ShardName
from lading.model.errors import AdvisoryError, LadingError, SafeIOError, UsageError
from lading.model.ports import Progress, Region
from lading.net.client import HttpClient
from lading.net.network import Network
from lading.safeio.inflate import open_inflated
from lading.safeio.limits import Limits
from lading.safeio.packing import Packer
from lading.safeio.region import RegionStream
from lading.safeio.trust import check_demanded, sign_for
from lading.safeio.trusted_keys import TrustedKeys
from lading.safeio.verify import digest_of, verify_bytes

ARTIFACT_TYPE: Final = "application/vnd.lading.database.v1"
_LIST_TYPE: Final = "application/vnd.lading.database.list.v1+json"
_SIGNATURE_TYPE: Final = "application/vnd.lading.database.signature.v1+sshsig"
_SHARD_TYPE: Final = "application/vnd.lading.database.shard.v1.sqlite+zstd"
_CREATED: Final = "org.opencontainers.image.created"
_OURS: Final = "dev.lading.shard"
_LATEST: Final = "latest"
_CHUNK: Final = 1024 * 1024
_LIMITS: Final = Limits(total=100_000_000_000)


class Registry(Struct, frozen=True):
    """How to talk to a registry; `timeout` is how many seconds it may send nothing, `token_hosts` are as HttpClient
    takes them."""

    plain_http: bool = False
    insecure: bool = False
    ca_cert: Path | None = None
    timeout: float = 120.0
    token_hosts: tuple[str, ...] = ()
    network: Network = Network()


_DEFAULT: Final = Registry()


class Pushed(Struct, frozen=True):
    """What a push did: the manifest's digest, the tags it has now, how many shards there are and how many of them the
    registry did not have."""

    name: str
    digest: str
    tags: tuple[str, ...]
    shards: int
    sent: int


def push_database(
    text: str, store: ShardStore, database: Path, registry: Registry, key: Path | None, progress: Progress
) -> Pushed:
    """Uploads all shards to the repository `text`; the tags are its own (`latest` without one) and the day of the
    newest shard. Raises UsageError, ImageError, NetError, AdvisoryError."""
    reference, registry = locate(text, registry)
    if reference.digest:
        raise UsageError(f"{text}: a push gives the digest: leave it out")
    pushed = set_of(store.check(name) for name in store.names())
    if not pushed.shards:
        raise UsageError(f"{database}: holds no shards; lading db update fetches them")
    signature = sign_for("database", pushed.document, key) if key is not None else None
    sent = 0
    with opened(reference, registry, push=True) as repository:
        layers = [push_bytes(repository, pushed.document, DOCUMENT, _LIST_TYPE, progress)]
        if signature is not None:
            layers.append(push_bytes(repository, signature, SIGNATURE, _SIGNATURE_TYPE, progress))
        for one in pushed.shards:
            layer, was_sent = _push_shard(repository, one, file_of(database, one), progress)
            layers.append(layer)
            sent += was_sent
        push_bytes(repository, EMPTY, "configuration", "", progress)
        data, media_type = artifact_manifest(ARTIFACT_TYPE, tuple(layers), {_CREATED: pushed.date})
        tags = tuple(dict.fromkeys((pushed.date[:10], reference.tag)))
        for tag in tags:
            push_manifest(repository, tag, data, media_type)
    return Pushed(f"{reference.host}/{reference.repository}", digest_of(data), tags, len(pushed.shards), sent)


def pull_database(
    text: str,
    names: Sequence[str],
    database: Path,
    registry: Registry,
    trust: TrustedKeys,
    progress: Progress,
    *,
    allow_older: bool = False,
    pin: bool = False,
) -> Received:
    """Takes shards (those of these names, or all) from an artifact, as far as they are not here yet. What was cut
    short is gone on with the next time. Raises UsageError, ImageError, NetError, AdvisoryError, SafeIOError."""
    reference, registry = locate(text, registry)
    where = str(reference)
    with receiving(database) as folder, opened(reference, registry) as repository:
        offered, layers = _read_list(repository, trust, where)
        planned = plan(database, choose(offered, names, where), where, allow_older=allow_older)
        files = {
            ShardName(one.shard): received(folder, one, where) or _pull_shard(repository, one, layers, folder, progress)
            for one in planned.fetch
        }
        return install(database, planned, files, pin=pin)


def pull_stale(
    text: str,
    shards: Sequence[ShardName],
    database: Path,
    trust: TrustedKeys,
    progress: Progress,
    now: datetime,
    registry: Registry = _DEFAULT,
) -> tuple[str, ...]:
    """Takes those of the shards that have to be fetched (lading.advisories.freshness) from an artifact. One that is
    older there than here is left. Gives a line for each that could not be had; an old one then goes on serving."""
    store = ShardStore(database)
    old = stale(shards, store, now)
    if not old:
        return ()
    try:
        reference, parsed = locate(text, registry)
        with opened(reference, parsed) as repository:
            offered, _ = _read_list(repository, trust, text)
        held = {one.shard: find_provenance(store, one.shard) for one in offered.shards if one.shard in old}
        newer = [
            one.shard
            for one in offered.shards
            if one.shard in held and ((mine := held[one.shard]) is None or is_newer(one, mine, now))
        ]
        if newer:
            pull_database(text, newer, database, registry, trust, progress)
    except LadingError as error:
        return (str(error),)
    return tuple(_left(text, offered, old, held, now))


def locate(text: str, registry: Registry) -> tuple[RegistryReference, Registry]:
    """A reference, with `oci://` or (without encryption) `oci+http://` before it. Raises ImageError."""
    if text.startswith("oci+http://"):
        return parse_registry_reference(text.removeprefix("oci+http://")), structs.replace(registry, plain_http=True)
    return parse_registry_reference(text.removeprefix("oci://")), registry


@contextmanager
def opened(
    reference: RegistryReference, registry: Registry, *, push: bool = False, what: str = "database"
) -> Iterator[Repository]:
    """The repository of a reference, of which people know that `what` is in it."""
    client = HttpClient(
        str(registry.ca_cert or ""),
        registry.insecure,
        timeout=registry.timeout,
        token_hosts=registry.token_hosts,
        network=registry.network,
    )
    try:
        yield Repository(reference, client, registry.plain_http, push=push, what=what)
    finally:
        client.close()


def push_bytes(repository: Repository, data: bytes, title: str, media_type: str, progress: Progress) -> ArtifactLayer:
    """Uploads a small blob; gives the layer of an artifact that it is."""
    with tempfile.TemporaryFile() as file:
        file.write(data)
        file.seek(0)
        push_blob(repository, digest_of(data), len(data), file, progress, title)
    return ArtifactLayer(media_type, digest_of(data), len(data), {TITLE: title})


def _push_shard(
    repository: Repository, shard: Provenance, path: Path, progress: Progress
) -> tuple[ArtifactLayer, bool]:
    progress.start(shard.shard, shard.shard)
    try:
        with tempfile.TemporaryFile() as file:
            with Packer(file) as packer:
                packer.write_file(path)
            file.seek(0)
            sent = push_blob(repository, packer.digest, packer.size, file, progress, shard.shard)
    except OSError as error:
        raise AdvisoryError(f"{path}: cannot be read: {error.strerror}") from error
    finally:
        progress.finish(shard.shard)
    annotations = {
        TITLE: path.with_stem(shard.shard).name,
        _CREATED: shard.built,
        f"{_OURS}.name": shard.shard,
        f"{_OURS}.digest": shard.digest,
        f"{_OURS}.size": str(shard.size),
        f"{_OURS}.feed": shard.feed,
        f"{_OURS}.records": str(shard.records),
        f"{_OURS}.upstream-date": shard.upstream_date,
    }
    return ArtifactLayer(_SHARD_TYPE, packer.digest, packer.size, annotations), sent


def _read_list(repository: Repository, trust: TrustedKeys, where: str) -> tuple[ShardSet, dict[str, ArtifactLayer]]:
    """The list of an artifact's shards, checked, and the layer that has each shard, by its name."""
    _, layers = read_artifact(repository, ARTIFACT_TYPE)
    documents = {layer.media_type: layer for layer in layers}
    if _LIST_TYPE not in documents:
        raise AdvisoryError(f"{where}: has no list of its shards; push it again")
    document = read_bytes(repository, documents[_LIST_TYPE], where)
    signed = documents.get(_SIGNATURE_TYPE)
    signature = read_bytes(repository, signed, where) if signed else None
    if why := check_demanded(document, signature, trust, "database").why:
        raise AdvisoryError(f"{where}: {why}")
    shards = {layer.annotations.get(f"{_OURS}.name", ""): layer for layer in layers if layer.media_type == _SHARD_TYPE}
    return parse_set(document, where), shards


def read_bytes(repository: Repository, layer: ArtifactLayer, where: str) -> bytes:
    """A small layer, checked against its digest. Raises AdvisoryError, NetError, SafeIOError."""
    if layer.size > MOST_BYTES:
        raise AdvisoryError(f"{where}: {layer.title[:100]!r} has {layer.size:,} bytes; refused")
    stream = repository.open_blob(layer.digest, where)
    try:
        pieces, held = [], 0
        while held <= layer.size and (piece := stream.read(_CHUNK)):
            pieces.append(piece)
            held += len(piece)
    finally:
        stream.close()
    return verify_bytes(b"".join(pieces), layer.digest, layer.size, where)


def _pull_shard(
    repository: Repository, shard: Provenance, layers: dict[str, ArtifactLayer], folder: Path, progress: Progress
) -> Path:
    where = f"{repository.reference}: the shard {shard.shard}"
    layer = layers.get(shard.shard)
    if layer is None:
        raise AdvisoryError(f"{where} is listed but not there; push the database again")
    path = folder / f"{shard.shard}.{layer.digest.partition(':')[2]}.part"
    progress.start(shard.shard, shard.shard, layer.size)
    try:
        _download(repository, layer, path, where, progress, shard.shard)
        stream = open_inflated(RegionStream(Region(str(path), 0, layer.size)), where, _LIMITS)
        file = receive(folder, shard, iter(lambda: stream.read(_CHUNK), b""), str(repository.reference))
        stream.close()
        path.unlink()
        return file
    except SafeIOError as error:
        path.unlink(missing_ok=True)
        raise AdvisoryError(f"{where} is damaged; pull it again, or push the database again") from error
    except OSError as error:
        raise AdvisoryError(f"{path}: cannot be written: {error.strerror}") from error
    finally:
        progress.finish(shard.shard)


def _download(
    repository: Repository, layer: ArtifactLayer, path: Path, where: str, progress: Progress, key: str
) -> None:
    """A layer's bytes into a file, which may hold the first of them. Raises SafeIOError when they are others."""
    digest = hashlib.new(layer.digest.partition(":")[0])
    with path.open("a+b") as file:
        file.seek(0)
        held = 0
        while piece := file.read(_CHUNK):
            digest.update(piece)
            held += len(piece)
        progress.advance(key, held)
        if held < layer.size:
            stream = repository.open_blob(layer.digest, where, start=held)
            try:
                while held <= layer.size and (piece := stream.read(_CHUNK)):
                    digest.update(piece)
                    file.write(piece)
                    held += len(piece)
                    progress.advance(key, len(piece))
            finally:
                stream.close()
    if held != layer.size or f"{digest.name}:{digest.hexdigest()}" != layer.digest:
        raise SafeIOError(f"{where}: has another digest or size than the manifest says")


def _left(
    text: str, offered: ShardSet, old: Sequence[ShardName], held: Mapping[str, Provenance | None], now: datetime
) -> Iterator[str]:
    """A line for each shard that was asked for and could not be had."""
    offers = {one.shard for one in offered.shards}
    absent = [name for name in old if name not in offers]
    if absent:
        yield f"{text}: has no shard {', '.join(absent)}"
    for one in offered.shards:
        mine = held.get(one.shard)
        if mine is not None and is_newer(mine, one, now):
            yield (
                f"{text}: has {one.shard} of {one.built or 'no date'}, which is older than what is downloaded, of "
                f"{mine.built}: not taken; lading db pull --allow-older takes it"
            )
