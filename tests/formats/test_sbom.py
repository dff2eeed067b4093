"""Bills of materials of our own: valid by the official validators, the same each time, and read back as written."""

import io
import json
import os
import subprocess
import sys
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jsonschema.validators import validator_for
from msgspec import structs
from spdx_tools.spdx.parser.parse_anything import parse_file
from spdx_tools.spdx.validation.document_validator import validate_full_spdx_document

from lading.formats.decoders.sbom import parse_sbom
from lading.formats.encoders.cyclonedx import encode_cyclonedx
from lading.formats.encoders.spdx import encode_spdx
from lading.formats.sbom.document import created, unique
from lading.inventory.catalogers.cataloger import FoundPackage
from lading.inventory.purl import package_url
from lading.model.build_records import BuildRecord, ContentSets, ImageLabels, UbuntuPro
from lading.model.diagnostic import Diagnostic
from lading.model.image import Image, Layer, Platform
from lading.model.package import Distribution, Inventory, Location, Package, UnmanagedFile
from lading.model.report import InventoryResult
from tests.formats.sboms import DIAGNOSTICS, INVENTORY, JAR, LIBSSL, NGINX, OWNED, RESULT, ROOT, SHOP, VIEW, WRITERS

REPOSITORY = Path(__file__).parents[2]

both = pytest.mark.parametrize("format", WRITERS)


def errors_of(format: str, document: bytes, directory: Path) -> list[str]:
    """What the format's official validator says."""
    if format == "cyclonedx":
        error = JsonStrictValidator(SchemaVersion.V1_6).validate_str(document.decode())
        return [] if error is None else [str(error)]
    if format == "spdx-3":
        return [*schema_errors(document, "3.0"), *model_errors(document)]
    file = directory / "sbom.spdx.json"
    file.write_bytes(document)
    said = validate_full_spdx_document(parse_file(str(file)))
    return schema_errors(document, "2.3") + [message.validation_message for message in said]


def schema_errors(document: bytes, version: str) -> list[str]:
    """What SPDX's own JSON schema says."""
    errors = _validator(version).iter_errors(json.loads(document))
    return [f"{list(one.path)}: {one.message}" for one in errors]


@cache
def _validator(version: str) -> Any:
    schema = json.loads(files("lib4sbom").joinpath(f"schemas/spdx/{version}-schema.json").read_text("utf-8"))
    return validator_for(schema)(schema)


def model_errors(document: bytes) -> list[str]:
    """What the classes say that SPDX's own tools make from the model's shapes: they know every property, its type and
    how often it may stand."""
    model = pytest.importorskip("spdx_python_model", reason="without spdx-python-model no SPDX 3 can be checked")
    objects = model.v3_0_1.SHACLObjectSet()
    model.v3_0_1.JSONLDDeserializer().read(io.BytesIO(document), objects)
    return sorted(map(str, objects.link()))


@both
def test_documents_are_valid(format: str, tmp_path: Path) -> None:
    write = WRITERS[format]
    assert errors_of(format, write(RESULT, VIEW), tmp_path) == []
    assert errors_of(format, write(InventoryResult(ROOT, Inventory()), VIEW), tmp_path) == []


@both
def test_everything_comes_back(format: str) -> None:
    document = WRITERS[format](RESULT, VIEW)
    assert parse_sbom(document, "x") == InventoryResult(SHOP, INVENTORY, DIAGNOSTICS)
    assert parse_sbom(b"\xef\xbb\xbf" + document, "x").inventory == INVENTORY


@both
def test_needs_and_digests_come_back(format: str, tmp_path: Path) -> None:
    """Also where one package has installed another, which is no need for it."""
    digests = {"sha1": "0" * 40, "sha512": "a" * 128}
    packages = {one.id: one for one in INVENTORY.packages}
    python = next(one for one in packages.values() if one.purl == OWNED.owner)
    changes: dict[str, dict[str, Any]] = {
        NGINX.id: {"depends_on": tuple(sorted((LIBSSL.id, python.id))), "relationship": "direct"},
        python.id: {"depends_on": (LIBSSL.id,), "relationship": "transitive"},
        JAR.id: {"digests": digests, "size": 1234},
        OWNED.id: {"digests": {"unheard-of": "1"}},
    }
    made = tuple(structs.replace(one, **changes.get(one.id, {})) for one in INVENTORY.packages)
    inventory = structs.replace(INVENTORY, packages=made)
    document = WRITERS[format](InventoryResult(SHOP, inventory), VIEW)
    assert errors_of(format, document, tmp_path) == []
    assert parse_sbom(document, "x").inventory == inventory
    assert b"depends_on" not in document


