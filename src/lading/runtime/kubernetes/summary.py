"""How the workloads of clusters fare, given how their images do."""

from collections.abc import Callable, Iterable, Sequence
from typing import Final

from msgspec import structs

from lading.model.cluster import (
    ClusterRead,
    ClusterSummary,
    ContainerResult,
    NamespaceResult,
    PodContainer,
    SecurityLevel,
    WorkloadResult,
)
from lading.model.fleet import FleetSummary, ImageSummary, SeverityCounts
from lading.runtime.kubernetes.plan import Plan
from lading.runtime.kubernetes.workloads import Found

WEIGHTS: Final[dict[SecurityLevel, float]] = {"privileged": 1.5, "baseline": 1.0, "restricted": 0.75}
"""What the risk of an image is multiplied by where it runs (docs/kubernetes.md)."""
_HIGHEST: Final = 100.0
_NONE: Final = SeverityCounts()

ImagesOf = Callable[[int], Sequence[ImageSummary]]
"""How the image of a task fares."""


def summary_of(
    tool: str,
    clusters: Iterable[ClusterRead],
    found: Iterable[Found],
    plan: Plan,
    images: ImagesOf,
    fleet: FleetSummary,
) -> ClusterSummary:
    """All of it, each the worst first."""
    workloads = sorted((_workload(one, plan, images) for one in found), key=_rank)
    return ClusterSummary(
        tool=tool,
        clusters=tuple(clusters),
        namespaces=_namespaces(workloads, plan, images),
        workloads=tuple(workloads),
        fleet=fleet,
    )


def _workload(found: Found, plan: Plan, images: ImagesOf) -> WorkloadResult:
    containers = [
        _container(one, plan, images)
        for one in found.workload.containers
        if (one.reference, one.platform) not in plan.absent
    ]
    different = _different([found], plan, images)
    return WorkloadResult(
        workload=structs.replace(found.workload, containers=()),
        containers=tuple(containers),
        counts=_sum(different),
        fixable=sum(one.fixable for one in different),
        exploited=sum(one.exploited for one in different),
        images=len(different),
        risk=max((one.risk for one in containers), default=0.0),
        failed=any(one.exit_status not in (0, 3) for one in containers),
        incomplete=any(one.incomplete for one in containers),
        unscanned=sum(bool(one.error) for one in containers),
    )


def _container(one: PodContainer, plan: Plan, images: ImagesOf) -> ContainerResult:
    place = one.reference, one.platform
    number = plan.places.get(place)
    if number is None:
        return ContainerResult(one, error=one.trouble or plan.troubles.get(place, "was not scanned"))
    one = structs.replace(one, reference=plan.pinned[place])
    scanned = next(iter(images(number)), None)
    if scanned is None or scanned.state == "failed":
        return ContainerResult(one, error=scanned.error if scanned is not None else "was not scanned")
    return ContainerResult(
        container=one,
        digest=scanned.digest,
        counts=scanned.counts,
        risk=min(_HIGHEST, round(scanned.risk * WEIGHTS[one.security.level], 1)),
        exit_status=scanned.exit_status,
        incomplete=scanned.incomplete,
    )


def _different(found: Iterable[Found], plan: Plan, images: ImagesOf) -> list[ImageSummary]:
    """The images of workloads that were scanned, each once."""
    places = ((one.reference, one.platform) for each in found for one in each.workload.containers)
    numbers = dict.fromkeys(plan.places[one] for one in places if one in plan.places)
    return [one for number in numbers for one in images(number) if one.state == "done"]


def _namespaces(workloads: Sequence[WorkloadResult], plan: Plan, images: ImagesOf) -> tuple[NamespaceResult, ...]:
    numbers: dict[tuple[str, str], dict[int, None]] = {}
    results: dict[tuple[str, str], list[WorkloadResult]] = {}
    by_reference = {(plan.pinned[place], place[1]): number for place, number in plan.places.items()}
    for one in workloads:
        key = one.workload.cluster, one.workload.namespace
        results.setdefault(key, []).append(one)
        seen = numbers.setdefault(key, {})
        for each in one.containers:
            number = by_reference.get((each.container.reference, each.container.platform))
            if number is not None:
                seen[number] = None
    made = []
    for key, ones in results.items():
        different = [one for number in numbers[key] for one in images(number) if one.state == "done"]
        made.append(
            NamespaceResult(
                cluster=key[0],
                namespace=key[1],
                workloads=len(ones),
                images=len(different),
                counts=_sum(different),
                exploited=sum(one.exploited for one in different),
                risk=max(one.risk for one in ones),
                unscanned=sum(one.unscanned for one in ones),
            )
        )
    return tuple(sorted(made, key=lambda one: (-one.risk, *_badness(one.counts), one.cluster, one.namespace)))


def _sum(images: Iterable[ImageSummary]) -> SeverityCounts:
    counts = [structs.astuple(one.counts) for one in images]
    return SeverityCounts(*map(sum, zip(*counts, strict=True))) if counts else _NONE


def _rank(one: WorkloadResult) -> tuple[object, ...]:
    """By the risk where it runs; of the same risk, by what it has more of that is bad."""
    workload = one.workload
    names = workload.cluster, workload.namespace, workload.kind, workload.name
    return (-one.risk, *_badness(one.counts), *names)


def _badness(counts: SeverityCounts) -> tuple[int, ...]:
    return tuple(-one for one in (counts.critical, counts.high, counts.medium, counts.low, counts.unknown))
