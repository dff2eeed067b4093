"""What a bill of materials states, in CycloneDX, SPDX 2 or SPDX 3 (JSON), for checks of its completeness. The
distribution that packages are of is no component of itself."""

import re
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from typing import Any, Final

import msgspec

from lading.formats.sbom.document import FILE_KIND, HASHES, MOST_COMPONENTS, NO_ASSERTION, OPERATING_SYSTEM
from lading.formats.sbom.syntaxes import as_json
from lading.model.completeness import SbomComponent, SbomStatements
from lading.model.errors import FormatError

_Object = Mapping[str, Any]
_NOT_STATED: Final = frozenset({"", "NONE", "NOASSERTION"})
_NO_LICENSES: Final = ("NoAssertion", "None", "NoAssertionLicense", "NoneLicense")
_OURS: Final = f"lading:{NO_ASSERTION}"
_NO_PACKAGES: Final = ("operating-system", "file")
_FILE_KIND: Final = ("executable", "archive", "structured")
_CONTEXT: Final = re.compile(r"(?i)\b(?:design|source|build|analy[sz]ed|deployed|runtime|pre-build|post-build)\b")
_BY_ALGORITHM: Final = {name.upper().replace("-", ""): key for key, name in HASHES.items()}


def parse_statements(data: bytes, where: str) -> SbomStatements:
    """What a document states; `where` is its name. Raises FormatError."""
    try:
        document = msgspec.json.decode(as_json(data, where), type=dict[str, Any])
        if document.get("bomFormat") == "CycloneDX":
            return _cyclonedx(document)
        if document.get("spdxVersion") is not None:
            return _spdx(document)
        if "@graph" in document:
            return _spdx3(document)
    except (msgspec.MsgspecError, UnicodeError, RecursionError) as error:
        raise FormatError(f"{where}: cannot be read as CycloneDX or SPDX in JSON: {error}") from error
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise FormatError(f"{where}: a field of it is not of the kind that its format asks for ({error})") from error
    raise FormatError(f"{where}: neither CycloneDX nor SPDX in JSON")


def _cyclonedx(document: _Object) -> SbomStatements:
    metadata = _object(document.get("metadata"))
    authors = [
        *_objects(metadata.get("authors")),
        *map(_object, (metadata.get("manufacturer"), metadata.get("manufacture"))),
    ]
    author = next((one for one in authors if one.get("name")), {})
    subject = _object(metadata.get("component"))
    components = [one for one in _nested(document.get("components")) if one.get("type") not in _NO_PACKAGES]
    related: set[object] = set()
    for one in _objects(document.get("dependencies")):
        if others := one.get("dependsOn"):
            related |= {one.get("ref"), *others}
    compositions = _objects(document.get("compositions"))
    tools = metadata.get("tools")
    tool = next(
        (
            _text(one, "name")
            for one in _objects(tools if isinstance(tools, list) else _object(tools).get("components"))
        ),
        "",
    )
    return SbomStatements(
        format=f"CycloneDX {_text(document, 'specVersion')}",
        identity=_text(document, "serialNumber"),
        author=_text(author, "name"),
        address=_address(author),
        tool=tool,
        time=_text(metadata, "timestamp"),
        phase=", ".join(_text(one, "phase") or _text(one, "name") for one in _objects(metadata.get("lifecycles"))),
        subject=_text(subject, "name"),
        extent=any(one.get("assemblies") for one in compositions),
        components=tuple(_cyclonedx_component(one, related) for one in components),
    )


def _address(entity: _Object) -> str:
    contacts = _objects(entity.get("contact"))
    mails = [_text(entity, "email"), *(_text(one, "email") for one in contacts)]
    urls = entity.get("url") or []
    return next(filter(None, (*mails, *map(str, urls if isinstance(urls, list) else [urls]))), "")


def _cyclonedx_component(one: _Object, related: Collection[object]) -> SbomComponent:
    supplier = _text(_object(one.get("supplier")), "name") or _text(_object(one.get("manufacturer")), "name")
    licenses = [
        _text(choice, "expression")
        or _text(_object(choice.get("license")), "id")
        or _text(_object(choice.get("license")), "name")
        for choice in _objects(one.get("licenses"))
    ]
    occurrences = _objects(_object(one.get("evidence")).get("occurrences"))
    identifiers = [_text(one, "purl"), _text(one, "cpe"), _text(_object(one.get("swid")), "tagId")]
    supplier = supplier or _text(one, "publisher") or _text(one, "author")
    own = {_text(property, "name"): _text(property, "value") for property in _objects(one.get("properties"))}
    places = [ref for ref in _objects(one.get("externalReferences")) if _text(ref, "type").startswith("distribution")]
    hashes = [hash for place in (one, *places) for hash in _objects(place.get("hashes"))]
    return SbomComponent(
        name=_text(one, "name"),
        version=_text(one, "version"),
        supplier=supplier if _is_stated(supplier) else "",
        identifiers=tuple(filter(None, identifiers)),
        digests=frozenset(_algorithm(_text(hash, "alg")) for hash in hashes),
        licenses=tuple(filter(_is_stated, licenses)),
        related=one.get("bom-ref") in related,
        paths=tuple(filter(None, (_text(place, "location") for place in occurrences))),
        no_assertion=_unknown(own.get(_OURS, ""), {"supplier": [supplier], "license": licenses}),
        is_file=bool(one.get("hashes") or own.get("bsi:component:filename")),
        file_kind=all(own.get(f"bsi:component:{name}") for name in _FILE_KIND),
    )


