"""The SBOMs of five small images: what official validators say of them, and what other programs lose of them.

    python bench/sboms.py [IMAGE …]     debian, python, node, java, go (bench/small_images.py builds them once)

Each is written in every format. CycloneDX is held against its library's strict validator, SPDX 2.3 against its schema
and spdx-tools, SPDX 3 against its schema and the model's classes, and against the model's SHACL shapes by pyshacl where
that is installed and `spdx-model.ttl` and `spdx-context.jsonld` of https://spdx.org/rdf/3.0.1/ lie in bench/out/spdx-3.
`lading sbom --check` tells what of each is missing. Then it is read and written again by the library of
CycloneDX, by spdx-tools, by Syft, where that is in PATH, and by Trivy's Go module, where Go is. Every package is
compared: name, version, package URL, licenses, digests, and which packages it needs. What a program's own model has no
place for stands in `CANNOT`; whatever else is lost is printed.
"""

import io
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator
from importlib.resources import files
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final, NamedTuple
from urllib.parse import unquote

from cyclonedx.model.bom import Bom
from cyclonedx.output.json import JsonV1Dot6, JsonV1Dot7
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from jsonschema.validators import validator_for
from scan import LADING
from small_images import IMAGES, OUT, small_image
from spdx_python_model import v3_0_1
from spdx_tools.spdx.parser.parse_anything import parse_file
from spdx_tools.spdx.validation.document_validator import validate_full_spdx_document
from spdx_tools.spdx.writer.write_anything import write_file

from lading.formats.documents.inventory import parse_inventory

FORMATS: Final = {"cyclonedx": ".cdx.json", "cyclonedx-1.7": ".cdx.json", "spdx": ".spdx.json", "spdx-3": ".spdx.json"}
FIELDS: Final = ("name", "version", "licenses", "digests", "archives", "needs")
TRIVY: Final = Path(__file__).parent / "sboms_trivy"
AUTHOR: Final = ("--sbom-author", "Bench <bench@example.com>", "--sbom-supplier", "Bench <https://example.com>")


class Kept(NamedTuple):
    """What a program has of a package. Its package URL is the key; `digests` are of its own file, `archives` of the
    files that it is published as, `needs` are the package URLs of others."""

    name: str
    version: str
    licenses: frozenset[str]
    digests: frozenset[str]
    archives: frozenset[str]
    needs: frozenset[str]


Packages = dict[str, Kept]


def main() -> int:
    worst = 0
    with tempfile.TemporaryDirectory() as directory:
        for image in sys.argv[1:] or IMAGES:
            worst |= _image(image, Path(directory))
    return worst


def _image(image: str, directory: Path) -> int:
    source = f"oci:{small_image(image)}"
    inventory = directory / "inventory.json"
    outputs = {format: directory / f"{image}-{format}{suffix}" for format, suffix in FORMATS.items()}
    chosen = [word for format, path in outputs.items() for word in ("-o", f"{format}={path}")]
    _run(*LADING, "sbom", source, "--allow-incomplete", *AUTHOR, "-o", f"json={inventory}", *chosen)
    expected = _of_lading(inventory.read_bytes())
    edges = sum(len(one.needs) for one in expected.values())
    print(f"{image}: {len(expected)} package URLs, {edges} needs", flush=True)
    status, written = 0, expected
    for format, path in outputs.items():
        errors = list(_errors(format, path))
        status |= bool(errors)
        print(f"  {format}: {'valid' if not errors else errors[:3]}", flush=True)
        status |= _told("self-check", list(_missing(path)), "nothing missing")
        if format != "spdx-3":
            written = _as_written(format, path)
            status |= _told("as written", _lost(expected, written, ("licenses",)))
        for name, read in READERS.items():
            packages = read(format, path)
            if packages is not None:
                ours = written
                if format == "spdx" and name in DECLARED:
                    ours = _of_spdx(json.loads(path.read_bytes()), ("Declared",))
                status |= _told(name, _lost(ours, packages, CANNOT.get(name, ()), name))
    return status


