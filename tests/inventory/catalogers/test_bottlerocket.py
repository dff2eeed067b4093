"""Bottlerocket: exact packages and exact diagnostics."""

from lading.inventory.catalogers import bottlerocket
from lading.inventory.catalogers.cataloger import CatalogerResult, FoundPackage
from lading.model.diagnostic import Diagnostic
from tests.inventory.catalogers.parsing import damaged, facts, fixture, left_out

PATH = "usr/share/bottlerocket/application-inventory.json"
INVENTORY = """{"Content": [
  {"Name": "glibc", "Publisher": "core-kit", "Version": "2.43", "Release": "1.br1", "Epoch": "1",
   "Architecture": "x86_64"},
  {"Name": "runc", "Version": "1.3", "Release": "2", "Epoch": 0, "Url": null},
  {"Name": "bare", "Version": "1"}
]}"""


def test_packages_with_versions_as_rpm_writes_them() -> None:
    assert facts(bottlerocket.CATALOGER, PATH, INVENTORY) == CatalogerResult(
        packages=(
            FoundPackage(
                type="bottlerocket",
                name="glibc",
                version="1:2.43-1.br1",
                arch="x86_64",
                source="glibc",
                source_version="1:2.43-1.br1",
                maintainer="core-kit",
            ),
            FoundPackage("bottlerocket", "runc", "1.3-2", source="runc", source_version="1.3-2"),
            FoundPackage("bottlerocket", "bare", "1", source="bare", source_version="1"),
        )
    )


def test_broken_entries_and_files_are_told() -> None:
    found = facts(bottlerocket.CATALOGER, PATH, '{"Content": [{"Name": "a"}, 3, {"Name": "b", "Version": "1"}]}')
    assert [one.name for one in found.packages] == ["b"]
    assert found.diagnostics == (
        left_out(PATH, "package a has no version"),
        left_out(PATH, "an entry names no package"),
    )
    whole = "not an application inventory: no package was read"
    many = ['{"Content":[' + one * 1_500_001 + "{}]}" for one in ("{},", "1,")]
    texts: list[str | bytes] = ["[]", "{}", "", "[" * 100_000, b"\xff", *many]
    for text in texts:
        assert facts(bottlerocket.CATALOGER, PATH, text) == CatalogerResult(
            diagnostics=(Diagnostic("incomplete", "broken-package-database", whole, PATH),)
        )


def test_damage_never_raises() -> None:
    for data in damaged(INVENTORY.encode()):
        facts(bottlerocket.CATALOGER, PATH, data)


def test_fixture() -> None:
    found, expected = fixture("bottlerocket", "inventory", bottlerocket.CATALOGER)
    assert sorted((one.type, one.name, one.version, one.arch) for one in found) == sorted(
        (
            one["type"],
            one["name"],
            (f"{one['epoch']}:" if one["epoch"] else "") + f"{one['version']}-{one['release']}",
            one["arch"],
        )
        for one in expected
    )
