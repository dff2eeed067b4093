"""The parts of Kubernetes resources that tell what runs, as the API sends them.

Source: Kubernetes API reference (core/v1, apps/v1, batch/v1, meta/v1). What is null or left out is the same.
"""

from typing import Final, Generic, TypeVar

import msgspec
from msgspec import Struct

from lading.model.errors import NetError

Labels = dict[str, str]


class OwnerReference(Struct, frozen=True, rename="camel"):
    """Whom a resource belongs to."""

    kind: str = ""
    name: str = ""
    uid: str = ""
    api_version: str = ""
    controller: bool | None = None


class Metadata(Struct, frozen=True, rename="camel"):
    """What every resource has."""

    name: str = ""
    namespace: str = ""
    uid: str = ""
    resource_version: str = ""
    labels: Labels | None = None
    annotations: Labels | None = None
    owner_references: tuple[OwnerReference, ...] | None = None

    @property
    def controller(self) -> OwnerReference | None:
        """The one owner that manages it."""
        return next((one for one in self.owner_references or () if one.controller), None)


class Capabilities(Struct, frozen=True):
    """Capabilities of a container, besides what its engine gives."""

    add: tuple[str, ...] | None = None
    drop: tuple[str, ...] | None = None


class Profile(Struct, frozen=True):
    """Of seccomp or AppArmor."""

    type: str = ""


class SelinuxOptions(Struct, frozen=True):
    """Of SELinux."""

    type: str = ""
    user: str = ""
    role: str = ""


class WindowsOptions(Struct, frozen=True, rename="camel"):
    """Of Windows."""

    host_process: bool | None = None


class Sysctl(Struct, frozen=True):
    """A setting of the kernel."""

    name: str = ""


class SecurityContext(Struct, frozen=True, rename="camel"):
    """That of a container or of a pod, which have not quite the same."""

    privileged: bool | None = None
    allow_privilege_escalation: bool | None = None
    run_as_non_root: bool | None = None
    run_as_user: int | None = None
    proc_mount: str | None = None
    capabilities: Capabilities | None = None
    seccomp_profile: Profile | None = None
    app_armor_profile: Profile | None = None
    se_linux_options: SelinuxOptions | None = None
    windows_options: WindowsOptions | None = None
    sysctls: tuple[Sysctl, ...] | None = None


class Port(Struct, frozen=True, rename="camel"):
    """A port of a container."""

    host_port: int | None = None


class ContainerSpec(Struct, frozen=True, rename="camel"):
    """A container as a pod states it; ephemeral ones have the same."""

    name: str = ""
    image: str = ""
    security_context: SecurityContext | None = None
    ports: tuple[Port, ...] | None = None


class HostPath(Struct, frozen=True):
    """A path of the node."""

    path: str = ""


class ImageVolume(Struct, frozen=True):
    """An image that is mounted."""

    reference: str = ""


class Volume(Struct, frozen=True, rename="camel"):
    """A volume of a pod, as far as its kind matters."""

    name: str = ""
    host_path: HostPath | None = None
    image: ImageVolume | None = None


class SecretReference(Struct, frozen=True):
    """A secret of the same namespace."""

    name: str = ""


class Requirement(Struct, frozen=True):
    """What a label must be."""

    key: str = ""
    operator: str = ""
    values: tuple[str, ...] | None = None


class SelectorTerm(Struct, frozen=True, rename="camel"):
    """Requirements that all hold."""

    match_expressions: tuple[Requirement, ...] | None = None


class RequiredNodes(Struct, frozen=True, rename="camel"):
    """Terms of which one holds."""

    node_selector_terms: tuple[SelectorTerm, ...] | None = None


class NodeAffinity(Struct, frozen=True):
    """Where a pod must run."""

    required: RequiredNodes | None = msgspec.field(default=None, name="requiredDuringSchedulingIgnoredDuringExecution")


class Affinity(Struct, frozen=True, rename="camel"):
    """Where a pod is to run."""

    node_affinity: NodeAffinity | None = None


class PodOs(Struct, frozen=True):
    """The operating system that a pod names."""

    name: str = ""


class PodSpec(Struct, frozen=True, rename="camel"):
    """What a pod consists of."""

    containers: tuple[ContainerSpec, ...] | None = None
    init_containers: tuple[ContainerSpec, ...] | None = None
    ephemeral_containers: tuple[ContainerSpec, ...] | None = None
    volumes: tuple[Volume, ...] | None = None
    image_pull_secrets: tuple[SecretReference, ...] | None = None
    service_account_name: str = ""
    node_name: str = ""
    node_selector: Labels | None = None
    affinity: Affinity | None = None
    security_context: SecurityContext | None = None
    host_network: bool | None = None
    host_pid: bool | None = msgspec.field(default=None, name="hostPID")
    host_ipc: bool | None = msgspec.field(default=None, name="hostIPC")
    os: PodOs | None = None


