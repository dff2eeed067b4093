"""What engines say of the containers that they run, and what of that is worth a line."""

import json
from typing import Any

import pytest

from lading.model.errors import EngineError, NetError
from lading.model.runtime import Container, Mount, PublishedPort
from lading.net.engines import EngineAddress
from lading.runtime.concerns import concerns_of
from lading.runtime.engine_api import EngineContainer, list_running
from tests.support.engines import said_by_engine

ID = "c0" * 32
IMAGE = "1a" * 32
INSPECTED: dict[str, Any] = {
    "Id": ID,
    "Name": "/web",
    "Image": f"sha256:{IMAGE}",
    "AppArmorProfile": "docker-default",
    "State": {"Status": "running", "Pid": 4711},
    "Config": {"Image": "nginx:1.25", "User": "101:101"},
    "HostConfig": {"NetworkMode": "host", "ReadonlyRootfs": True, "SecurityOpt": ["no-new-privileges"]},
    "Mounts": [
        {"Type": "bind", "Source": "/run/docker.sock", "Destination": "/var/run/docker.sock", "RW": True},
        {"Type": "volume", "Name": "data", "Source": "/var/lib/docker/volumes/data/_data", "Destination": "/data"},
    ],
    "NetworkSettings": {"Ports": {"80/tcp": [{"HostIp": "0.0.0.0", "HostPort": "8080"}], "81/udp": None}},
    "GraphDriver": {"Name": "overlay2", "Data": {"UpperDir": "/o/x/diff", "LowerDir": "/o/x-init/diff:/o/y/diff"}},
}
Answers = dict[str, tuple[int, bytes]]


def said(*inspected: dict[str, Any], listed: bytes | None = None) -> Answers:
    answers = {f"/containers/{one['Id']}/json": (200, json.dumps(one).encode()) for one in inspected}
    return {
        "/containers/json": (200, listed or json.dumps([{"Id": one["Id"]} for one in inspected]).encode()),
        **answers,
    }


def asked(answers: Answers) -> tuple[EngineContainer, ...]:
    with said_by_engine(answers, {}) as socket:
        return list_running("docker", EngineAddress("http://engine", f"unix://{socket}", socket), 5)


def test_a_container_as_its_engine_has_it() -> None:
    (found,) = asked(said(INSPECTED))
    assert found == EngineContainer(
        Container(
            engine="docker",
            id=ID,
            name="web",
            image="nginx:1.25",
            image_id=f"sha256:{IMAGE}",
            pid=4711,
            user="101:101",
            seccomp="default",
            apparmor="docker-default",
            no_new_privileges=True,
            read_only=True,
            host_namespaces=("network",),
            ports=(PublishedPort(80, "tcp", "0.0.0.0:8080"),),
            mounts=(Mount("/data", "data", "volume"), Mount("/var/run/docker.sock", "/run/docker.sock", "bind", True)),
        ),
        "/o/x/diff",
        ("/o/x-init/diff", "/o/y/diff"),
        f"docker:sha256:{IMAGE}",
    )


def test_what_ends_meanwhile_is_left_out() -> None:
    stopped = {**INSPECTED, "Id": "d0" * 32, "State": {"Status": "exited", "Pid": 0}}
    answers = said(INSPECTED, stopped)
    assert [one.container.id for one in asked(answers)] == [ID]
    del answers[f"/containers/{ID}/json"]
    assert asked(answers) == ()


@pytest.mark.parametrize(
    ("listed", "error"),
    [
        (b'[{"Id": "../../etc"}]', "no ID of a container"),
        (b"[[[[", "its list of containers cannot be read"),
        (b'{"Id": 1}', "its list of containers cannot be read"),
    ],
)
def test_answers_that_cannot_be(listed: bytes, error: str) -> None:
    with pytest.raises(EngineError, match=error):
        asked(said(INSPECTED, listed=listed))


def test_an_engine_that_refuses() -> None:
    with pytest.raises(NetError, match="answered 403 Forbidden to the request for its list of containers"):
        asked({"/containers/json": (403, b"{}")})


@pytest.mark.parametrize(
    ("changes", "concerns"),
    [
        ({}, ()),
        ({"privileged": True, "seccomp": "unconfined"}, ("privileged: it may do on the host whatever root may",)),
        ({"host_namespaces": ("pid",)}, ("shares the host's pid namespace",)),
        ({"capabilities": ("CHOWN", "SYS_ADMIN")}, ("capability SYS_ADMIN: mounts, and most of what root may do",)),
        ({"seccomp": "unconfined"}, ("seccomp confines nothing",)),
        (
            {"mounts": (Mount("/s", "/var/run/docker.sock"),)},
            ("Docker's socket is mounted (/s): it may start anything on the host",),
        ),
        ({"mounts": (Mount("/host", "/"),)}, ("the host's root is mounted, readable (/host)",)),
        ({"mounts": (Mount("/e", "/etc/../etc", "bind", True),)}, ("the host's /etc is mounted, writable (/e)",)),
        ({"mounts": (Mount("/etc/hosts", "/etc/hosts"), Mount("/d", "etc", "volume"), Mount("/x", "/etcetera"))}, ()),
        (
            {"mounts": (Mount("/r", "/run/", "bind", True),)},
            ("the host's /run is mounted, writable (/r): engines have their sockets there",),
        ),
    ],
)
def test_what_lets_a_container_out(changes: dict[str, Any], concerns: tuple[str, ...]) -> None:
    assert concerns_of(Container("docker", ID, "web", "nginx", **changes)) == concerns
