"""Which layer something came from, in words."""

from lading.formats.encoders.text.canvas import Canvas
from lading.formats.encoders.text.text import cells, printable, shorten
from lading.formats.finding_texts import layer_line
from lading.formats.instructions import instruction
from lading.model.image import Base, Image, Layer


def layer_name(image: Image, layer: int) -> str:
    """The number of a layer, and whether it came with the base; empty for none."""
    return f"{layer} ({origin_word(image)})" if image.is_base(layer) else str(layer or "")


def origin_word(image: Image) -> str:
    """What is said of a layer that came with the base."""
    return "base" if image.base is None or image.base.verified else "base, unverified"


def base_text(base: Base, layers: int) -> str:
    """What is known of the base of an image of so many layers, and how."""
    lowest = "layer 1" if base.layers == 1 else f"layers 1 to {base.layers}"
    facts = [f"{lowest} of {layers}" if base.layers else "", _doubt(base), printable(base.detail)]
    return f"base: {printable(base.name) or 'of unknown name'} ({'; '.join(filter(None, facts))})"


def _doubt(base: Base) -> str:
    if base.verified or not base.layers:
        return ""
    if not base.unchecked:
        return "unverified"
    layers = "layer" if len(base.unchecked) == 1 else "layers"
    more = len(base.unchecked) - _MOST_NUMBERS
    numbers = ", ".join(map(str, base.unchecked[:_MOST_NUMBERS])) + (f" and {more:,} more" if more > 0 else "")
    return f"unverified, as {layers} {numbers} could not be read to the end"


def add_origin(canvas: Canvas, image: Image, layer: int, subject: str, indent: str) -> None:
    """The layer, what it introduced, and the instruction that made it as far as there is room, on a line of its own
    where the first has none left."""
    held = image.layer(layer)
    if image.source == "rootfs" or held is None:
        canvas.add((indent + subject, "dim"))
        return
    lead = f"{indent}layer {layer_name(image, layer)}: {subject}"
    made_by = _made_by(held, image)
    room = canvas.width - cells(lead) - len(_FROM)
    if made_by and room < min(cells(made_by), _LEAST):
        canvas.add((lead, "dim"))
        lead = indent
        room = canvas.width - cells(lead) - len(_FROM)
    canvas.add((lead, "dim"), (_FROM + shorten(made_by, room) if made_by else "", "dim italic"))


def add_instruction(canvas: Canvas, image: Image, layer: int) -> None:
    """One line with the instruction that made a layer, as far as there is room; none where none is known."""
    held = image.layer(layer)
    if held is not None and (made_by := _made_by(held, image)):
        canvas.add((f"← {shorten(made_by, canvas.width - 2)}", "dim italic"))


def _made_by(layer: Layer, image: Image) -> str:
    """The line of the Dockerfile where that is known, and the instruction."""
    return " ".join(filter(None, (printable(layer_line(layer, image)), printable(instruction(layer.created_by)))))


_FROM = "  ← "
_LEAST = 24
"""Cells of an instruction that tell something."""
_MOST_NUMBERS = 5
