"""Distributions and runtimes against the cycles endoflife.date gives their products."""

import pytest

from lading.match.life import life_of, product_of
from lading.model.advisory import Cycle, LifeCycle
from lading.model.package import Distribution, Package

ORACLE = {"implementor": "Oracle Corporation"}


def distribution(id: str, version: str = "", release: str = "", pretty: str = "") -> Distribution:
    return Distribution(id, version_id=version, release=release, pretty=pretty)


def life(key: Distribution | Package, *cycles: str) -> str:
    """ "product cycle", empty when none is found; `cycles` are those the product has."""
    product = product_of(key)
    found = life_of(key, {product: LifeCycle(product, tuple(map(Cycle, cycles)))})
    return f"{found[0]} {found[1].name}" if found else ""


@pytest.mark.parametrize(
    ("key", "cycles", "expected"),
    [
        (distribution("alpine", "3.20.3"), ("3.2", "3.20"), "alpine-linux 3.20"),
        (distribution("almalinux", "9.4"), ("8", "9"), "almalinux 9"),
        (distribution("amzn", "", "amazon-2"), ("2023", "2"), "amazon-linux 2"),
        (distribution("amzn", "2018.03"), ("2018.03",), "amazon-linux 2018.03"),
        (distribution("centos", "7", pretty="CentOS Linux 7 (Core)"), ("7",), "centos 7"),
        (distribution("centos", "9", pretty="CentOS Stream 9"), ("9",), "centos-stream 9"),
        (distribution("debian", "12"), ("12",), "debian 12"),
        (distribution("ol", "8.9"), ("8",), "oracle-linux 8"),
        (distribution("opensuse-leap", "15.5"), ("15.6", "15.5"), "opensuse 15.5"),
        (distribution("photon", "", "photon-5.0"), ("5.0",), "photon 5.0"),
        (distribution("rhel", "9.4"), ("9",), "rhel 9"),
        (distribution("rocky", "8.10"), ("8",), "rocky-linux 8"),
        (distribution("sles", "15"), ("15.1", "15.0"), "sles 15.0"),
        (distribution("sles", "15.5"), ("15.5", "15.0"), "sles 15.5"),
        (distribution("ubuntu", "", "ubuntu-22.04"), ("22.04",), "ubuntu 22.04"),
        (distribution("ubuntu", "22.04"), ("24.04",), ""),
        (distribution("wolfi", "20230201"), ("20230201",), ""),
        (distribution("fedora"), ("40",), ""),
    ],
)
def test_distributions(key: Distribution, cycles: tuple[str, ...], expected: str) -> None:
    assert life(key, *cycles) == expected


@pytest.mark.parametrize(
    ("type", "name", "version", "cycles", "expected"),
    [
        ("generic", "python", "3.11.4", ("3.1", "3.11"), "python 3.11"),
        ("generic", "node", "18.20.1", ("18",), "nodejs 18"),
        ("golang", "stdlib", "1.21.3", ("1.2", "1.21"), "go 1.21"),
        ("generic", "postgresql", "9.6.24", ("9.6", "9.5"), "postgresql 9.6"),
        ("generic", "postgresql", "15.4", ("15",), "postgresql 15"),
        ("generic", "temurin", "1.8.0_402-b06", ("8", "11"), "eclipse-temurin 8"),
        ("generic", "temurin", "17.0.9+9", ("17",), "eclipse-temurin 17"),
        ("generic", "oracle-jdk", "1.4.2", ("1.4", "4"), "oracle-jdk 1.4"),
        ("pypi", "Django", "3.2.1", ("3.2",), "django 3.2"),
        ("deb", "python", "3.11.4", ("3.11",), ""),
        ("generic", "python", "unknown", ("3.11",), ""),
    ],
)
def test_packages(type: str, name: str, version: str, cycles: tuple[str, ...], expected: str) -> None:
    assert life(Package(name, version, type), *cycles) == expected


def test_openjdk_is_oracle_s_only_where_oracle_made_it() -> None:
    assert life(Package("openjdk", "17.0.2", "generic", properties=ORACLE), "17") == "openjdk-builds-from-oracle 17"
    assert life(Package("openjdk", "17.0.2", "generic", properties={"implementor": "Red Hat, Inc."}), "17") == ""


def test_without_data() -> None:
    assert life_of(distribution("debian", "12"), {}) is None


def test_a_number_beyond_measure() -> None:
    java = Package("temurin", f"1.{'9' * 5000}", "generic")
    assert life_of(java, {"eclipse-temurin": LifeCycle("eclipse-temurin", ())}) is None
