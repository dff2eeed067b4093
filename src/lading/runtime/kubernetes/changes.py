"""What changed between two looks at clusters, in words."""

from collections.abc import Iterator

from lading.model.advisory import SEVERITY_ORDER
from lading.model.cluster import ClusterSummary, ContainerResult, WorkloadResult
from lading.net.address import printable

_LONGEST = 400
_Key = tuple[str, str, str, str]


def changes_of(before: ClusterSummary, after: ClusterSummary) -> tuple[str, ...]:
    """A line for each workload that is new, gone, or of other images, and for what can be read of clusters no longer or
    again."""
    return tuple(printable(one, _LONGEST) for one in _changes(before, after))


def _changes(before: ClusterSummary, after: ClusterSummary) -> Iterator[str]:
    several = len(after.clusters) > 1
    old, new = _by_key(before), _by_key(after)
    for key, one in new.items():
        title = _title(one, several=several)
        known = _images(old[key]) if key in old else {}
        if key not in old and not one.containers:
            yield f"+ {title}"
        for each in one.containers:
            place = each.container.name, each.container.kind, each.container.platform
            was = known.get(place)
            if was is None or _differ(was, each):
                mark = "~" if key in old else "+"
                yield f"{mark} {title}: {each.container.name}: {_image(each)}: {_state(each)}"
        if key in old and (old[key].workload.note != one.workload.note):
            yield f"~ {title}: {one.workload.note or 'runs'}"
    yield from (f"- {_title(one, several=several)}" for key, one in old.items() if key not in new)
    gaps = [
        {(one.name, gap) for one in ones.clusters for gap in (*one.gaps, one.error) if gap} for ones in (before, after)
    ]
    yield from (f"! {name}: not read: {gap}" for name, gap in sorted(gaps[1] - gaps[0]))
    yield from (f"! {name}: read again, which was not: {gap}" for name, gap in sorted(gaps[0] - gaps[1]))


def _by_key(summary: ClusterSummary) -> dict[_Key, WorkloadResult]:
    return {
        (one.workload.cluster, one.workload.namespace, one.workload.kind, one.workload.name): one
        for one in summary.workloads
    }


def _images(one: WorkloadResult) -> dict[tuple[str, str, str], ContainerResult]:
    return {(each.container.name, each.container.kind, each.container.platform): each for each in one.containers}


def _differ(was: ContainerResult, now: ContainerResult) -> bool:
    return (was.digest, was.container.reference, was.error, was.counts) != (
        now.digest,
        now.container.reference,
        now.error,
        now.counts,
    )


def _title(one: WorkloadResult, *, several: bool) -> str:
    workload = one.workload
    return f"{f'{workload.cluster}: ' if several else ''}{workload.namespace}/{workload.title}"


def _image(one: ContainerResult) -> str:
    return one.container.reference or one.container.image


def _state(one: ContainerResult) -> str:
    if one.error:
        return f"not scanned: {one.error}"
    counts = [(label, getattr(one.counts, label, 0)) for label in reversed(SEVERITY_ORDER)]
    return ", ".join(f"{count:,} {label}" for label, count in counts if count) or "nothing known"
