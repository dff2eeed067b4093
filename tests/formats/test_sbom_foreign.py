"""Bills of materials of other programs, and documents that are none."""

import json
import random
import time
from typing import Any

import pytest

from lading.formats.decoders.sbom import parse_sbom
from lading.formats.sbom import document
from lading.formats.sbom.purls import parse_purl
from lading.formats.view import View
from lading.model.diagnostic import Diagnostic
from lading.model.errors import FormatError
from lading.model.image import Image
from lading.model.package import Distribution, Location, Package
from tests.formats.sboms import RESULT, VIEW, WRITERS, cyclonedx, spdx, spdx_package

DIGEST = "sha256:" + "ab" * 32


def test_syft_s_cyclonedx() -> None:
    document = cyclonedx(
        {
            "type": "library",
            "name": "libssl3",
            "version": "3.0.11-1~deb12u2",
            "publisher": "Debian OpenSSL Team",
            "licenses": [{"license": {"id": "Apache-2.0"}}, {"license": {"name": "Artistic"}}],
            "cpe": "cpe:2.3:a:libssl3:libssl3:3.0.11-1:*:*:*:*:*:*:*",
            "purl": "pkg:deb/debian/libssl3@3.0.11-1~deb12u2?arch=amd64&distro=debian-12&upstream=openssl",
            "properties": [
                {"name": "syft:package:type", "value": "deb"},
                {"name": "syft:cpe23", "value": "cpe:2.3:a:libssl3:libssl:3.0.11-1:*:*:*:*:*:*:*"},
                {"name": "syft:location:0:layerID", "value": "sha256:aa"},
                {"name": "syft:location:0:path", "value": "/var/lib/dpkg/status"},
            ],
        },
        {"type": "file", "name": "/bin/ls", "hashes": []},
        {
            "type": "operating-system",
            "name": "debian",
            "version": "12",
            "description": "Debian GNU/Linux 12 (bookworm)",
            "swid": {"tagId": "debian", "name": "debian", "version": "12"},
        },
        metadata={"component": {"type": "container", "name": "debian:12", "version": DIGEST}, "tools": {"odd": [1]}},
    )
    sbom = parse_sbom(document, "x")
    assert sbom.image == Image("debian:12", "sbom", DIGEST)
    assert sbom.inventory.distribution == Distribution(
        "debian", "12", pretty="Debian GNU/Linux 12 (bookworm)", release="debian-12"
    )
    assert sbom.inventory.packages == (
        Package(
            name="libssl3",
            version="3.0.11-1~deb12u2",
            type="deb",
            arch="amd64",
            source="openssl",
            source_version="3.0.11-1~deb12u2",
            purl="pkg:deb/debian/libssl3@3.0.11-1~deb12u2?arch=amd64&distro=debian-12&upstream=openssl",
            maintainer="Debian OpenSSL Team",
            licenses=("Apache-2.0", "Artistic"),
            locations=(Location("var/lib/dpkg/status", 0),),
            evidence="sbom",
            cpes=(
                "cpe:2.3:a:libssl3:libssl3:3.0.11-1:*:*:*:*:*:*:*",
                "cpe:2.3:a:libssl3:libssl:3.0.11-1:*:*:*:*:*:*:*",
            ),
        ),
    )


def test_trivy_s_cyclonedx() -> None:
    def property(name: str, value: str) -> dict[str, str]:
        return {"name": f"aquasecurity:trivy:{name}", "value": value}

    document = cyclonedx(
        {"type": "operating-system", "name": "debian", "version": "12.5"},
        {"type": "application", "name": "srv/package-lock.json"},
        {
            "type": "library",
            "name": "zlib1g",
            "version": "1:1.2.13.dfsg-1",
            "supplier": {"name": "Mark Brown <broonie@debian.org>"},
            "purl": "pkg:deb/debian/zlib1g@1.2.13.dfsg-1?arch=amd64&distro=debian-12.5&epoch=1",
            "properties": [
                property("SrcName", "zlib"),
                property("SrcVersion", "1.2.13.dfsg"),
                property("SrcRelease", "1"),
                property("SrcEpoch", "1"),
            ],
        },
        {
            "type": "library",
            "group": "@babel",
            "name": "core",
            "version": "7.22.0",
            "purl": "pkg:npm/%40babel/core@7.22.0",
        },
    )
    inventory = parse_sbom(document, "x").inventory
    assert inventory.distribution == Distribution("debian", "12", release="debian-12")
    assert [(one.name, one.version, one.source, one.source_version) for one in inventory.packages] == [
        ("zlib1g", "1:1.2.13.dfsg-1", "zlib", "1:1.2.13.dfsg-1"),
        ("@babel/core", "7.22.0", "", ""),
    ]


