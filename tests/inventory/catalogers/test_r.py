"""R: exact packages."""

import pytest

from lading.inventory.catalogers import r
from lading.inventory.catalogers.cataloger import CatalogerResult, FoundPackage
from tests.inventory.catalogers.parsing import damaged, expected_keys, facts, fixture, keys, left_out

DESCRIPTION = """Package: BiocGenerics
Title: Generics
    Version: not this
Version: 0.48.1
License: Artistic-2.0 |
  file LICENSE
Maintainer: A B <a@b.c>
git_url: https://git.bioconductor.org/packages/BiocGenerics
Built: R 4.3.2; ; 2023-11-01 00:00:00 UTC; unix
"""


def test_installed_package() -> None:
    place = "usr/lib/R/library/BiocGenerics"
    package = FoundPackage(
        type="bioconductor",
        name="BiocGenerics",
        version="0.48.1",
        maintainer="A B <a@b.c>",
        licenses=("Artistic-2.0 | file LICENSE",),
        files=(f"{place}/",),
    )
    assert facts(r.CATALOGER, f"{place}/DESCRIPTION", DESCRIPTION) == CatalogerResult(packages=(package,))


def test_versions_that_are_missing_or_far_away() -> None:
    for text in ("Package: a\nBuilt: R 4.2\n", "Package: a\n" + "X: y\n" * 300_000 + "Version: 1\n"):
        assert facts(r.CATALOGER, "DESCRIPTION", text) == CatalogerResult(
            diagnostics=(left_out("DESCRIPTION", "package a has no version"),)
        )


def test_sources_are_not_installed() -> None:
    assert facts(r.CATALOGER, "DESCRIPTION", "Package: a.b\r\nVersion: 1.0-2\r\n") == CatalogerResult(
        packages=(FoundPackage("cran", "a.b", "1.0-2", evidence="declared"),)
    )


@pytest.mark.parametrize("text", ["", "A library.", "Name: x\nVersion: 1", "Package: a b\nVersion: 1", "Package: a"])
def test_other_descriptions(text: str) -> None:
    assert facts(r.CATALOGER, "usr/share/DESCRIPTION", text) == CatalogerResult()


def test_damage_never_raises() -> None:
    for data in damaged(DESCRIPTION.encode()):
        facts(r.CATALOGER, "a/DESCRIPTION", data)


def test_fixture() -> None:
    found, expected = fixture("r", "installed", r.CATALOGER)
    assert keys(found) == expected_keys(expected)