def test_needs_that_others_state() -> None:
    """Syft turns SPDX's relationships around; a reference that comes twice, or leads nowhere, is nothing."""
    ids = {"a": "SPDXRef-a", "b": "SPDXRef-b", "c": "SPDXRef-c"}
    packages = [
        {
            "name": name,
            "SPDXID": id,
            "versionInfo": "1",
            "externalRefs": [{"referenceType": "purl", "referenceLocator": f"pkg:npm/{name}@1"}],
        }
        for name, id in ids.items()
    ]
    relationships = [
        {"spdxElementId": one, "relationshipType": kind, "relatedSpdxElement": other}
        for one, kind, other in (
            (ids["b"], "DEPENDENCY_OF", ids["a"]),
            (ids["a"], "DEPENDS_ON", ids["c"]),
            (ids["c"], "CONTAINS", ids["b"]),
            (ids["c"], "DEPENDS_ON", "SPDXRef-nowhere"),
        )
    ]
    document = {"spdxVersion": "SPDX-2.3", "packages": packages, "relationships": relationships}
    found = {one.name: one for one in parse_sbom(json.dumps(document).encode(), "x").inventory.packages}
    assert found["a"].depends_on == tuple(sorted((found["b"].id, found["c"].id)))
    assert [found[name].depends_on for name in "bc"] == [(), ()]


@both
def test_the_same_input_gives_the_same_bytes(format: str) -> None:
    program = (
        f"import sys\nfrom tests.formats.sboms import *\nsys.stdout.buffer.write(WRITERS[{format!r}](RESULT, VIEW))"
    )
    outputs = {
        subprocess.run(
            [sys.executable, "-c", program],
            env={**os.environ, "PYTHONHASHSEED": seed},
            check=True,
            capture_output=True,
            cwd=REPOSITORY,
        ).stdout
        for seed in ("1", "2")
    }
    assert outputs == {WRITERS[format](RESULT, VIEW)}


def test_another_content_is_another_document() -> None:
    one = json.loads(encode_cyclonedx(InventoryResult(SHOP, INVENTORY), VIEW))
    other = json.loads(encode_cyclonedx(InventoryResult(SHOP, Inventory()), VIEW))
    assert one["serialNumber"] != other["serialNumber"]
    assert one["metadata"]["timestamp"] == "2024-05-06T07:08:07Z"


def test_cyclonedx_says_what_it_can_in_its_own_fields() -> None:
    bom = json.loads(encode_cyclonedx(RESULT, VIEW))
    system, openssl, python, nginx, jar, scoped, twice, owned = bom["components"]
    assert (system["type"], system["name"], system["version"]) == ("operating-system", "debian", "12")
    apache = [{"expression": "Apache-2.0", "acknowledgement": "declared"}]
    assert openssl["licenses"] == apache
    assert (openssl["publisher"], openssl["supplier"]) == (LIBSSL.maintainer, {"name": "Debian GNU/Linux"})
    assert jar["supplier"] == {"name": "org.apache.logging.log4j"}
    assert owned["licenses"] == apache
    assert (jar["group"], jar["name"]) == ("org.apache.logging.log4j", "log4j-core")
    assert jar["licenses"] == [
        {"license": {"name": name, "acknowledgement": "declared"}} for name in ("BSD", "GPLv2+ or MIT")
    ]
    assert jar["cpe"] == JAR.cpes[0]
    assert jar["evidence"]["occurrences"] == [{"location": "srv/app.jar"}, {"location": "srv/old.jar"}]
    assert (scoped["group"], scoped["name"], twice["bom-ref"]) == ("@babel", "core", f"{scoped['purl']}-2")
    image = bom["metadata"]["component"]["bom-ref"]
    assert bom["dependencies"] == [
        {"ref": image, "dependsOn": [one["bom-ref"] for one in (system, openssl, python, nginx, jar, scoped, twice)]},
        {"ref": python["bom-ref"], "dependsOn": [owned["bom-ref"]]},
    ]
    everything = [one["bom-ref"] for one in (openssl, python, nginx, jar, scoped, twice, owned)]
    unknown = {"aggregate": "unknown", "dependencies": everything}
    assert bom["compositions"] == [{"aggregate": "incomplete", "assemblies": [image]}, unknown]
    # Programs that belong to no package are a gap too.
    bom = json.loads(encode_cyclonedx(InventoryResult(SHOP, INVENTORY, DIAGNOSTICS[1:]), VIEW))
    assert bom["compositions"] == [{"aggregate": "incomplete", "assemblies": [image]}, unknown]
    managed = structs.replace(INVENTORY, unmanaged=())
    bom = json.loads(encode_cyclonedx(InventoryResult(SHOP, managed, DIAGNOSTICS[1:]), VIEW))
    assert bom["compositions"] == [{"aggregate": "complete", "assemblies": [image]}, unknown]


