"""Containers that are listed from the files of Podman, CRI-O and containerd, made up and real."""

import json
from pathlib import Path
from typing import Any

import pytest

from lading.model.errors import EngineError, UsageError
from lading.model.runtime import Container, Mount
from lading.net.engines import EngineHosts
from lading.runtime.containerd import list_containerd
from lading.runtime.containers import places_of
from lading.runtime.engine_api import EngineContainer
from lading.runtime.oci_spec import Spec, parse_spec, with_spec
from lading.runtime.storage import list_stored

ONE, IMAGE, TOP, BASE = "c1" * 32, "1a" * 32, "70" * 32, "ba" * 32
SPEC: dict[str, Any] = {
    "process": {"user": {"uid": 101}, "capabilities": {"bounding": ["CAP_CHOWN", "CAP_BPF"]}, "noNewPrivileges": True},
    "root": {"path": "rootfs", "readonly": True},
    "mounts": [
        {"destination": "/proc", "type": "proc", "source": "proc"},
        {"destination": "/etc/hosts", "type": "bind", "source": "/x/hosts"},
        {"destination": "/data", "type": "bind", "source": "/srv/data", "options": ["rbind", "ro"]},
    ],
    "linux": {"namespaces": [{"type": "pid"}, {"type": "ipc"}, {"type": "uts"}], "seccomp": {"defaultAction": "x"}},
}


class Store:
    """The files of a store with one container that runs."""

    def __init__(self, directory: Path) -> None:
        self.root = directory / "root"
        self.run = directory / "run/containers/storage/overlay-containers" / ONE / "userdata"
        self.hosts = EngineHosts(storage_root=self.root, system=directory / "run", is_root=True)
        self.record: dict[str, Any] = {
            "id": ONE,
            "names": ["web"],
            "image": IMAGE,
            "layer": TOP,
            "metadata": json.dumps({"image-name": "localhost/web:1", "name": "web"}),
        }
        self.layers = [{"id": BASE}, {"id": TOP, "parent": BASE}]
        self.write("overlay-images/images.json", [{"id": IMAGE, "layer": BASE, "names": ["localhost/web:1"]}])
        self.write("overlay-layers/layers.json", self.layers)
        for one in (BASE, TOP):
            (self.root / "overlay" / one / "diff").mkdir(parents=True)
        self.run.mkdir(parents=True)
        (self.run / "pidfile").write_text("4711\n")
        self.spec(SPEC)

    def write(self, name: str, value: object) -> None:
        (self.root / name).parent.mkdir(parents=True, exist_ok=True)
        (self.root / name).write_text(json.dumps(value))

    def spec(self, value: object) -> None:
        self.write(f"overlay-containers/{ONE}/userdata/config.json", value)

    def listed(self) -> tuple[EngineContainer, ...]:
        self.write("overlay-containers/containers.json", [self.record])
        return list_stored(self.hosts)


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path)


def test_a_container_as_podman_keeps_it(store: Store) -> None:
    assert store.listed() == (
        EngineContainer(
            Container(
                engine="podman",
                id=ONE,
                name="web",
                image="localhost/web:1",
                image_id=f"sha256:{IMAGE}",
                pid=4711,
                user="101",
                capabilities=("BPF", "CHOWN"),
                seccomp="default",
                no_new_privileges=True,
                read_only=True,
                host_namespaces=("network",),
                mounts=(Mount("/data", "/srv/data", "bind"),),
            ),
            str(store.root / "overlay" / TOP / "diff"),
            (str(store.root / "overlay" / BASE / "diff"),),
            f"containers-storage:[overlay@{store.root}]{IMAGE}",
            is_sure=False,
        ),
    )


def test_a_container_of_a_pod(store: Store) -> None:
    notes = {
        "io.kubernetes.pod.name": "shop",
        "io.kubernetes.pod.namespace": "prod",
        "io.kubernetes.container.name": "cart",
        "io.kubernetes.cri-o.ImageName": "registry.example/cart:3",
    }
    store.spec({**SPEC, "annotations": notes})
    (found,) = store.listed()
    one = found.container
    assert (one.engine, one.name, one.image, one.pod, one.namespace) == (
        "cri-o", "cart", "registry.example/cart:3", "shop", "prod",
    )  # fmt: skip
    store.spec({**SPEC, "annotations": {**notes, "io.kubernetes.cri-o.ContainerType": "sandbox"}})
    assert [one.is_infra for one in store.listed()] == [True]


def test_what_does_not_run_or_cannot_be_read(store: Store) -> None:
    store.spec(["no", "configuration"])
    (found,) = store.listed()
    assert (found.container.user, found.container.mounts) == ("", ())
    store.layers[1]["parent"] = TOP
    store.write("overlay-layers/layers.json", store.layers)
    (found,) = store.listed()
    assert (found.upper, found.lowers) == ("", ())
    for text in ("", "x", "-1", "9" * 30):
        (store.run / "pidfile").write_text(text)
        assert store.listed() == ()
    (store.run / "pidfile").unlink()
    assert store.listed() == ()
    (store.root / "overlay-containers/containers.json").write_text("[[[")
    with pytest.raises(EngineError, match=r"containers\.json: cannot be read"):
        list_stored(store.hosts)


def test_nothing_is_no_store(tmp_path: Path) -> None:
    assert list_stored(EngineHosts(storage_root=tmp_path)) == ()
    assert list_containerd(EngineHosts(containerd_roots=(tmp_path,))) == ()


@pytest.mark.parametrize(
    ("changes", "privileged"),
    [
        ({}, False),
        ({"seccomp": None}, True),
        ({"seccomp": None, "maskedPaths": ["/proc/kcore"]}, False),
    ],
)
def test_what_is_privileged(changes: dict[str, Any], privileged: bool) -> None:
    process = {"capabilities": {"bounding": ["CAP_SYS_ADMIN"]}}
    spec = parse_spec(json.dumps({**SPEC, "process": process, "linux": {**SPEC["linux"], **changes}}).encode())
    assert spec is not None
    assert with_spec(Container("podman", ONE, "a", "b"), spec).privileged is privileged


def test_a_configuration_that_is_none() -> None:
    assert parse_spec(b"{") is None
    assert parse_spec(b"[]") is None
    assert parse_spec(b"{}") == Spec()


def test_where_engines_list_their_containers() -> None:
    assert places_of(()) == ("docker", "podman", "containers-storage", "containerd")
    assert places_of(("podman", "docker")) == ("docker", "podman", "containers-storage")
    with pytest.raises(UsageError, match="--engine dokcer: expected one or more of: docker, podman, cri-o, containerd"):
        places_of(("dokcer",))
