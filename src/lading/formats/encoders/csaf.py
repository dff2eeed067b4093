"""CSAF 2.0 (https://docs.oasis-open.org/csaf/csaf/v2.0/csaf-v2.0.html): the profile VEX, and a security advisory on all
vulnerabilities of an image, which is what others call a vulnerability disclosure report (VDR).

A package of an image is a component of it: a product of its own, by a relationship.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from hashlib import sha256
from itertools import starmap
from typing import Final

from msgspec import Struct

from lading.formats.csaf_document import (
    Claim,
    Document,
    Identification,
    Product,
    ProductTree,
    Relationship,
    vulnerabilities_of,
    written,
)
from lading.formats.cvss_vectors import vectors_of
from lading.formats.finding_texts import address, advice, headline
from lading.formats.sbom.purls import image_purl
from lading.formats.view import View
from lading.model.decision import Evaluated
from lading.model.finding import Finding, FixState, VexWord
from lading.model.report import Target
from lading.model.rows import Row
from lading.model.vex import VexDocument, VexProduct, VexStatement

_REMEDIES: Final[Mapping[FixState, str]] = {"wont_fix": "no_fix_planned", "end_of_life": "no_fix_planned"}
_NO_TIME: Final = "1970-01-01T00:00:00Z"


def encode_csaf_vex(evaluated: Evaluated, view: View) -> Iterator[bytes]:
    """What is known of every finding, open or not: affected with what to do, fixed, not affected with why not, under
    investigation. The times are the day of the decision: a report has no clock."""
    return _of_report(evaluated, view, "csaf_vex", "VEX statements on")


def encode_csaf_vdr(evaluated: Evaluated, view: View) -> Iterator[bytes]:
    """The same as a security advisory."""
    return _of_report(evaluated, view, "csaf_security_advisory", "Vulnerability disclosure report on")


def encode_csaf_statements(document: VexDocument, view: View) -> Iterator[bytes]:
    """A document of at least one statement. Of statements on the same vulnerability and product the last one counts.
    Ranges of versions are for who calls to leave out."""
    tree, known = ProductTree([], []), _Known()
    claims: dict[tuple[str, str], Claim] = {}
    for statement in document.statements:
        for product in statement.products:
            for name, id in _products(product, tree, known):
                claims[statement.vulnerability, id] = _stated(statement, name, id)
    about = Document("csaf_vex", "VEX statements", document.author, document.id, document.time or _NO_TIME)
    return written(about, tree, vulnerabilities_of(claims.values()), view.tool)


def _stated(statement: VexStatement, name: str, product: str) -> Claim:
    return Claim(
        vulnerability=statement.vulnerability,
        aliases=statement.aliases,
        product=product,
        status=statement.status,
        description=statement.notes or f"{statement.vulnerability} in {name}",
        justification=statement.justification,
        impact=statement.impact,
        remedy="mitigation" if statement.action else "none_available",
        action=statement.action,
    )


class _Known(Struct):
    """Products by what identifies them, so that each is there once."""

    ids: dict[object, str] = {}

    def id_of(self, key: object) -> tuple[str, bool]:
        """The ID of a product, and whether it is new."""
        new = key not in self.ids
        return self.ids.setdefault(key, f"product-{len(self.ids) + 1}"), new


def _products(product: VexProduct, tree: ProductTree, known: _Known) -> Iterator[tuple[str, str]]:
    """The name and ID of what a statement is about: the product, or each of its parts in it."""
    whole = _product(product, tree, known)
    if not product.subcomponents:
        yield product.name, whole
    for part in product.subcomponents:
        one = _product(part, tree, known)
        id, new = known.id_of((one, whole))
        name = f"{part.name} in {product.name}"
        if new:
            tree.relationships.append(Relationship("default_component_of", Product(name, id), one, whole))
        yield name, id


def _product(product: VexProduct, tree: ProductTree, known: _Known) -> str:
    purl = product.purls[0] if product.purls else ""
    id, new = known.id_of((product.name, product.version, purl, product.cpes, product.digests))
    if new:
        name = f"{product.name} {product.version}".strip()
        helper = Identification(purl, product.cpes[0] if product.cpes else "")
        tree.full_product_names.append(Product(name, id, helper if purl or product.cpes else None))
    return id


def _of_report(evaluated: Evaluated, view: View, category: str, title: str) -> Iterator[bytes]:
    tree = ProductTree([], [])
    found: dict[str, list[tuple[Finding, str]]] = defaultdict(list)
    for number, target in enumerate(evaluated.report.targets, 1):
        for finding, product in _named(target, f"image-{number}", tree):
            found[finding.id].append((finding, product))
    names = ", ".join(target.image.name or "an image" for target in evaluated.report.targets)
    digests = "\0".join(target.image.digest or target.image.name for target in evaluated.report.targets)
    id = (
        "lading-" + sha256(f"{category}\0{digests}\0{evaluated.report.database}".encode("utf-8", "replace")).hexdigest()
    )
    time = f"{evaluated.decision.day}T00:00:00Z" if evaluated.decision.day else _NO_TIME
    author = view.tool.partition(" ")[0]
    about = Document(category, f"{title} {names or 'nothing'}", author, id[:39], time)
    vulnerabilities = (one for said in found.values() for one in vulnerabilities_of(starmap(_claim, said)))
    return written(about, tree, vulnerabilities, view.tool)


def _named(target: Target, image: str, tree: ProductTree) -> Iterator[tuple[Finding, str]]:
    """Findings with the IDs of the products that they are about, which enter the tree."""
    purl = image_purl(target.image)
    name = target.image.name or image
    tree.full_product_names.append(Product(name, image, Identification(purl) if purl else None))
    ids: dict[str, str] = {}
    for finding in target.findings:
        package = finding.package
        if package.id not in ids:
            part, id = f"{image}-package-{package.id}", f"{image}-{package.id}"
            ids[package.id] = id
            said = f"{package.name} {package.version}"
            helper = Identification(package.purl, package.cpes[0] if package.cpes else "")
            has_name = package.purl.startswith("pkg:") or package.cpes
            tree.full_product_names.append(Product(said, part, helper if has_name else None))
            whole = Product(f"{said} in {name}", id)
            tree.relationships.append(Relationship("default_component_of", whole, part, image))
        yield finding, ids[package.id]


def _claim(finding: Finding, product: str) -> Claim:
    word = _word(finding)
    status = word.status if word else finding.status
    ignored = next((one for one in finding.suppressions if one.source != "vex"), None)
    return Claim(
        vulnerability=finding.id,
        aliases=finding.aliases,
        product=product,
        status=status,
        description=finding.summary or headline(finding),
        justification=word.justification if word else "",
        impact=(word.text if word else "") or finding.reason or "the version that is installed is not affected",
        remedy="vendor_fix" if finding.fixed_version else _REMEDIES.get(finding.fix_state, "none_available"),
        action=advice(Row(finding, (finding,))),
        note=f"{ignored.source} {ignored.where}: {ignored.reason}".strip(": ") if ignored else "",
        vectors=vectors_of(finding),
        url=address(finding),
    )


def _word(finding: Finding) -> VexWord | None:
    """The statement of others that decides."""
    decided = any(one.source == "vex" for one in finding.suppressions)
    return next((word for word in finding.vex if word.outcome == "applied"), None) if decided else None
