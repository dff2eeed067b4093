"""An image and its bills of materials have the same findings, for all that matching asks of an image."""

import json
from collections.abc import Mapping, Sequence

import pytest
from msgspec import structs

from lading.engine.inventory import take_inventory
from lading.formats.decoders.sbom import parse_sbom
from lading.formats.documents.inventory import encode_inventory, parse_inventory
from lading.formats.encoders.cyclonedx import encode_cyclonedx
from lading.formats.encoders.spdx import encode_spdx
from lading.formats.view import View
from lading.model.advisory import Advisory, Condition, Import, Names
from lading.model.diagnostic import Diagnostic
from lading.model.image import Image, Platform
from lading.model.package import Inventory
from lading.model.ports import NoProgress
from lading.model.report import InventoryResult, Target
from lading.safeio.limits import Limits
from tests.engine.test_inventory import Opened, source
from tests.formats.sboms import cyclonedx, spdx, spdx_package
from tests.inventory.catalogers.rpm_databases import ndb, package
from tests.inventory.catalogers.test_binary import inline, line_table
from tests.inventory.catalogers.test_jvm import TEMURIN
from tests.inventory.executables.build import Part, elf
from tests.samples import FakeStore, fixed_vulnerability, match
from tests.tars import Entry, File, make_tar

Taken = tuple[Image, Inventory, tuple[Diagnostic, ...]]
_RED_HAT = {"vendor": "Red Hat, Inc.", "source_rpm": "x-1-1.src.rpm", "arch": "x86_64"}


def program(*functions: str) -> bytes:
    """A Go program with an old golang.org/x/net and the standard library of Go 1.21.3."""
    info = inline("path\tx.org/app\nmod\tx.org/app\t(devel)\t\ndep\tgolang.org/x/net\tv0.16.0\n")
    return elf([Part(".gopclntab", line_table(functions), 0x1000), Part(".go.buildinfo", info, 0x8000, 2)], named=True)


RHEL: list[Entry] = [
    File("etc/os-release", b'ID="rhel"\nVERSION_ID="9.4"\nPRETTY_NAME="Red Hat Enterprise Linux 9.4"\n'),
    File(
        "var/lib/rpm/Packages.db",
        ndb(
            [
                package("curl", "7.76.1", "29.el9_4", epoch=[1], modularity_label="", **_RED_HAT),
                package("nodejs", "18.20", "1.module+el9.4", modularity_label="nodejs:18:9040:ab:x86_64", **_RED_HAT),
                package("docker-ce", "26.0", "1.el9", vendor="Docker", source_rpm="docker-ce-26.0-1.el9.src.rpm"),
            ]
        ),
    ),
    File(
        "root/buildinfo/content_manifests/x.json",
        b'{"content_sets": ["rhel-9-for-x86_64-appstream-eus-rpms__9_DOT_4"]}',
    ),
    File(
        "root/buildinfo/labels.json",
        json.dumps({"name": "ubi9/app", "version": "1", "release": "20", "vendor": "Red Hat, Inc."}).encode(),
    ),
    File("usr/local/bin/app", program("main.main", "golang.org/x/net/html.Parse", "net/http.(*Client).Do")),
    File("usr/local/bin/other", program("main.main", "net/http.Get")),
    File("opt/java/release", TEMURIN.encode()),
    File("opt/nginx/sbin/nginx", elf([Part(".rodata", b"\0nginx version: nginx/1.25.3\n\0", 0x1000)])),
]
UBUNTU: list[Entry] = [
    File("etc/os-release", b'ID=ubuntu\nVERSION_ID="22.04"\nPRETTY_NAME="Ubuntu 22.04"\nVERSION_CODENAME=jammy\n'),
    File(
        "var/lib/dpkg/status",
        b"Package: libx1\nStatus: install ok installed\nArchitecture: amd64\nSource: x (2:1.0-1)\n"
        b"Version: 2:1.0-1+b1\n\n"
        b"Package: nginx\nStatus: install ok installed\nArchitecture: amd64\nVersion: 1.25.3-1~jammy\n"
        b"Maintainer: NGINX Packaging <nginx-packaging@f5.com>\n",
    ),
    File(
        "var/lib/ubuntu-advantage/status.json",
        b'{"attached": true, "services": [{"name": "esm-apps", "status": "enabled"}]}',
    ),
]


def only(advisory: Advisory, **condition: object) -> Advisory:
    """The advisory for what meets a condition."""
    return structs.replace(advisory, condition=structs.replace(Condition(), **condition))


def go_vulnerability(name: str, module: str, path: str, *functions: str, goos: str = "linux") -> Advisory:
    imports = (Import(path, functions, goos=(goos,)),)
    return only(fixed_vulnerability(name, module, "1.99.0"), imports=imports)


