"""Which package needs which: names that packages state, among those of one image."""

import shutil
import subprocess
from pathlib import Path

import pytest

import lading
from lading.inventory.catalogers.cataloger import FoundPackage
from lading.inventory.dependencies import with_dependencies
from lading.inventory.needs import bounded, debian_relations, integrity
from lading.model.package import Location, Package
from lading.model.properties import ROOT


def found(kind: str, name: str, *requires: str, version: str = "1", **fields: object) -> FoundPackage:
    return FoundPackage(kind, name, version, requires=requires, **fields)  # type: ignore[arg-type]


def needs(*stated: tuple[str, FoundPackage]) -> dict[str, list[str]]:
    """What each package needs: `NAME`, or `NAME PATH` where one path does not tell them apart."""
    packages = [
        Package(one.name, one.version, one.type, one.arch, locations=(Location(path, 1),)) for path, one in stated
    ]
    linked = with_dependencies(packages, stated)
    names = {one.id: f"{one.name} {one.version}" for one in linked}
    return {names[one.id]: sorted(names[other] for other in one.depends_on) for one in linked if one.depends_on}


def test_names_alternatives_provisions_and_files() -> None:
    status = "var/lib/dpkg/status"
    assert needs(
        (status, found("deb", "a", "b", "none|c", "mta", "absent")),
        (status, found("deb", "b", "a")),
        (status, found("deb", "c", "c")),
        (status, found("deb", "exim", provides=("mta",))),
        ("var/lib/rpm/rpmdb.sqlite", found("rpm", "r", "/bin/sh", "/usr/bin/x", "b")),
        ("var/lib/rpm/rpmdb.sqlite", found("rpm", "bash", files=("usr/bin/sh",))),
    ) == {"a 1": ["b 1", "c 1", "exim 1"], "b 1": ["a 1"], "r 1": ["bash 1"]}


def test_of_several_architectures_its_own() -> None:
    status = "var/lib/dpkg/status"
    linked = with_dependencies(
        [
            Package("a", "1", "deb", "i386", locations=(Location(status, 1),)),
            Package("libc6", "1", "deb", "amd64", locations=(Location(status, 1),)),
            Package("libc6", "1", "deb", "i386", locations=(Location(status, 1),)),
        ],
        [
            (status, found("deb", "a", "libc6", arch="i386")),
            (status, found("deb", "libc6", arch="amd64")),
            (status, found("deb", "libc6", arch="i386")),
        ],
    )
    assert linked[0].depends_on == (linked[2].id,)


def test_node_looks_beside_a_package_and_above() -> None:
    def at(place: str, name: str, *requires: str, version: str) -> tuple[str, FoundPackage]:
        return f"{place}node_modules/{name}/package.json", found("npm", name, *requires, version=version)

    assert needs(
        at("app/", "a", "b", version="1"),
        at("app/node_modules/a/", "b", version="2"),
        at("app/", "b", "c", version="1"),
        at("app/node_modules/x/", "b", version="3"),
        at("other/", "c", version="9"),
    ) == {"a 1": ["b 2"]}


def test_python_looks_into_its_own_environment() -> None:
    def at(site: str, name: str, *requires: str, version: str) -> tuple[str, FoundPackage]:
        path = f"{site}/lib/python3.12/site-packages/{name}-{version}.dist-info/METADATA"
        return path, found("pypi", name, *requires, version=version)

    assert needs(
        at("venv/one", "a", "b", version="1"),
        at("venv/one", "b", version="1"),
        at("venv/two", "b", version="2"),
        at("venv/two", "a", "b", version="2"),
    ) == {"a 1": ["b 1"], "a 2": ["b 2"]}


def test_what_an_application_needs_itself() -> None:
    def at(path: str, one: FoundPackage) -> tuple[Package, tuple[str, FoundPackage]]:
        return Package(one.name, one.version, one.type, locations=(Location(path, 1),)), (path, one)

    made = [
        at("app/package.json", found("npm", "app", "a", properties=ROOT)),
        at("app/node_modules/a/package.json", found("npm", "a", "b")),
        at("app/node_modules/b/package.json", found("npm", "b", "a")),
        at("app/node_modules/c/package.json", found("npm", "c")),
    ]
    linked = with_dependencies([one for one, _ in made], [stated for _, stated in made])
    assert {one.name: one.relationship for one in linked} == {"app": "", "a": "direct", "b": "transitive", "c": ""}


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("", ()),
        ("libc6 (>= 2.36), python3:any", ("libc6", "python3")),
        ("mawk | gawk (>= 1) | awk,", ("mawk|gawk|awk",)),
        ("a [amd64], b <!nocheck>,\n c(= 1)", ("a", "b", "c")),
    ],
)
def test_relations_of_dpkg(text: str, names: tuple[str, ...]) -> None:
    assert debian_relations(text) == names


def test_digests_of_integrity_values() -> None:
    md5, empty = "md5-1B2M2Y8AsgTpgAmY7PhCfg==", "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="
    value = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    assert integrity(f"{md5} sha256-{empty}?ct=x sha1-!!! sha512-{empty}") == {"sha256": value}
    assert integrity("") == {}


def test_names_are_bounded() -> None:
    assert bounded(["a", "", "b", "a", "c" * 201]) == ("a", "b")
    assert len(bounded(map(str, range(3000)))) == 2000


@pytest.mark.skipif(shutil.which("dpkg-query") is None, reason="needs dpkg")
def test_dpkg_agrees(tmp_path: Path) -> None:
    """What dpkg says of this machine's packages: of each relation, the first alternative that is installed."""
    shutil.copytree("/var/lib/dpkg", tmp_path / "var" / "lib" / "dpkg", ignore=shutil.ignore_patterns("info", "lock*"))
    listed = lading.inventory(f"dir:{tmp_path}", environment=lading.Environment(database=lading.StarterDatabase()))
    packages = {one.id: one for one in listed.inventory.packages}
    asked = [
        "dpkg-query",
        f"--admindir={tmp_path}/var/lib/dpkg",
        "-W",
        "-f",
        "${db:Status-Abbrev}\t${Package}\t${Provides}\t${Pre-Depends}, ${Depends}\n",
    ]
    rows = [line.split("\t") for line in subprocess.check_output(asked, text=True).splitlines()]
    there: dict[str, set[str]] = {}
    for status, name, provides, _ in rows:
        if status[1] == "i":
            for offered in (name, *(one.split()[0] for one in provides.split(",") if one.strip())):
                there.setdefault(offered, set()).add(name)
    for status, name, _, depends in rows:
        if status[1] != "i":
            continue
        mine = {packages[one].name for found in packages.values() if found.name == name for one in found.depends_on}
        expected: set[str] = set()
        for relation in filter(str.strip, depends.split(",")):
            bare = (one.strip().split(" ")[0].partition(":")[0] for one in relation.split("|"))
            able = next((there[one] for one in bare if one in there), set())
            assert not able or able & (mine | {name}), (name, relation)
            expected |= able
        assert mine <= expected
