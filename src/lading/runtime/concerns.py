"""What lets a container out of its bounds. Pure."""

import posixpath
from collections.abc import Iterator
from typing import Final

from lading.model.runtime import Container, Mount

_SOCKETS: Final = {
    "docker.sock": "Docker's",
    "podman.sock": "Podman's",
    "containerd.sock": "containerd's",
    "crio.sock": "CRI-O's",
}
"""Sockets by whose name whoever may write to them starts programs on the host."""
_OF_SOCKETS: Final = frozenset(
    {"/run", "/var/run", "/run/containerd", "/run/podman", "/run/crio", "/var/run/containerd"}
)
_SENSITIVE: Final = ("/boot", "/dev", "/etc", "/proc", "/root", "/sys", "/usr", "/var/lib/docker", "/var/lib/kubelet")
_HARMLESS: Final = ("/etc/hosts", "/etc/hostname", "/etc/localtime", "/etc/resolv.conf", "/etc/timezone")
_POWERS: Final = {
    "BPF": "loads programs into the kernel",
    "DAC_READ_SEARCH": "reads any file of the host by its handle",
    "NET_ADMIN": "configures the network",
    "SYS_ADMIN": "mounts, and most of what root may do",
    "SYS_MODULE": "loads modules into the kernel",
    "SYS_PTRACE": "looks into other processes",
    "SYS_RAWIO": "reads and writes devices past the kernel",
}
"""Capabilities that no engine gives by default, and what they are for (capabilities(7))."""


def concerns_of(container: Container) -> tuple[str, ...]:
    """A line for each way in which a container is bound less than engines bind one by default."""
    return tuple(_concerns(container))


def _concerns(one: Container) -> Iterator[str]:
    if one.privileged:
        yield "privileged: it may do on the host whatever root may"
    for mount in one.mounts:
        yield from _of_mount(mount)
    for name in one.host_namespaces:
        yield f"shares the host's {name} namespace"
    for name in one.capabilities if not one.privileged else ():
        if name in _POWERS:
            yield f"capability {name}: {_POWERS[name]}"
    if not one.privileged:
        yield from (f"{name} confines nothing" for name in ("seccomp", "apparmor") if _is_off(one, name))


def _is_off(one: Container, name: str) -> bool:
    return str(getattr(one, name)) == "unconfined"


def _of_mount(mount: Mount) -> Iterator[str]:
    if mount.kind != "bind":
        return
    source = posixpath.normpath(mount.source)
    how = "writable" if mount.writable else "readable"
    name = posixpath.basename(source)
    if name in _SOCKETS:
        yield f"{_SOCKETS[name]} socket is mounted ({mount.path}): it may start anything on the host"
    elif source == "/":
        yield f"the host's root is mounted, {how} ({mount.path})"
    elif source in _OF_SOCKETS:
        yield f"the host's {source} is mounted, {how} ({mount.path}): engines have their sockets there"
    elif source not in _HARMLESS and any(source == one or source.startswith(f"{one}/") for one in _SENSITIVE):
        yield f"the host's {source} is mounted, {how} ({mount.path})"