@both
def test_who_answers_for_the_bill_and_supplies_the_image(format: str, tmp_path: Path) -> None:
    view = structs.replace(VIEW, author="Example Ltd <sbom@example.com>", supplier="Example Ltd <https://example.com>")
    document = WRITERS[format](RESULT, view)
    assert errors_of(format, document, tmp_path) == []
    assert parse_sbom(document, "x") == InventoryResult(SHOP, INVENTORY, DIAGNOSTICS)
    made = json.loads(document)
    if format == "cyclonedx":
        metadata = made["metadata"]
        assert metadata["lifecycles"] == [{"phase": "post-build"}]
        assert metadata["manufacturer"] == {"name": "Example Ltd", "contact": [{"email": "sbom@example.com"}]}
        assert metadata["component"]["supplier"] == {"name": "Example Ltd", "url": ["https://example.com"]}
        assert metadata["component"]["hashes"] == [{"alg": "SHA-256", "content": SHOP.digest.removeprefix("sha256:")}]
    elif format == "spdx-3":
        names = {one["spdxId"]: one["name"] for one in made["@graph"] if "name" in one}
        creation, image = made["@graph"][0], next(one for one in made["@graph"] if one["type"] == "software_Package")
        assert [names[one] for one in creation["createdBy"]] == ["Example Ltd"]
        assert [names[one] for one in creation["createdUsing"]] == ["lading 1.0"]
        assert names[image["suppliedBy"]] == "Example Ltd"
        [bill] = [one for one in made["@graph"] if one["type"] == "software_Sbom"]
        assert bill["software_sbomType"] == ["analyzed"]
    else:
        assert made["creationInfo"]["creators"] == [
            "Tool: lading-1.0",
            "Organization: Example Ltd (sbom@example.com)",
        ]
        assert made["creationInfo"]["comment"].startswith("Lifecycle phase: post-build.")
        assert made["packages"][0]["supplier"].startswith("Organization: Example Ltd")


def test_spdx_says_what_it_can_in_its_own_fields() -> None:
    document = json.loads(encode_spdx(RESULT, VIEW))
    image, system, openssl, python, *others = document["packages"]
    jar, owned = others[1], others[-1]
    assert document["creationInfo"] == {
        "created": "2024-05-06T07:08:07Z",
        "creators": ["Tool: lading-1.0"],
        "comment": "Lifecycle phase: post-build. Taken from the layers of the built image.",
    }
    assert (system["primaryPackagePurpose"], system["name"]) == ("OPERATING_SYSTEM", "debian")
    assert openssl["supplier"] == "Organization: Debian OpenSSL Team (pkg-openssl-devel@alioth-lists.debian.net)"
    assert jar["licenseDeclared"] == "GPL-2.0-or-later OR MIT OR LicenseRef-BSD"
    assert document["hasExtractedLicensingInfos"] == [
        {"licenseId": "LicenseRef-BSD", "extractedText": "BSD", "name": "BSD"}
    ]
    related = [(one["spdxElementId"], one["relatedSpdxElement"]) for one in document["relationships"]]
    contained = [pair for pair in related if pair[1] != "NOASSERTION"]
    assert contained[0] == ("SPDXRef-DOCUMENT", image["SPDXID"])
    assert contained[-1] == (python["SPDXID"], owned["SPDXID"])
    assert {(image["SPDXID"], "NOASSERTION"), (owned["SPDXID"], "NOASSERTION")} < set(related)
    assert contained[2] == (image["SPDXID"], openssl["SPDXID"])