def _told(name: str, lost: list[str], nothing: str = "nothing lost") -> bool:
    print(f"    {name}: {', '.join(lost) or nothing}", flush=True)
    return bool(lost)


def _errors(format: str, path: Path) -> Iterator[str]:
    """What the official validators say."""
    document = path.read_bytes()
    if format.startswith("cyclonedx"):
        version = SchemaVersion.V1_7 if format.endswith("7") else SchemaVersion.V1_6
        error = JsonStrictValidator(version).validate_str(document.decode())
        yield from () if error is None else (str(error),)
        return
    number = "3.0" if format == "spdx-3" else "2.3"
    schema = json.loads(files("lib4sbom").joinpath(f"schemas/spdx/{number}-schema.json").read_text("utf-8"))
    yield from (one.message for one in validator_for(schema)(schema).iter_errors(json.loads(document)))
    if format == "spdx-3":
        objects = v3_0_1.SHACLObjectSet()
        v3_0_1.JSONLDDeserializer().read(io.BytesIO(document), objects)
        yield from map(str, objects.link())
        yield from _shacl_errors(document)
    else:
        yield from (one.validation_message for one in validate_full_spdx_document(parse_file(str(path))))


def _shacl_errors(document: bytes) -> Iterator[str]:
    """What the shapes of SPDX 3's model say, where they and their library are there."""
    model, context = (OUT.parent / "spdx-3" / name for name in ("spdx-model.ttl", "spdx-context.jsonld"))
    if not (model.exists() and context.exists() and find_spec("pyshacl")):
        return
    from pyshacl import validate
    from rdflib import Graph

    stated = json.loads(document) | json.loads(context.read_bytes())
    conforms, _, text = validate(
        Graph().parse(data=json.dumps(stated), format="json-ld"), shacl_graph=Graph().parse(model), ont_graph=str(model)
    )
    yield from () if conforms else (str(text),)


def _missing(path: Path) -> Iterator[str]:
    """What guidelines ask for and the document neither states nor says to be unknown."""
    command = (*LADING, "sbom", "--check", "-o", "json", f"sbom:{path}")
    checked = json.loads(subprocess.run(command, stdout=subprocess.PIPE, check=False).stdout)
    for one in checked["elements"]:
        if one["stated"] + one["unknown"] < one["all"]:
            yield f"{one['title']} of {one['all'] - one['stated'] - one['unknown']}"


def _lost(expected: Packages, found: Packages, cannot: Iterable[str], reader: str = "") -> list[str]:
    """What is missing or otherwise: by field, of how many packages, and the first of them."""
    expected = {purl: one for purl, one in expected.items() if "generic" not in cannot or ":generic/" not in purl}
    missing = sorted(expected.keys() - found.keys())
    lost = [f"{len(missing)} packages ({missing[0]})"] if missing else []
    more = sorted(found.keys() - expected.keys())
    lost += [f"{len(more)} packages too many ({more[0]})"] if more else []
    for field in FIELDS:
        pairs = [
            (purl, getattr(expected[purl], field), getattr(found[purl], field)) for purl in expected if purl in found
        ]
        others = [one for one in pairs if _differs(field, one[1], one[2], reader)]
        if others and field not in cannot:
            purl, ours, theirs = others[0]
            lost.append(f"{field} of {len(others)} ({purl}: {_shown(ours)}, {_shown(theirs)})")
    return lost


def _shown(value: Any) -> str:
    return value if isinstance(value, str) else "{" + ", ".join(sorted(value)) + "}"


def _differs(field: str, ours: Any, theirs: Any, reader: str = "") -> bool:
    if field == "digests" and reader in ONE_DIGEST:
        return bool(ours) and not theirs & ours
    return not ours <= theirs if field in ("digests", "archives", "needs") else bool(ours != theirs)


