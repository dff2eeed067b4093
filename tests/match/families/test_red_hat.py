from collections.abc import Collection, Mapping
from pathlib import Path

import pytest

from lading.advisories.store import ShardStore
from lading.match.families.red_hat import (
    cpe_matches,
    dist_minor,
    image_package,
    is_fixed_in_own_stream,
    is_reachable,
    lookup_in,
    product_cpes,
    update_stream,
)
from lading.model.build_records import ContentSets, ImageLabels, UbuntuPro
from lading.model.package import Distribution, Package

_RHEL_9 = Distribution("rhel", "9.2", release="rhel-9")
_KNOWN = {
    "rhel-9-for-x86_64-baseos-rpms": ("cpe:/o:redhat:enterprise_linux:9::baseos",),
    "rhel-9-for-x86_64-baseos-eus-rpms": ("cpe:/o:redhat:rhel_eus:9.0::baseos", "cpe:/o:redhat:rhel_eus:9.2::baseos"),
    "rhel-9-for-x86_64-baseos-eus-rpms__9_DOT_2": ("cpe:/o:redhat:rhel_eus:9.2::baseos",),
}


def _look(names: Collection[str]) -> Mapping[str, tuple[str, ...]]:
    return {name: _KNOWN[name] for name in names if name in _KNOWN}


def _products(*content_sets: str, cpe: str = "") -> frozenset[str]:
    return product_cpes([ContentSets(content_sets), ImageLabels(cpe=cpe), UbuntuPro(True)], _RHEL_9, _look)


def test_products_of_content_sets() -> None:
    assert _products("rhel-9-for-x86_64-baseos-rpms") == {"cpe:/o:redhat:enterprise_linux:9::baseos"}
    assert _products("rhel-9-for-x86_64-baseos-rpms__9") == {"cpe:/o:redhat:enterprise_linux:9::baseos"}


@pytest.mark.parametrize(("minor", "eus"), [("9_DOT_2", "9.2"), ("9_DOT_6", "9.6")])
def test_the_minor_release_of_a_content_set_is_kept(minor: str, eus: str) -> None:
    assert _products(f"rhel-9-for-x86_64-baseos-eus-rpms__{minor}") == {
        f"cpe:/o:redhat:rhel_eus:{eus}::baseos",
        "cpe:/o:redhat:enterprise_linux:9",
    }


def test_products_without_content_sets() -> None:
    default = {"cpe:/o:redhat:enterprise_linux:9", "cpe:/a:redhat:rhel_extras:9"}
    assert product_cpes((), _RHEL_9, _look) == default
    assert _products("my-own-repository") == default
    assert _products(cpe="cpe:/a:redhat:openshift:4.12::el9") == {*default, "cpe:/a:redhat:openshift:4.12::el9"}
    assert product_cpes((), Distribution("rocky", "9", release="rocky-linux-9"), _look) == frozenset()
    assert product_cpes((), None, _look) == frozenset()


@pytest.mark.parametrize(
    "labels",
    [
        ImageLabels(name="ubi9", version="9.4", release="1", vendor="Example"),
        ImageLabels(name="ubi9", version="9.4", vendor="Red Hat, Inc."),
        ImageLabels(version="9.4", release="1", vendor="Red Hat, Inc."),
    ],
)
def test_other_images_are_no_package_of_red_hats(labels: ImageLabels) -> None:
    assert image_package([ContentSets(), labels]) is None


def test_an_image_of_red_hats_is_a_package() -> None:
    labels = ImageLabels(name="ubi9/python", version="9.4", release="1.2", vendor="Red Hat, Inc.")
    assert image_package([labels]) == Package(
        "ubi9/python",
        "9.4-1.2",
        "oci",
        source="ubi9/python@1.2",
        source_version="1.2",
        purl="pkg:oci/python?tag=9.4-1.2",
    )


def test_lookup_without_a_shard(tmp_path: Path) -> None:
    assert lookup_in(ShardStore(tmp_path))(["rhel-9-for-x86_64-baseos-rpms"]) == {}


