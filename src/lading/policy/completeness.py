"""Which of the elements that guidelines ask for a bill of materials has.

All of them have words for what is not known: NTIA's "known unknowns", which CISA tells from what is left out on
purpose, and the "no assertion" of the formats. Nothing said at all is no answer.
"""

from collections.abc import Callable
from typing import Final

from lading.model.completeness import Completeness, Guideline, SbomComponent, SbomElement, SbomStatements

_NTIA: Final[Guideline] = "NTIA 2021"
_CISA: Final[Guideline] = "CISA 2025"
_BSI: Final[Guideline] = "BSI TR-03183-2"
_MOST: Final = 5

_OF_DOCUMENT: Final[tuple[tuple[str, str, tuple[Guideline, ...], Callable[[SbomStatements], object]], ...]] = (
    ("author", "author of the SBOM", (_NTIA, _CISA, _BSI), lambda one: one.author),
    ("author-address", "the author's mail or web address", (_BSI,), lambda one: one.address),
    ("time", "time of the SBOM", (_NTIA, _CISA, _BSI), lambda one: one.time),
    ("tool", "tool that made it", (_CISA,), lambda one: one.tool),
    ("context", "phase in which it was made", (_CISA,), lambda one: one.phase),
    ("identity", "identifier of the document", (_BSI,), lambda one: one.identity),
    ("subject", "what it is a bill of", (_NTIA, _CISA, _BSI), lambda one: one.subject),
    ("extent", "whether it is whole", (_CISA, _BSI), lambda one: one.extent),
)
_OF_COMPONENT: Final[tuple[tuple[str, str, tuple[Guideline, ...], Callable[[SbomComponent], object]], ...]] = (
    ("name", "name", (_NTIA, _CISA, _BSI), lambda one: one.name),
    ("version", "version", (_NTIA, _CISA, _BSI), lambda one: one.version),
    ("supplier", "supplier", (_NTIA, _CISA, _BSI), lambda one: one.supplier),
    ("identifier", "package URL, CPE or SWID", (_NTIA, _CISA, _BSI), lambda one: one.identifiers),
    ("relationships", "relationship to others", (_NTIA, _CISA, _BSI), lambda one: one.related),
    ("digest", "digest", (_CISA,), lambda one: one.digests),
    ("sha512", "SHA-512 digest", (_BSI,), lambda one: "sha512" in one.digests),
    ("license", "license", (_CISA, _BSI), lambda one: one.licenses),
    ("file", "file", (_BSI,), lambda one: one.paths),
    ("file-kind", "kind of file", (_BSI,), lambda one: one.file_kind),
)
"""An element's id, title, who asks for it, and how it is found."""
_OF_FILES: Final = frozenset({"file-kind"})
"""Elements of components that are one file."""


def completeness_of(statements: SbomStatements, name: str) -> Completeness:
    """What of the elements a document of a name states, those of the document first."""
    elements = [
        SbomElement(id, title, guidelines, int(bool(find(statements))), 1)
        for id, title, guidelines, find in _OF_DOCUMENT
    ]
    for id, title, guidelines, is_stated in _OF_COMPONENT:
        components = [one for one in statements.components if one.is_file or id not in _OF_FILES]
        open = [one for one in components if not is_stated(one)]
        without = [one for one in open if id not in one.no_assertion]
        missing = tuple(f"{one.name} {one.version}".strip() for one in without[:_MOST])
        stated, unknown = len(components) - len(open), len(open) - len(without)
        elements.append(SbomElement(id, title, guidelines, stated, len(components), missing, unknown))
    return Completeness(name, statements.format, len(statements.components), tuple(elements))