@pytest.mark.parametrize(
    ("stated", "date"),
    [
        ("2024-01-10T21:09:11.123456789Z", "2024-01-10T21:09:11Z"),
        ("2024-01-10T21:09:11-05:00", "2024-01-11T02:09:11Z"),
        ("0001-01-01T00:00:00Z", ""),
        ("9999-12-31T23:59:59-23:00", ""),
        ("2024-01-10T21:09:11", ""),
        ("yesterday", ""),
        ("", ""),
    ],
)
def test_the_date_is_the_image_s(stated: str, date: str) -> None:
    assert created(structs.replace(SHOP, created=stated)) == date


def test_names_are_made_unique() -> None:
    assert unique(["a", "b", "a", "a-2", "a"]) == ["a", "b", "a-2", "a-2-2", "a-3"]


@both
def test_names_that_are_not_utf8_are_written_out(format: str, tmp_path: Path) -> None:
    odd = structs.replace(NGINX, locations=(Location("srv/caf\udce9", 2),), licenses=("\udce9",))
    document = WRITERS[format](InventoryResult(SHOP, Inventory(packages=(odd,))), VIEW)
    assert errors_of(format, document, tmp_path) == []
    [package] = parse_sbom(document, "x").inventory.packages
    assert (package.locations[0].path, package.licenses) == ("srv/caf\\udce9", ("\\udce9",))


@both
def test_what_no_format_likes_is_still_valid(format: str, tmp_path: Path) -> None:
    odd = Package(
        name="a b/c\n",
        version="1" * 2000,
        type="generic",
        purl="no package URL at all",
        maintainer="Somebody (old\nname), <x> ",
        licenses=("", "Custom (non-free)", "x" * 5000, "MIT AND LicenseRef-own", "[1]"),
        cpes=("cpe:/a:b", "cpe:2.3:a:b:c:1.0:*:*:*:*:*:*:*:*", "nonsense"),
        owner="pkg:deb/not/there",
    )
    inventory = Inventory(Distribution("plan 9", pretty="Plan\t9"), (odd, structs.replace(odd, name="", licenses=())))
    inventory = structs.replace(inventory, packages=inventory.packages[::-1])
    document = WRITERS[format](InventoryResult(structs.replace(ROOT, name=""), inventory), VIEW)
    assert errors_of(format, document, tmp_path) == []
    assert parse_sbom(document, "x").inventory == inventory


TEXT = st.text(st.characters(codec="utf-8"), max_size=12)
PATHS = st.builds(Location, TEXT, st.integers(0, 5))
TYPES = (
    "apk",
    "cocoapods",
    "composer",
    "cpan",
    "deb",
    "gem",
    "generic",
    "golang",
    "maven",
    "npm",
    "oci",
    "pypi",
    "rpm",
)
NAMES = st.one_of(st.sampled_from(["a", "a/b", "g:a", "A_b", "x::y", "@s/n", "GitHub.com/X/y"]), TEXT)
LICENSES = st.one_of(st.sampled_from(["MIT", "BSD", "GPLv2+", "MIT or BSD-2-Clause", "NONE"]), TEXT)
VERSIONS = st.one_of(st.sampled_from(["1", "1:2-3", "v1.2.3", "2.0~rc1+b2", ""]), TEXT)
DISTRIBUTIONS = st.one_of(
    st.none(),
    st.builds(
        Distribution,
        id=st.sampled_from(["debian", "alpine", "wolfi", "fedora", "SUSE", "x"]),
        version_id=st.one_of(st.sampled_from(["", "12", "3.20.1", "3.21_alpha1"]), TEXT),
        codename=st.sampled_from(["", "bookworm", "sid"]),
        pretty=TEXT,
        release=st.sampled_from(["", "debian-12", "x"]),
        path=TEXT,
    ),
)


BUILD_RECORDS: st.SearchStrategy[BuildRecord] = st.one_of(
    st.builds(ContentSets, st.lists(TEXT, max_size=2).map(tuple)),
    st.builds(ImageLabels, name=TEXT, vendor=TEXT, cpe=TEXT),
    st.builds(UbuntuPro, st.booleans(), st.lists(TEXT, max_size=2).map(tuple)),
)


