"""What files of a repository name."""

from collections.abc import Callable

from msgspec import Struct

Read = Callable[[str], bytes]
"""The content of another file, by its path. Raises FormatError where there is none that can be read."""


class NamedImage(Struct, frozen=True):
    """A reference as a file has it, with the variables put in that are known, and where in the file it stands."""

    name: str
    where: str


class Named(Struct, frozen=True):
    """What a file names, in its order, and a line for each part of it that names no image but is made into one."""

    images: tuple[NamedImage, ...]
    notes: tuple[str, ...] = ()