def _is_stated(text: str) -> bool:
    return text.upper() not in _NOT_STATED


def _unknown(said: str, stated: Mapping[str, Collection[str]]) -> frozenset[str]:
    """The elements of which `said`, in a document of ours, or a common word for it, says that nothing is known."""
    words = {element for element, texts in stated.items() if any(texts) and not any(map(_is_stated, texts))}
    return frozenset(filter(None, said.split(", "))) | words


def _nested(components: object) -> Iterator[_Object]:
    waiting, count = list(reversed(_objects(components))), 0
    while waiting:
        one = waiting.pop()
        count += one.get("type") != "file"
        if count > MOST_COMPONENTS:
            raise ValueError(f"more than {MOST_COMPONENTS:,} components")
        yield one
        waiting += reversed(_objects(one.get("components")))


def _spdx(document: _Object) -> SbomStatements:
    creation = _object(document.get("creationInfo"))
    creators = [str(one) for one in creation.get("creators") or ()]
    author = next((one.partition(":")[2].strip() for one in creators if not one.startswith("Tool:")), "")
    address = re.search(r"\(([^()]+)\)", author)
    relationships = _objects(document.get("relationships"))
    described = {
        _text(one, "relatedSpdxElement") for one in relationships if one.get("relationshipType") == "DESCRIBES"
    }
    described |= {str(one) for one in document.get("documentDescribes") or ()}
    packages = [
        one for one in _objects(document.get("packages")) if one.get("primaryPackagePurpose") not in OPERATING_SYSTEM
    ]
    texts = f"{_text(creation, 'comment')} {_text(document, 'comment')}"
    phase = _CONTEXT.search(texts)
    related = {
        _text(one, key)
        for one in relationships
        for key in ("spdxElementId", "relatedSpdxElement")
        if one.get("relationshipType") != "DESCRIBES"
    }
    return SbomStatements(
        format=_text(document, "spdxVersion").replace("-", " "),
        identity=_text(document, "documentNamespace"),
        author=author,
        address=address[1] if address else "",
        tool=next((one.partition(":")[2].strip() for one in creators if one.startswith("Tool:")), ""),
        time="" if _text(creation, "created").startswith("1970") else _text(creation, "created"),
        phase=phase[0] if phase else "",
        subject=next((_text(one, "name") for one in packages if one.get("SPDXID") in described), ""),
        extent=any(str(one.get("relatedSpdxElement")) in _NOT_STATED for one in relationships),
        components=tuple(_spdx_component(one, related) for one in packages if one.get("SPDXID") not in described),
    )


def _spdx_component(one: _Object, related: Collection[str]) -> SbomComponent:
    references = _objects(one.get("externalRefs"))
    kinds = ("purl", "cpe22Type", "cpe23Type", "swid")
    suppliers = (_text(one, "supplier"), _text(one, "originator"))
    licenses = (_text(one, "licenseConcluded"), _text(one, "licenseDeclared"))
    ours = [_ours(note) for note in _objects(one.get("annotations"))]
    said = ", ".join(filter(None, (_text(facts, NO_ASSERTION) for facts in ours)))
    return SbomComponent(
        name=_text(one, "name"),
        version=_text(one, "versionInfo"),
        supplier=next((text.partition(":")[2].strip() for text in suppliers if text not in _NOT_STATED), ""),
        identifiers=tuple(_text(ref, "referenceLocator") for ref in references if ref.get("referenceType") in kinds),
        digests=frozenset(_algorithm(_text(sum, "algorithm")) for sum in _objects(one.get("checksums"))),
        licenses=tuple(text for text in licenses if text not in _NOT_STATED),
        related=_text(one, "SPDXID") in related,
        paths=tuple(filter(None, (_text(one, "packageFileName"), *_known_by(_text(one, "sourceInfo"))))),
        no_assertion=_unknown(said, {"supplier": suppliers, "license": licenses}),
        is_file=bool(one.get("packageFileName")),
        file_kind=any(_text(facts, FILE_KIND) for facts in ours),
    )


def _known_by(source: str) -> list[str]:
    """The files in which a package was found, as Syft and Lading say it."""
    return source.partition(": /")[2].split(", /") if ": /" in source else []


def _ours(annotation: _Object) -> _Object:
    """The facts of an annotation of ours."""
    head, ours, facts = _text(annotation, "comment").partition("lading: ")
    return msgspec.json.decode(facts, type=dict[str, Any]) if ours and not head else {}


