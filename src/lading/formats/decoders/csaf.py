"""CSAF documents: advisories and VEX statements of vendors.

Source: Common Security Advisory Framework 2.0 (https://docs.oasis-open.org/csaf/csaf/v2.0/csaf-v2.0.html), chapter 3;
2.1 (https://docs.oasis-open.org/csaf/csaf/v2.1/csaf-v2.1.html) where it adds fields.
"""

from collections.abc import Iterator, Sequence
from functools import cached_property

import msgspec
from msgspec import Struct, field

from lading.model.errors import FormatError

_DEEPEST = 8


class FileHash(Struct, frozen=True, gc=False):
    algorithm: str
    value: str


class FileHashes(Struct, frozen=True, gc=False):
    """The hashes of one file of a product."""

    file_hashes: tuple[FileHash, ...] = ()


class Helper(Struct, frozen=True, gc=False):
    """What else a product is called (`product_identification_helper`); `purls` is of CSAF 2.1."""

    cpe: str = ""
    purl: str = ""
    purls: tuple[str, ...] = ()
    hashes: tuple[FileHashes, ...] = ()


class Product(Struct, frozen=True, gc=False):
    """A full product name."""

    product_id: str
    name: str = ""
    product_identification_helper: Helper = Helper()

    @property
    def cpe(self) -> str:
        return self.product_identification_helper.cpe

    @property
    def purl(self) -> str:
        return self.product_identification_helper.purl


class Branch(Struct, frozen=True, gc=False):
    category: str
    name: str = ""
    branches: tuple["Branch", ...] = ()
    product: Product | None = None


class Relationship(Struct, frozen=True, gc=False):
    """`full_product_name` is the product `product_reference` where it stands in `category` ("default_component_of") to
    the product `relates_to_product_reference`. Either may itself be the product of a relationship."""

    category: str
    product_reference: str
    relates_to_product_reference: str
    full_product_name: Product


class ProductGroup(Struct, frozen=True, gc=False):
    group_id: str
    product_ids: tuple[str, ...] = ()


class ProductTree(Struct, frozen=True, gc=False):
    branches: tuple[Branch, ...] = ()
    relationships: tuple[Relationship, ...] = ()
    full_product_names: tuple[Product, ...] = ()
    product_groups: tuple[ProductGroup, ...] = ()


class Note(Struct, frozen=True, gc=False):
    category: str
    text: str = ""
    title: str = ""


class Reference(Struct, frozen=True, gc=False):
    url: str
    category: str = "external"
    summary: str = ""


class Weakness(Struct, frozen=True, gc=False):
    id: str
    name: str = ""


class Identifier(Struct, frozen=True, gc=False):
    system_name: str
    text: str


class Flag(Struct, frozen=True, gc=False):
    """A machine-readable reason for "known_not_affected" ("vulnerable_code_not_present")."""

    label: str
    product_ids: tuple[str, ...] = ()
    group_ids: tuple[str, ...] = ()
    date: str = ""


class Remediation(Struct, frozen=True, gc=False):
    """`category` is vendor_fix, none_available, no_fix_planned, workaround or mitigation; without products it speaks of
    all. `url` and `date` are those of the fix."""

    category: str
    details: str = ""
    product_ids: tuple[str, ...] = ()
    group_ids: tuple[str, ...] = ()
    url: str = ""
    date: str = ""


class Threat(Struct, frozen=True, gc=False):
    """`category` is impact, exploit_status or target_set; without products it speaks of all."""

    category: str
    details: str = ""
    product_ids: tuple[str, ...] = ()
    group_ids: tuple[str, ...] = ()
    date: str = ""


class Cvss(Struct, frozen=True, gc=False):
    vector: str = field(default="", name="vectorString")


class Score(Struct, frozen=True, gc=False):
    products: tuple[str, ...] = ()
    cvss_v2: Cvss | None = None
    cvss_v3: Cvss | None = None
    cvss_v4: Cvss | None = None


