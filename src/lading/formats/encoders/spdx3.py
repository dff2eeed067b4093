"""SPDX 3.0.1 in JSON-LD: core, software, simple licensing and security profiles.

Source: https://spdx.github.io/spdx-spec/v3.0.1/. What its own fields cannot hold stands in properties `lading:*` of
the extension for those of CycloneDX.
"""

import re
from collections.abc import Iterator
from typing import Final

from lading.formats.licenses.expressions import is_any_of
from lading.formats.sbom.document import (
    ADDRESS,
    Remarks,
    Stated,
    created,
    digests_stated,
    identity,
    image_digests,
    is_taken,
    needs_of,
    package_facts,
    remarks_of,
    with_only_archive,
)
from lading.formats.sbom.facts import facts_of
from lading.formats.sbom.license_references import LicenseReferences
from lading.formats.sbom.own_file import OwnFile, own_file
from lading.formats.sbom.purls import distribution_named, image_purl
from lading.formats.sbom.sources import source_of
from lading.formats.sbom.spdx3_graph import CREATION, Element, Graph, extended, hashed, identified
from lading.formats.sbom.spdx3_vulnerabilities import add_vulnerabilities
from lading.formats.sbom.suppliers import distributor_of, supplier_of
from lading.formats.view import View
from lading.model.decision import Scanned
from lading.model.image import Image
from lading.model.package import Distribution, Package
from lading.model.properties import licenses_are_of_text
from lading.model.report import InventoryResult, Report
from lading.safeio.json_text import encode_document, encode_json

CONTEXT: Final = "https://spdx.org/rdf/3.0.1/spdx-context.jsonld"
_VERSION: Final = "3.0.1"
_NO_LICENSE: Final = "expandedlicensing_NoAssertionLicense"
"""The model's own element for a license that is not known."""
_NO_DATE: Final = "1970-01-01T00:00:00Z"
_PURL: Final = re.compile(r"pkg:[A-Za-z.+-]+/[!#$&-;=?-\[\]_a-z~%A-Z]+")
_CPE: Final = re.compile(r"cpe:2\.3:[aho*-](?::\S+){10}")


def encode_spdx3(result: InventoryResult, view: View) -> bytes:
    """A document of what is in an image (UTF-8, indented, ending in a newline)."""
    return _encode(result, None, view)


def encode_spdx3_scan(scanned: Scanned, view: View) -> bytes:
    """The same document with the vulnerabilities of the packages: what is open, and what anybody states about."""
    return _encode(scanned.found, scanned.evaluated.report, view)


def _encode(result: InventoryResult, report: Report | None, view: View) -> bytes:
    findings = [one for one in report.findings if one.is_open or one.vex or one.suppressions] if report else []
    extent = [target.extent for target in report.targets] if report else []
    of = (result, findings, extent, view.tool, view.author, view.supplier)
    graph = Graph(f"{ADDRESS}spdx/{identity(of)}")
    tool = graph.add("Tool", "tool", {"name": view.tool})
    author = graph.agent(view.author, "Organization") or graph.agent(view.tool, "SoftwareAgent")
    creation = {
        "type": "CreationInfo",
        "@id": CREATION,
        "specVersion": _VERSION,
        "created": created(result.image) or _NO_DATE,
        "createdBy": [author],
        "createdUsing": [tool],
    }
    subject, packages = _add_content(graph, result, view)
    add_vulnerabilities(graph, findings, packages, subject)
    _add_document(graph, result, report, subject)
    return encode_document({"@context": CONTEXT, "@graph": [creation, *graph.elements]})


def _add_document(graph: Graph, result: InventoryResult, report: Report | None, subject: str) -> None:
    """The bill, and the document around it, which names everything."""
    elements = [str(one["spdxId"]) for one in graph.elements]
    bill = graph.add(
        "software_Sbom",
        "sbom",
        {
            "rootElement": [subject],
            "element": elements,
            "software_sbomType": ["analyzed"] if is_taken(result.image) else [],
        },
    )
    # The profile of extensions is not named: in the context's terms its name is that of a property, and programs that
    # read JSON-LD by its rules, as Syft does, refuse it here.
    profiles = ["core", "software", "simpleLicensing"] + (["security"] if report is not None else [])
    fields = {
        "name": result.image.name or "image",
        "rootElement": [bill],
        "element": [bill, *elements],
        "comment": _unknown_needs(result.inventory.packages),
        "profileConformance": profiles,
        "extension": extended(_remarks(result, report)),
    }
    graph.add("SpdxDocument", "document", fields)


def _remarks(result: InventoryResult, report: Report | None) -> Iterator[tuple[str, str]]:
    remarks = facts_of(remarks_of(result.inventory, result.diagnostics), Remarks())
    yield from ((f"lading:{name}", text) for name, text in remarks.items())
    for target in report.targets if report is not None else ():
        yield "lading:extent", encode_json(target.extent).decode()
        yield from (("lading:coverage", encode_json(one).decode()) for one in target.coverage)


