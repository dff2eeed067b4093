"""The first lines of every table: which image, what is on it."""

from lading.formats.encoders.text.canvas import Canvas
from lading.formats.encoders.text.layers import base_text
from lading.formats.encoders.text.text import counted, flow, printable, short_digest, wrap
from lading.model.image import Image
from lading.model.package import Distribution


def add_header(
    canvas: Canvas,
    image: Image,
    distribution: Distribution | None,
    packages: int,
    matched: int | None = None,
    listed: int | None = None,
) -> None:
    """The first lines: the image's name, its distribution, platform, size and digest, and its base. `matched` is how
    many of the packages were, None where that was not tried; `listed` how many are listed, None for all."""
    count = counted(packages, "package")
    if matched is not None:
        count = f"{matched:,} of {packages:,} packages matched"
    elif listed is not None:
        count = f"{listed:,} of {count} listed"
    name = distribution.pretty or f"{distribution.id} {distribution.version_id}".strip() if distribution else ""
    digest = image.digest or image.config_digest
    facts = [
        printable(name) or "unknown distribution",
        printable(str(image.platform or "")),
        count,
        _made_of(image),
        short_digest(digest),
    ]
    canvas.add((printable(image.name), "bold"))
    for line in flow([fact for fact in facts if fact], " · ", canvas.width):
        canvas.add((line, "dim"))
    if image.base is not None:
        for line in wrap(base_text(image.base, len(image.layers)), canvas.width):
            canvas.add((line, "dim"))


def _made_of(image: Image) -> str:
    if image.source == "rootfs":
        return "root filesystem"
    return "SBOM" if image.source == "sbom" and not image.layers else counted(len(image.layers), "layer")