def _key(purl: str) -> str:
    """A package URL in one spelling: programs escape what need not be, and order qualifiers."""
    head, question, rest = purl.partition("?")
    qualifiers, hash, subpath = rest.partition("#")
    return unquote(head + question + "&".join(sorted(qualifiers.split("&"))) + hash + subpath)


def _of_lading(data: bytes) -> Packages:
    packages = parse_inventory(data, "inventory").packages
    purls = {one.id: one.purl for one in packages}
    return _joined(
        (
            one.purl,
            one.name,
            one.version,
            one.licenses,
            one.digests.values(),
            (digest for archive in one.archives for digest in archive.digests.values()),
            (purls.get(need, "") for need in one.depends_on),
        )
        for one in packages
    )


def _of_cyclonedx(document: dict[str, Any]) -> Packages:
    components = [one for one in document.get("components", ()) if one["type"] != "operating-system"]
    purls = {one["bom-ref"]: one.get("purl", "") for one in components}
    needs = {one["ref"]: one.get("dependsOn", ()) for one in document.get("dependencies", ())}
    return _joined(
        (
            one.get("purl", ""),
            one["name"],
            one.get("version", ""),
            map(_license, one.get("licenses", ())),
            (hash["content"] for hash in one.get("hashes", ())),
            (hash["content"] for place in one.get("externalReferences", ()) for hash in place.get("hashes", ())),
            (purls.get(need, "") for need in needs.get(one["bom-ref"], ())),
        )
        for one in components
    )


def _license(choice: dict[str, Any]) -> str:
    license = choice.get("license", {})
    return str(choice.get("expression") or license.get("id") or license["name"])


def _of_spdx(document: dict[str, Any], licenses: tuple[str, ...] = ("Declared", "Concluded")) -> Packages:
    purls = {
        one["SPDXID"]: reference["referenceLocator"]
        for one in document["packages"]
        for reference in one.get("externalRefs", ())
        if reference["referenceType"] == "purl"
    }
    described = {
        one["relatedSpdxElement"] for one in document["relationships"] if one["relationshipType"] == "DESCRIBES"
    }
    described |= set(document.get("documentDescribes", ()))
    needs: dict[str, list[str]] = {}
    for one in document["relationships"]:
        if one["relationshipType"] == "DEPENDS_ON":
            needs.setdefault(one["spdxElementId"], []).append(one["relatedSpdxElement"])
        elif one["relationshipType"] == "DEPENDENCY_OF":
            needs.setdefault(one["relatedSpdxElement"], []).append(one["spdxElementId"])
    return _joined(
        (
            purls.get(one["SPDXID"], ""),
            one["name"],
            one.get("versionInfo", ""),
            {one.get(f"license{how}", "NOASSERTION") for how in licenses} - {"NOASSERTION", "NONE"},
            {sum["checksumValue"] for sum in one.get("checksums", ())},
            {sum["checksumValue"] for sum in one.get("checksums", ())},
            (purls.get(need, "") for need in needs.get(one["SPDXID"], ())),
        )
        for one in document["packages"]
        if one["SPDXID"] not in described
    )


def _of_syft(document: dict[str, Any]) -> Packages:
    purls = {one["id"]: one["purl"] for one in document["artifacts"]}
    needs: dict[str, list[str]] = {}
    for one in document["artifactRelationships"]:
        if one["type"] == "dependency-of":
            needs.setdefault(one["child"], []).append(one["parent"])
    return _joined(
        (
            one["purl"],
            one["name"],
            one["version"],
            (license["spdxExpression"] or license["value"] for license in one["licenses"]),
            (),
            (),
            (purls.get(need, "") for need in needs.get(one["id"], ())),
        )
        for one in document["artifacts"]
    )


_Row = tuple[str, str, str, Iterable[str], Iterable[str], Iterable[str], Iterable[str]]


