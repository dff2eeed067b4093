"""Container-Optimized OS: exact packages and exact diagnostics."""

from lading.inventory.catalogers import cos
from lading.inventory.catalogers.cataloger import CatalogerResult, FoundPackage
from lading.model.diagnostic import Diagnostic
from tests.inventory.catalogers.parsing import damaged, facts, left_out

PATH = "etc/cos-package-info.json"
LIST = """{"installedPackages": [
  {"category": "app-arch", "name": "gzip", "version": "17162.336.16", "ebuild_version": "1.9"},
  {"name": "bare", "version": "2"}
], "buildTimePackages": [{"category": "virtual", "name": "pkgconfig", "version": "1", "ebuild_version": "0-r1"}]}"""


def test_installed_packages() -> None:
    assert facts(cos.CATALOGER, PATH, LIST) == CatalogerResult(
        packages=(
            FoundPackage(
                type="cos",
                name="app-arch/gzip",
                version="1.9",
                source="app-arch/gzip",
                source_version="1.9",
                properties={"build": "17162.336.16"},
            ),
            FoundPackage("cos", "bare", "2", source="bare", source_version="2"),
        ),
    )
    assert facts(cos.CATALOGER, PATH, '{"installedPackages": null}') == CatalogerResult()
    assert facts(cos.CATALOGER, PATH, '{"installedPackages": [{"category": "x"}, {"name": "a"}]}').diagnostics == (
        left_out(PATH, "an entry names no package"),
        left_out(PATH, "package a has no version"),
    )


def test_other_files_are_told() -> None:
    message = "not a package list of Container-Optimized OS: no package was read"
    for text in ("", "[]", "{}", "[" * 100_000):
        assert facts(cos.CATALOGER, PATH, text).diagnostics == (
            Diagnostic("incomplete", "broken-package-database", message, PATH),
        )


def test_damage_never_raises() -> None:
    for data in damaged(LIST.encode()):
        facts(cos.CATALOGER, PATH, data)