@st.composite
def found(draw: st.DrawFn) -> FoundPackage:
    return FoundPackage(
        type=draw(st.sampled_from(TYPES)),
        name=draw(NAMES) or "n",
        version=draw(VERSIONS),
        arch=draw(TEXT),
        source=draw(NAMES),
        source_version=draw(VERSIONS),
        maintainer=draw(st.one_of(st.just("A B <a@b.c>"), TEXT)),
        licenses=tuple(draw(st.lists(LICENSES, max_size=3))),
        evidence=draw(st.sampled_from(["installed", "bundled", "declared", "binary", "static", "sbom"])),
        cpes=tuple(draw(st.lists(st.one_of(st.just("cpe:2.3:a:b:c:1:*:*:*:*:*:*:*"), TEXT), max_size=2))),
        properties=draw(st.dictionaries(st.sampled_from(["sourcerpm", "modularity", "platform"]), TEXT, max_size=3)),
    )


@st.composite
def inventories(draw: st.DrawFn) -> Inventory:
    distribution = draw(DISTRIBUTIONS)
    packages = {}
    for one in draw(st.lists(found(), max_size=4)):
        package = Package(
            name=one.name,
            version=one.version,
            type=one.type,
            arch=one.arch,
            source=one.source,
            source_version=one.source_version,
            purl=draw(st.one_of(st.just(package_url(one, distribution)), TEXT)),
            maintainer=one.maintainer,
            licenses=one.licenses,
            layer=draw(st.integers(0, 3)),
            evidence=one.evidence,
            cpes=one.cpes,
            properties=one.properties,
            owner=draw(st.sampled_from(["", "pkg:deb/a"])),
            removed=draw(st.integers(0, 1)),
        )
        packages[json.dumps(structs.asdict(package), sort_keys=True)] = structs.replace(
            package, locations=tuple(sorted(draw(st.sets(PATHS, max_size=3))))
        )
    order = sorted(packages.values(), key=lambda package: (package.type, package.name, package.version, package.arch))
    unmanaged = draw(st.sets(st.builds(UnmanagedFile, TEXT, st.integers(0, 3), TEXT), max_size=2))
    return Inventory(
        distribution=distribution,
        packages=tuple(order),
        unmanaged=tuple(sorted(unmanaged)),
        build_records=draw(st.dictionaries(TEXT, BUILD_RECORDS, max_size=2)),
        symbols=draw(st.dictionaries(TEXT, st.binary(max_size=9), max_size=2)),
        recovered=tuple(draw(st.lists(TEXT, max_size=2))),
    )


IMAGES = st.builds(
    Image,
    name=TEXT,
    source=st.sampled_from(["registry", "rootfs", "sbom"]),
    digest=st.sampled_from(["", "sha256:" + "ab" * 32]),
    config_digest=TEXT,
    platform=st.one_of(st.none(), st.builds(Platform, TEXT, TEXT, TEXT)),
    layers=st.lists(st.builds(Layer, st.integers(1, 3), TEXT, TEXT, st.integers(0, 9), TEXT), max_size=2).map(tuple),
    created=st.one_of(st.just("2024-05-06T09:08:07Z"), TEXT),
)
REMARKS = st.lists(st.builds(Diagnostic, st.sampled_from(["info", "incomplete"]), TEXT, TEXT, TEXT), max_size=2)


@both
@given(image=IMAGES, inventory=inventories(), remarks=REMARKS.map(tuple))
def test_any_inventory_comes_back(
    format: str, image: Image, inventory: Inventory, remarks: tuple[Diagnostic, ...]
) -> None:
    result = InventoryResult(image, inventory, remarks)
    assert parse_sbom(WRITERS[format](result, VIEW), "x") == result


@both
@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(image=IMAGES, inventory=inventories(), remarks=REMARKS.map(tuple))
def test_any_inventory_is_valid(
    format: str, tmp_path: Path, image: Image, inventory: Inventory, remarks: tuple[Diagnostic, ...]
) -> None:
    assert errors_of(format, WRITERS[format](InventoryResult(image, inventory, remarks), VIEW), tmp_path) == []


def test_an_owned_package_without_its_owner_belongs_to_the_image() -> None:
    bom = json.loads(encode_cyclonedx(InventoryResult(ROOT, Inventory(packages=(OWNED,))), VIEW))
    assert bom["dependencies"] == [{"ref": "image:rootfs", "dependsOn": [OWNED.purl]}]