def test_trivy_s_spdx() -> None:
    document = spdx(
        {
            "name": "alpine:3.20",
            "SPDXID": "SPDXRef-ContainerImage-1",
            "primaryPackagePurpose": "CONTAINER",
            "externalRefs": [
                {"referenceType": "purl", "referenceLocator": f"pkg:oci/alpine@{DIGEST}?arch=amd64"},
            ],
        },
        {"name": "alpine", "versionInfo": "3.20.3", "primaryPackagePurpose": "OPERATING-SYSTEM"},
        {"name": "srv/go.mod", "primaryPackagePurpose": "APPLICATION"},
        spdx_package(
            "libcrypto3",
            "3.3.2-r0",
            "pkg:apk/alpine/libcrypto3@3.3.2-r0?arch=x86_64&distro=3.20.3",
            sourceInfo="built package from: openssl 3.3.2-r0",
            licenseDeclared="LicenseRef-odd",
            licenseConcluded="NONE",
            supplier="Person: Ariadne Conill (ariadne@dereferenced.org)",
        ),
        hasExtractedLicensingInfos=[{"licenseId": "LicenseRef-odd", "extractedText": "NOASSERTION", "name": "Odd one"}],
    )
    sbom = parse_sbom(document, "x")
    assert sbom.image == Image("alpine:3.20", "sbom")
    assert sbom.inventory.distribution == Distribution("alpine", "3.20.3", release="alpine-3.20")
    [package] = sbom.inventory.packages
    assert (package.name, package.arch, package.source) == ("libcrypto3", "x86_64", "openssl")
    assert (package.licenses, package.maintainer) == (("Odd one",), "Ariadne Conill <ariadne@dereferenced.org>")


def test_the_distribution_of_most_packages_is_the_image_s() -> None:
    debian = "pkg:deb/debian/{0}@1?distro=debian-12"
    document = spdx(
        spdx_package("a", "1", debian.format("a")),
        spdx_package("b", "1", debian.format("b")),
        spdx_package("c", "1", "pkg:rpm/redhat/c@1-1?distro=rhel-9.4"),
        spdx_package("d", "1", "pkg:pypi/d@1"),
    )
    assert parse_sbom(document, "x").inventory.distribution == Distribution("debian", "12", release="debian-12")


@pytest.mark.parametrize(
    ("purl", "distribution"),
    [
        ("pkg:deb/debian/a@1?distro=debian-12", Distribution("debian", "12", release="debian-12")),
        ("pkg:deb/debian/a@1?distro=bookworm", Distribution("debian", "12", "bookworm", release="debian-12")),
        ("pkg:deb/debian/a@1?distro=debian-sid", Distribution("debian", "", "sid", release="debian-sid")),
        ("pkg:deb/debian/a@1?distro=debian-trixie/sid", Distribution("debian", "13", "trixie", release="debian-13")),
        ("pkg:deb/debian/a@1", Distribution("debian")),
        ("pkg:deb/ubuntu/a@1?distro=ubuntu-22.04", Distribution("ubuntu", "22.04", release="ubuntu-22.04")),
        ("pkg:deb/a@1?distro=debian-11", Distribution("debian", "11", release="debian-11")),
        ("pkg:apk/alpine/a@1?distro=3.20.3", Distribution("alpine", "3.20.3", release="alpine-3.20")),
        ("pkg:apk/alpine/a@1?distro=alpine-edge", Distribution("alpine", "edge", release="alpine-edge")),
        ("pkg:apk/wolfi/a@1?distro=wolfi-20230201", Distribution("wolfi", release="wolfi")),
        ("pkg:rpm/redhat/a@1-1?distro=rhel-9.4", Distribution("rhel", "9.4", release="rhel-9")),
        ("pkg:rpm/redhat/a@1-1?distro=redhat-9.4", Distribution("rhel", "9.4", release="rhel-9")),
        ("pkg:deb/a@1", None),
        ("pkg:npm/a@1?distro=debian-12", None),
    ],
)
def test_the_distribution_of_a_package(purl: str, distribution: Distribution | None) -> None:
    named = parse_purl(purl)
    assert named is not None
    assert named.distribution == distribution


