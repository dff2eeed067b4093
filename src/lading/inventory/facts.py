"""What a layer holds, as far as later stages need to know: what readers made of its files, and its structure.

Paths are normalised, without a leading slash, and real: links of the layer itself have been followed on the way to
each, and those of the layers below that its facts were made with.
"""

from msgspec import Struct

from lading.inventory.catalogers.cataloger import CatalogerResult
from lading.model.diagnostic import Diagnostic

SCHEMA = 10
"""Grows whenever these facts change their shape or their meaning; part of the layer cache's key."""


class Capture(Struct, frozen=True, array_like=True):
    """What a reader made of a file. `path` is where it lies, `known_as` the path the reader asked for."""

    path: str
    known_as: str
    facts: CatalogerResult


class Link(Struct, frozen=True, array_like=True):
    """A hard link to `target`, which its reader asked for as `known_as` and has not read as such."""

    target: str
    known_as: str


class ReaderFacts(Struct, frozen=True, array_like=True):
    """What one reader made of a layer: `captures` sorted by path; `hardlinks` of files it wants, by path; `copies`,
    what was read for them, by the path of the content.

    `largest` is the size of the largest content it was given, `refused` is on when one was too large for it: they tell
    under which limits the same would be read.
    """

    captures: tuple[Capture, ...] = ()
    hardlinks: dict[str, Link] = {}
    copies: tuple[Capture, ...] = ()
    largest: int = 0
    refused: bool = False


class Structure(Struct, frozen=True, array_like=True):
    """What a layer does to those below it, whoever reads its files.

    `whiteouts` are the paths removed from the layers below, `reopened` those of them where the layer itself has a
    directory later; `opaques` the directories whose lower content is hidden. `links` maps symlinks to their targets as
    written. The rest are listings (see safeio.listing): `directories` and `others` of every entry; `implied` of the
    directories that entries lie in without one of their own before them, `marked` of those that whiteouts lie in so;
    `linked` of the further hard links, `targets` of what each leads to. `tops` are the first two directories above each
    of `others`. `complete` is off when a limit stopped the pass.
    """

    whiteouts: tuple[str, ...]
    reopened: tuple[str, ...]
    opaques: tuple[str, ...]
    links: dict[str, str]
    directories: bytes
    others: bytes
    implied: bytes
    marked: bytes
    linked: bytes
    targets: bytes
    tops: tuple[str, ...]
    entries: int
    complete: bool
    diagnostics: tuple[Diagnostic, ...]


class LayerFacts(Struct, frozen=True, array_like=True):
    """Everything about one layer. `readers` has what each reader made of it, by name, those that found nothing left
    out. `below` are the links of lower layers that the facts were made with, by path with their targets."""

    structure: Structure
    readers: dict[str, ReaderFacts]
    below: dict[str, str] = {}