@pytest.mark.parametrize(
    ("condition", "image", "expected"),
    [
        ("cpe:/o:redhat:enterprise_linux:9", "cpe:/o:redhat:enterprise_linux:9::baseos", True),
        ("cpe:/o:redhat:enterprise_linux:9", "cpe:/a:redhat:enterprise_linux:9::appstream", True),
        ("cpe:/a:redhat:enterprise_linux:9::appstream", "cpe:/o:redhat:enterprise_linux:9", True),
        ("cpe:/a:redhat:enterprise_linux:9::appstream", "cpe:/o:redhat:enterprise_linux:9::baseos", False),
        ("cpe:/o:redhat:enterprise_linux:10.1", "cpe:/o:redhat:enterprise_linux:10", True),
        ("cpe:/o:redhat:enterprise_linux:1", "cpe:/o:redhat:enterprise_linux:10", False),
        ("cpe:/o:redhat:enterprise_linux:8", "cpe:/o:redhat:enterprise_linux:9", False),
        ("cpe:/a:redhat:rhel_eus:9.2::appstream", "cpe:/a:redhat:enterprise_linux:9", False),
        ("cpe:/a:redhat:rhel_eus:9.2::appstream", "cpe:/a:redhat:enterprise_linux:9::appstream", False),
        ("cpe:/a:redhat:rhel_eus:9.2::appstream", "cpe:/a:redhat:rhel_eus:9.2::appstream", True),
        ("cpe:/a:redhat:rhel_eus:9.2::appstream", "cpe:/a:redhat:rhel_eus:9.4::appstream", False),
        ("cpe:/a:redhat:satellite:6", "cpe:/a:redhat:satellite:6.14::el8", True),
        ("cpe:/a:redhat:ocp_tools", "cpe:/a:redhat:ocp_tools:4.12::el8", True),
        ("cpe:/a:redhat:satellite:6.14::el8", "cpe:/a:redhat:satellite:6.14::el9", False),
        ("", "cpe:/a:redhat:satellite:6", False),
        ("cpe:/a:redhat:satellite:6", "", False),
    ],
)
def test_cpe_matches(condition: str, image: str, expected: bool) -> None:
    assert cpe_matches([condition], [image]) is expected
    assert not cpe_matches([], [image])
    assert not cpe_matches([condition], [])


def test_update_streams() -> None:
    assert update_stream(_products("rhel-9-for-x86_64-baseos-eus-rpms__9_DOT_2")) == (9, 2)
    assert update_stream(_products("rhel-9-for-x86_64-baseos-rpms")) is None
    both = ("rhel-9-for-x86_64-baseos-rpms", "rhel-9-for-x86_64-baseos-eus-rpms__9_DOT_2")
    assert update_stream(_products(*both)) is None
    assert update_stream(product_cpes((), _RHEL_9, _look)) is None
    assert update_stream({"cpe:/o:redhat:enterprise_linux_eus:10.0"}) == (10, 0)


@pytest.mark.parametrize(
    ("version", "minor"),
    [
        ("7.76.1-23.el9_2.4", (9, 2)),
        ("1:0.78-12.module+el8.10.0+23147+20b7d289", (8, 10)),
        ("1:0.78-12.module_el8.10.0+4012+cd64a238", (8, 10)),
        ("3.0.7-24.el9", None),
        ("1.0-5.el7.2", None),
        ("1.0", None),
    ],
)
def test_the_minor_release_of_a_build(version: str, minor: tuple[int, int] | None) -> None:
    assert dist_minor(version) == minor


def test_reachable_fixes() -> None:
    assert [is_reachable(fixed, (9, 2)) for fixed in ("1-2.el9_2", "1-2.el9_0", "1-2.el9", "1-2.el9_3")] == [
        True,
        True,
        True,
        False,
    ]
    assert is_reachable("1-2.el9_4", None)


def test_fixed_in_its_own_stream() -> None:
    fixes = ("7.76.1-23.el9_2.4", "7.76.1-26.el9_3.2")
    assert is_fixed_in_own_stream("7.76.1-23.el9_2.6", fixes)
    assert not is_fixed_in_own_stream("7.76.1-23.el9_2.3", fixes)
    assert not is_fixed_in_own_stream("7.76.1-26.el9_3.1", fixes)
    assert not is_fixed_in_own_stream("7.76.1-24.el9", fixes)


def test_numbers_and_names_beyond_measure() -> None:
    huge = "9" * 5000
    found = _products(
        f"rhel-9-for-x86_64-baseos-eus-rpms__9_DOT_{huge}", "a__" * 1_000_000, cpe=f"cpe:/a:redhat:rhel_eus:9.{huge}"
    )
    assert update_stream(found) == (9, 999_999_999)
    assert dist_minor(f"1-1.el9_{huge}") == (9, 999_999_999)
    assert dist_minor(f"1-1.el{huge}_9") is None
