"""The document of CSAF 2.0 as its schema and its mandatory tests want it
(https://docs.oasis-open.org/csaf/csaf/v2.0/csaf-v2.0.html, 3 and 6.1)."""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from hashlib import sha256
from itertools import chain, islice
from typing import Any, Final, Literal

from msgspec import Struct

from lading.formats.cvss_vectors import CvssVector
from lading.formats.finding_texts import one_line
from lading.model.finding import Justification, Status
from lading.model.severities import cvss_severity
from lading.safeio.json_text import encode_json, iter_document

_HOME: Final = "https://lading.dev"
_CVE: Final = re.compile(r"CVE-[0-9]{4}-[0-9]{4,}")
_GROUPS: Final[dict[Status, str]] = {
    "affected": "known_affected", "under_investigation": "under_investigation", "fixed": "fixed",
    "not_affected": "known_not_affected",
}  # fmt: skip
"""The groups of product_status, the gravest status first."""
_RATINGS: Final = ((9.0, "CRITICAL"), (7.0, "HIGH"), (4.0, "MEDIUM"), (0.1, "LOW"), (0.0, "NONE"))
_NO_ACTION: Final = "no action was stated"
_NO_REASON: Final = "no reason was stated"
_LONGEST: Final = 4_000

Remedy = Literal["vendor_fix", "no_fix_planned", "none_available", "mitigation"]


class Identification(Struct, omit_defaults=True):
    """What tells a product from others."""

    purl: str = ""
    cpe: str = ""


class Product(Struct, omit_defaults=True):
    """A product under an ID of this document."""

    name: str
    product_id: str
    product_identification_helper: Identification | None = None


class Relationship(Struct):
    """A product that is one in another."""

    category: str
    full_product_name: Product
    product_reference: str
    relates_to_product_reference: str


class ProductTree(Struct):
    """Every product, each once."""

    full_product_names: list[Product]
    relationships: list[Relationship]


class Document(Struct, frozen=True):
    """What a document is and whose. `id` may be empty: it then is made of the content. `time` is RFC 3339, UTC."""

    category: str
    title: str
    author: str
    id: str
    time: str


class Claim(Struct, frozen=True, kw_only=True):
    """What is said of one vulnerability in one product."""

    vulnerability: str
    aliases: tuple[str, ...] = ()
    product: str
    status: Status
    description: str
    justification: Justification = ""
    impact: str = ""
    remedy: str = "none_available"
    action: str = ""
    note: str = ""
    vectors: tuple[CvssVector, ...] = ()
    url: str = ""


class _Note(Struct, frozen=True):
    category: str
    text: str


class _Id(Struct, frozen=True):
    system_name: str
    text: str


class _Reference(Struct, frozen=True):
    summary: str
    url: str


class _Remediation(Struct):
    category: str
    details: str
    product_ids: list[str]


class _Flag(Struct):
    label: str
    product_ids: list[str]


class _Threat(Struct):
    category: str
    details: str
    product_ids: list[str]


class _Score(Struct, omit_defaults=True):
    products: list[str]
    cvss_v2: dict[str, str | float] = {}
    cvss_v3: dict[str, str | float] = {}


class Vulnerability(Struct, omit_defaults=True, kw_only=True):
    """One vulnerability in all products that something is said of."""

    cve: str = ""
    ids: tuple[_Id, ...] = ()
    title: str
    notes: tuple[_Note, ...]
    product_status: dict[str, list[str]]
    flags: list[_Flag] = []
    remediations: list[_Remediation] = []
    scores: list[_Score] = []
    threats: list[_Threat] = []
    references: tuple[_Reference, ...] = ()


def vulnerabilities_of(claims: Iterable[Claim]) -> Iterator[Vulnerability]:
    """Each vulnerability once, in the order of the claims. Of claims on one product the gravest counts, and of equals
    the first."""
    grouped: dict[str, dict[str, Claim]] = defaultdict(dict)
    order = list(_GROUPS)
    for claim in claims:
        known = grouped[claim.vulnerability].get(claim.product)
        if known is None or order.index(claim.status) < order.index(known.status):
            grouped[claim.vulnerability][claim.product] = claim
    for name, found in grouped.items():
        yield _vulnerability(name, list(found.values()))