@pytest.mark.parametrize(
    ("purl", "stated", "type", "name", "version"),
    [
        ("pkg:maven/org.apache/commons@1", "commons", "maven", "org.apache:commons", "1"),
        ("pkg:npm/%40scope/name@1", "name", "npm", "@scope/name", "1"),
        ("pkg:vscode-extension/red-hat/java.x@1", "Red-Hat.java.x", "vscode-extension", "Red-Hat.java.x", "1"),
        ("pkg:composer/monolog/monolog@2", "", "composer", "monolog/monolog", "2"),
        ("pkg:golang/github.com/BurntSushi/toml@v1", "github.com/BurntSushi/toml", "golang",
         "github.com/BurntSushi/toml", "v1"),
        ("pkg:pypi/zope.interface@6", "Zope.Interface", "pypi", "zope-interface", "6"),
        ("pkg:nuget/Newtonsoft.Json@6", "Json for .NET", "nuget", "Newtonsoft.Json", "6"),
        ("pkg:cocoapods/Pods@1#Core", "", "cocoapods", "Pods/Core", "1"),
        ("pkg:rpm/fedora/bash@5.2-1.fc40?epoch=1", "bash", "rpm", "bash", "1:5.2-1.fc40"),
        ("pkg:hackage/aeson", "", "hackage", "aeson", ""),
    ],
)  # fmt: skip
def test_names_are_those_of_advisories(purl: str, stated: str, type: str, name: str, version: str) -> None:
    named = parse_purl(purl, stated)
    assert named is not None
    assert (named.package.type, named.package.name, named.package.version) == (type, name, version)


@pytest.mark.parametrize(
    ("purl", "version", "platform"),
    [
        ("pkg:gem/nokogiri@1.13.6-x86_64-linux", "1.13.6", "x86_64-linux"),
        ("pkg:gem/nokogiri@1.13.6-arm64-darwin", "1.13.6", "arm64-darwin"),
        ("pkg:gem/jruby-openssl@0.14.0-java", "0.14.0", "java"),
        ("pkg:gem/nokogiri@1.13.6-x64-mingw-ucrt", "1.13.6", "x64-mingw-ucrt"),
        ("pkg:gem/nokogiri@1.13.6-java?platform=java", "1.13.6", "java"),
        ("pkg:gem/nokogiri@1.13.6?platform=x86_64-linux", "1.13.6", "x86_64-linux"),
        ("pkg:gem/rails@7.0.0.rc1", "7.0.0.rc1", ""),
        ("pkg:gem/rails@7.0.0-rc1", "7.0.0-rc1", ""),
    ],
)
def test_what_a_gem_was_built_for_is_no_part_of_its_version(purl: str, version: str, platform: str) -> None:
    named = parse_purl(purl)
    assert named is not None
    assert (named.package.version, named.package.properties.get("platform", "")) == (version, platform)


def test_the_source_of_an_rpm() -> None:
    named = parse_purl("pkg:rpm/redhat/perl-Git@2.43-1.el9?upstream=git-2.43-1.el9.src.rpm&rpmmod=a:1:2:3")
    assert named is not None
    assert (named.package.source, named.package.source_version) == ("git", "2.43-1.el9")
    assert named.package.properties == {"sourcerpm": "git-2.43-1.el9.src.rpm", "modularity": "a:1:2:3"}


@pytest.mark.parametrize("purl", ["pkg:oci/debian@sha256:ab", "pkg:docker/debian@12", "debian", "pkg:", "pkg:deb", ""])
def test_what_names_no_package(purl: str) -> None:
    assert parse_purl(purl) is None


