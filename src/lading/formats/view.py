"""How a result is to be shown."""

from msgspec import Struct


class View(Struct, frozen=True):
    """`width` is that of the terminal in cells, None for what is none: a pipe or a file. `colour` tells whether it
    shows colours, `show_all` whether what is hidden by default is shown too. `tool` is the name and version of this
    program for documents that name it. Formats for programs read `tool` alone."""

    width: int | None = None
    colour: bool = False
    show_all: bool = False
    tool: str = ""
