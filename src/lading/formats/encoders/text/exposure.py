"""Which images carry a package or a vulnerability, for people."""

from collections.abc import Sequence
from typing import Final

from lading.formats.encoders.text.canvas import STYLES, Canvas, fitted, widths
from lading.formats.encoders.text.text import counted, listed, printable, sentence, shorten, wrap
from lading.formats.instructions import instruction
from lading.formats.view import View
from lading.model.exposure import Carried, ExposedImage, Exposure, Rebuild

_MOST_REBUILDS: Final = 10
_MOST_IMAGES: Final = 50
_NAMES: Final = 80
_INSTRUCTION: Final = 60
_DAY: Final = 10


def encode_exposure_table(exposure: Exposure, view: View) -> bytes:
    """What to build anew first, then the images with the packages, the layers that brought these, and since when. Of
    many images only the first are listed, unless all are to be shown."""
    canvas = Canvas(view.width, colour=view.colour)
    count = len(exposure.images)
    canvas.add(
        (printable(exposure.query), "bold"),
        f": in {count:,} of {counted(exposure.asked, 'image')}" if count else f": in none of {exposure.asked:,} images",
    )
    if exposure.stale:
        text = f"{counted(exposure.stale, 'image')} matched against other data than the newest: lading rematch"
        _add_text(canvas, text, "yellow")
    if exposure.unmatched:
        was = "was" if exposure.unmatched == 1 else "were"
        text = f"{counted(exposure.unmatched, 'image')} {was} not wholly matched, and may have it all the same"
        _add_text(canvas, text, "yellow")
    if exposure.kind == "vulnerability" and not count:
        _add_text(canvas, "of programs and archives of no package it is not known", "dim")
    if exposure.rebuilds:
        _add_rebuilds(canvas, exposure.rebuilds, show_all=view.show_all)
        _add_images(canvas, exposure, show_all=view.show_all)
    return canvas.render()


def _add_rebuilds(canvas: Canvas, rebuilds: Sequence[Rebuild], *, show_all: bool) -> None:
    canvas.heading("Rebuild first", counted(len(rebuilds), "place"))
    shown = rebuilds if show_all else rebuilds[:_MOST_REBUILDS]
    for number, one in enumerate(shown, 1):
        frees = f"frees {counted(len(one.images), 'image')}"
        canvas.add((f"{number:>3}. ", "dim"), (_place(one), "bold"), f"  {frees}")
        if one.upgrades:
            canvas.add("     ", (listed([printable(text) for text in one.upgrades], _NAMES), "green"))
        if one.kind != "image":
            canvas.add("     ", (listed([printable(name) for name in one.images], _NAMES), "dim"))
    if len(shown) < len(rebuilds):
        canvas.add((f"and {len(rebuilds) - len(shown):,} more (--all)", "dim"))


def _place(one: Rebuild) -> str:
    if one.kind == "base":
        return f"base image {printable(one.name)}"
    if one.kind == "image":
        return printable(one.name)
    said = shorten(printable(instruction(one.instruction)), _INSTRUCTION) or one.diff_id[:19]
    return f"the image with the layer {said}"


def _add_images(canvas: Canvas, exposure: Exposure, *, show_all: bool) -> None:
    canvas.heading("Images", counted(len(exposure.images), "image"))
    shown = exposure.images if show_all else exposure.images[:_MOST_IMAGES]
    several = len({one.platform for one in exposure.images}) > 1
    for image in shown:
        name = f"{image.name} ({image.platform})" if several and image.platform else image.name
        canvas.add(
            (printable(name), "bold"), (f"  since {image.first_seen[:_DAY]}, seen {image.last_seen[:_DAY]}", "dim")
        )
        rows = [_cells(one) for one in image.carried]
        columns = fitted(widths(rows), canvas.width)
        for row, one in zip(rows, image.carried, strict=True):
            canvas.row(row, columns, ("", "", "", STYLES[one.severity], "green"))
            if layer := _layer(one, image):
                canvas.add((f"      {layer}", "dim"))
    if len(shown) < len(exposure.images):
        canvas.add((f"and {len(exposure.images) - len(shown):,} more (--all)", "dim"))


def _cells(one: Carried) -> tuple[str, str, str, str, str]:
    status = one.status.replace("_", " ") if one.status != "affected" else ""
    rating = one.severity if one.vulnerability and one.severity != "unknown" else ""
    marks = [rating, status, "exploited" if one.exploited else "", "hidden by default" if one.hidden else ""]
    fix = f"→ {one.fixed_version}" if one.fixed_version else ""
    return (
        " ",
        printable(f"{one.type} {one.name} {one.version}"),
        printable(one.vulnerability),
        ", ".join(filter(None, marks)),
        printable(fix),
    )


def _layer(one: Carried, image: ExposedImage) -> str:
    if not one.layer:
        return ""
    base = f"base {image.base}" if image.base else "base image"
    origin = {"base": f", {base}", "application": ", application", "unknown": ""}[one.origin]
    made = shorten(instruction(one.instruction), _INSTRUCTION)
    return printable(f"layer {one.layer}{origin}{f': {made}' if made else ''}")


def _add_text(canvas: Canvas, text: str, style: str) -> None:
    for line in wrap(sentence(text), canvas.width):
        canvas.add((line, style))