class ContainerStatus(Struct, frozen=True):
    """What a node says of a container."""

    name: str = ""
    image: str = ""
    image_id: str = msgspec.field(default="", name="imageID")


class PodStatus(Struct, frozen=True, rename="camel"):
    """What the node says of a pod."""

    phase: str = ""
    container_statuses: tuple[ContainerStatus, ...] | None = None
    init_container_statuses: tuple[ContainerStatus, ...] | None = None
    ephemeral_container_statuses: tuple[ContainerStatus, ...] | None = None


class Pod(Struct, frozen=True):
    """A pod."""

    metadata: Metadata = Metadata()
    spec: PodSpec = PodSpec()
    status: PodStatus = PodStatus()


class PodTemplate(Struct, frozen=True):
    """What a controller makes pods by."""

    metadata: Metadata | None = None
    spec: PodSpec | None = None


class JobSpec(Struct, frozen=True):
    """What a CronJob makes jobs by."""

    template: PodTemplate | None = None


class JobTemplate(Struct, frozen=True):
    """The same, with its metadata."""

    spec: JobSpec | None = None


class ControllerSpec(Struct, frozen=True, rename="camel"):
    """What a controller is to do: that of any kind."""

    replicas: int | None = None
    suspend: bool | None = None
    template: PodTemplate | None = None
    job_template: JobTemplate | None = None

    @property
    def pod(self) -> PodTemplate | None:
        """The template of its pods."""
        if self.job_template is not None and self.job_template.spec is not None:
            return self.job_template.spec.template
        return self.template


class Condition(Struct, frozen=True):
    """How a job stands."""

    type: str = ""
    status: str = ""


class ControllerStatus(Struct, frozen=True):
    """What a controller has done."""

    conditions: tuple[Condition, ...] | None = None


class Controller(Struct, frozen=True):
    """A resource that has pods: of any kind from Deployment to CronJob."""

    metadata: Metadata = Metadata()
    spec: ControllerSpec = ControllerSpec()
    status: ControllerStatus | None = None


class NodeInfo(Struct, frozen=True, rename="camel"):
    """What a node is."""

    operating_system: str = ""
    architecture: str = ""


class NodeStatus(Struct, frozen=True, rename="camel"):
    """What a node says of itself."""

    node_info: NodeInfo | None = None


class Node(Struct, frozen=True):
    """A node."""

    metadata: Metadata = Metadata()
    status: NodeStatus = NodeStatus()

    @property
    def platform(self) -> str:
        """`linux/arm64`; empty where it does not say."""
        info = self.status.node_info
        named = info is not None and info.operating_system and info.architecture
        return f"{info.operating_system}/{info.architecture}" if info is not None and named else ""


class ServiceAccount(Struct, frozen=True, rename="camel"):
    """A service account, whose pull secrets its pods get."""

    metadata: Metadata = Metadata()
    image_pull_secrets: tuple[SecretReference, ...] | None = None


Resource = TypeVar("Resource", Pod, Node, ServiceAccount, Controller)


class ListMetadata(Struct, frozen=True, rename="camel"):
    """Where a list stands, and how it goes on."""

    resource_version: str = ""
    next: str = msgspec.field(default="", name="continue")


class Page(Struct, Generic[Resource], frozen=True):
    """A part of a list."""

    metadata: ListMetadata = ListMetadata()
    items: tuple[Resource, ...] | None = None


class Event(Struct, frozen=True):
    """A change, as a watch tells it."""

    type: str
    object: msgspec.Raw


class Bookmark(Struct, frozen=True):
    """A resource of which the version alone counts."""

    metadata: Metadata = Metadata()


class Failure(Struct, frozen=True):
    """Why the server did not do what it was asked."""

    message: str = ""
    reason: str = ""
    code: int = 0


_Decoded = TypeVar("_Decoded")
_SHOWN: Final = 200


def decode(data: bytes | msgspec.Raw, kind: type[_Decoded], where: str) -> _Decoded:
    """What the API sent, as a struct of this module. Raises NetError."""
    try:
        return msgspec.json.decode(data, type=kind)
    except (msgspec.MsgspecError, UnicodeError, RecursionError) as error:
        raise NetError(f"{where}: the answer cannot be read: {str(error)[:_SHOWN]}") from error
