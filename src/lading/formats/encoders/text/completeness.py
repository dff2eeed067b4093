"""The completeness of a bill of materials, for people."""

from lading.formats.encoders.text.canvas import Canvas
from lading.formats.encoders.text.text import cells, counted, printable, wrap
from lading.formats.view import View
from lading.model.completeness import Completeness, SbomElement


def encode_completeness_table(completeness: Completeness, view: View) -> bytes:
    """Every element with who asks for it and how often it is stated, as text ending in a newline."""
    canvas = Canvas(view.width, colour=view.colour)
    canvas.add((printable(completeness.name), "bold"))
    canvas.add((f"{printable(completeness.format)} · {counted(completeness.components, 'component')}", "dim"))
    of_document = [one for one in completeness.elements if one.id in _DOCUMENT]
    of_components = [
        one for one in completeness.elements if one.id not in _DOCUMENT and (one.all or not completeness.components)
    ]
    for title, elements in (("The document", of_document), ("Its components", of_components)):
        canvas.heading(title)
        rows = [_cells(one, canvas.width) for one in elements]
        canvas.table(rows, [_styles(one) for one in elements], right=(1, 2))
    canvas.heading("Result")
    without = [one for one in completeness.elements if not one.is_whole]
    text = (
        f"Missing or not everywhere: {', '.join(one.title for one in without)}."
        if without
        else f"Everything that is asked for is stated{_or_unknown(completeness)}."
    )
    for line in wrap(text, canvas.width):
        canvas.add((line, "bold yellow" if without else "bold green"))
    return canvas.render()


def _or_unknown(completeness: Completeness) -> str:
    return ", or said to be unknown" if any(one.unknown for one in completeness.elements) else ""


_DOCUMENT = frozenset({"author", "author-address", "time", "tool", "context", "identity", "subject", "extent"})


def _cells(one: SbomElement, width: int) -> tuple[str, str, str, str, str]:
    count = ("stated" if one.stated else "missing") if one.id in _DOCUMENT else f"{one.stated:,} of {one.all:,}"
    unknown = f"{one.unknown:,} not known" if one.unknown else ""
    return one.title, count, unknown, ", ".join(one.guidelines), _without(one, max(width // 3, 24))


def _without(one: SbomElement, width: int) -> str:
    """The first that lack an element, and how many more do."""
    if not one.missing:
        return ""
    names = [printable(name) for name in one.missing]
    kept = next((count for count in range(len(names), 1, -1) if cells(", ".join(names[:count])) <= width), 1)
    more = one.all - one.stated - one.unknown - kept
    return f"without: {', '.join(names[:kept])}{f' and {more:,} more' if more else ''}"


def _styles(one: SbomElement) -> tuple[str, str, str, str, str]:
    return "", "green" if one.is_whole else "yellow", "dim", "dim", "dim"