_EUS = ("cpe:/a:redhat:rhel_eus:9.4::appstream",)
_NODE = fixed_vulnerability("CVE-MODULE", "nodejs", "18.21-1.module+el9.4")
SHARDS: dict[str, tuple[Advisory, ...]] = {
    "kev": (),
    "redhat-repositories": (
        only(Advisory("r", "rhel-9-for-x86_64-appstream-eus-rpms"), cpes=("cpe:/a:redhat:rhel_eus:9.2::appstream",)),
    ),
    "rhel-containers": (fixed_vulnerability("CVE-IMAGE", "ubi9/app", "1-21"),),
    "rhel-9": (
        only(fixed_vulnerability("CVE-EUS", "curl", "1:7.76.1-29.el9_4.1"), cpes=_EUS),
        only(
            fixed_vulnerability("CVE-OTHER-PRODUCT", "curl", "1:9-1"), cpes=("cpe:/a:redhat:rhel_aus:8.2::appstream",)
        ),
        only(_NODE, module="nodejs:18"),
        only(structs.replace(_NODE, id="CVE-OTHER-MODULE"), module="nodejs:20"),
        fixed_vulnerability("CVE-FOREIGN", "docker-ce", "27.0-1"),
    ),
    "go": (
        go_vulnerability("CVE-HELD", "golang.org/x/net", "golang.org/x/net/html", "Parse"),
        go_vulnerability("CVE-NOT-HELD", "golang.org/x/net", "golang.org/x/net/http2", "Serve"),
        go_vulnerability("CVE-WINDOWS", "golang.org/x/net", "golang.org/x/net/html", "Parse", goos="windows"),
        go_vulnerability("CVE-STD", "stdlib", "net/http", "Client.Do"),
        go_vulnerability("CVE-STD-SECOND", "stdlib", "net/http", "Get"),
        go_vulnerability("CVE-STD-PACKAGE", "stdlib", "net/smtp"),
        fixed_vulnerability("CVE-DEVEL", "x.org/app", "1.0.0"),
    ),
    "nvd": (
        fixed_vulnerability("CVE-JAVA", "oracle:openjdk", "99"),
        fixed_vulnerability("CVE-NGINX", "f5:nginx", "1.26"),
        fixed_vulnerability("CVE-OLD", "f5:nginx", "1.2"),
    ),
    "ubuntu-22.04": (fixed_vulnerability("CVE-PRO", "x", "2:1.0-2"), fixed_vulnerability("CVE-FOREIGN", "nginx", "2")),
    "ubuntu-pro-22.04": (
        structs.replace(fixed_vulnerability("CVE-PRO", "x", "2:1.0-1"), state="not_affected"),
        fixed_vulnerability("CVE-PRO-FIX", "x", "2:1.0-1+esm1"),
    ),
}
NAMES: dict[str, Names] = {"nvd": "cpe", "rhel-9": "both", "rhel-containers": "both", "redhat-repositories": "binary"}
SCHEMES = {"rhel": "rpm", "go": "golang", "nvd": "generic", "ubuntu": "deb", "redhat": ""}
STORE = FakeStore(SHARDS, names=NAMES, schemes=SCHEMES)
FOUND = {
    "rhel": [
        "CVE-EUS", "CVE-HELD", "CVE-IMAGE", "CVE-JAVA", "CVE-MODULE", "CVE-NGINX", "CVE-STD", "CVE-STD-SECOND",
    ],
    "ubuntu": ["CVE-PRO-FIX"],
}  # fmt: skip
LAYERS = {"rhel": RHEL, "ubuntu": UBUNTU}


def taken(entries: Sequence[Entry]) -> Taken:
    image = Image("shop", "oci-layout", platform=Platform("linux", "amd64"))
    opened = Opened([source(1, make_tar(entries))], image=image)
    inventory, diagnostics, *_ = take_inventory(opened, cache=None, limits=Limits(), progress=NoProgress())
    return image, inventory, diagnostics


def by_documents(taken: Taken) -> Mapping[str, Taken]:
    """The same by way of each format."""
    result, view = InventoryResult(*taken), View(tool="lading 1")
    documents = {
        "cyclonedx": parse_sbom(encode_cyclonedx(result, view), "x"),
        "spdx": parse_sbom(encode_spdx(result, view), "x"),
    }
    native = parse_inventory(encode_inventory(result, view), "x")
    documents["native"] = InventoryResult(native.image, native.inventory, native.diagnostics)
    return {name: (one.image, one.inventory, one.diagnostics) for name, one in documents.items()}


def report(taken: Taken) -> Target:
    return match(*taken, STORE)


def ids(report: Target) -> list[str]:
    return sorted({finding.id for finding in report.findings})


@pytest.mark.parametrize("name", LAYERS)
def test_every_document_has_the_findings_of_its_image(name: str) -> None:
    image = taken(LAYERS[name])
    expected = report(image)
    assert ids(expected) == FOUND[name]
    for format, document in by_documents(image).items():
        assert report(document) == expected, format


