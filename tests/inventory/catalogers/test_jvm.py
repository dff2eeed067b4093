"""Java virtual machines by their release files."""

import pytest

from lading.inventory.catalogers import jvm
from lading.inventory.catalogers.cataloger import CatalogerResult, FoundPackage
from tests.inventory.catalogers.parsing import damaged, facts

TEMURIN = """IMPLEMENTOR="Eclipse Adoptium"
IMPLEMENTOR_VERSION="Temurin-17.0.10+7"
JAVA_RUNTIME_VERSION="17.0.10+7"
JAVA_VERSION="17.0.10"
LIBC="musl"
MODULES="java.base java.xml"
OS_ARCH="x86_64"
FULL_VERSION="17.0.10+7"
SEMANTIC_VERSION="17.0.10+7"
IMAGE_TYPE="JRE"
"""


def test_everything_about_one() -> None:
    assert facts(jvm.CATALOGER, "opt/java/openjdk/release", TEMURIN) == CatalogerResult(
        packages=(
            FoundPackage(
                type="generic",
                name="temurin",
                version="17.0.10+7",
                files=("opt/java/openjdk/bin/", "opt/java/openjdk/jre/", "opt/java/openjdk/lib/"),
                evidence="binary",
                cpes=("cpe:2.3:a:oracle:openjdk:17.0.10:*:*:*:*:*:*:*",),
                properties={"implementor": "Eclipse Adoptium", "image_type": "JRE"},
            ),
        )
    )


@pytest.mark.parametrize(
    ("path", "text", "name", "version", "cpes"),
    [
        (
            "usr/lib/jvm/java-8-openjdk/release",
            'JAVA_VERSION="1.8.0_402"\nOS_NAME="Linux"\n',
            "openjdk",
            "1.8.0_402",
            ["oracle:openjdk:8:update402"],
        ),
        # As jlink writes it.
        (
            "opt/jre/release",
            'JAVA_VERSION="17.0.1"\nMODULES="java.base java.xml"\n',
            "openjdk",
            "17.0.1",
            ["oracle:openjdk:17.0.1:*"],
        ),
        (
            "usr/java/jdk1.8.0_202/release",
            'JAVA_VERSION="1.8.0_202"\nOS_ARCH="amd64"\nBUILD_TYPE="commercial"\n',
            "oracle-jdk",
            "1.8.0_202",
            ["oracle:jdk:1.8.0:update202"],
        ),
        (
            "opt/jre1.8.0/release",
            'JAVA_VERSION="1.8.0"\nOS_ARCH="amd64"\nBUILD_TYPE="commercial"\n',
            "oracle-jre",
            "1.8.0",
            ["oracle:jre:1.8.0:*"],
        ),
        (
            "opt/jdk/release",
            'IMPLEMENTOR="Oracle Corporation"\nJAVA_VERSION="21"\nMODULES="java.base jdk.compiler"\n',
            "openjdk",
            "21",
            ["oracle:openjdk:21:*"],
        ),
        (
            "opt/zulu/release",
            'IMPLEMENTOR="Azul Systems, Inc."\nIMPLEMENTOR_VERSION="Zulu17.48+15-CA"\nJAVA_VERSION="17.0.10"\n',
            "zulu",
            "17.0.10",
            ["oracle:openjdk:17.0.10:*", "azul:zulu:17.48:*"],
        ),
        (
            "opt/c/release",
            'IMPLEMENTOR="Amazon.com Inc."\nIMPLEMENTOR_VERSION="Corretto-8.402.06.1"\nJAVA_VERSION="1.8.0_402"\n',
            "corretto",
            "1.8.0_402",
            ["oracle:openjdk:8:update402", "amazon:corretto:8.402.06.1:*"],
        ),
        (
            "opt/g/release",
            'IMPLEMENTOR="Oracle Corporation"\nJAVA_VERSION="17.0.9"\nGRAALVM_VERSION="23.0.2"\n',
            "graalvm",
            "17.0.9",
            ["oracle:graalvm:23.0.2:*", "oracle:graalvm_for_jdk:17.0.9:*"],
        ),
        (
            "opt/s/release",
            'IMPLEMENTOR="IBM Corporation"\nJVM_VARIANT="Openj9"\nJAVA_VERSION="11.0.22"\nFULL_VERSION="11.0.22+7"\n',
            "semeru",
            "11.0.22+7",
            ["oracle:openjdk:11.0.22:*", "ibm:semeru_runtime:11.0.22:*"],
        ),
        (
            "opt/ibm/release",
            'IMPLEMENTOR="IBM Corporation"\nJAVA_VERSION="1.8.0_391"\n',
            "ibm-jdk",
            "1.8.0_391",
            ["oracle:openjdk:8:update391", "ibm:java:1.8.0_391:*"],
        ),
        (
            "usr/lib/jvm/zulu8/release",
            'JAVA_VERSION="1.8.0_1"\nOS_ARCH="x"\n',
            "zulu",
            "1.8.0_1",
            ["oracle:openjdk:8:update1", "azul:zulu:1.8.0_1:*"],
        ),
        (
            "opt/ea/release",
            'IMPLEMENTOR="N/A"\nJAVA_VERSION="22-ea:*"\n',
            "openjdk",
            "22-ea:*",
            ["oracle:openjdk:22\\-ea:*"],
        ),
    ],
)
def test_distributions(path: str, text: str, name: str, version: str, cpes: list[str]) -> None:
    (package,) = facts(jvm.CATALOGER, path, text).packages
    assert (package.name, package.version) == (name, version)
    assert list(package.cpes) == [f"cpe:2.3:a:{cpe}:*:*:*:*:*:*" for cpe in cpes]


@pytest.mark.parametrize(
    "text",
    ["", "Suite: stable\n", 'JAVA_VERSION="17"\n', "see JAVA_VERSION\nOS_NAME=x\n", TEMURIN + "#" * 200_000],
)
def test_other_files_called_release(text: str) -> None:
    assert facts(jvm.CATALOGER, "etc/release", text) == CatalogerResult()


def test_the_image_type_is_told_by_the_modules() -> None:
    stem = 'IMPLEMENTOR="Debian"\nJAVA_VERSION="17.0.1"\n'
    types = [
        facts(jvm.CATALOGER, path, stem + more).packages[0].properties.get("image_type")
        for path, more in [
            ("jdk/release", 'MODULES="java.base jdk.compiler"'),
            ("jdk/release", 'MODULES="java.base"\nIMAGE_TYPE="STATIC"'),
            ("jdk/jre/release", ""),
            ("java/release", ""),
        ]
    ]
    assert types == ["JDK", "JRE", "JRE", None]


def test_damage_never_raises() -> None:
    for data in damaged(TEMURIN.encode()):
        assert len(facts(jvm.CATALOGER, "jdk/release", data).packages) <= 1


def test_its_own_programs_are_its_own() -> None:
    (found,) = facts(jvm.CATALOGER, "usr/local/release", TEMURIN).packages
    assert found.files == ()
