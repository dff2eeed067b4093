"""The containers of Podman and CRI-O, read from the files in which they keep them: no service need run for it.

Source: `containers.go` of containers/storage (`<driver>-containers/containers.json`), and what conmon and the engines
put into `userdata` (podman(1), crio(8)).
"""

import os
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final

import msgspec
from msgspec import Struct

from lading.image.containers_storage import StoreRoot, read_records, store_roots, stored_layers
from lading.model.errors import EngineError, FormatError, ImageError, LadingError
from lading.model.runtime import Container, EngineName
from lading.net.engines import EngineHosts
from lading.runtime.engine_api import EngineContainer
from lading.runtime.files import read_bounded, read_pid
from lading.runtime.oci_spec import Spec, parse_spec, with_spec

_LISTS: Final = ("containers.json", "volatile-containers.json")
_CRI_O: Final = "io.kubernetes.cri-o."
_POD: Final = "io.kubernetes.pod."
_INFRA: Final = frozenset({"infra", "sandbox", "POD"})


class _Record(Struct, frozen=True):
    id: str = ""
    names: tuple[str, ...] | None = None
    image: str = ""
    layer: str = ""
    metadata: str = ""


class _Metadata(Struct, frozen=True, rename="kebab"):
    image_name: str = ""
    name: str = ""
    pod_name: str = ""
    container_name: str = ""


def storage_places(hosts: EngineHosts) -> tuple[Path, ...]:
    """Where containers and what is known of those that run may be, for a process that may read nothing else."""
    with suppress(LadingError):
        return (*(one.path for one in store_roots(hosts)), *_run_roots(hosts))
    return ()


def list_stored(hosts: EngineHosts) -> tuple[EngineContainer, ...]:
    """The containers in the stores that have been started and not ended, as far as that is known. Raises EngineError
    and ImageError for stores that cannot be read."""
    try:
        roots = store_roots(hosts)
    except FormatError as error:
        raise EngineError(str(error)) from error
    found = []
    for root in roots:
        for name in _LISTS:
            path = root.path / f"{root.driver}-containers" / name
            for record in _records(path):
                one = _container(record, root, roots, hosts)
                if one is not None:
                    found.append(one)
    return tuple(found)


def _records(path: Path) -> Sequence[_Record]:
    data = read_bounded(path)
    if data is None:
        return ()
    try:
        return msgspec.json.decode(data, type=tuple[_Record, ...])
    except (msgspec.MsgspecError, UnicodeError, RecursionError) as error:
        raise EngineError(f"{path}: cannot be read: {error}") from error


def _container(
    record: _Record, root: StoreRoot, roots: tuple[StoreRoot, ...], hosts: EngineHosts
) -> EngineContainer | None:
    places = [one / f"{root.driver}-containers" / record.id / "userdata" for one in (*_run_roots(hosts), root.path)]
    pid = next((pid for place in places if (pid := read_pid(place / "pidfile"))), 0)
    if not pid or not record.image:
        return None
    said = _metadata(record)
    spec = _spec(places)
    notes = spec.notes
    engine: EngineName = "cri-o" if f"{_POD}name" in notes else "podman"
    container = Container(
        engine=engine,
        id=record.id,
        name=notes.get("io.kubernetes.container.name") or said.name or next(iter(record.names or ()), ""),
        image=notes.get(f"{_CRI_O}ImageName") or said.image_name or _image_name(root, record),
        image_id=f"sha256:{record.image}",
        pid=pid,
        pod=notes.get(f"{_POD}name", ""),
        namespace=notes.get(f"{_POD}namespace", ""),
    )
    if spec != Spec():
        container = with_spec(container, spec)
    upper, lowers = _directories(record, root, roots)
    reference = f"containers-storage:[{root.driver}@{root.path}]{record.image}"
    return EngineContainer(container, upper, lowers, reference=reference, is_sure=False, is_infra=_is_infra(spec, said))


def _metadata(record: _Record) -> _Metadata:
    with suppress(msgspec.MsgspecError, UnicodeError, RecursionError):
        return msgspec.json.decode(record.metadata or "{}", type=_Metadata)
    return _Metadata()


def _spec(places: Sequence[Path]) -> Spec:
    """The configuration that it was started by; one of nothing where none may be read."""
    for place in places:
        data = read_bounded(place / "config.json")
        if data is not None:
            return parse_spec(data) or Spec()
    return Spec()


def _is_infra(spec: Spec, said: _Metadata) -> bool:
    """Whether it only holds the namespaces of a pod."""
    return spec.notes.get(f"{_CRI_O}ContainerType") == "sandbox" or (
        bool(said.pod_name) and said.container_name in _INFRA
    )


def _image_name(root: StoreRoot, record: _Record) -> str:
    with suppress(ImageError):
        for image in read_records(root):
            if image.id == record.image:
                return next(iter(image.names or ()), image.id)
    return record.image


def _directories(record: _Record, root: StoreRoot, roots: tuple[StoreRoot, ...]) -> tuple[str, tuple[str, ...]]:
    """Where what it wrote lies, and where its image's layers do, the topmost first; nothing where that is not
    overlayfs."""
    with suppress(ImageError):
        layers = stored_layers(roots, record.layer, record.id)
        if root.driver == "overlay" and layers and os.access(layers[-1].directory, os.R_OK):
            *below, top = (str(one.directory) for one in layers)
            return top, tuple(reversed(below))
    return "", ()


def _run_roots(hosts: EngineHosts) -> Iterator[Path]:
    if hosts.is_root and hosts.system is not None:
        yield hosts.system / "containers/storage"
    if hosts.runtime:
        yield Path(hosts.runtime) / "containers"
