"""Many images as one table, the worst first."""

from collections.abc import Sequence
from typing import Final, get_args

from lading.formats.encoders.text.canvas import NONE, STYLES, Canvas
from lading.formats.encoders.text.text import counted, printable, sentence, short_digest, wrap
from lading.formats.view import View
from lading.model.advisory import SEVERITY_ORDER, SeverityLabel
from lading.model.decision import FAILED, INCOMPLETE, PASSED
from lading.model.fleet import BROKEN, FleetSummary, ImageSummary

_LABELS: Final[tuple[SeverityLabel, ...]] = tuple(
    label for label in reversed(SEVERITY_ORDER) if label in get_args(SeverityLabel)
)
_SHORT: Final[dict[SeverityLabel, str]] = {"unknown": "unrated"}
_MOST_UNKEPT: Final = 10


def encode_fleet_table(summary: FleetSummary, view: View) -> bytes:
    """A line for each image with its counts by severity, then the images that could not be scanned, and the whole."""
    canvas = Canvas(view.width, colour=view.colour)
    done = [one for one in summary.images if one.state == "done"]
    if done:
        add_images(canvas, done)
    drifted = [one for one in done if one.drift]
    if drifted:
        canvas.heading("Not as their images", counted(len(drifted), "container"))
        for one in drifted:
            canvas.add((printable(one.container), "bold"))
            for line in one.drift:
                for part in wrap(sentence(printable(line)), canvas.width - 3):
                    canvas.add(f"   {part}")
    bound = [one for one in done if one.concerns]
    if bound:
        canvas.heading("Less confined than others", counted(len(bound), "container"))
        for one in bound:
            _add_text(canvas, f"{one.container}: {printable('; '.join(one.concerns))}", "yellow")
    if summary.failed:
        canvas.heading(
            "Not scanned", counted(len(summary.failed), "container" if any(one.container for one in done) else "image")
        )
        for one in summary.failed:
            _add_text(canvas, f"{one.name}: {one.error}", "red")
    _add_whole(canvas, summary, done)
    return canvas.render()


def add_images(canvas: Canvas, images: Sequence[ImageSummary]) -> None:
    """A line for each image."""
    labels = [label for label in _LABELS if any(one.counts.of(label) for one in images)]
    several = len({one.platform for one in images}) > 1
    checked = any(one.issues for one in images)
    used = any(one.in_use for one in images)
    head = (
        "container and image" if any(one.container for one in images) else "image",
        *(_SHORT.get(label, label) for label in labels),
        *(("in use",) if used else ()),
        "fixable",
        "exploited",
        *(("issues",) if checked else ()),
        "risk",
        "",
        "",
    )
    rows, styles = [head], [("dim",) * len(head)]
    for one in images:
        name = f"{one.container}  {one.name}" if one.container and one.container not in one.name else one.name
        name = f"{name} ({one.platform})" if several and one.platform else name
        counts = [_number(one.counts.of(label)) for label in labels]
        risk = f"{one.risk:.0f}" if one.risk else ""
        rows.append(
            (
                printable(name),
                *counts,
                *((_number(one.in_use),) if used else ()),
                _number(one.fixable),
                _number(one.exploited),
                *((_number(one.issues),) if checked else ()),
                risk,
                *_marks(one),
            ),
        )
        marks = (
            *(("bold",) if used else ()),
            "green",
            "bold red",
            *(("bold",) if checked else ()),
            "",
            "bold red",
            "yellow",
        )
        styles.append(("bold", *(STYLES[label] for label in labels), *marks))
    canvas.counts(rows, styles, right=range(1, len(labels) + 4 + checked + used))


def _marks(one: ImageSummary) -> tuple[str, str]:
    """What the gate says of an image, and whether something of it was not looked at, or what is unknown of it."""
    failed = one.exit_status not in (PASSED, INCOMPLETE)
    return "failed" if failed else "", "incomplete" if one.incomplete else _doubts(one)


def _doubts(one: ImageSummary) -> str:
    """What nothing is known of, where no gate makes more of it."""
    parts = (
        f"{counted(one.unmatched, 'package')} not matched" if one.unmatched else "",
        f"{one.programs:,} of no package" if one.programs else "",
        "stale data" if one.stale else "",
    )
    return ", ".join(filter(None, parts))


def _noun(summary: FleetSummary) -> str:
    return "container" if any(one.container for one in summary.images) else "image"


def _number(count: int) -> str:
    return f"{count:,}" if count else NONE


def _add_whole(canvas: Canvas, summary: FleetSummary, done: Sequence[ImageSummary]) -> None:
    canvas.heading("All", counted(len(summary.images), _noun(summary)))
    layers = summary.layers
    facts = [
        f"{len(done):,} scanned",
        f"{len(summary.failed):,} not scanned" if summary.failed else "",
        counted(summary.vulnerabilities, "different vulnerability"),
        f"{layers.unique:,} different of {counted(layers.total, 'layer')}" if layers.total else "",
        f"data {short_digest(summary.database)}" if summary.database else "",
    ]
    _add_text(canvas, " · ".join(filter(None, facts)), "")
    if summary.unkept:
        names = ", ".join(summary.unkept[:_MOST_UNKEPT])
        more = f" and {len(summary.unkept) - _MOST_UNKEPT:,} more" if len(summary.unkept) > _MOST_UNKEPT else ""
        kept = f"{counted(len(summary.unkept), 'result')} could not be kept: {summary.trouble}: {names}{more}"
        _add_text(canvas, kept, "bold red")
    elif summary.trouble:
        _add_text(canvas, summary.trouble, "bold red")
    elif summary.store:
        _add_text(canvas, f"kept in {summary.store}; lading exposure PACKAGE|CVE asks which images carry it", "dim")
    said, style = _STATUSES.get(summary.exit_status, _STATUSES[FAILED])
    if said:
        _add_text(canvas, f"Exit {summary.exit_status}: {said}", style)


_STATUSES: Final = {
    PASSED: ("", ""),
    FAILED: ("a rule failed for the images that are marked.", "bold red"),
    BROKEN: ("not every image could be scanned, or its result be kept.", "bold red"),
    INCOMPLETE: ("something was not looked at or not matched in the images that are marked.", "bold yellow"),
}


def _add_text(canvas: Canvas, text: str, style: str) -> None:
    for line in wrap(sentence(text), canvas.width):
        canvas.add((line, style))
