"""The image that VEX cases speak of, with a vulnerability in each of its packages: as values, and as the files that the
command line takes."""

from collections.abc import Mapping
from pathlib import Path

from msgspec import structs

from lading.formats.documents.inventory import encode_inventory
from lading.formats.view import View
from lading.model.advisory import Advisory, Range, ShardName
from lading.model.image import Base, Image, Layer, Platform
from lading.model.package import Distribution, FoundVex, Inventory, Location, Package
from lading.model.report import InventoryResult, Target
from tests.databases import publish
from tests.samples import BOOKWORM, FakeStore, inventory, report_on

DIGEST, CONFIG = "sha256:" + "9b1c" * 16, "sha256:" + "77aa" * 16
SHOP = Image(
    name="registry.example/team/shop:1.4",
    source="registry",
    digest=DIGEST,
    config_digest=CONFIG,
    platform=Platform("linux", "amd64"),
    layers=(Layer(1, "sha256:a1", "sha256:b1", 31), Layer(2, "sha256:a2", "sha256:b2", 92)),
    base=Base(1, "docker.io/library/debian:12", "index", "its diff ID is the image's lowest"),
)
ALMA = Distribution("almalinux", "9.4", pretty="AlmaLinux 9.4", release="almalinux-9", path="etc/os-release")


def _deb(name: str, version: str, source: str, layer: int) -> Package:
    return Package(
        name=name,
        version=version,
        type="deb",
        arch="amd64",
        source=source,
        source_version=version,
        purl=f"pkg:deb/debian/{name}@{version}?arch=amd64&distro=debian-12",
        layer=layer,
        locations=(Location("var/lib/dpkg/status", layer),),
    )


def _language(type: str, name: str, version: str, purl: str, **more: object) -> Package:
    place = (Location(f"srv/{type}/{name.replace(':', '.')}", 2),)
    return Package(name=name, version=version, type=type, purl=purl, layer=2, locations=place, **more)  # type: ignore[arg-type]


QS = _language("npm", "qs", "6.5.2", "pkg:npm/qs@6.5.2")
LODASH = _language("npm", "lodash", "4.17.20", "pkg:npm/lodash@4.17.20")
PACKAGES = (
    _deb("curl", "7.88.1-10+deb12u1", "curl", 2),
    _deb("libcurl4", "7.88.1-10+deb12u1", "curl", 2),
    _deb("libssl3", "3.0.9-1", "openssl", 1),
    _deb("zlib1g", "1:1.2.13.dfsg-1", "zlib", 1),
    QS,
    LODASH,
    _language("npm", "webshop", "1.0.0", "pkg:npm/webshop@1.0.0", depends_on=(QS.id, LODASH.id)),
    _language("npm", "admin", "2.0.0", "pkg:npm/admin@2.0.0", depends_on=(QS.id,)),
    _language("npm", "@babel/traverse", "7.22.0", "pkg:npm/%40babel/traverse@7.22.0"),
    _language(
        "maven",
        "org.apache.logging.log4j:log4j-core",
        "2.14.1",
        "pkg:maven/org.apache.logging.log4j/log4j-core@2.14.1",
        digests={"sha256": "5a" * 32},
    ),
    _language("pypi", "pyyaml", "5.3", "pkg:pypi/pyyaml@5.3"),
    _language("golang", "golang.org/x/net", "v0.7.0", "pkg:golang/golang.org/x/net@v0.7.0"),
)
SSL_ALMA = Package(
    name="openssl-libs",
    version="1:3.0.7-24.el9",
    type="rpm",
    arch="x86_64",
    source="openssl",
    source_version="3.0.7-24.el9",
    purl="pkg:rpm/almalinux/openssl-libs@3.0.7-24.el9?arch=x86_64&distro=almalinux-9.4&epoch=1",
    layer=1,
    locations=(Location("var/lib/rpm/rpmdb.sqlite", 1),),
)
WORLDS: Mapping[str, tuple[Image, Inventory]] = {
    "shop": (SHOP, inventory(*PACKAGES, distribution=BOOKWORM)),
    "alma": (structs.replace(SHOP, base=None), inventory(SSL_ALMA, distribution=ALMA)),
}


def _open(id: str, package: str, *aliases: str) -> Advisory:
    return Advisory(id, package, ranges=(Range(),), aliases=aliases)


ADVISORIES = {
    "debian-12": (
        _open("CVE-2024-0001", "curl"),
        _open("CVE-2024-0002", "openssl"),
        _open("CVE-2024-0003", "zlib"),
        Advisory("CVE-2024-0012", "zlib", state="under_investigation"),
        Advisory("CVE-2024-0013", "zlib", state="not_affected"),
    ),
    "npm": (
        _open("CVE-2024-0004", "@babel/traverse", "GHSA-aaaa-bbbb-cccc"),
        _open("CVE-2024-0005", "lodash"),
        _open("CVE-2024-0009", "qs"),
    ),
    "maven": (_open("CVE-2024-0006", "org.apache.logging.log4j:log4j-core"),),
    "pypi": (_open("CVE-2024-0007", "pyyaml"),),
    "go": (_open("GO-2024-0008", "golang.org/x/net", "CVE-2024-0008"),),
    "almalinux-9": (_open("CVE-2024-0011", "openssl"),),
}
SCHEMES = {
    "debian-12": "deb", "npm": "npm", "maven": "maven", "pypi": "pep440", "go": "golang", "almalinux-9": "rpm",
}  # fmt: skip


def target_of(world: str) -> Target:
    """What a scan finds in a world, before anything is stated about it."""
    image, found = WORLDS[world]
    store = FakeStore(dict(ADVISORIES), schemes=SCHEMES)
    (target,) = report_on(image, found, (), store).targets
    return target


def write_inventory(world: str, file: Path, lying: tuple[FoundVex, ...] = ()) -> Path:
    """The inventory of a world as a file, with documents that lie in the image."""
    image, found = WORLDS[world]
    result = InventoryResult(image, structs.replace(found, vex=lying))
    file.write_bytes(encode_inventory(result, View(None, colour=False)))
    return file


def write_database(directory: Path) -> Path:
    """A database that has the vulnerabilities of all worlds."""
    for name, advisories in ADVISORIES.items():
        publish(directory, ShardName(name), *advisories, scheme=SCHEMES[name])
    return directory
