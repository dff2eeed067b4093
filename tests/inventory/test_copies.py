"""One copy is listed once, whoever tells of it."""

import pytest
from msgspec import structs

from lading.inventory.copies import joined_copies, with_python_names
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


def test_a_program_of_its_package_s_name_and_version_has_advisories_of_its_own() -> None:
    """That a wheel is called like a program, and lists it, makes PyPI's advisories none of the program's."""
    for version in ("13.0.0", "12.0"):
        assert listed(PILLOW, recognised("pillow", version)) == [("generic", "pillow", version, "pillow", 1)]


def test_a_component_of_bitnami_s_is_the_program_in_it() -> None:
    redis = structs.replace(PILLOW, type="bitnami", name="redis", version="8.0.0")
    for name, version, is_it in (("redis", "8.0.0", True), ("redis", "7.0.0", False), ("openssl", "8.0.0", False)):
        found = listed(redis, recognised(name, version))
        assert (("generic", name, version, "redis", 1) not in found) is is_it


@pytest.mark.parametrize(
    ("name", "version", "said"),
    [("libjpeg-turbo", "1.5.3-12.el8", True), ("libjpeg-turbo", "9.9-1.el8", False), ("nothing", "1.5.3-1.el8", False)],
)
def test_a_wheel_that_states_other_software_of_a_file_hides_none(name: str, version: str, said: bool) -> None:
    found = listed(PILLOW, stated(name, version, "rpm"), recognised("libjpeg-turbo", "1.5.3"))
    assert (("generic", "libjpeg-turbo", "1.5.3", "pillow", 1) in found) is not said


@pytest.mark.parametrize(("name", "there"), [("redis", False), ("org.apache.logging.log4j:log4j-core", True)])
def test_a_package_in_the_file_of_a_product_is_the_product_by_its_name_alone(name: str, there: bool) -> None:
    place = (Location("usr/bin/redis", 1),)
    package = Package(name, "8.0.0", "maven" if there else "pypi", locations=place, evidence="installed")
    found = listed(package, recognised("redis", "8.0.0", "usr/bin/redis"))
    assert (name in {one[1] for one in found if one[0] != "generic"}) is there


def test_a_program_outside_of_packages_is_in_none() -> None:
    assert listed(PILLOW, recognised("redis", "8.0.0", "usr/bin/redis")) == [("generic", "redis", "8.0.0", "", 1)]


def test_very_many_copies_are_one_package() -> None:
    """They are joined in one go: two by two it would take minutes."""
    copies = [Package("a", "1", "npm", layer=2, locations=(Location(f"{number}/a", 2),)) for number in range(30_000)]
    (package,) = merged(copies)
    assert (package.name, len(package.locations)) == ("a", 30_000)


def test_what_counts_of_copies_that_differ() -> None:
    bundled = Package("a", "1", "npm", evidence="bundled", licenses=("MIT",), size=3, locations=(Location("a", 2),))
    installed = Package(
        "a", "1", "npm", evidence="installed", layer=1, properties={"x": "1"}, locations=(Location("b", 1),)
    )
    static = Package(
        "a", "1", "npm", evidence="static", licenses=("BSD",), properties={"x": "2", "y": "3"}, files=("z", "f"),
        cpes=("c",), relationship="direct", digests={"sha256": "1"}, locations=(Location("c", 3),),
    )  # fmt: skip
    (package,) = merged((static, bundled, installed))
    assert package == Package(
        "a", "1", "npm", evidence="installed", licenses=("MIT",), size=3, properties={"x": "1", "y": "3"},
        files=("f", "z"), cpes=("c",), relationship="direct", digests={"sha256": "1"},
        locations=(Location("a", 2), Location("b", 1), Location("c", 3)),
    )  # fmt: skip


def test_crates_in_the_program_of_a_package_are_bundled_in_it() -> None:
    """By the places of panics, and once where the package's own bill of materials lists them."""
    regex = Package("regex", "1.5.4", "cargo", evidence="static", locations=(Location(f"{SITE}/PIL/_rust.abi3.so", 2),))
    _, alone = joined_copies([PILLOW, regex], {})
    assert (alone.properties, alone.evidence) == ({"bundled_in": "pillow"}, "static")
    listed = structs.replace(stated("regex", "1.5.4", "cargo", ()), properties={"bundled_in": "pillow"})
    both = [one for one in merged(joined_copies([PILLOW, regex, listed], {})) if one.type == "cargo"]
    assert [(one.name, one.evidence, len(one.locations)) for one in both] == [("regex", "bundled", 2)]
    other = structs.replace(regex, locations=(Location("usr/bin/tool", 2),))
    assert list(joined_copies([PILLOW, other], {})) == [PILLOW, other]


def test_a_conda_package_tells_what_its_python_package_is_called() -> None:
    def of_conda(name: str, version: str = "2.0") -> Package:
        site = f"env/lib/python3.11/site-packages/{name.removeprefix('py')}-{version}.dist-info/"
        return Package(name, version, "conda", locations=(Location(f"env/conda-meta/{name}.json", 1),), files=(site,))

    def python(name: str, version: str = "2.0") -> Package:
        place = f"env/lib/python3.11/site-packages/{name}-{version}.dist-info/METADATA"
        return Package(name, version, "pypi", locations=(Location(place, 1),))

    packages = (of_conda("pytorch"), python("torch"), of_conda("same_name"), python("same_name"), python("else"))
    found = {one.name: one.properties for one in with_python_names(packages, {}) if one.type == "conda"}
    assert found == {"pytorch": {"python_name": "torch"}, "same_name": {}}
    alone = (of_conda("pytorch"), python("torch", "3.0"))
    assert [*with_python_names(alone, {})] == [*alone]
