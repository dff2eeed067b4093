"""Julia: exact packages and exact diagnostics."""

from lading.inventory.catalogers import julia
from lading.inventory.catalogers.cataloger import CatalogerResult, FoundPackage
from lading.inventory.router import Router
from lading.model.diagnostic import Diagnostic
from lading.model.properties import is_unpublished
from lading.model.reader import WantedFile
from tests.inventory.catalogers.parsing import damaged, expected_keys, facts, fixture, keys

INSTALLED, DECLARED = julia.CATALOGERS
DEPOT = "root/.julia/environments/v1.10"
FORMAT_2 = """julia_version = "1.10.2"
manifest_format = "2.0"
[[deps.Dates]]
uuid = "ade2"
[[deps.JSON]]
uuid = "682c"
version = "0.21.4"
[[deps.JSON]]
version = "9.0"
[extras]
"""
FORMAT_1 = """[[Dates]]
uuid = "ade2"
[[JSON]]
version = "0.21.4"
"""


def test_environment_of_a_depot() -> None:
    assert facts(INSTALLED, f"{DEPOT}/Manifest.toml", FORMAT_2) == CatalogerResult(
        packages=(
            FoundPackage("julia", "Dates", "1.10.2", properties={"uuid": "ade2"}),
            FoundPackage("julia", "JSON", "0.21.4", properties={"uuid": "682c"}),
            FoundPackage("julia", "JSON", "9.0"),
        )
    )
    assert len(facts(INSTALLED, f"{DEPOT}/Manifest-v1.10.toml", FORMAT_2).packages) == 3
    assert facts(INSTALLED, f"{DEPOT}/Project.toml", FORMAT_2) == CatalogerResult()


def test_packages_at_a_path_come_from_no_registry() -> None:
    text = 'manifest_format = "2.0"\n[[deps.Own]]\npath = "../Own"\nversion = "0.1.0"\n[[deps.JSON]]\nversion = "1.0"\n'
    for cataloger, path in ((INSTALLED, f"{DEPOT}/Manifest.toml"), (DECLARED, "app/Manifest.toml")):
        assert {one.name: is_unpublished(one) for one in facts(cataloger, path, text).packages} == {
            "JSON": False,
            "Own": True,
        }


def test_manifest_of_a_project_in_the_first_format() -> None:
    assert facts(DECLARED, "app/Manifest.toml", FORMAT_1) == CatalogerResult(
        packages=(
            FoundPackage("julia", "Dates", "", evidence="declared", properties={"uuid": "ade2"}),
            FoundPackage("julia", "JSON", "0.21.4", evidence="declared"),
        )
    )


def test_a_shared_environment_is_installed_and_not_declared_as_well() -> None:
    for path, names in ((f"{DEPOT}/Manifest.toml", ["julia"]), ("app/Manifest.toml", ["julia-manifest"])):
        routes = Router(julia.CATALOGERS).routes(path)
        found = {one.reader.name: one.reader.parse(WantedFile(path, 0o644, FORMAT_2.encode())) for one in routes}
        assert [name for name, facts in found.items() if facts != CatalogerResult()] == names


def test_other_files_are_told() -> None:
    message = "not a manifest of Julia: no package was read"
    for text in ("[", b"\xff", "a = " + "[" * 100_000, "a." * 200_000 + "a = 1", FORMAT_2 + "#" * 4_000_000 + "\n["):
        assert facts(DECLARED, "Manifest.toml", text).diagnostics == (
            Diagnostic("incomplete", "broken-manifest", message, "Manifest.toml"),
        )
    assert facts(DECLARED, "Manifest.toml", "deps = 3\nmanifest_format = 2\n[x]\na = 1\n") == CatalogerResult()


def test_damage_never_raises() -> None:
    for data in damaged(FORMAT_2.encode()):
        facts(DECLARED, "Manifest.toml", data)


def test_fixture() -> None:
    found, expected = fixture("julia", "manifest-v1.8", DECLARED)
    assert keys(found) == expected_keys(expected)
