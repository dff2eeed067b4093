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


class Process(Struct, frozen=True, order=True, omit_defaults=True):
    """A process of a container. `pid` is the host's number, `user` the host's number of its effective user; `program`
    the path of its executable as the container has it, without a leading slash, empty where that may not be seen.
    `deleted` tells that the file is no longer there, or another lies in its place; `unseen` that what it has loaded may
    not be seen."""

    pid: int
    name: str = ""
    user: int = 0
    program: str = ""
    deleted: bool = False
    unseen: bool = False


Change = Literal["added", "changed", "removed"]
"""What became of a file since the image."""

FileKind = Literal["program", "library", "script", "module", "database", "configuration", "link", "file"]
"""What a file is: a program or library of machine code; a script that names its interpreter; a module of an
interpreter's language; a part of a package database; a file below `etc`; a symbolic link; anything else."""


class ChangedFile(Struct, frozen=True, order=True, omit_defaults=True):
    """A file that is not as the image has it. One that was `removed` and ends in a slash is a directory with all that
    was below. `package` names the one that lists it, in the container or else in the image; `running` are the
    processes that have it mapped or run it."""

    path: str
    change: Change
    kind: FileKind = "file"
    package: str = ""
    running: tuple[int, ...] = ()


class ChangedPackage(Struct, frozen=True, order=True, omit_defaults=True):
    """A package that is not as the image has it: `before` and `after` are its versions, empty where it is not there.
    `still` are processes that go on with files of the version before."""

    type: str
    name: str
    before: str = ""
    after: str = ""
    still: tuple[int, ...] = ()


class Drift(Struct, frozen=True, omit_defaults=True):
    """What a container has changed of its image. `touched` counts files whose content is the image's still: their
    owner, mode or time was changed. `more` counts changed files that `files` has no room for."""

    files: tuple[ChangedFile, ...] = ()
    packages: tuple[ChangedPackage, ...] = ()
    touched: int = 0
    more: int = 0

    def __bool__(self) -> bool:
        return bool(self.files or self.packages or self.more)


class Container(Struct, frozen=True, omit_defaults=True):
    """One container. `image` is the reference that it was started by, `image_id` the digest of the image's
    configuration where the engine tells it. `pid` is that of its first process, 0 where that is not on this machine or
    not known. `pod` is the pod that it is of, `namespace` that of its engine or cluster.

    `user` is whom it runs as, by the engine's word or the kernel's number. `capabilities` are those that its processes
    may have (without `CAP_`), sorted; `seccomp` and `apparmor` are the profiles that confine it, "unconfined" for none
    and empty where that is not known. `host_namespaces` are those of the host's that it shares ("network", "pid",
    "ipc", "uts", "user"). `concerns` says in words what of all this lets it out of its bounds. `processes` are those
    that run in it, `drift` is what differs from its image, None where that could not be seen.
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
    processes: tuple[Process, ...] = ()
    drift: Drift | None = None

    @property
    def label(self) -> str:
        """What people call it."""
        return f"{self.engine}/{self.name or self.id[:12]}"
