"""Bills of materials with the files of packages, where somebody asked for these: added to the finished document, a
package at a time, as there may be hundreds of thousands.

Sources: https://cyclonedx.org/docs/1.6/json/ (components of components); https://spdx.github.io/spdx-spec/v2.3/, 7.8,
7.9 and 8; https://spdx.github.io/spdx-spec/v3.0.1/ (File).
"""

import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping
from itertools import chain
from typing import Any, Final

import msgspec

from lading.formats.sbom.document import ADDRESS, HASHES, identity
from lading.formats.sbom.files import PackageFile, files_by_package, iter_files
from lading.formats.sbom.spdx3_graph import CREATION, hashed
from lading.model.checks import SeenFile
from lading.model.report import InventoryResult
from lading.safeio.json_text import iter_document

_Document = dict[str, Any]
_NONE: Final = "NOASSERTION"
_CONTROLS: Final = re.compile(r"[\x00-\x1f\x7f-\x9f]+")
_AT_ONCE: Final = 4
"""How many packages are written at once, each with all of its files."""


def cyclonedx_with_files(encoded: bytes, result: InventoryResult) -> bytes | Iterator[bytes]:
    """A document of CycloneDX; the files of a package are components of it."""
    files = _files(result)
    if not files:
        return encoded
    document = _decoded(encoded)
    components = document["components"]
    document["serialNumber"] = f"urn:uuid:{_identity(document['serialNumber'], files)}"
    first = len(components) - len(files)
    listed = chain(components[:first], map(_with_file_components, components[first:], files))
    return iter_document(document | {"components": []}, 1, (("components", listed),), at_once=_AT_ONCE)


def spdx_with_files(encoded: bytes, result: InventoryResult) -> bytes | Iterator[bytes]:
    """A document of SPDX 2.3; packages with files count as analysed."""
    files = _files(result)
    if not files:
        return encoded
    document = _decoded(encoded)
    packages, relationships = document["packages"], document["relationships"]
    document["documentNamespace"] = f"{ADDRESS}spdx/{_identity(document['documentNamespace'], files)}"
    last = packages[len(packages) - len(files) :]
    held = [(f"{number}", one["SPDXID"], seen) for number, (one, seen) in enumerate(zip(last, files, strict=True), 1)]
    for one, seen in zip(last, files, strict=True):
        if seen is not None:
            one |= _analyzed(iter_files(seen))
    arrays = (
        ("files", (_spdx_file(id, file) for number, _, seen in held for id, file in _numbered(number, seen))),
        (
            "relationships",
            chain(
                relationships,
                (_contains(name, id) for number, name, seen in held for id, _ in _numbered(number, seen)),
            ),
        ),
    )
    ordered = {key: value for key, value in document.items() if key not in ("relationships", "annotations")}
    ordered |= {"files": [], "relationships": []}
    return iter_document(ordered | {key: document[key] for key in ("annotations",) if key in document}, 1, arrays)


def spdx3_with_files(encoded: bytes, result: InventoryResult) -> bytes | Iterator[bytes]:
    """A document of SPDX 3.0.1; packages contain files. The elements of bill and document stay those of the packages:
    whatever packages contain belongs to them."""
    files = _files(result)
    if not files:
        return encoded
    document = _decoded(encoded)
    elements = document["@graph"]
    known = {one["name"]: one for one in elements if one["type"] == "software_File"}
    name = next(one["spdxId"] for one in elements if one["type"] == "SpdxDocument").partition("#")[0]
    for file in (file for seen in files for file in iter_files(seen) if file.path in known):
        known[file.path].update(_facts(file))
    names = {path: one["spdxId"] for path, one in known.items()}
    return iter_document(document | {"@graph": []}, 1, (("@graph", chain(elements, _spdx3_files(files, names, name))),))


def _with_file_components(component: _Document, seen: SeenFile | None) -> _Document:
    if seen is None:
        return component
    return component | {"components": [_file_component(file) for file in iter_files(seen)]}


def _file_component(file: PackageFile) -> _Document:
    hashes = [{"alg": HASHES[name], "content": digest} for name, digest in file.digests.items()]
    made: _Document = {"type": "file", "bom-ref": f"file:/{file.path}", "name": f"/{file.path}", "hashes": hashes}
    stated = [f"{name}:{digest}" for name, digest in file.stated.items()]
    properties = [{"name": "lading:package-digest", "value": text} for text in stated]
    return made | {"properties": properties} if properties else made


def _numbered(package: str, seen: SeenFile | None) -> Iterator[tuple[str, PackageFile]]:
    """The files of the package of a number, with an ID each."""
    return ((f"SPDXRef-File-{package}-{number}", file) for number, file in enumerate(iter_files(seen), 1))


def _analyzed(files: Iterable[PackageFile]) -> _Document:
    """What is said of a package with files: its verification code is the SHA-1 of all SHA-1s of theirs, sorted."""
    sums = "".join(sorted(one.digests["sha1"] for one in files))
    code = hashlib.sha1(sums.encode(), usedforsecurity=False).hexdigest()
    return {
        "filesAnalyzed": True,
        "packageVerificationCode": {"packageVerificationCodeValue": code},
        "licenseInfoFromFiles": [_NONE],
    }


def _spdx_file(id: str, file: PackageFile) -> _Document:
    made = {
        "SPDXID": id,
        "fileName": f"./{_CONTROLS.sub(' ', file.path)}",
        "checksums": [
            {"algorithm": HASHES[name].replace("-", ""), "checksumValue": digest}
            for name, digest in file.digests.items()
        ],
        "licenseConcluded": _NONE,
        "licenseInfoInFiles": [_NONE],
        "copyrightText": _NONE,
    }
    return made | _stated(file)


def _contains(package: str, file: str) -> _Document:
    return {"spdxElementId": package, "relationshipType": "CONTAINS", "relatedSpdxElement": file}


def _spdx3_files(files: Iterable[SeenFile | None], known: Mapping[str, str], namespace: str) -> Iterator[_Document]:
    """The elements of files that are not named yet, and what contains them."""
    for number, seen in enumerate(files, 1):
        held: list[str] = []
        for place, file in enumerate(iter_files(seen), 1):
            name = known.get(file.path) or f"{namespace}#package-{number}-file-{place}"
            held.append(name)
            if file.path not in known:
                named = {"type": "software_File", "spdxId": name, "creationInfo": CREATION, "name": file.path}
                yield named | _facts(file)
        if held:
            yield {
                "type": "Relationship",
                "spdxId": f"{namespace}#package-{number}-files",
                "creationInfo": CREATION,
                "from": f"{namespace}#package-{number}",
                "relationshipType": "contains",
                "to": held,
                "completeness": "complete",
            }


def _facts(file: PackageFile) -> _Document:
    return {"verifiedUsing": hashed(file.digests), **_stated(file)}


def _stated(file: PackageFile) -> _Document:
    stated = ", ".join(f"{algorithm} {digest}" for algorithm, digest in file.stated.items())
    return {"comment": f"Its package states another content: {stated}."} if stated else {}


def _files(result: InventoryResult) -> list[SeenFile | None]:
    """The files of each package, in their order; nothing where nobody asked for them. Of packages with one ID the first
    has them."""
    files = files_by_package(result)
    return [files.pop(one.id, None) for one in result.inventory.packages] if files else []


def _identity(name: str, files: Iterable[SeenFile | None]) -> str:
    return identity((name, [hashlib.sha256(one.facts).hexdigest() for one in files if one is not None]))


def _decoded(encoded: bytes) -> _Document:
    return msgspec.json.decode(encoded, type=_Document)