def test_what_an_image_says_beside_its_packages_counts() -> None:
    """Without it other findings would come out: the samples ask for it."""
    image, inventory, diagnostics = taken(RHEL)
    without_symbols = structs.replace(inventory, symbols={})
    assert {"CVE-NOT-HELD", "CVE-STD-PACKAGE"} <= set(ids(report((image, without_symbols, diagnostics))))
    without_records = structs.replace(inventory, build_records={})
    assert not {"CVE-EUS", "CVE-IMAGE"} & set(ids(report((image, without_records, diagnostics))))
    anywhere = structs.replace(image, platform=None)
    assert "CVE-WINDOWS" in ids(report((anywhere, inventory, diagnostics)))
    image, inventory, diagnostics = taken(UBUNTU)
    assert ids(report((image, structs.replace(inventory, build_records={}), diagnostics))) == ["CVE-PRO"]


def test_only_programs_that_are_matched_keep_their_functions() -> None:
    installed = b"Package: app\nStatus: install ok installed\nArchitecture: amd64\nVersion: 1\n"
    entries: list[Entry] = [
        *UBUNTU,
        File("var/lib/dpkg/status", installed),
        File("var/lib/dpkg/info/app.list", b"/usr/bin/app\n"),
        File("usr/bin/app", program("net/http.Get")),
        File("usr/local/bin/app", program("net/http.Get")),
    ]
    assert list(taken(entries)[1].symbols) == ["usr/local/bin/app"]


def test_packages_of_no_known_distribution_are_of_none_by_way_of_a_document() -> None:
    entries = [one for one in RHEL if not one.path.startswith("etc/")]
    image = taken(entries)
    inventory = structs.replace(
        image[1],
        packages=tuple(structs.replace(one, purl=f"{one.purl}?distro=rhel-9") for one in image[1].packages),
    )
    expected = report((image[0], inventory, image[2]))
    assert "distribution-unknown" in {one.code for one in expected.diagnostics}
    for document in by_documents((image[0], inventory, image[2])).values():
        assert report(document) == expected


def test_functions_that_are_damaged_are_not_known() -> None:
    image, inventory, diagnostics = taken(RHEL)
    damaged = structs.replace(inventory, symbols={path: data[:-5] for path, data in inventory.symbols.items()})
    for document in by_documents((image, damaged, diagnostics)).values():
        assert {"CVE-HELD", "CVE-NOT-HELD", "CVE-STD-PACKAGE"} <= set(ids(report(document)))


OTHERS = {
    "syft": cyclonedx(
        {"type": "operating-system", "name": "rhel", "version": "9.4"},
        {
            "type": "library",
            "name": "curl",
            "version": "1:7.76.1-29.el9_4",
            "purl": "pkg:rpm/redhat/curl@7.76.1-29.el9_4?arch=x86_64&distro=rhel-9.4&epoch=1",
        },
        {
            "type": "library",
            "name": "nodejs",
            "version": "18.20-1.module+el9.4",
            "purl": "pkg:rpm/redhat/nodejs@18.20-1.module%2Bel9.4?arch=x86_64&distro=rhel-9.4",
            "properties": [{"name": "syft:metadata:modularityLabel", "value": "nodejs:18:9040:ab:x86_64"}],
        },
        {
            "type": "library",
            "name": "golang.org/x/net",
            "version": "v0.16.0",
            "purl": "pkg:golang/golang.org/x/net@v0.16.0",
            "properties": [{"name": "syft:location:0:path", "value": "/usr/local/bin/app"}],
        },
        {
            "type": "application",
            "name": "nginx",
            "version": "1.25.3",
            "purl": "pkg:generic/nginx@1.25.3",
            "cpe": "cpe:2.3:a:f5:nginx:1.25.3:*:*:*:*:*:*:*",
        },
    ),
    "trivy": spdx(
        {"name": "rhel", "versionInfo": "9.4", "primaryPackagePurpose": "OPERATING-SYSTEM"},
        spdx_package(
            "nodejs",
            "18.20-1.module+el9.4",
            "pkg:rpm/redhat/nodejs@18.20-1.module+el9.4?arch=x86_64&distro=redhat-9.4&rpmmod=nodejs:18:9040:ab:x86_64",
        ),
        spdx_package("golang.org/x/net", "v0.16.0", "pkg:golang/golang.org/x/net@v0.16.0"),
    ),
}


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("syft", ["CVE-HELD", "CVE-MODULE", "CVE-NGINX", "CVE-NOT-HELD", "CVE-WINDOWS"]),
        ("trivy", ["CVE-HELD", "CVE-MODULE", "CVE-NOT-HELD", "CVE-WINDOWS"]),
    ],
)
def test_documents_of_others(name: str, found: list[str]) -> None:
    """Functions and products are not known: vulnerabilities in functions count, those of an update stream do not."""
    sbom = parse_sbom(OTHERS[name], "x")
    assert ids(report((sbom.image, sbom.inventory, sbom.diagnostics))) == found


def test_packages_of_no_distribution_in_documents_of_others() -> None:
    sbom = parse_sbom(cyclonedx({"type": "library", "name": "bash", "version": "5.1", "purl": "pkg:deb/bash@5.1"}), "x")
    [diagnostic] = [one for one in report((sbom.image, sbom.inventory, ())).diagnostics if one.level == "incomplete"]
    assert diagnostic.code == "distribution-unknown"