def _add_content(graph: Graph, result: InventoryResult, view: View) -> tuple[str, dict[str, str]]:
    """The image, its distribution and packages. Gives the image's element, and those of packages by their ids."""
    image, inventory = result.image, result.inventory
    subject = graph.add("software_Package", "image", _image(graph, image, view.supplier))
    licenses = LicenseReferences()
    names = [_add_package(graph, package, inventory.distribution, licenses) for package in inventory.packages]
    top = [name for name, package in zip(names, inventory.packages, strict=True) if not package.owner]
    owners: dict[str, str] = {}
    for name, package in zip(names, inventory.packages, strict=True):
        owners.setdefault(package.purl, name)
    below: dict[str, list[str]] = {}
    for name, package in zip(names, inventory.packages, strict=True):
        if package.owner:
            below.setdefault(owners.get(package.owner, subject), []).append(name)
    system = [_add_system(graph, inventory.distribution)] if inventory.distribution is not None else []
    whole = not result.incomplete and not inventory.unmanaged and is_taken(image)
    completeness = "complete" if whole else "incomplete" if result.incomplete or inventory.unmanaged else "noAssertion"
    graph.relate(subject, "contains", [*system, *top, *below.pop(subject, [])], completeness)
    for owner, owned in below.items():
        graph.relate(owner, "contains", owned)
    _add_needs(graph, inventory.packages, names)
    return subject, {package.id: name for name, package in zip(names, inventory.packages, strict=True)}


def _add_needs(graph: Graph, packages: tuple[Package, ...], names: list[str]) -> None:
    for name, others in needs_of(packages, names).items():
        graph.relate(name, "dependsOn", others, "complete")


def _unknown_needs(packages: tuple[Package, ...]) -> str:
    """Of which types of packages nothing says what they need, in words; empty where there are none."""
    told = {package.type for package in packages if package.depends_on}
    types = sorted({package.type for package in packages} - told - {""})
    return f"What packages of these types depend on is not known: {', '.join(types)}." if types else ""


def _image(graph: Graph, image: Image, supplier: str) -> Element:
    purl = image_purl(image)
    name = image.name or "image"
    facts = facts_of(image, Image(name, "sbom", image.digest))
    return {
        "name": name,
        "software_packageVersion": image.digest,
        "software_packageUrl": purl if _PURL.fullmatch(purl) else "",
        "software_primaryPurpose": "container",
        "suppliedBy": graph.agent(supplier, "Organization"),
        "verifiedUsing": hashed(image_digests(image)),
        "extension": extended((f"lading:{key}", text) for key, text in facts.items()),
    }


def _add_system(graph: Graph, distribution: Distribution) -> str:
    derived = distribution_named(distribution.id, distribution.version_id)
    facts = facts_of(distribution, derived)
    fields = {
        "name": distribution.id or "unknown",
        "software_packageVersion": distribution.version_id,
        "software_primaryPurpose": "operatingSystem",
        "suppliedBy": graph.agent(distributor_of(distribution), "Organization"),
        "summary": distribution.pretty,
        "extension": extended((f"lading:{key}", text) for key, text in facts.items()),
    }
    return graph.add("software_Package", "os", fields)


def _add_package(graph: Graph, package: Package, distribution: Distribution | None, licenses: LicenseReferences) -> str:
    expression = licenses.expression(package.licenses, any_of=is_any_of(package.type))
    supplier = supplier_of(package, distribution)
    cpes = tuple(dict.fromkeys(cpe for cpe in package.cpes if _CPE.fullmatch(cpe)))
    stated = Stated(
        name=package.name or "unknown",
        version=package.version,
        purl=package.purl if _PURL.fullmatch(package.purl) else "",
        maintainer=" ".join((package.maintainer or supplier).split()),
        licenses=(licenses.shown(expression),) if expression else (),
        cpes=cpes,
        digests=digests_stated(package.digests),
    )
    stated = with_only_archive(stated, package)
    facts = package_facts(package, stated)
    by = graph.agent(package.maintainer)
    name = graph.add(
        "software_Package",
        "package",
        {
            "name": stated.name,
            "software_packageVersion": package.version,
            "software_packageUrl": stated.purl,
            "software_primaryPurpose": "model" if package.type == "huggingface" else "library",
            "suppliedBy": graph.agent(supplier, "Organization") if supplier != package.maintainer else by,
            "originatedBy": [by] if by else [],
            "externalIdentifier": [identified("cpe23", cpe) for cpe in cpes],
            "externalRef": [_kept_at(source)] if (source := source_of(package)) else [],
            "software_downloadLocation": stated.archives[0].url if stated.archives else "",
            "verifiedUsing": hashed(stated.archives[0].digests if stated.archives else stated.digests),
            "extension": extended((f"lading:{key}", text) for key, text in facts.items()),
        },
    )
    if (own := own_file(package)) is not None:
        file = graph.file(own.path, {"verifiedUsing": hashed(stated.digests), **_of_file(own)})
        graph.relate(name, "hasDistributionArtifact", [file], "complete")
    graph.relate(name, "hasEvidence", map(graph.file, sorted({one.path for one in package.locations} - {""})))
    license = graph.license(expression, licenses.texts) if expression else _NO_LICENSE
    known_by = "hasConcludedLicense" if licenses_are_of_text(package) else "hasDeclaredLicense"
    graph.relate(name, known_by, [license])
    return name


def _kept_at(source: str) -> Element:
    return {"type": "ExternalRef", "externalRefType": "vcs", "locator": [source]}


def _of_file(own: OwnFile) -> Element:
    """What a file is, in the words that BSI TR-03183-2 takes from the model."""
    purposes = {"executable": own.executable, "archive": own.archive, "container": own.structured}
    kinds = [kind for kind, holds in purposes.items() if holds] + ([] if own.structured else ["firmware"])
    comment = "software_additionalPurpose tells the properties of BSI TR-03183-2"
    return {"comment": comment, "software_primaryPurpose": "file", "software_additionalPurpose": kinds}
