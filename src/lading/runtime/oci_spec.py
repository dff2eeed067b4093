"""The configuration by which a container was started, as every OCI runtime gets it.

Source: OCI runtime specification 1.1, config.md and config-linux.md.
"""

from collections.abc import Iterator, Mapping
from typing import Final

import msgspec
from msgspec import Struct, field, structs

from lading.model.runtime import Container, Mount

_NAMESPACES: Final = {"network": "network", "pid": "pid", "ipc": "ipc", "uts": "uts"}
"""Those that a container shares with the host unless its own are asked for; a user namespace few have."""
_BOUND: Final = ("bind", "rbind")


class _User(Struct, frozen=True):
    uid: int = 0
    gid: int = 0


class _Capabilities(Struct, frozen=True):
    bounding: tuple[str, ...] | None = None


class _Process(Struct, frozen=True, rename="camel"):
    user: _User = _User()
    capabilities: _Capabilities | None = None
    no_new_privileges: bool = False
    apparmor_profile: str = ""


class _Root(Struct, frozen=True):
    path: str = ""
    readonly: bool = False


class _Mount(Struct, frozen=True):
    destination: str = ""
    type: str = ""
    source: str = ""
    options: tuple[str, ...] | None = None


class _Namespace(Struct, frozen=True):
    type: str = ""
    path: str = ""


class _Linux(Struct, frozen=True):
    namespaces: tuple[_Namespace, ...] | None = None
    seccomp: msgspec.Raw = msgspec.Raw()
    masked: tuple[str, ...] | None = field(default=None, name="maskedPaths")


class Spec(Struct, frozen=True):
    """What is asked of the runtime, as far as it matters here."""

    process: _Process = _Process()
    root: _Root = _Root()
    mounts: tuple[_Mount, ...] | None = None
    linux: _Linux = _Linux()
    annotations: dict[str, str] | None = None

    @property
    def is_filtered(self) -> bool:
        """Whether its system calls are filtered."""
        return bytes(self.linux.seccomp) not in (b"", b"null")

    @property
    def notes(self) -> Mapping[str, str]:
        """The annotations."""
        return self.annotations or {}


def parse_spec(data: bytes) -> Spec | None:
    """The configuration in a file, None for what is none."""
    try:
        return msgspec.json.decode(data, type=Spec)
    except (msgspec.MsgspecError, UnicodeError, RecursionError):
        return None


def with_spec(container: Container, spec: Spec) -> Container:
    """The container with what its configuration says of how it is confined."""
    process, linux = spec.process, spec.linux
    bounding = (process.capabilities.bounding if process.capabilities is not None else None) or ()
    own = {one.type for one in linux.namespaces or ()}
    capabilities = tuple(sorted(one.removeprefix("CAP_") for one in bounding))
    # What is privileged may do everything and sees all of /proc: runtimes have no word for it.
    privileged = "SYS_ADMIN" in capabilities and not spec.is_filtered and not linux.masked
    return structs.replace(
        container,
        user=str(process.user.uid),
        privileged=privileged,
        capabilities=capabilities,
        seccomp="default" if spec.is_filtered else "unconfined",
        apparmor=process.apparmor_profile,
        no_new_privileges=process.no_new_privileges,
        read_only=spec.root.readonly,
        host_namespaces=tuple(name for name, kind in _NAMESPACES.items() if kind not in own),
        mounts=tuple(sorted(_mounts(spec))),
    )


def _mounts(spec: Spec) -> Iterator[Mount]:
    """What of the host is mounted. Engines put names of the host and the like over files in `etc`: no word of them."""
    for one in spec.mounts or ():
        options = one.options or ()
        is_bound = one.type == "bind" or any(option in _BOUND for option in options)
        if is_bound and one.destination not in _ENGINES:
            yield Mount(one.destination, one.source, "bind", "ro" not in options)


_ENGINES: Final = frozenset({
    "/dev/shm",  # noqa: S108
    "/dev/termination-log", "/etc/hostname", "/etc/hosts", "/etc/resolv.conf", "/run/.containerenv", "/run/secrets",
})  # fmt: skip
