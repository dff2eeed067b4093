"""The first lines of every table: which image, what is on it."""

from lading.formats.table.canvas import Canvas
from lading.formats.table.text import counted, flow, printable, short_digest
from lading.model.image import Image
from lading.model.package import Distribution


def add_head(canvas: Canvas, image: Image, distribution: Distribution | None, packages: int) -> None:
    """The first lines: the image's name, and its distribution, platform, size and digest."""
    name = distribution.pretty or f"{distribution.id} {distribution.version_id}".strip() if distribution else ""
    digest = image.digest or image.config_digest
    facts = [
        printable(name) or "unknown distribution",
        printable(str(image.platform or "")),
        counted(packages, "package"),
        counted(len(image.layers), "layer") if image.source != "rootfs" else "root filesystem",
        short_digest(digest),
    ]
    canvas.add((printable(image.name), "bold"))
    for line in flow([fact for fact in facts if fact], " · ", canvas.width):
        canvas.add((line, "dim"))