class Vulnerability(Struct, frozen=True, gc=False):
    """`product_status` has the ids of products by state: fixed, first_fixed, recommended, known_affected,
    first_affected, last_affected, known_not_affected, under_investigation."""

    cve: str = ""
    ids: tuple[Identifier, ...] = ()
    title: str = ""
    cwe: Weakness | None = None
    notes: tuple[Note, ...] = ()
    references: tuple[Reference, ...] = ()
    release_date: str = ""
    product_status: dict[str, tuple[str, ...]] = {}
    flags: tuple[Flag, ...] = ()
    remediations: tuple[Remediation, ...] = ()
    threats: tuple[Threat, ...] = ()
    scores: tuple[Score, ...] = ()


class Tracking(Struct, frozen=True, gc=False):
    """`status` is draft, interim or final."""

    id: str
    current_release_date: str = ""
    initial_release_date: str = ""
    status: str = ""
    version: str = ""


class Publisher(Struct, frozen=True, gc=False):
    name: str = ""
    namespace: str = ""


class AggregateSeverity(Struct, frozen=True, gc=False):
    text: str


class Document(Struct, frozen=True, gc=False):
    """What a CSAF document says of itself; dates are RFC 3339."""

    tracking: Tracking
    title: str = ""
    category: str = ""
    publisher: Publisher = Publisher()
    aggregate_severity: AggregateSeverity | None = None
    notes: tuple[Note, ...] = ()
    references: tuple[Reference, ...] = ()

    @property
    def url(self) -> str:
        """Where the document says it lies, as a page where there is one; empty when it does not say."""
        own = [one.url for one in self.references if one.category == "self"]
        return next((url for url in own if not url.endswith(".json")), own[0] if own else "")


class Csaf(Struct, frozen=True, dict=True):
    """A CSAF document, with the names it has in the standard."""

    document: Document
    product_tree: ProductTree = ProductTree()
    vulnerabilities: tuple[Vulnerability, ...] = ()

    @cached_property
    def products(self) -> dict[str, Product]:
        """The products of the tree that are not those of relationships, by id."""
        found = {one.product_id: one for one in self.product_tree.full_product_names}
        found.update((product.product_id, product) for _, product in iter_products(self.product_tree.branches))
        return found

    @cached_property
    def relationships(self) -> dict[str, Relationship]:
        """By the id of the product that each makes."""
        return {one.full_product_name.product_id: one for one in self.product_tree.relationships}

    def chain(self, product_id: str) -> tuple[Product, ...]:
        """What a product is made of, from the component to the platform it is part of: one product where no
        relationship makes it, more than two where a package is part of a module that is part of a platform; empty
        when the tree does not know it, or a part of it."""
        return self._chain(product_id, 0)

    def _chain(self, product_id: str, depth: int) -> tuple[Product, ...]:
        product = self.products.get(product_id)
        if product is not None:
            return (product,)
        relationship = self.relationships.get(product_id)
        if relationship is None or depth == _DEEPEST:
            return ()
        component = self._chain(relationship.product_reference, depth + 1)
        platform = self._chain(relationship.relates_to_product_reference, depth + 1)
        return (*component, *platform) if component and platform else ()


_DECODER = msgspec.json.Decoder(Csaf)


def parse_csaf(data: bytes) -> Csaf:
    """One document. Raises FormatError."""
    try:
        return _DECODER.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise FormatError(f"not a CSAF document: {error}") from error


def iter_products(branches: Sequence[Branch]) -> Iterator[tuple[tuple[Branch, ...], Product]]:
    """Each product below `branches` with the branches that lead to it, outermost first."""
    stack: list[tuple[tuple[Branch, ...], Branch]] = [((branch,), branch) for branch in reversed(branches)]
    while stack:
        path, branch = stack.pop()
        if branch.product is not None:
            yield path, branch.product
        stack.extend(((*path, inner), inner) for inner in reversed(branch.branches))
