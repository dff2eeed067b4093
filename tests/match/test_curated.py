"""The tables kept by hand."""

from itertools import chain

from lading.match.curated import curated
from lading.match.exclusions import exclusion_of
from lading.model.cpe import parse_cpe
from lading.model.package import Package


def test_names_of_products_are_such() -> None:
    vendors, products = curated().vendors, curated().alpine_products
    for key in chain(vendors, *vendors.values(), *products.values()):
        cpe = parse_cpe(f"cpe:2.3:a:{key.replace('/', chr(92) + '/')}")
        assert cpe is not None
        assert cpe.key == key
    assert len(products) >= 300
    assert products["busybox"] == ("busybox:busybox",)
    assert vendors["nginx:nginx"] == ("f5:nginx", "f5:nginx_open_source", "igor_sysoev:nginx")


def test_exclusions_say_why_and_who() -> None:
    for exclusion in chain.from_iterable(curated().exclusions.values()):
        assert exclusion.reason
        assert exclusion.source.startswith("https://")


def test_exclusions_hold() -> None:
    def excluded(package: Package, vulnerability: str) -> bool:
        return exclusion_of(package, [vulnerability], curated().exclusions) is not None

    api = Package("org.apache.logging.log4j:log4j-api", "2.14.1", "maven")
    core = Package("org.apache.logging.log4j:log4j-core", "2.14.1", "maven")
    assert excluded(api, "CVE-2021-44228")
    assert not excluded(core, "CVE-2021-44228")
    assert excluded(Package("zlib", "1.2.13", "generic"), "CVE-2023-45853")
    assert not excluded(Package("minizip", "1.3", "generic"), "CVE-2023-45853")
    assert excluded(Package("google.golang.org/protobuf", "1.28.0", "golang"), "CVE-2021-22570")
    assert not excluded(Package("google.golang.org/protobuf", "1.28.0", "golang"), "CVE-2024-24786")
