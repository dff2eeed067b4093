"""A small image with what bills of materials find hard, its writers, and documents as other programs write them."""

import json
from typing import Any

from msgspec import structs

from lading.formats.encoders.cyclonedx import encode_cyclonedx
from lading.formats.encoders.spdx import encode_spdx
from lading.formats.encoders.spdx3 import encode_spdx3
from lading.formats.view import View
from lading.model.build_records import ContentSets, ImageLabels
from lading.model.diagnostic import Diagnostic
from lading.model.image import Image
from lading.model.package import Inventory, Location, Package, UnmanagedFile
from lading.model.report import InventoryResult
from tests.samples import BOOKWORM, IMAGE

SHOP = structs.replace(IMAGE, created="2024-05-06T09:08:07.654321+02:00")
DIAGNOSTICS = (
    Diagnostic("incomplete", "limit-file", "larger than 256 MB; it was not read", "layer 2: srv/huge.jar"),
    Diagnostic(
        "warning", "not-an-archive", "not a zip archive: nothing was read from it", "srv/node_modules/a/package.json"
    ),
)
STATUS = (Location("var/lib/dpkg/status", 1),)
LIBSSL = Package(
    name="libssl3",
    version="3.0.11-1~deb12u2",
    type="deb",
    arch="amd64",
    source="openssl",
    source_version="3.0.11-1~deb12u2",
    purl="pkg:deb/debian/libssl3@3.0.11-1~deb12u2?arch=amd64&distro=debian-12&upstream=openssl",
    maintainer="Debian OpenSSL Team <pkg-openssl-devel@alioth-lists.debian.net>",
    licenses=("Apache-2.0",),
    layer=1,
    locations=STATUS,
)
PYTHON = Package(
    name="python3-requests",
    version="2.28.1+dfsg-1",
    type="deb",
    arch="all",
    source="requests",
    source_version="2.28.1+dfsg-1",
    purl="pkg:deb/debian/python3-requests@2.28.1%2Bdfsg-1?arch=all&distro=debian-12&upstream=requests",
    layer=1,
    locations=STATUS,
)
OWNED = Package(
    name="requests",
    version="2.28.1",
    type="pypi",
    purl="pkg:pypi/requests@2.28.1",
    licenses=("Apache 2.0",),
    layer=1,
    locations=(Location("usr/lib/python3/dist-packages/requests-2.28.1.egg-info/PKG-INFO", 1),),
    owner=PYTHON.purl,
)
JAR = Package(
    name="org.apache.logging.log4j:log4j-core",
    version="2.14.1",
    type="maven",
    purl="pkg:maven/org.apache.logging.log4j/log4j-core@2.14.1",
    licenses=("BSD", "GPLv2+ or MIT"),
    layer=2,
    locations=(Location("srv/app.jar", 2), Location("srv/old.jar", 1)),
    evidence="bundled",
    cpes=("cpe:2.3:a:apache:log4j:2.14.1:*:*:*:*:*:*:*", "cpe:2.3:a:apache:log4j-core:2.14.1:*:*:*:*:*:*:*"),
    properties={"bundled_in": "srv/app.jar", "sha1": "da39"},
)
SCOPED = Package(
    name="@babel/core",
    version="7.22.0",
    type="npm",
    purl="pkg:npm/%40babel/core@7.22.0",
    layer=2,
    locations=(Location("srv/node_modules/@babel/core/package.json", 2),),
)
TWICE = structs.replace(SCOPED, evidence="declared", locations=(Location("srv/package-lock.json", 2),))
NGINX = Package(
    name="nginx",
    version="1.25.3",
    type="generic",
    purl="pkg:generic/nginx@1.25.3",
    evidence="binary",
    layer=2,
    removed=3,
)
INVENTORY = Inventory(
    distribution=BOOKWORM,
    packages=(LIBSSL, PYTHON, NGINX, JAR, SCOPED, TWICE, OWNED),
    unmanaged=(UnmanagedFile("srv/tool", 2, "ELF executable"),),
    build_records={
        "root/buildinfo/labels.json": ImageLabels(name="shop", cpe="cpe:/a:redhat:enterprise_linux:9::appstream"),
        "root/buildinfo/content_manifests/shop.json": ContentSets(("rhel-9-for-x86_64-baseos-rpms",)),
    },
    symbols={"srv/go": b"functions, compressed"},
    recovered=("var/lib/dpkg/status",),
)
ROOT = Image("rootfs", "rootfs")
VIEW = View(tool="lading 1.0")
RESULT = InventoryResult(SHOP, INVENTORY, DIAGNOSTICS)
WRITERS = {"cyclonedx": encode_cyclonedx, "spdx": encode_spdx, "spdx-3": encode_spdx3}


def cyclonedx(*components: dict[str, Any], **fields: Any) -> bytes:
    """A CycloneDX document of others."""
    return json.dumps({"bomFormat": "CycloneDX", "specVersion": "1.5", "components": components, **fields}).encode()


def spdx(*packages: dict[str, Any], **fields: Any) -> bytes:
    """An SPDX document of others."""
    return json.dumps({"spdxVersion": "SPDX-2.3", "name": "other", "packages": packages, **fields}).encode()


def spdx_package(name: str, version: str, purl: str, **fields: Any) -> dict[str, Any]:
    reference = {"referenceCategory": "PACKAGE-MANAGER", "referenceType": "purl", "referenceLocator": purl}
    return {"name": name, "SPDXID": f"SPDXRef-{name}", "versionInfo": version, "externalRefs": [reference], **fields}