def written(about: Document, tree: ProductTree, vulnerabilities: Iterable[Vulnerability], tool: str) -> Iterator[bytes]:
    """The document as JSON, ending in a newline, in pieces. One that has no ID is named by what it says: for that all
    vulnerabilities are made at once."""
    name, _, version = tool.partition(" ")
    if not about.id:
        vulnerabilities = tuple(vulnerabilities)
    remaining = iter(vulnerabilities)
    first = tuple(islice(remaining, 1))
    identity = about.id or "lading-" + sha256(encode_json((tree, vulnerabilities))).hexdigest()[:32]
    products: dict[str, Any] = {"full_product_names": tree.full_product_names}
    if tree.relationships:
        products["relationships"] = tree.relationships
    document: dict[str, Any] = {
        "document": {
            "category": about.category,
            "csaf_version": "2.0",
            "title": _line(about.title),
            "publisher": {"category": "other", "name": _line(about.author) or name, "namespace": _HOME},
            "tracking": {
                "current_release_date": about.time,
                "generator": {"date": about.time, "engine": {"name": name, "version": version or "unknown"}},
                "id": _line(identity),
                "initial_release_date": about.time,
                "revision_history": [{"date": about.time, "number": "1", "summary": "First version."}],
                "status": "final",
                "version": "1",
            },
        }
    }
    if tree.full_product_names:
        document["product_tree"] = products
    if first:
        document["vulnerabilities"] = ()
    return iter_document(document, 1, (("vulnerabilities", chain(first, remaining)),) if first else ())


def _vulnerability(name: str, claims: list[Claim]) -> Vulnerability:
    is_cve = _CVE.fullmatch(name) is not None
    others = dict.fromkeys(one for claim in claims for one in claim.aliases if one != name)
    ids = [one for one in ([] if is_cve else [name]) + list(others) if one.strip()]
    status: dict[str, list[str]] = defaultdict(list)
    for claim in sorted(claims, key=lambda one: list(_GROUPS).index(one.status)):
        status[_GROUPS[claim.status]].append(claim.product)
    descriptions = dict.fromkeys(_line(one.description) for one in claims)
    notes = [_Note("description", next(iter(descriptions)) or name)]
    notes += dict.fromkeys(_Note("other", _line(one.note)) for one in claims if one.note)
    urls = dict.fromkeys(one.url for one in claims if one.url)
    return Vulnerability(
        cve=name if is_cve else "",
        ids=tuple(_Id(_system(one), _line(one)) for one in ids),
        title=_line(name),
        notes=tuple(notes),
        product_status=dict(status),
        flags=_flags(claims),
        remediations=_remediations(claims),
        scores=_scores(claims),
        threats=_threats(claims),
        references=tuple(_Reference("what is known of it", url) for url in urls),
    )


def _system(name: str) -> str:
    """The system that an ID is of, by what it begins with."""
    return _line(name.partition("-")[0]) or "unknown"


def _flags(claims: Sequence[Claim]) -> list[_Flag]:
    found: dict[str, list[str]] = defaultdict(list)
    for one in claims:
        if one.status == "not_affected" and one.justification:
            found[one.justification].append(one.product)
    return [_Flag(label, products) for label, products in found.items()]


def _threats(claims: Sequence[Claim]) -> list[_Threat]:
    """Why products are not affected; a flag is enough where nothing else is said."""
    found: dict[str, list[str]] = defaultdict(list)
    for one in claims:
        if one.status == "not_affected" and (one.impact or not one.justification):
            found[_line(one.impact) or _NO_REASON].append(one.product)
    return [_Threat("impact", details, products) for details, products in found.items()]


def _remediations(claims: Sequence[Claim]) -> list[_Remediation]:
    found: dict[tuple[str, str], list[str]] = defaultdict(list)
    for one in claims:
        if one.status == "affected":
            found[one.remedy, _line(one.action) or _NO_ACTION].append(one.product)
    return [_Remediation(category, details, products) for (category, details), products in found.items()]


def _scores(claims: Sequence[Claim]) -> list[_Score]:
    """One score of each version for a product."""
    found: dict[tuple[str, str], list[str]] = defaultdict(list)
    for one in claims:
        chosen: dict[str, str] = {}
        for vector in one.vectors:
            if vector.version[0] in "23":
                chosen.setdefault(vector.version[0], vector.vector)
        if chosen:
            found[chosen.get("2", ""), chosen.get("3", "")].append(one.product)
    scores = (_Score(products, _score(old), _score(new)) for (old, new), products in found.items())
    return [one for one in scores if one.cvss_v2 or one.cvss_v3]


def _score(vector: str) -> dict[str, str | float]:
    severity = cvss_severity(vector) if vector else None
    if severity is None:
        return {}
    if severity.source == "cvss2":
        return {"version": "2.0", "vectorString": severity.text, "baseScore": severity.score}
    rating = next(word for least, word in _RATINGS if severity.score >= least)
    version = vector[5:8]
    return {"version": version, "vectorString": vector, "baseScore": severity.score, "baseSeverity": rating}


def _line(text: str) -> str:
    return one_line(text[:_LONGEST])
