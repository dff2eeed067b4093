"""What runs in clusters: their workloads, and how the images of those fare."""

from typing import Literal

from msgspec import Struct

from lading.model.decision import INCOMPLETE, PASSED, ExitStatus
from lading.model.fleet import BROKEN, FleetSummary, SeverityCounts

ContainerKind = Literal["container", "init", "ephemeral", "volume"]
"""What of a pod an image is for; a `volume` is an image that is mounted."""
ContainerState = Literal["running", "waiting", "template"]
"""`running`: a node has the image, which is known by its digest; `waiting`: there is a pod, and no node has the image
for it yet; `template`: no pod runs, and the template names the image."""
SecurityLevel = Literal["privileged", "baseline", "restricted"]
"""The most restricted of the Kubernetes Pod Security Standards that a container is within."""


class Security(Struct, frozen=True, omit_defaults=True, order=True):
    """The level that a container is within, and what keeps it from a more restricted one."""

    level: SecurityLevel = "restricted"
    reasons: tuple[str, ...] = ()


class PodContainer(Struct, frozen=True, omit_defaults=True, order=True):
    """A container of a workload, in so many `pods`. `image` is what the pod names, `reference` what that is in full, by
    its digest where a node says which; empty where it names nothing that a registry could have, and `trouble` says why.
    `platform` is that of the node, empty where nothing tells. `node` is the name of one that runs it."""

    name: str
    kind: ContainerKind
    image: str
    state: ContainerState
    reference: str = ""
    platform: str = ""
    security: Security = Security()
    pods: int = 0
    node: str = ""
    trouble: str = ""


class Workload(Struct, frozen=True, omit_defaults=True):
    """A workload of a cluster (the name of a context): what stands at the top of its pods. `owner` is a resource of
    another kind that it belongs to, `note` says what is to be known of it."""

    cluster: str
    namespace: str
    kind: str
    name: str
    pods: int = 0
    owner: str = ""
    note: str = ""
    containers: tuple[PodContainer, ...] = ()

    @property
    def title(self) -> str:
        """`Deployment/web`."""
        return f"{self.kind}/{self.name}"


class ClusterRead(Struct, frozen=True, omit_defaults=True):
    """How much of a cluster was read. `gaps` name what was not, in a line each; with an `error` it is nothing. `notes`
    are what is left out because it does not run."""

    name: str
    server: str
    nodes: int = 0
    pods: int = 0
    gaps: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    error: str = ""


class ContainerResult(Struct, frozen=True, omit_defaults=True):
    """A container, and how its image fares: the image's `digest`, and the risk that this container makes of its."""

    container: PodContainer
    digest: str = ""
    counts: SeverityCounts = SeverityCounts()
    risk: float = 0.0
    exit_status: ExitStatus = PASSED
    incomplete: bool = False
    error: str = ""


class WorkloadResult(Struct, frozen=True, omit_defaults=True):
    """A workload, and how its images fare. `counts` are those of all its different images together."""

    workload: Workload
    containers: tuple[ContainerResult, ...] = ()
    counts: SeverityCounts = SeverityCounts()
    fixable: int = 0
    exploited: int = 0
    images: int = 0
    risk: float = 0.0
    failed: bool = False
    incomplete: bool = False
    unscanned: int = 0


class NamespaceResult(Struct, frozen=True, omit_defaults=True):
    """A namespace: how many workloads and different images it has, what these come to, and the highest risk."""

    cluster: str
    namespace: str
    workloads: int = 0
    images: int = 0
    counts: SeverityCounts = SeverityCounts()
    exploited: int = 0
    risk: float = 0.0
    unscanned: int = 0


class ClusterSummary(Struct, frozen=True):
    """Clusters by namespace, workload and image, each the worst first."""

    tool: str
    clusters: tuple[ClusterRead, ...]
    namespaces: tuple[NamespaceResult, ...]
    workloads: tuple[WorkloadResult, ...]
    fleet: FleetSummary

    @property
    def exit_status(self) -> ExitStatus:
        """That of the images; 2 as well where a cluster could not be read or an image not be named, 3 where a part of
        one was not read."""
        whole = self.fleet.exit_status
        unnamed = any(one.unscanned for one in self.workloads)
        if whole == BROKEN or unnamed or any(one.error for one in self.clusters):
            return BROKEN
        gaps = any(one.gaps for one in self.clusters)
        return INCOMPLETE if whole == PASSED and gaps else whole