def test_components_without_a_package_url() -> None:
    document = cyclonedx(
        {"type": "library", "name": "zlib", "version": "1.3", "cpe": "cpe:2.3:a:zlib:zlib:1.3:*:*:*:*:*:*:*"},
        {"type": "library", "group": "org", "name": "tool", "version": "2", "purl": "nonsense"},
        {"type": "library", "name": "without-version"},
        {"type": "file", "name": "f", "version": "1"},
        {"type": "container", "name": "base", "version": "1", "purl": "pkg:oci/base@sha256:1"},
    )
    packages = parse_sbom(document, "x").inventory.packages
    assert [(one.type, one.name, one.version) for one in packages] == [
        ("generic", "org/tool", "2"),
        ("generic", "zlib", "1.3"),
    ]


def unidentified(count: str) -> tuple[Diagnostic, ...]:
    message = f"{count} no package URL that can be read, and no CPE: not matched; state what they are by package URLs"
    return (Diagnostic("incomplete", "unidentified-components", message, "x"),)


CPE = "cpe:2.3:a:openssl:openssl:3.0.1:*:*:*:*:*:*:*"


@pytest.mark.parametrize(
    ("component", "is_told"),
    [
        ({"type": "library", "name": "a", "version": "1"}, True),
        ({"type": "library", "name": "a", "version": "1", "purl": "pkg:npm/a@1"}, False),
        ({"type": "library", "name": "a", "version": "1", "purl": "pkg:%%%"}, True),
        ({"type": "file", "name": "a", "version": "1", "purl": "npm/a@1"}, True),
        ({"type": "library", "name": "a", "version": "1", "cpe": CPE}, False),
        ({"type": "library", "name": "a", "version": "1", "cpe": "cpe"}, True),
        ({"type": "library", "name": "a"}, True),
        ({"type": "application", "name": "a", "version": "1"}, True),
        ({"type": "application", "name": "package-lock.json"}, False),
        ({"type": "file", "name": "a", "version": "1"}, False),
        ({"type": "container", "name": "a", "version": "1", "purl": "pkg:oci/a@sha256:ab"}, False),
        ({"type": "library", "name": "a", "version": "1", "purl": "pkg:npm/a@" + "1" * 2001}, True),
        ({"type": "library", "name": "a", "version": "1", "purl": "pkg:npm/" + "a/" * 1000 + "a@1"}, True),
    ],
)
def test_components_that_nothing_can_be_matched_with_are_counted(component: dict[str, Any], is_told: bool) -> None:
    known = {"type": "library", "name": "b", "version": "1", "purl": "pkg:npm/b@1"}
    sbom = parse_sbom(cyclonedx(known, component), "x")
    assert sbom.diagnostics == (unidentified("1 component has") if is_told else ())
    twice = parse_sbom(cyclonedx(component, component), "x")
    assert twice.diagnostics == (unidentified("2 components have") if is_told else ())


def test_packages_of_spdx_that_nothing_can_be_matched_with_are_counted() -> None:
    named = spdx_package("a", "1", "pkg:npm/a@1")
    nameless = {"name": "b", "versionInfo": "1"}
    library = {"name": "c", "primaryPackagePurpose": "LIBRARY"}
    subject = {"name": "/srv/app"}
    sbom = parse_sbom(spdx(named, nameless, library, subject), "x")
    assert sbom.diagnostics == unidentified("2 components have")
    assert [one.name for one in sbom.inventory.packages] == ["b", "a"]


def test_how_many_components_are_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(document, "MOST_COMPONENTS", 2)
    inner = {"type": "library", "name": "a", "version": "1", "purl": "pkg:npm/a@1"}
    parse_sbom(cyclonedx({**inner, "components": [inner]}), "x")
    packages = [spdx_package(name, "1", f"pkg:npm/{name}@1") for name in "abc"]
    for too_many in (cyclonedx({**inner, "components": [inner, inner]}), spdx(*packages)):
        with pytest.raises(FormatError, match="x: 3 components, of which at most 2 are read"):
            parse_sbom(too_many, "x")


