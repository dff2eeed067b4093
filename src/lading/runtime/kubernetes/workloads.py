"""From the resources of a cluster to its workloads: what stands at the top of each pod, and which images that takes."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final

from msgspec import Struct, structs

from lading.model.cluster import ContainerKind, PodContainer, Workload
from lading.runtime.kubernetes.images import image_of
from lading.runtime.kubernetes.nodes import platforms_of
from lading.runtime.kubernetes.objects import (
    ContainerSpec,
    Controller,
    Labels,
    Metadata,
    Node,
    Pod,
    PodSpec,
    PodStatus,
)
from lading.runtime.kubernetes.security import security_of
from lading.runtime.kubernetes.selectors import Term
from lading.runtime.kubernetes.state import CONTROLLERS, ClusterState

_FINAL: Final = frozenset({"Deployment", "StatefulSet", "DaemonSet", "CronJob"})
"""What people make; who owns one of these is told beside it."""
_MADE_BY: Final = {"ReplicaSet": "Deployment", "Job": "CronJob"}
_ENDED: Final = frozenset({"Succeeded", "Failed"})
_MOST_OWNERS: Final = 10
_DEFAULT: Final = "default"
_NONE: Final[Labels] = {}


class Want(Struct, frozen=True):
    """An image that a container needs: by which names it may be had, on which platform (empty: it is not known on
    which), and by whose secrets: those of the names, and those of the service `account` where nothing runs yet.
    `config` is the digest of its configuration where that alone tells which image runs."""

    cluster: str
    namespace: str
    reference: str
    platform: str = ""
    also: str = ""
    config: str = ""
    secrets: tuple[str, ...] = ()
    account: str = ""


class Found(Struct, frozen=True):
    """A workload, and what each of its containers needs, None for one that names no image."""

    workload: Workload
    wants: tuple[Want | None, ...]


class _Top(Struct, frozen=True):
    namespace: str
    kind: str
    name: str
    owner: str = ""
    note: str = ""


def workloads_of(
    cluster: str, state: ClusterState, selector: Sequence[Term]
) -> tuple[tuple[Found, ...], tuple[str, ...]]:
    """The workloads of a cluster that are wanted, sorted, and a line for each kind of what has ended."""
    return _Reading(cluster, state, selector).found()


class _Reading:
    """One look at the state of a cluster."""

    def __init__(self, cluster: str, state: ClusterState, selector: Sequence[Term]) -> None:
        self._cluster = cluster
        self._state = state
        self._selector = selector
        self._nodes: Mapping[str, Node] = state.nodes
        self._known = {one.metadata.uid: (kind.name, one) for kind in CONTROLLERS for one in state.controllers(kind)}
        self._labels = {
            (kind, one.metadata.namespace, one.metadata.name): one.metadata.labels or _NONE
            for kind, one in self._known.values()
        }

    def found(self) -> tuple[tuple[Found, ...], tuple[str, ...]]:
        ended = Counter[str]()
        pods: dict[_Top, list[Pod]] = {}
        for pod in self._state.pods:
            top = self._top("Pod", pod.metadata)
            if not self._is_wanted(top, pod.metadata.labels):
                continue
            if pod.status.phase in _ENDED:
                ended["pod"] += 1
            else:
                pods.setdefault(top, []).append(pod)
        found = [self._running(top, ones) for top, ones in pods.items()]
        busy = {(one.namespace, one.kind, one.name) for one in pods}
        for kind, one in self._known.values():
            top = self._top(kind, one.metadata)
            if (top.namespace, top.kind, top.name) in busy or not self._is_wanted(top, _template_labels(one)):
                continue
            if kind == "Job" and top.kind == "Job" and _is_over(one):
                ended["job"] += 1
            elif self._stands_for_itself(kind, one):
                found.append(self._idle(top, kind, one))
        found.sort(key=lambda one: (one.workload.namespace, one.workload.kind, one.workload.name))
        notes = tuple(
            f"{count:,} {noun}{'s' if count > 1 else ''} ended and {'are' if count > 1 else 'is'} left out"
            for noun, count in sorted(ended.items())
        )
        return tuple(found), notes

    def _top(self, kind: str, metadata: Metadata) -> _Top:
        """What stands at the top of a resource."""
        namespace, name = metadata.namespace, metadata.name
        for _ in range(_MOST_OWNERS):
            reference = metadata.controller
            if reference is None:
                break
            if reference.kind == "Node":
                return _Top(namespace, kind, name, note=f"static pod of node {reference.name}")
            if kind in _FINAL:
                return _Top(namespace, kind, name, f"{reference.kind}/{reference.name}")
            kind, name = reference.kind, reference.name
            known = self._known.get(reference.uid)
            if known is None:
                break
            metadata = known[1].metadata
        return _Top(namespace, kind, name)

    def _is_wanted(self, top: _Top, labels: Labels | None) -> bool:
        """Whether the selector fits a pod (or what pods are to be), or what stands at its top."""
        of_top = self._labels.get((top.kind, top.namespace, top.name), _NONE)
        return any(all(term.holds(ones) for term in self._selector) for ones in (labels or _NONE, of_top))

    def _stands_for_itself(self, kind: str, one: Controller) -> bool:
        """Whether its template says what is to run: not so for what a Deployment or CronJob has made, and for old
        revisions of what is of another kind."""
        owner = one.metadata.controller
        return owner is None or kind in _FINAL or (owner.kind != _MADE_BY.get(kind) and one.spec.replicas != 0)

    def _running(self, top: _Top, pods: Sequence[Pod]) -> Found:
        pairs = [pair for pod in pods for pair in self._of_pod(pod)]
        return self._merged(top, pairs, len(pods), top.note)

    def _idle(self, top: _Top, kind: str, one: Controller) -> Found:
        template = one.spec.pod
        spec = template.spec if template is not None and template.spec is not None else PodSpec()
        annotations = template.metadata.annotations if template is not None and template.metadata else None
        pod = Pod(Metadata(namespace=top.namespace, annotations=annotations), spec)
        pairs = [
            (structs.replace(container, state="template", pods=0), want)
            for container, want in self._of_pod(pod, account=spec.service_account_name or _DEFAULT)
        ]
        return self._merged(top, pairs, 0, _why_idle(kind, one))

    def _merged(self, top: _Top, pairs: Iterable[tuple[PodContainer, Want | None]], pods: int, note: str) -> Found:
        """A workload with each different container once."""
        merged: dict[PodContainer, tuple[int, str, Want | None]] = {}
        for container, want in pairs:
            key = structs.replace(container, pods=0, node="")
            count, node, known = merged.get(key, (0, container.node, want))
            merged[key] = (count + container.pods, node, known)
        containers = tuple(structs.replace(key, pods=count, node=node) for key, (count, node, _) in merged.items())
        workload = Workload(self._cluster, top.namespace, top.kind, top.name, pods, top.owner, note, containers)
        return Found(workload, tuple(want for _, _, want in merged.values()))

    def _of_pod(self, pod: Pod, account: str = "") -> Iterator[tuple[PodContainer, Want | None]]:
        """Each container of a pod on each platform that it may run on, with what it needs."""
        secrets = tuple(dict.fromkeys(one.name for one in pod.spec.image_pull_secrets or () if one.name))
        platforms = platforms_of(pod.spec, self._nodes) or ("",)
        for kind, spec, image_id in _containers(pod.spec, pod.status):
            named = image_of(spec.image, image_id)
            security = security_of(pod.spec, spec, pod.metadata.annotations)
            for platform in platforms:
                container = PodContainer(
                    name=spec.name,
                    kind=kind,
                    image=spec.image,
                    state="running" if image_id else "waiting",
                    reference=named.reference,
                    platform=platform,
                    security=security,
                    pods=1,
                    node=pod.spec.node_name,
                    trouble=named.trouble,
                )
                want = Want(
                    cluster=self._cluster,
                    namespace=pod.metadata.namespace,
                    reference=named.reference,
                    platform=platform,
                    also=named.also,
                    config=named.config,
                    secrets=secrets,
                    account=account,
                )
                yield container, want if named.reference else None


def _containers(spec: PodSpec, status: PodStatus) -> Iterator[tuple[ContainerKind, ContainerSpec, str]]:
    """The containers of a pod of every kind, with what their node says of the image of each."""
    kinds: tuple[tuple[ContainerKind, tuple[ContainerSpec, ...] | None, Iterable[tuple[str, str]]], ...] = (
        ("container", spec.containers, ((one.name, one.image_id) for one in status.container_statuses or ())),
        ("init", spec.init_containers, ((one.name, one.image_id) for one in status.init_container_statuses or ())),
        (
            "ephemeral",
            spec.ephemeral_containers,
            ((one.name, one.image_id) for one in status.ephemeral_container_statuses or ()),
        ),
    )
    for kind, specs, statuses in kinds:
        known = dict(statuses)
        for one in specs or ():
            yield kind, one, known.get(one.name, "")
    for volume in spec.volumes or ():
        if volume.image is not None and volume.image.reference:
            yield "volume", ContainerSpec(volume.name, volume.image.reference), ""


def _template_labels(one: Controller) -> Labels | None:
    template = one.spec.pod
    return template.metadata.labels if template is not None and template.metadata is not None else None


def _is_over(job: Controller) -> bool:
    conditions = job.status.conditions if job.status is not None else None
    return any(one.type in ("Complete", "Failed") and one.status == "True" for one in conditions or ())


def _why_idle(kind: str, one: Controller) -> str:
    if one.spec.suspend:
        return "suspended; scanned by its template"
    if kind == "CronJob":
        return "no job runs now; scanned by its template"
    if kind not in ("DaemonSet", "Job") and one.spec.replicas == 0:
        return "scaled to 0; scanned by its template"
    return "no pod runs; scanned by its template"
