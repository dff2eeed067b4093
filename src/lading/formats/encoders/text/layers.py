"""Which layer something came from, in words."""

from lading.formats.encoders.text.canvas import Canvas
from lading.formats.encoders.text.text import cells, printable, shorten
from lading.formats.instructions import instruction
from lading.model.image import Image


def layer_name(image: Image, layer: int) -> str:
    """The number of a layer, and whether it came with the base; empty for none."""
    return f"{layer} (base)" if image.is_base(layer) else str(layer or "")


def add_origin(canvas: Canvas, image: Image, layer: int, subject: str, indent: str) -> None:
    """One line: the layer, what it introduced, and the instruction that made it as far as there is room."""
    held = image.layer(layer)
    if image.source == "rootfs" or held is None:
        canvas.add((indent + subject, "dim"))
        return
    lead = f"{indent}layer {layer_name(image, layer)}: {subject}"
    made_by = printable(instruction(held.created_by))
    room = canvas.width - cells(lead) - len(_FROM)
    canvas.add((lead, "dim"), (_FROM + shorten(made_by, max(room, 24)) if made_by else "", "dim italic"))


def add_instruction(canvas: Canvas, image: Image, layer: int) -> None:
    """One line with the instruction that made a layer, as far as there is room; none where none is known."""
    held = image.layer(layer)
    if held is not None and held.created_by:
        made_by = printable(instruction(held.created_by))
        canvas.add((f"← {shorten(made_by, canvas.width - 2)}", "dim italic"))


_FROM = "  ← "
