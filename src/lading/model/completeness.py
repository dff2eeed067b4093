"""What a bill of materials says of itself and of its components, and what it should say and does not."""

from typing import Literal

from msgspec import Struct

Guideline = Literal["NTIA 2021", "CISA 2025", "BSI TR-03183-2"]
"""Who asks for an element: https://www.ntia.gov/report/2021/minimum-elements-software-bill-materials-sbom;
CISA, 2025 Minimum Elements for a Software Bill of Materials (draft for comment); BSI TR-03183 part 2, version 2."""


class SbomComponent(Struct, frozen=True):
    """What a document says of one component. `digests` are the names of algorithms ("sha256"); `related` tells that it
    says what the component needs or contains, or what needs or contains it. `is_file` tells that it is said to be one
    file, `file_kind` that it is said whether that is executable, an archive, and structured. `no_assertion` are the
    elements, by their IDs, of which it says in so many words that nothing is known."""

    name: str
    version: str
    supplier: str = ""
    identifiers: tuple[str, ...] = ()
    digests: frozenset[str] = frozenset()
    licenses: tuple[str, ...] = ()
    related: bool = False
    paths: tuple[str, ...] = ()
    no_assertion: frozenset[str] = frozenset()
    is_file: bool = False
    file_kind: bool = False


class SbomStatements(Struct, frozen=True):
    """What a document says, whatever its format. `author` answers for it, and `address` is the author's; `phase` is
    when in the life cycle it was made; `extent` tells that it says whether it is whole. What is not said is empty."""

    format: str
    identity: str = ""
    author: str = ""
    address: str = ""
    tool: str = ""
    time: str = ""
    phase: str = ""
    subject: str = ""
    extent: bool = False
    components: tuple[SbomComponent, ...] = ()


class SbomElement(Struct, frozen=True):
    """One thing that guidelines ask for. `stated` of `all` have it: the components, or the one document; of `unknown`
    the document says that it is not known, which the guidelines take for an answer; `missing` are the first of those
    of which nothing is said. `all` are only those that it applies to."""

    id: str
    title: str
    guidelines: tuple[Guideline, ...]
    stated: int
    all: int
    missing: tuple[str, ...] = ()
    unknown: int = 0

    @property
    def is_whole(self) -> bool:
        """Whether it is stated, or said to be unknown, wherever it should be."""
        return self.stated + self.unknown == self.all


class Completeness(Struct, frozen=True):
    """What came of checking a document of a name."""

    name: str
    format: str
    components: int
    elements: tuple[SbomElement, ...]

    @property
    def is_whole(self) -> bool:
        """Whether nothing that anybody asks for is missing."""
        return all(one.is_whole for one in self.elements)
