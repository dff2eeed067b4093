"""Containers as they run: what an engine says of them, and what the kernel does."""

from typing import Literal

from msgspec import Struct

EngineName = Literal["docker", "podman", "containerd", "cri-o"]
"""Who runs a container."""


class Mount(Struct, frozen=True, order=True, omit_defaults=True):
    """A directory or file at `path` of a container that is none of its image's: the host's path `source` where `kind`
    is "bind", else a volume's name, or empty."""

    path: str
    source: str = ""
    kind: str = "bind"
    writable: bool = False


class PublishedPort(Struct, frozen=True, order=True, omit_defaults=True):
    """A port of a container (`protocol` tcp, udp, sctp) that is open at `host` (ADDRESS:PORT)."""

    port: int
    protocol: str = "tcp"
    host: str = ""


class Container(Struct, frozen=True, omit_defaults=True):
    """One container. `image` is the reference that it was started by, `image_id` the digest of the image's
    configuration where the engine tells it. `pid` is that of its first process, 0 where that is not on this machine or
    not known. `pod` is the pod that it is of, `namespace` that of its engine or cluster.

    `user` is whom it runs as, by the engine's word or the kernel's number. `capabilities` are those that its processes
    may have (without `CAP_`), sorted; `seccomp` and `apparmor` are the profiles that confine it, "unconfined" for none
    and empty where that is not known. `host_namespaces` are those of the host's that it shares ("network", "pid",
    "ipc", "uts", "user"). `concerns` says in words what of all this lets it out of its bounds.
    """

    engine: EngineName
    id: str
    name: str
    image: str
    image_id: str = ""
    state: str = "running"
    pid: int = 0
    pod: str = ""
    namespace: str = ""
    user: str = ""
    privileged: bool = False
    capabilities: tuple[str, ...] = ()
    seccomp: str = ""
    apparmor: str = ""
    no_new_privileges: bool = False
    read_only: bool = False
    host_namespaces: tuple[str, ...] = ()
    ports: tuple[PublishedPort, ...] = ()
    mounts: tuple[Mount, ...] = ()
    concerns: tuple[str, ...] = ()

    @property
    def label(self) -> str:
        """What people call it."""
        return f"{self.engine}/{self.name or self.id[:12]}"
