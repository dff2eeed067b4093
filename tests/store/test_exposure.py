"""Which images carry something, by which layer and base, and what to rebuild first."""

from pathlib import Path

import pytest
from msgspec import structs

from lading.model.exposure import Carried, Rebuild
from lading.model.image import Base
from lading.store.exposure import exposure
from lading.store.store import ResultStore
from tests.samples import deb, shop_store
from tests.store.samples import image_of, result_on

NOW = 1_700_000_000
CURL = deb("curl", "7.88.1-10", layer=2)
LIB = deb("libcurl4", "7.88.1-10", source="curl", layer=1)


@pytest.fixture
def store(tmp_path: Path) -> ResultStore:
    return ResultStore(tmp_path / "results.sqlite")


def keep(store: ResultStore, name: str, layers: str, *packages: object, base: Base | None = None) -> None:
    image = structs.replace(image_of(name, *(f"sha256:{one}" for one in layers)), base=base)
    store.put(1, 0, name, (result_on(image, packages, shop_store()),), NOW)  # type: ignore[arg-type]


def test_a_vulnerability_is_found_by_its_layer_and_fix(store: ResultStore) -> None:
    keep(store, "shop:1", "ab", CURL)
    keep(store, "clean:1", "ab", deb("tar", "9"))
    found = exposure(store, "cve-2023-38545")
    assert (found.kind, found.asked, found.stale) == ("vulnerability", 2, 0)
    (image,) = found.images
    assert (image.name, image.platform, image.distribution) == (
        "shop:1", "linux/amd64", "Debian GNU/Linux 12 (bookworm)",
    )  # fmt: skip
    assert (image.first_seen, image.last_seen) == ("2023-11-14T22:13:20Z", "2023-11-14T22:13:20Z")
    assert image.carried == (
        Carried(
            "deb", "curl", "7.88.1-10", layer=2, diff_id="sha256:b", instruction="RUN sha256:b",
            vulnerability="CVE-2023-38545", status="affected", severity="critical",
            fixed_version="7.88.1-10+deb12u4", exploited=True,
        ),
    )  # fmt: skip
    assert found.rebuilds == (
        Rebuild("image", "shop:1", ("shop:1",), "sha256:b", "RUN sha256:b", ("curl → 7.88.1-10+deb12u4",)),
    )


def test_a_package_goes_by_its_name_its_source_and_its_purl(store: ResultStore) -> None:
    keep(store, "shop:1", "ab", CURL, LIB)
    for query in ("curl", "CURL"):
        (image,) = exposure(store, query).images
        assert [one.name for one in image.carried] == ["curl", "libcurl4"]
    for query, names in (
        ("libcurl4", ["libcurl4"]),
        ("pkg:deb/debian/curl@7.88.1-10", ["curl", "libcurl4"]),
        ("pkg:deb/debian/curl@8", []),
        ("pkg:rpm/redhat/curl", []),
        ("curl%", []),
    ):
        assert [one.name for image in exposure(store, query).images for one in image.carried] == names
    assert exposure(store, "curl", "7.88.1-10").images
    assert not exposure(store, "curl", "8").images
    assert exposure(store, "nobody").kind == "package"
    assert exposure(store, "CVE-1999-0001").kind == "vulnerability"


def test_a_base_frees_all_that_are_built_on_it(store: ResultStore) -> None:
    known = Base(1, "debian:12", "index", "")
    for number, layers in enumerate(("ab", "ac", "ad")):
        keep(store, f"shop:{number}", layers, LIB, base=known)
    keep(store, "other:1", "xy", LIB)
    rebuilds = exposure(store, "libcurl4").rebuilds
    assert [(one.kind, one.name, one.images) for one in rebuilds] == [
        ("base", "debian:12", ("shop:0", "shop:1", "shop:2")),
        ("image", "other:1", ("other:1",)),
    ]
    assert exposure(store, "libcurl4").images[1].carried[0].origin == "base"
    assert exposure(store, "libcurl4").images[1].carried[0].verified


def test_another_image_of_the_store_is_the_base_of_those_that_have_its_layers(store: ResultStore) -> None:
    keep(store, "base:1", "ab", CURL)
    keep(store, "shop:1", "abc", CURL)
    keep(store, "shop:2", "abcd", CURL)
    rebuilds = exposure(store, "CVE-2023-38545").rebuilds
    assert [(one.kind, one.name, one.images) for one in rebuilds] == [
        ("base", "base:1", ("base:1", "shop:1", "shop:2")),
    ]


def test_a_shared_layer_whose_image_is_not_known_is_named_by_its_instruction(store: ResultStore) -> None:
    keep(store, "shop:1", "abc", CURL)
    keep(store, "shop:2", "abd", CURL)
    (rebuild,) = exposure(store, "CVE-2023-38545").rebuilds
    assert (rebuild.kind, rebuild.images, rebuild.diff_id) == ("layer", ("shop:1", "shop:2"), "sha256:b")


def test_a_layer_counts_with_all_that_lies_below_it(store: ResultStore) -> None:
    keep(store, "shop:1", "abc", CURL)
    keep(store, "shop:2", "xbd", CURL)
    rebuilds = exposure(store, "CVE-2023-38545").rebuilds
    assert [(one.kind, one.name) for one in rebuilds] == [("image", "shop:1"), ("image", "shop:2")]
