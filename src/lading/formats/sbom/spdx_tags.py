"""SPDX 2 in tags and values, as the same document in JSON.

Source: https://spdx.github.io/spdx-spec/v2.3/ (each field's "Tag"); texts of several lines stand within <text>.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Final

from lading.model.errors import FormatError
from lading.safeio.json_text import encode_json

_LINE: Final = re.compile(r"([A-Za-z0-9]+):[ \t]*(.*)")
_DOCUMENT: Final[Mapping[str, str]] = {
    "SPDXVersion": "spdxVersion", "SPDXID": "SPDXID", "DocumentName": "name",
    "DocumentNamespace": "documentNamespace", "DocumentComment": "comment",
}  # fmt: skip
_PACKAGE: Final[Mapping[str, str]] = {
    "PackageName": "name", "SPDXID": "SPDXID", "PackageVersion": "versionInfo", "PackageFileName": "packageFileName",
    "PackageDownloadLocation": "downloadLocation",
    "PackageSupplier": "supplier", "PackageOriginator": "originator", "PackageSummary": "summary",
    "PackageLicenseConcluded": "licenseConcluded", "PackageLicenseDeclared": "licenseDeclared",
    "PackageSourceInfo": "sourceInfo", "PrimaryPackagePurpose": "primaryPackagePurpose",
}  # fmt: skip
_LICENSE: Final[Mapping[str, str]] = {
    "LicenseID": "licenseId", "ExtractedText": "extractedText", "LicenseName": "name"
}  # fmt: skip
_SECTIONS: Final = ("FileName", "SnippetSPDXID", "Reviewer")
"""Tags that begin what is passed over."""


def is_spdx_tags(data: bytes) -> bool:
    """Whether a document begins as one of tags does: with its version, after comments at most."""
    lines = (line.strip() for line in data[:4096].splitlines())
    first = next((line for line in lines if line and not line.startswith(b"#")), b"")
    return first.startswith(b"SPDXVersion:")


def spdx_json(data: bytes, where: str) -> bytes:
    """The document in JSON; `where` is its name. Raises FormatError."""
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise FormatError(f"{where}: cannot be read as SPDX in tags: it is not UTF-8 (byte {error.start})") from error
    reader = _Reader()
    for tag, value in _fields(text, where):
        reader.take(tag, value)
    return encode_json(reader.document())


def _fields(text: str, where: str) -> Iterator[tuple[str, str]]:
    lines = iter(enumerate(text.splitlines(), 1))
    for number, line in lines:
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        found = _LINE.fullmatch(line.strip())
        if found is None:
            raise FormatError(f"{where}: line {number}: {line.strip()[:60]!r} is no tag with a value")
        tag, value = found[1], found[2].strip()
        if value.startswith("<text>"):
            parts = [value.removeprefix("<text>")]
            while "</text>" not in parts[-1]:
                following = next(lines, None)
                if following is None:
                    raise FormatError(f"{where}: line {number}: the text of {tag} does not end")
                parts.append(following[1])
            value = "\n".join(parts).partition("</text>")[0]
        yield tag, value


class _Reader:
    """Puts fields where they belong: to what began last."""

    def __init__(self) -> None:
        self._top: dict[str, object] = {}
        self._creation: dict[str, object] = {}
        self._creators: list[str] = []
        self._packages: list[dict[str, object]] = []
        self._licenses: list[dict[str, object]] = []
        self._relationships: list[dict[str, object]] = []
        self._annotations: list[dict[str, str]] = []
        self._current: dict[str, object] = self._top
        self._names = _DOCUMENT

    def take(self, tag: str, value: str) -> None:
        """Adds a field, in the document's order."""
        if tag == "PackageName":
            self._begin(self._packages, _PACKAGE)
        elif tag == "LicenseID":
            self._begin(self._licenses, _LICENSE)
        elif tag in _SECTIONS:
            self._current, self._names = {}, {}
        if tag in self._names:
            self._current[self._names[tag]] = value
        elif tag == "Creator":
            self._creators.append(value)
        elif tag in ("Created", "CreatorComment"):
            self._creation[tag.removeprefix("Creator").lower()] = value
        elif tag == "Annotator":
            self._annotations.append({})
        elif tag in ("SPDXREF", "AnnotationComment") and self._annotations:
            self._annotations[-1][tag] = value
        elif tag == "Relationship":
            self._relate(value.split())
        elif self._names is _PACKAGE:
            self._describe(tag, value)

    def document(self) -> dict[str, object]:
        """All that was taken."""
        owners = {one.get("SPDXID"): one for one in (*self._packages, self._top)}
        for one in self._annotations:
            owner = owners.get(one.get("SPDXREF", ""), self._top)
            notes = owner.setdefault("annotations", [])
            assert isinstance(notes, list)
            notes.append({"comment": one.get("AnnotationComment", "")})
        return {
            **self._top,
            "creationInfo": {**self._creation, "creators": self._creators},
            "packages": self._packages,
            "hasExtractedLicensingInfos": self._licenses,
            "relationships": self._relationships,
        }

    def _begin(self, among: list[dict[str, object]], names: Mapping[str, str]) -> None:
        self._current, self._names = {}, names
        if names is _PACKAGE:
            self._current = {"checksums": [], "externalRefs": []}
        among.append(self._current)

    def _relate(self, words: list[str]) -> None:
        if len(words) >= 3:
            keys = ("spdxElementId", "relationshipType", "relatedSpdxElement")
            self._relationships.append(dict(zip(keys, words, strict=False)))

    def _describe(self, tag: str, value: str) -> None:
        if tag == "PackageChecksum":
            algorithm, _, digest = value.partition(":")
            self._append("checksums", {"algorithm": algorithm.strip(), "checksumValue": digest.strip()})
        elif tag == "ExternalRef" and len(words := value.split(None, 2)) == 3:
            keys = ("referenceCategory", "referenceType", "referenceLocator")
            self._append("externalRefs", dict(zip(keys, words, strict=True)))

    def _append(self, name: str, value: dict[str, str]) -> None:
        held = self._current[name]
        assert isinstance(held, list)
        held.append(value)