@pytest.mark.parametrize("format", WRITERS)
def test_a_document_of_ours_says_it_once(format: str) -> None:
    read = parse_sbom(cyclonedx({"type": "library", "name": "a", "version": "1"}), "x")
    again = parse_sbom(WRITERS[format](read, View(tool="x 1")), "x")
    assert again.diagnostics == read.diagnostics == unidentified("1 component has")
    assert again.inventory == read.inventory


PARTIAL = Diagnostic(
    "incomplete",
    "partial-sbom",
    "it says of itself that it does not list all there is: what is missing was not matched",
    "x",
)


@pytest.mark.parametrize(
    ("compositions", "is_told"),
    [
        (None, False),
        ([], False),
        ([None, {"aggregate": "complete", "assemblies": ["image"]}], False),
        ([{"aggregate": "unknown", "assemblies": ["image"]}], False),
        ([{"aggregate": "incomplete", "dependencies": ["a"]}], False),
        ([{"aggregate": "incomplete", "assemblies": []}], False),
        ([{"aggregate": "incomplete", "assemblies": ["image"]}], True),
        ([{"aggregate": "complete"}, {"aggregate": "incomplete_third_party_only", "assemblies": ["a"]}], True),
    ],
)
def test_a_document_that_says_that_it_is_a_part(compositions: object, is_told: bool) -> None:
    named = {"type": "library", "name": "a", "version": "1", "purl": "pkg:npm/a@1"}
    sbom = parse_sbom(cyclonedx(named, compositions=compositions), "x")
    assert sbom.diagnostics == ((PARTIAL,) if is_told else ())


@pytest.mark.parametrize("completeness", ["complete", "incomplete", "noAssertion"])
def test_a_relationship_of_spdx_3_that_is_a_part(completeness: str) -> None:
    graph = [
        {"type": "SpdxDocument", "spdxId": "x:d", "name": "d"},
        {"type": "software_Package", "spdxId": "x:a", "name": "a", "software_packageUrl": "pkg:npm/a@1"},
        {"type": "Relationship", "relationshipType": "contains", "from": "x:d", "to": [], "completeness": completeness},
    ]
    context = "https://spdx.org/rdf/3.0.1/spdx-context.jsonld"
    sbom = parse_sbom(json.dumps({"@context": context, "@graph": graph}).encode(), "x")
    assert sbom.diagnostics == ((PARTIAL,) if completeness == "incomplete" else ())


@pytest.mark.parametrize("format", WRITERS)
def test_a_document_of_ours_says_what_is_missing(format: str) -> None:
    again = parse_sbom(WRITERS[format](RESULT, VIEW), "x")
    assert again.diagnostics == RESULT.diagnostics


def test_components_within_components_and_null() -> None:
    inner = {"type": "library", "name": "b", "purl": "pkg:gem/b@1", "components": None, "licenses": None}
    document = cyclonedx({"type": "application", "name": "a", "components": [None, inner]}, specVersion="1.2")
    assert [one.name for one in parse_sbom(document, "x").inventory.packages] == ["b"]


def test_one_package_in_two_places() -> None:
    def at(path: str) -> dict[str, Any]:
        return {
            "type": "library",
            "name": "b",
            "purl": "pkg:gem/b@1",
            "evidence": {"occurrences": [{"location": path}]},
        }

    [package] = parse_sbom(cyclonedx(at("/srv/b"), at("/opt/b")), "x").inventory.packages
    assert package.locations == (Location("opt/b", 0), Location("srv/b", 0))


_UNREAD = "x: cannot be read as CycloneDX or SPDX in JSON: "