def _joined(rows: Iterable[_Row]) -> Packages:
    """Packages by their package URLs: of several with the same one, what any of them has."""
    found: Packages = {}
    for purl, name, version, licenses, digests, archives, needs in rows:
        if purl:
            other = found.get(_key(purl), Kept("", "", frozenset(), frozenset(), frozenset(), frozenset()))
            found[_key(purl)] = Kept(
                re.split("[/:]", name)[-1],
                version,
                other.licenses.union(one.replace("LicenseRef-", "") for one in licenses if one),
                other.digests.union(digests),
                other.archives.union(archives),
                other.needs.union(map(_key, filter(None, needs))),
            )
    return found


def _as_written(format: str, path: Path) -> Packages:
    document = json.loads(path.read_bytes())
    return _of_spdx(document) if format == "spdx" else _of_cyclonedx(document)


def _library_of_cyclonedx(format: str, path: Path) -> Packages | None:
    if not format.startswith("cyclonedx"):
        return None
    write = JsonV1Dot7 if format.endswith("7") else JsonV1Dot6
    bom = Bom.from_json(json.loads(path.read_bytes()))  # type: ignore[attr-defined]
    return _of_cyclonedx(json.loads(write(bom).output_as_string()))


def _tools_of_spdx(format: str, path: Path) -> Packages | None:
    if format != "spdx":
        return None
    written = path.with_suffix(".again.spdx.json")
    write_file(parse_file(str(path)), str(written), validate=True)
    return _of_spdx(json.loads(written.read_bytes()))


def _syft(format: str, path: Path) -> Packages | None:
    program = shutil.which("syft")
    return _of_syft(json.loads(_run(program, "convert", str(path), "-o", "syft-json"))) if program else None


def _trivy(format: str, path: Path) -> Packages | None:
    """By Trivy's own Go module, which is built once; it reads no SPDX 3."""
    program = OUT / "trivy-sbom"
    if format == "spdx-3" or (not program.exists() and shutil.which("go") is None):
        return None
    if not program.exists():
        environment = os.environ | {"GOEXPERIMENT": "jsonv2", "CGO_ENABLED": "0"}
        subprocess.run(["go", "build", "-o", program, "."], cwd=TRIVY, env=environment, check=True)
    return _of_trivy(json.loads(_run(str(program), str(path))))


def _of_trivy(document: dict[str, Any]) -> Packages:
    groups = [*(document["packages"] or ()), *(document["applications"] or ())]
    held = [one for group in groups for one in group.get("Packages") or ()]
    purls = {one["Identifier"].get("BOMRef", ""): one["Identifier"].get("PURL", "") for one in held}
    purls |= {one["ID"]: one["Identifier"].get("PURL", "") for one in held if one.get("ID")}
    return _joined(
        (
            one["Identifier"].get("PURL", ""),
            one["Name"],
            one.get("Version", ""),
            set(one.get("Licenses") or ()) - {"NOASSERTION"},
            [one["Digest"].partition(":")[2]] if one.get("Digest") else (),
            (),
            (purls.get(need, "") for need in one.get("DependsOn") or ()),
        )
        for one in held
    )


def _run(*command: str) -> bytes:
    return subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout


READERS: Final[dict[str, Callable[[str, Path], Packages | None]]] = {
    "library of CycloneDX": _library_of_cyclonedx, "spdx-tools": _tools_of_spdx,
    "Syft": _syft, "Trivy": _trivy,
}  # fmt: skip
CANNOT: Final[dict[str, tuple[str, ...]]] = {"Syft": ("digests", "archives"), "Trivy": ("generic", "archives")}
"""Fields that a program has no place for, and types of packages."""
DECLARED: Final = ("Trivy",)
"""Programs that read no licenses of SPDX 2 that are concluded."""
ONE_DIGEST: Final = ("Trivy",)
"""Programs that have room for one digest of a package."""


if __name__ == "__main__":
    sys.exit(main())