def _spdx3(document: _Object) -> SbomStatements:
    elements = _objects(document.get("@graph"))
    named = {_text(one, "spdxId"): one for one in elements}
    creation = next((one for one in elements if one.get("type") == "CreationInfo"), {})
    agents = [named.get(str(one), {}) for one in creation.get("createdBy") or ()]
    author: _Object = next((one for one in agents if one.get("type") in ("Organization", "Person", "Agent")), {})
    bills = [one for one in elements if one.get("type") == "software_Sbom"]
    roots = {str(root) for bill in bills for root in bill.get("rootElement") or ()}
    packages = [
        one
        for one in elements
        if one.get("type") == "software_Package"
        and one.get("spdxId") not in roots
        and one.get("software_primaryPurpose") != "operatingSystem"
    ]
    related: set[str] = set()
    licenses: defaultdict[str, list[str]] = defaultdict(list)
    files: defaultdict[str, list[str]] = defaultdict(list)
    artifacts: defaultdict[str, list[_Object]] = defaultdict(list)
    for one in elements:
        kind, targets = str(one.get("relationshipType")), [str(to) for to in one.get("to") or ()]
        if kind in ("dependsOn", "contains"):
            related |= {_text(one, "from"), *targets}
        elif kind in ("hasDeclaredLicense", "hasConcludedLicense"):
            licenses[_text(one, "from")] += targets
        if kind == "hasDistributionArtifact":
            artifacts[_text(one, "from")] += [named.get(target, {}) for target in targets]
        if kind in ("contains", "hasDistributionArtifact", "hasEvidence"):
            held = (named.get(target, {}) for target in targets)
            files[_text(one, "from")] += [_text(file, "name") for file in held if file.get("type") == "software_File"]
    extent = any(
        one.get("relationshipType") == "contains" and one.get("completeness") in ("complete", "incomplete")
        for one in elements
    )
    return SbomStatements(
        format=f"SPDX {_text(creation, 'specVersion')}",
        identity=next((_text(one, "spdxId") for one in elements if one.get("type") == "SpdxDocument"), ""),
        author=_text(author, "name"),
        address=next((_text(one, "identifier") for one in _objects(author.get("externalIdentifier"))), ""),
        tool=next((_text(named.get(str(one), {}), "name") for one in creation.get("createdUsing") or ()), ""),
        time="" if _text(creation, "created").startswith("1970") else _text(creation, "created"),
        phase=", ".join(str(kind) for bill in bills for kind in bill.get("software_sbomType") or ()),
        subject=next((_text(named.get(root, {}), "name") for root in sorted(roots)), ""),
        extent=extent,
        components=tuple(_spdx3_component(one, named, related, licenses, files, artifacts) for one in packages),
    )


def _spdx3_component(
    one: _Object,
    named: Mapping[str, _Object],
    related: Collection[str],
    licenses: Mapping[str, list[str]],
    files: Mapping[str, list[str]],
    artifacts: Mapping[str, list[_Object]],
) -> SbomComponent:
    name = _text(one, "spdxId")
    own_files = artifacts.get(name, [])
    hashes = [hash for place in (one, *own_files) for hash in _objects(place.get("verifiedUsing"))]
    entries = (
        entry for part in _objects(one.get("extension")) for entry in _objects(part.get("extension_cdxProperty"))
    )
    own = {_text(entry, "extension_cdxPropName"): _text(entry, "extension_cdxPropValue") for entry in entries}
    declared = licenses.get(name, [])
    identifiers = [_text(other, "identifier") for other in _objects(one.get("externalIdentifier"))]
    agents = [str(one.get("suppliedBy") or ""), *(str(agent) for agent in one.get("originatedBy") or ())]
    return SbomComponent(
        name=_text(one, "name"),
        version=_text(one, "software_packageVersion"),
        supplier=next(filter(None, (_text(named.get(agent, {}), "name") for agent in agents)), ""),
        identifiers=tuple(filter(None, (_text(one, "software_packageUrl"), *identifiers))),
        digests=frozenset(_text(hash, "algorithm") for hash in hashes),
        licenses=tuple(license for license in declared if not license.endswith(_NO_LICENSES)),
        related=name in related,
        paths=tuple(filter(None, files.get(name, ()))),
        no_assertion=_unknown(own.get(_OURS, ""), {})
        | ({"license"} if any(license.endswith(_NO_LICENSES) for license in declared) else set()),
        is_file=bool(own_files),
        file_kind=any(file.get("software_additionalPurpose") for file in own_files),
    )


def _algorithm(name: str) -> str:
    return _BY_ALGORITHM.get(name.upper().replace("-", ""), name)


def _object(value: object) -> _Object:
    return value if isinstance(value, dict) else {}


def _objects(value: object) -> list[_Object]:
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def _text(value: _Object, key: str) -> str:
    found = value.get(key)
    return found.strip() if isinstance(found, str) else ""