@pytest.mark.parametrize(
    ("document", "message"),
    [
        (b"", _UNREAD + "Input data was truncated"),
        (b"<bom/>", _UNREAD + "JSON is malformed: invalid character (byte 0)"),
        (b"\xff\xfe{}", _UNREAD + "JSON is malformed: invalid character (byte 0)"),
        (b"[]", _UNREAD + "Expected `object`, got `array`"),
        (b"{}", "x: neither CycloneDX nor SPDX"),
        (b'{"@context": "https://spdx.org/rdf/3.0.1/spdx-context.jsonld"}',
         "x: cannot be read as SPDX 3: Object missing required field `@graph`"),
        (b'{"spdxVersion": "SPDX-1.2"}', "x: 'SPDX-1.2' is not read; SPDX-2.2 and SPDX-2.3 are"),
        (b'{"bomFormat": "CycloneDX", "specVersion": "2.0"}', "x: CycloneDX '2.0' is not read; 1.2 to 1.7 are"),
        (b'{"bomFormat": "CycloneDX"}', "x: cannot be read as CycloneDX: Object missing required field `specVersion`"),
        (cyclonedx({"type": "library", "name": 1}),
         "x: cannot be read as CycloneDX: Expected `str | null`, got `int` - at `$.components[0].name`"),
        (cyclonedx({"type": "library", "name": "a", "properties": [{"name": "lading:layer", "value": "top"}]}),
         "x: lading:layer cannot be read (Input data was truncated)"),
        (cyclonedx({"type": "library", "name": "a", "properties": [{"name": "lading:evidence", "value": "none"}]}),
         "x: lading:evidence cannot be read (Invalid enum value 'none')"),
        (cyclonedx(metadata={"properties": [{"name": "lading:unmanaged-file", "value": "[]"}]}),
         "x: cannot be read as a UnmanagedFile: Expected `object`, got `array`"),
        (spdx({"name": "a", "annotations": [{"comment": "lading: []"}]}),
         "x: cannot be read as an annotation of Lading's: Expected `object`, got `array`"),
        (b'{"bomFormat": "CycloneDX", "x": ' + b"[" * 100_000 + b"]" * 100_000 + b"}",
         _UNREAD + "maximum recursion depth exceeded while deserializing an object"),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_one_line(document: bytes, message: str) -> None:
    with pytest.raises(FormatError) as raised:
        parse_sbom(document, "x")
    assert str(raised.value) == message


def nested(depth: int) -> bytes:
    component = b'{"type": "library", "components": ['
    return (
        b'{"bomFormat": "CycloneDX", "specVersion": "1.6", "components": [' + component * depth + b"]}" * depth + b"]}"
    )


def test_components_nested_without_end() -> None:
    assert parse_sbom(nested(100), "x").inventory.packages == ()
    with pytest.raises(FormatError, match="maximum recursion depth exceeded"):
        parse_sbom(nested(100_000), "x")


@pytest.mark.parametrize("format", WRITERS)
def test_a_broken_document_raises_nothing_else(format: str) -> None:
    whole = WRITERS[format](RESULT, VIEW)
    dice = random.Random(format)
    for _ in range(300):
        broken = bytearray(whole[: dice.randrange(len(whole))] if dice.random() < 0.2 else whole)
        for _ in range(dice.randrange(4)):
            broken[dice.randrange(len(broken))] = dice.randrange(256)
        read_or_refuse(bytes(broken))


@pytest.mark.parametrize("format", WRITERS)
def test_values_of_wrong_types_raise_nothing_else(format: str) -> None:
    whole = json.loads(WRITERS[format](RESULT, VIEW))
    dice = random.Random(format)
    for _ in range(300):
        read_or_refuse(json.dumps(twisted(whole, dice)).encode())


def twisted(value: Any, dice: random.Random) -> Any:
    if dice.random() < 0.01:
        return dice.choice([None, 1, -1e300, "", "\x00", [], {}, [[]], {"name": None}, True])
    if isinstance(value, list):
        return [twisted(item, dice) for item in value]
    if isinstance(value, dict):
        return {key: twisted(item, dice) for key, item in value.items()}
    return value


def read_or_refuse(document: bytes) -> None:
    try:
        parse_sbom(document, "x")
    except FormatError as error:
        assert "\n" not in str(error)


def test_a_large_document_takes_no_time() -> None:
    component = {"type": "library", "name": "a", "version": "1", "purl": "pkg:deb/debian/a@1?distro=debian-12"}
    document = cyclonedx(*({**component, "version": str(number % 1000)} for number in range(20_000)))
    began = time.process_time()
    parse_sbom(document, "x")
    assert time.process_time() - began < 10
