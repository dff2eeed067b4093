"""Clusters by namespace, workload and image, each the worst first."""

from collections.abc import Iterable, Sequence
from typing import Final, get_args

from msgspec import structs

from lading.formats.encoders.text.canvas import NONE, STYLES, Canvas
from lading.formats.encoders.text.fleet import add_images
from lading.formats.encoders.text.text import counted, printable, sentence, short_digest, wrap
from lading.formats.view import View
from lading.model.advisory import SEVERITY_ORDER, SeverityLabel
from lading.model.cluster import ClusterSummary, ContainerResult, WorkloadResult
from lading.model.decision import FAILED, INCOMPLETE, PASSED
from lading.model.fleet import BROKEN, SeverityCounts

_LABELS: Final[tuple[SeverityLabel, ...]] = tuple(
    label for label in reversed(SEVERITY_ORDER) if label in get_args(SeverityLabel)
)
_SHORT: Final[dict[SeverityLabel, str]] = {"unknown": "unrated"}
_MOST: Final = 40
"""Workloads that are shown unless all are wanted."""
_LEVELS: Final = {"privileged": "bold red", "baseline": "yellow", "restricted": "green", "": ""}
_STATUSES: Final = {
    PASSED: ("", ""),
    FAILED: ("a rule failed for the images that are marked.", "bold red"),
    BROKEN: ("a cluster could not be read, an image not be scanned, or its result not be kept.", "bold red"),
    INCOMPLETE: ("something of a cluster was not read, or something of an image not looked at.", "bold yellow"),
}


def encode_clusters_table(summary: ClusterSummary, view: View) -> bytes:
    """Tables of the namespaces, the workloads and the images, what is not scanned or not read, and the whole."""
    canvas = Canvas(view.width, colour=view.colour)
    several = len(summary.clusters) > 1
    _add_namespaces(canvas, summary, several=several)
    _add_workloads(canvas, summary.workloads, several=several, most=None if view.show_all else _MOST)
    _add_unconfined(canvas, summary.workloads, several=several, most=None if view.show_all else _MOST)
    done = [one for one in summary.fleet.images if one.state == "done"]
    if done:
        canvas.heading("Images", counted(len(done), "image"))
        add_images(canvas, [structs.replace(one, name=_short(one.name)) for one in done])
    _add_unscanned(canvas, summary.workloads, several=several)
    _add_gaps(canvas, summary)
    _add_whole(canvas, summary, len(done))
    return canvas.render()


def _add_namespaces(canvas: Canvas, summary: ClusterSummary, *, several: bool) -> None:
    if not summary.namespaces:
        return
    used = _used(one.counts for one in summary.namespaces)
    head = ("namespace", "workloads", "images", *_names(used), "exploited", "risk")
    rows, styles = [head], [("dim",) * len(head)]
    for one in summary.namespaces:
        name = f"{one.cluster}: {one.namespace}" if several else one.namespace
        rows.append(
            (
                printable(name),
                _number(one.workloads),
                _number(one.images),
                *(_number(one.counts.of(label)) for label in used),
                _number(one.exploited),
                _risk(one.risk),
            )
        )
        styles.append(("bold", "", "", *(STYLES[label] for label in used), "bold red", ""))
    canvas.heading("Namespaces", counted(len(summary.namespaces), "namespace"))
    canvas.counts(rows, styles, right=range(1, len(head)))


def _add_workloads(canvas: Canvas, workloads: Sequence[WorkloadResult], *, several: bool, most: int | None) -> None:
    if not workloads:
        return
    shown = workloads[:most]
    used = _used(one.counts for one in shown)
    head = ("workload", "pods", "images", "confined", *_names(used), "fixable", "exploited", "risk", "", "")
    rows, styles = [head], [("dim",) * len(head)]
    for one in shown:
        level = _loosest(one.containers)
        rows.append(
            (
                printable(_title(one, several=several)),
                _number(one.workload.pods),
                _number(one.images),
                level,
                *(_number(one.counts.of(label)) for label in used),
                _number(one.fixable),
                _number(one.exploited),
                _risk(one.risk),
                _marks(one),
                printable(one.workload.note),
            )
        )
        marks = ("green", "bold red", "", "bold red", "dim")
        styles.append(("bold", "", "", _LEVELS[level], *(STYLES[label] for label in used), *marks))
    canvas.heading("Workloads", counted(len(workloads), "workload"))
    canvas.counts(rows, styles, right=[1, 2, *range(4, len(used) + 7)])
    if len(shown) < len(workloads):
        _add_text(canvas, f"and {len(workloads) - len(shown):,} more: --all shows them", "dim")


