"""Which of the Pod Security Standards a container is within, and what keeps it from a more restricted one.

Source: Kubernetes documentation, "Pod Security Standards" (baseline, restricted; all controls but those for the kinds
of volumes and for the hosts of probes).
"""

from collections.abc import Iterator
from typing import Final

from lading.model.cluster import Security
from lading.runtime.kubernetes.objects import ContainerSpec, Labels, PodSpec, SecurityContext

_CAPABILITIES: Final = frozenset(
    {
        "AUDIT_WRITE", "CHOWN", "DAC_OVERRIDE", "FOWNER", "FSETID", "KILL", "MKNOD", "NET_BIND_SERVICE", "SETFCAP",
        "SETGID", "SETPCAP", "SETUID", "SYS_CHROOT",
    }
)  # fmt: skip
_SYSCTLS: Final = frozenset(
    {
        "kernel.shm_rmid_forced", "net.ipv4.ip_local_port_range", "net.ipv4.ip_unprivileged_port_start",
        "net.ipv4.tcp_syncookies", "net.ipv4.ping_group_range", "net.ipv4.ip_local_reserved_ports",
        "net.ipv4.tcp_keepalive_time", "net.ipv4.tcp_fin_timeout", "net.ipv4.tcp_keepalive_intvl",
        "net.ipv4.tcp_keepalive_probes", "net.ipv4.tcp_rmem", "net.ipv4.tcp_wmem",
    }
)  # fmt: skip
_SELINUX: Final = frozenset({"", "container_t", "container_init_t", "container_kvm_t", "container_engine_t"})
_APPARMOR: Final = "container.apparmor.security.beta.kubernetes.io/"
_NONE: Final = SecurityContext()
_UNCONFINED: Final = "Unconfined"
_PROFILES: Final = ("RuntimeDefault", "Localhost")
_MOST_REASONS: Final = 30


def security_of(pod: PodSpec, container: ContainerSpec, annotations: Labels | None) -> Security:
    """The level of one container of a pod."""
    beyond = tuple(dict.fromkeys(_beyond_baseline(pod, container, annotations or {})))
    if beyond:
        return Security("privileged", beyond[:_MOST_REASONS])
    loose = tuple(dict.fromkeys(_beyond_restricted(pod, container)))
    return Security("baseline", loose) if loose else Security()


def _beyond_baseline(pod: PodSpec, container: ContainerSpec, annotations: Labels) -> Iterator[str]:
    own, whole = container.security_context or _NONE, pod.security_context or _NONE
    if own.privileged:
        yield "privileged"
    for name, shared in (("network", pod.host_network), ("processes", pod.host_pid), ("IPC", pod.host_ipc)):
        if shared:
            yield f"host {name}"
    if any(one.windows_options is not None and one.windows_options.host_process for one in (own, whole)):
        yield "host process"
    added = own.capabilities.add if own.capabilities is not None else None
    yield from (f"capability {one}" for one in added or () if one not in _CAPABILITIES)
    for volume in pod.volumes or ():
        if volume.host_path is not None:
            yield f"host path {volume.host_path.path}"
    yield from (f"host port {one.host_port}" for one in container.ports or () if one.host_port)
    if (own.proc_mount or "Default") != "Default":
        yield "/proc unmasked"
    seccomp = own.seccomp_profile or whole.seccomp_profile
    if seccomp is not None and seccomp.type == _UNCONFINED:
        yield "no seccomp"
    apparmor = own.app_armor_profile or whole.app_armor_profile
    if (apparmor is not None and apparmor.type == _UNCONFINED) or annotations.get(
        f"{_APPARMOR}{container.name}"
    ) == "unconfined":
        yield "no AppArmor"
    for options in (own.se_linux_options, whole.se_linux_options):
        if options is not None and (options.type not in _SELINUX or options.user or options.role):
            yield "SELinux options"
    yield from (f"sysctl {one.name}" for one in whole.sysctls or () if one.name not in _SYSCTLS)


def _beyond_restricted(pod: PodSpec, container: ContainerSpec) -> Iterator[str]:
    own, whole = container.security_context or _NONE, pod.security_context or _NONE
    is_windows = pod.os is not None and pod.os.name == "windows"
    user = own.run_as_user if own.run_as_user is not None else whole.run_as_user
    non_root = own.run_as_non_root if own.run_as_non_root is not None else whole.run_as_non_root
    if user == 0:
        yield "runs as root"
    elif not non_root:
        yield "may run as root"
    if is_windows:
        return
    if own.allow_privilege_escalation is not False:
        yield "may gain privileges"
    seccomp = own.seccomp_profile or whole.seccomp_profile
    if seccomp is None or seccomp.type not in _PROFILES:
        yield "seccomp not set"
    capabilities = own.capabilities
    if capabilities is None or "ALL" not in (capabilities.drop or ()):
        yield "capabilities kept"
    elif any(one != "NET_BIND_SERVICE" for one in capabilities.add or ()):
        yield "capabilities added"
