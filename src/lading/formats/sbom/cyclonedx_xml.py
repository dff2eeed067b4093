"""CycloneDX in XML, as the same document in JSON.

Source: https://cyclonedx.org/docs/1.6/xml/.
"""

import re
from typing import Final

from lading.model.errors import FormatError, SafeIOError
from lading.safeio.json_text import encode_json
from lading.safeio.xmltree import Element, read_xml

_NAMESPACE: Final = re.compile(r"http://cyclonedx\.org/schema/bom/(1\.\d+)")
_MOST_ELEMENTS: Final = 1_000_000
_TEXTS: Final = ("author", "publisher", "group", "name", "version", "description", "cpe", "purl", "copyright")
_ENTITIES: Final = ("supplier", "manufacturer")
_Json = dict[str, object]


def is_cyclonedx_xml(data: bytes) -> bool:
    """Whether a document begins as one of XML does, and names CycloneDX's name space."""
    return data.lstrip()[:1] == b"<" and _NAMESPACE.search(data[:4096].decode("utf-8", "replace")) is not None


def cyclonedx_json(data: bytes, where: str) -> bytes:
    """The document in JSON; `where` is its name. Raises FormatError."""
    try:
        bom = read_xml(data, elements=_MOST_ELEMENTS)
    except SafeIOError as error:
        raise FormatError(f"{where}: cannot be read as CycloneDX in XML: {error}") from error
    space = next((found for text in bom.attributes.values() if (found := _NAMESPACE.fullmatch(text))), None)
    if bom.name != "bom" or space is None:
        raise FormatError(f"{where}: no CycloneDX: its root is {bom.name[:40]!r}")
    return encode_json(
        {
            "bomFormat": "CycloneDX",
            "specVersion": space[1],
            "serialNumber": bom.attributes.get("serialNumber", ""),
            "metadata": _metadata(bom.child("metadata")),
            "components": _components(bom),
            "dependencies": [
                {"ref": one.attributes.get("ref", ""), "dependsOn": _references(one, "dependency")}
                for one in bom.child("dependencies").all("dependency")
            ],
            "compositions": [
                {
                    "aggregate": one.value("aggregate"),
                    "assemblies": _references(one.child("assemblies"), "assembly"),
                    "dependencies": _references(one.child("dependencies"), "dependency"),
                }
                for one in bom.child("compositions").all("composition")
            ],
        }
    )


def _metadata(metadata: Element) -> _Json:
    made: _Json = {
        "timestamp": metadata.value("timestamp"),
        "lifecycles": [
            {"phase": one.value("phase") or one.value("name")} for one in metadata.child("lifecycles").all("lifecycle")
        ],
        "tools": [
            {"name": one.value("name"), "version": one.value("version")}
            for one in (
                *metadata.child("tools").all("tool"),
                *metadata.child("tools").child("components").all("component"),
            )
        ],
        "authors": [_entity(one) for one in metadata.child("authors").all("author")],
        "properties": _properties(metadata),
    }
    made |= {name: _entity(one) for name in ("manufacturer", "manufacture", "supplier") for one in metadata.all(name)}
    if metadata.all("component"):
        made["component"] = _component(metadata.child("component"))
    return made


def _components(parent: Element) -> list[_Json]:
    return [_component(one) for one in parent.child("components").all("component")]


def _component(one: Element) -> _Json:
    made: _Json = {"type": one.attributes.get("type", ""), "bom-ref": one.attributes.get("bom-ref")}
    made |= {name: one.value(name) for name in _TEXTS if one.all(name)}
    made |= {name: _entity(entity) for name in _ENTITIES for entity in one.all(name)}
    if one.all("swid"):
        made["swid"] = {"tagId": one.child("swid").attributes.get("tagId", "")}
    occurrences = one.child("evidence").child("occurrences").all("occurrence")
    return made | {
        "hashes": _hashes(one),
        "externalReferences": list(map(_reference, one.child("externalReferences").all("reference"))),
        "licenses": list(map(_license, one.child("licenses").children)),
        "evidence": {"occurrences": [{"location": place.value("location")} for place in occurrences]},
        "properties": _properties(one),
        "components": _components(one),
    }


def _reference(one: Element) -> _Json:
    return {"type": one.attributes.get("type", ""), "url": one.value("url").strip(), "hashes": _hashes(one)}


def _hashes(parent: Element) -> list[_Json]:
    hashes = parent.child("hashes").all("hash")
    return [{"alg": one.attributes.get("alg", ""), "content": one.text.strip()} for one in hashes]


def _license(one: Element) -> _Json:
    if one.name == "expression":
        return {"expression": one.text.strip()}
    return {"license": {name: one.value(name) for name in ("id", "name") if one.all(name)}}


def _entity(one: Element) -> _Json:
    return {
        "name": one.value("name"),
        "email": one.value("email"),
        "url": [url.text.strip() for url in one.all("url")],
        "contact": [{"email": contact.value("email")} for contact in one.all("contact")],
    }


def _properties(parent: Element) -> list[_Json]:
    properties = parent.child("properties").all("property")
    return [{"name": one.attributes.get("name", ""), "value": one.text} for one in properties]


def _references(parent: Element, name: str) -> list[str]:
    return [one.attributes.get("ref", "") for one in parent.all(name)]
