"""One copy is listed once, whoever tells of it."""

import pytest

from lading.inventory.copies import joined_copies
from lading.inventory.packages import merged
from lading.model.package import Evidence, Location, Package

SITE = "usr/lib/python3/dist-packages"
LIBRARY = f"{SITE}/pillow.libs/libjpeg-6dc8d115.so.62.4.0"
PILLOW = Package(
    "pillow",
    "13.0.0",
    "pypi",
    locations=(Location(f"{SITE}/pillow-13.0.0.dist-info/METADATA", 2),),
    files=(f"{SITE}/PIL/", f"{SITE}/pillow.libs/"),
)


def recognised(name: str, version: str, place: str = LIBRARY, evidence: Evidence = "binary") -> Package:
    return Package(
        name,
        version,
        "generic",
        purl=f"pkg:generic/{name}@{version}",
        evidence=evidence,
        locations=(Location(place, 2),),
    )


def stated(name: str, version: str, kind: str = "generic", files: tuple[str, ...] = (LIBRARY,)) -> Package:
    place = f"{SITE}/pillow-13.0.0.dist-info/sboms/pillow.cdx.json"
    return Package(
        name,
        version,
        kind,
        evidence="bundled",
        locations=(Location(place, 2),),
        files=files,
        properties={"bundled_in": "pillow"},
    )


def listed(*packages: Package) -> list[tuple[str, str, str, str, int]]:
    """(type, name, version, what it is bundled in, number of places) of all but Pillow itself."""
    return [
        (one.type, one.name, one.version, one.properties.get("bundled_in", ""), len(one.locations))
        for one in merged(joined_copies(packages, {}))
        if one != PILLOW
    ]


@pytest.mark.parametrize("version", ["", "3.2.0"])
def test_a_library_goes_by_what_its_file_says(version: str) -> None:
    found = listed(PILLOW, stated("libjpeg / libjpeg-turbo", version), recognised("libjpeg-turbo", "3.2.0"))
    assert found == [("generic", "libjpeg-turbo", "3.2.0", "pillow", 2)]


def test_who_states_another_version_is_listed_too() -> None:
    found = listed(PILLOW, stated("libjpeg", "3.1.0"), recognised("libjpeg-turbo", "3.2.0"))
    assert found == [("generic", "libjpeg", "3.1.0", "pillow", 1), ("generic", "libjpeg-turbo", "3.2.0", "pillow", 1)]


def test_a_distribution_package_in_a_wheel_says_more_than_its_file() -> None:
    found = listed(PILLOW, stated("libjpeg-turbo", "1.5.3-12.el8", "rpm"), recognised("libjpeg-turbo", "1.5.3"))
    assert found == [("rpm", "libjpeg-turbo", "1.5.3-12.el8", "pillow", 1)]


def test_a_library_linked_into_another_is_bundled_as_well() -> None:
    linked = recognised("bzip2", "1.0.8", evidence="static")
    assert listed(PILLOW, stated("libjpeg", ""), linked) == [
        ("generic", "bzip2", "1.0.8", "pillow", 1),
        ("generic", "libjpeg", "", "pillow", 1),
    ]
    assert listed(PILLOW, stated("bzip2", "1.0.8", files=()), linked) == [("generic", "bzip2", "1.0.8", "pillow", 2)]


def test_a_program_of_its_package_s_name_and_version_is_that_package() -> None:
    assert listed(PILLOW, recognised("pillow", "13.0.0")) == []
    assert listed(PILLOW, recognised("pillow", "12.0")) == [("generic", "pillow", "12.0", "pillow", 1)]


def test_a_program_outside_of_packages_is_in_none() -> None:
    assert listed(PILLOW, recognised("redis", "8.0.0", "usr/bin/redis")) == [("generic", "redis", "8.0.0", "", 1)]
