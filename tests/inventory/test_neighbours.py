"""Jars that state no group, by the jars that lie beside them."""

import pytest

from tests.inventory.catalogers.test_java import jar, manifest, pom
from tests.inventory.test_assemble import inventory_of
from tests.tars import Entry, File

EL = "tomcat-embed-el-10.1.30.jar"
CORE = pom("org.apache.tomcat.embed", "tomcat-embed-core", "10.1.30")


def names(*entries: Entry) -> list[tuple[str, str, tuple[str, ...]]]:
    inventory, _ = inventory_of(entries)
    return [(one.name, one.purl, one.candidates) for one in inventory.packages if "embed-el" in one.name]


def el() -> bytes:
    """The expression language as Tomcat packs it: classes of other packages, no record of Maven."""
    return jar({"jakarta/el/ELContext.class": b"1", "org/apache/el/Node.class": b"1", **manifest()})


@pytest.mark.parametrize(
    "beside",
    [
        {"app/lib/tomcat-embed-core-10.1.30.jar": CORE},
        {"app/lib/tomcat-embed-core-10.1.30.jar": CORE, "app/lib/x-10.1.30.jar": pom("org.x", "x", "10.1.30")},
    ],
)
def test_the_group_is_that_of_an_artifact_of_the_same_version_beside(
    beside: dict[str, dict[str, str | bytes]],
) -> None:
    assert names(File(f"app/lib/{EL}", el()), *(File(path, jar(members)) for path, members in beside.items())) == [
        (
            "org.apache.tomcat.embed:tomcat-embed-el",
            "pkg:maven/org.apache.tomcat.embed/tomcat-embed-el@10.1.30",
            (),
        )
    ]


def test_inside_an_application_too() -> None:
    inside: dict[str, str | bytes] = {
        f"BOOT-INF/lib/{EL}": el(),
        "BOOT-INF/lib/tomcat-embed-core-10.1.30.jar": jar(CORE),
    }
    found = names(File("app.jar", jar({**inside, "a/App.class": b"1", **manifest(Main_Class="a.App")})))
    assert [name for name, _, _ in found] == ["org.apache.tomcat.embed:tomcat-embed-el"]


@pytest.mark.parametrize(
    ("path", "members"),
    [
        ("app/lib/tomcat-embed-core-10.1.29.jar", pom("org.apache.tomcat.embed", "tomcat-embed-core", "10.1.29")),
        ("app/other/tomcat-embed-core-10.1.30.jar", CORE),
        ("app/lib/x-10.1.30.jar", pom("org.x", "x", "10.1.30")),
    ],
)
def test_what_is_elsewhere_or_of_another_version_or_group_tells_nothing(
    path: str, members: dict[str, str | bytes]
) -> None:
    candidates = ("pkg:maven/org.apache.tomcat.embed/tomcat-embed-el@10.1.30",)
    assert names(File(f"app/lib/{EL}", el()), File(path, jar(members))) == [
        ("tomcat-embed-el", "pkg:maven/tomcat-embed-el@10.1.30", candidates)
    ]