def _add_unconfined(canvas: Canvas, workloads: Sequence[WorkloadResult], *, several: bool, most: int | None) -> None:
    """Why containers are not held to the baseline."""
    lines = [
        f"{_title(one, several=several)}: {each.container.name}: {', '.join(each.container.security.reasons)}"
        for one in workloads
        for each in one.containers
        if each.container.security.level == "privileged"
    ]
    lines = list(dict.fromkeys(lines))
    if lines:
        canvas.heading("Less confined than others", counted(len(lines), "container"))
        for line in lines[:most]:
            _add_text(canvas, line, "yellow")
        if most is not None and len(lines) > most:
            _add_text(canvas, f"and {len(lines) - most:,} more: --all shows them", "dim")


def _add_unscanned(canvas: Canvas, workloads: Sequence[WorkloadResult], *, several: bool) -> None:
    lines: dict[tuple[str, str], list[str]] = {}
    for one in workloads:
        for each in one.containers:
            if each.error:
                name = each.container.reference or each.container.image
                lines.setdefault((name, each.error), []).append(_title(one, several=several))
    if lines:
        canvas.heading("Not scanned", counted(len(lines), "image"))
        for (image, error), titles in sorted(lines.items()):
            _add_text(canvas, f"{image} of {', '.join(dict.fromkeys(titles))}: {error}", "red")


def _add_gaps(canvas: Canvas, summary: ClusterSummary) -> None:
    lines = [(f"{one.name}: {one.error}", "bold red") for one in summary.clusters if one.error]
    lines += [(f"{one.name}: {gap}", "bold yellow") for one in summary.clusters for gap in one.gaps]
    if lines:
        canvas.heading("Not read")
        for text, style in lines:
            _add_text(canvas, text, style)


def _add_whole(canvas: Canvas, summary: ClusterSummary, done: int) -> None:
    fleet = summary.fleet
    canvas.heading("All", counted(len(summary.clusters), "cluster"))
    facts = [
        counted(sum(one.nodes for one in summary.clusters), "node"),
        counted(sum(one.pods for one in summary.clusters), "pod"),
        counted(len(summary.workloads), "workload"),
        f"{counted(done, 'image')} scanned",
        counted(fleet.vulnerabilities, "different vulnerability"),
        f"{fleet.layers.unique:,} different of {counted(fleet.layers.total, 'layer')}" if fleet.layers.total else "",
        f"data {short_digest(fleet.database)}" if fleet.database else "",
    ]
    _add_text(canvas, " · ".join(filter(None, facts)), "")
    for one in summary.clusters:
        if one.notes:
            _add_text(canvas, f"{one.name}: {'; '.join(one.notes)}", "dim")
    if fleet.unkept or fleet.trouble:
        _add_text(canvas, f"{counted(len(fleet.unkept), 'result')} could not be kept: {fleet.trouble}", "bold red")
    elif fleet.store:
        _add_text(canvas, f"kept in {fleet.store}; lading exposure PACKAGE|CVE asks which images carry it", "dim")
    said, style = _STATUSES.get(summary.exit_status, _STATUSES[FAILED])
    if said:
        _add_text(canvas, f"Exit {summary.exit_status}: {said}", style)


def _title(one: WorkloadResult, *, several: bool) -> str:
    workload = one.workload
    owner = f" of {workload.owner}" if workload.owner else ""
    cluster = f"{workload.cluster}: " if several else ""
    return f"{cluster}{workload.namespace}/{workload.title}{owner}"


def _loosest(containers: Iterable[ContainerResult]) -> str:
    levels = {one.container.security.level for one in containers}
    return next((one for one in _LEVELS if one in levels), "")


def _marks(one: WorkloadResult) -> str:
    marks = ("failed" if one.failed else "", f"{one.unscanned} not scanned" if one.unscanned else "")
    return ", ".join(filter(None, (*marks, "incomplete" if one.incomplete else "")))


def _used(counts: Iterable[SeverityCounts]) -> list[SeverityLabel]:
    ones = list(counts)
    return [label for label in _LABELS if any(one.of(label) for one in ones)]


def _names(used: Iterable[SeverityLabel]) -> tuple[str, ...]:
    return tuple(_SHORT.get(label, label) for label in used)


def _short(name: str) -> str:
    """A reference whose digest is cut where a tag names the image too."""
    tagged, _, digest = name.partition("@")
    return f"{tagged}@{short_digest(digest)}" if digest and ":" in tagged.rpartition("/")[2] else name


def _number(count: int) -> str:
    return f"{count:,}" if count else NONE


def _risk(risk: float) -> str:
    return f"{risk:.0f}" if risk else ""


def _add_text(canvas: Canvas, text: str, style: str) -> None:
    for line in wrap(sentence(printable(text)), canvas.width):
        canvas.add((line, style))
