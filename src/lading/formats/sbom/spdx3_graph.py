"""The elements of an SPDX 3 document while it is made.

Source: https://spdx.github.io/spdx-spec/v3.0.1/, and its JSON-LD context, whose names these are.
"""

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Final

from lading.formats.sbom.document import actor

Element = dict[str, object]
CREATION: Final = "_:creation"
_RELATIONSHIP: Final = "Relationship"
_NO_FIELDS: Final[Mapping[str, object]] = MappingProxyType({})


class Graph:
    """Collects elements below one name space; agents, files, licences and licence texts are made once each."""

    def __init__(self, namespace: str) -> None:
        self.elements: list[Element] = []
        self._namespace = namespace
        self._counts: dict[str, int] = {}
        self._known: dict[tuple[str, ...], str] = {}
        self._files: dict[str, Element] = {}

    def id(self, kind: str) -> str:
        """A name for another element of a kind."""
        number = self._counts[kind] = self._counts.get(kind, 0) + 1
        return f"{self._namespace}#{kind}-{number}"

    def add(self, type: str, kind: str, fields: Mapping[str, object], id: str = "") -> str:
        """An element, without the fields that are empty; gives its name."""
        name = id or self.id(kind)
        present = {key: value for key, value in fields.items() if value not in (None, "", [], ())}
        self.elements.append({"type": type, "spdxId": name, "creationInfo": CREATION, **present})
        return name

    def relate(self, source: str, type: str, targets: Iterable[str], completeness: str = "") -> None:
        """A relationship, unless there is nothing to relate to."""
        to = list(targets)
        if to:
            fields = {"from": source, "relationshipType": type, "to": to, "completeness": completeness}
            self.add(_RELATIONSHIP, _RELATIONSHIP.lower(), fields)

    def agent(self, text: str, type: str = "Agent") -> str:
        """The name of an agent, of the form `NAME <ADDRESS>`; empty for none."""
        name, address = actor(text)
        if not name:
            return ""
        key = ("agent", type, text)
        if key not in self._known:
            kind = "email" if "@" in address and "://" not in address else "urlScheme"
            identifier = [identified(kind, address)] if address else []
            self._known[key] = self.add(type, "agent", {"name": name, "externalIdentifier": identifier})
        return self._known[key]

    def license(self, expression: str, texts: Mapping[str, str]) -> str:
        """The name of a licence, by its expression; `texts` has those of its references."""
        key = ("license", expression)
        if key not in self._known:
            references = [one for one in texts if one in expression.replace("(", " ").replace(")", " ").split()]
            custom = [
                {"type": "DictionaryEntry", "key": one, "value": self._text(one, texts[one])} for one in references
            ]
            fields = {"simplelicensing_licenseExpression": expression, "simplelicensing_customIdToUri": custom}
            self._known[key] = self.add("simplelicensing_LicenseExpression", "license", fields)
        return self._known[key]

    def file(self, path: str, fields: Mapping[str, object] = _NO_FIELDS) -> str:
        """The name of a file; `fields` are what is known of it besides its path."""
        key = ("file", path)
        if key not in self._known:
            self._known[key] = self.add("software_File", "file", {"name": path})
            self._files[path] = self.elements[-1]
        self._files[path].update(fields)
        return self._known[key]

    def _text(self, reference: str, text: str) -> str:
        key = ("text", reference)
        if key not in self._known:
            fields = {"name": reference, "simplelicensing_licenseText": text}
            self._known[key] = self.add("simplelicensing_SimpleLicensingText", "license-text", fields)
        return self._known[key]


def identified(type: str, identifier: str) -> Element:
    """An external identifier."""
    return {"type": "ExternalIdentifier", "externalIdentifierType": type, "identifier": identifier}


def hashed(digests: Mapping[str, str]) -> list[Element]:
    """The integrity of something, by its digests."""
    return [{"type": "Hash", "algorithm": algorithm, "hashValue": digests[algorithm]} for algorithm in sorted(digests)]


def extended(properties: Iterable[tuple[str, str]]) -> list[Element]:
    """Properties that the format has no fields for, in the way of CycloneDX."""
    entries = [
        {"type": "extension_CdxPropertyEntry", "extension_cdxPropName": name, "extension_cdxPropValue": value}
        for name, value in properties
    ]
    return [{"type": "extension_CdxPropertiesExtension", "extension_cdxProperty": entries}] if entries else []
