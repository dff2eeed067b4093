"""The containers of containerd, also those of Kubernetes (its CRI plugin), read from the files in which it keeps them.

Source: containerd's `core/metadata/buckets.go` (containers, snapshots), `core/snapshots/storage/bolt.go` (IDs of
snapshots and their parents), `plugins/snapshots/overlay` (`snapshots/ID/fs`), and the directory of each task
(`io.containerd.runtime.v2.task/NAMESPACE/ID`: `init.pid`, `config.json`).
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from msgspec import Struct

from lading.image.containerd_store import databases
from lading.model.runtime import Container
from lading.net.engines import EngineHosts
from lading.runtime.engine_api import EngineContainer
from lading.runtime.files import read_bounded, read_pid
from lading.runtime.oci_spec import parse_spec, with_spec
from lading.safeio.bolt import BoltFile, Bucket, read_stable

_DATABASE: Final = "io.containerd.metadata.v1.bolt/meta.db"
_TASKS: Final = "io.containerd.runtime.v2.task"
_OVERLAYFS: Final = "overlayfs"
_SNAPSHOTS: Final = "io.containerd.snapshotter.v1.overlayfs"
_DOCKER: Final = "moby"
"""Docker's own namespace, whose containers it tells of itself."""
_KUBERNETES: Final = "io.kubernetes."
_SANDBOX: Final = ("io.cri-containerd.kind", "sandbox")
_MOST_LAYERS: Final = 1000


class _Record(Struct, frozen=True):
    namespace: str
    id: str
    image: str
    labels: Mapping[str, str]
    snapshotter: str
    snapshot: str
    chain: str


def containerd_places(hosts: EngineHosts) -> tuple[Path, ...]:
    """Where containerd keeps its content and its tasks, for a process that may read nothing else."""
    roots = databases(hosts.containerd_roots)
    return (*roots, *(state for root in roots for state in _states(root, hosts)))


def list_containerd(hosts: EngineHosts) -> tuple[EngineContainer, ...]:
    """The containers that have a task. Raises SafeIOError and EngineError."""
    found = []
    for root in databases(hosts.containerd_roots):
        snapshots = root / _SNAPSHOTS / "metadata.db"
        parents = read_stable(str(snapshots), _snapshots) if snapshots.is_file() else {}
        for record in read_stable(str(root / _DATABASE), _records):
            task = next((one for one in _tasks(root, record, hosts) if read_pid(one / "init.pid")), None)
            if task is not None:
                found.append(_container(root, record, task, parents))
    return tuple(found)


def _container(root: Path, record: _Record, task: Path, parents: Mapping[str, tuple[int, str]]) -> EngineContainer:
    labels = record.labels
    container = Container(
        engine="containerd",
        id=record.id,
        name=labels.get(f"{_KUBERNETES}container.name") or labels.get("nerdctl/name") or record.id,
        image=record.image,
        pid=read_pid(task / "init.pid"),
        pod=labels.get(f"{_KUBERNETES}pod.name", ""),
        namespace=labels.get(f"{_KUBERNETES}pod.namespace") or record.namespace,
    )
    spec = parse_spec(read_bounded(task / "config.json") or b"")
    if spec is not None:
        container = with_spec(container, spec)
    upper, *lowers = _directories(root, record, parents) or ("",)
    reference = f"containerd:[{root}]{record.namespace}/{record.image}"
    is_infra = _SANDBOX in labels.items()
    return EngineContainer(container, upper, tuple(lowers), reference, record.chain, is_sure=False, is_infra=is_infra)


def _directories(root: Path, record: _Record, parents: Mapping[str, tuple[int, str]]) -> tuple[str, ...]:
    """The directory of a container's snapshot, and those of the ones below it."""
    found: list[str] = []
    name = record.snapshot if record.snapshotter == _OVERLAYFS else ""
    while name in parents and len(found) < _MOST_LAYERS:
        number, name = parents[name]
        found.append(str(root / _SNAPSHOTS / "snapshots" / str(number) / "fs"))
    return tuple(found)


def _records(database: BoltFile) -> tuple[_Record, ...]:
    return tuple(_iter_records(database))


def _iter_records(database: BoltFile) -> Iterator[_Record]:
    version = database.root.bucket(b"v1")
    for name, namespace in _buckets(version):
        containers = namespace.bucket(b"containers")
        if name == _DOCKER or containers is None:
            continue
        for id, one in _buckets(containers):
            snapshotter, key = _text(one, b"snapshotter"), one.get(b"snapshotKey") or b""
            snapshot = _inner(namespace, b"snapshots", snapshotter.encode(), key)
            labels = one.bucket(b"labels")
            yield _Record(
                name,
                id,
                _text(one, b"image"),
                {key.decode("utf-8", "replace"): _text(labels, key) for key in labels.names()} if labels else {},
                snapshotter,
                _text(snapshot, b"name") if snapshot is not None else "",
                _text(snapshot, b"parent") if snapshot is not None else "",
            )


def _snapshots(database: BoltFile) -> dict[str, tuple[int, str]]:
    """By name, the number of a snapshot and the name of the one below it."""
    version = database.root.bucket(b"v1")
    snapshots = version.bucket(b"snapshots") if version is not None else None
    return {name: (_number(one.get(b"id") or b""), _text(one, b"parent")) for name, one in _buckets(snapshots)}


def _buckets(bucket: Bucket | None) -> Iterator[tuple[str, Bucket]]:
    for key in bucket.names() if bucket is not None else ():
        inner = bucket.bucket(key) if bucket is not None else None
        if inner is not None:
            yield key.decode("utf-8", "replace"), inner


def _inner(bucket: Bucket | None, *names: bytes) -> Bucket | None:
    for name in names:
        bucket = bucket.bucket(name) if bucket is not None and name else None
    return bucket


def _text(bucket: Bucket, key: bytes) -> str:
    return (bucket.get(key) or b"").decode("utf-8", "replace")


def _number(data: bytes) -> int:
    """A number as encoding/binary's PutUvarint writes it."""
    return sum((byte & 0x7F) << 7 * place for place, byte in enumerate(data[:10]))


def _tasks(root: Path, record: _Record, hosts: EngineHosts) -> Iterator[Path]:
    if "/" in record.id or record.id in (".", "..") or "/" in record.namespace or record.namespace in (".", ".."):
        return
    for state in _states(root, hosts):
        yield state / _TASKS / record.namespace / record.id


def _states(root: Path, hosts: EngineHosts) -> Iterator[Path]:
    """Where a containerd that keeps its content at `root` keeps what is of this boot."""
    if hosts.system is not None:
        if "rancher" in root.parts:
            yield hosts.system / "k3s/containerd"
        yield hosts.system / "containerd"
    if hosts.runtime:
        yield Path(hosts.runtime) / "containerd"
