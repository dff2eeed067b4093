"""OCaml: exact packages."""

import pytest

from lading.inventory.catalogers import opam
from lading.inventory.catalogers.cataloger import CatalogerResult, FoundPackage
from tests.inventory.catalogers.parsing import damaged, facts

PACKAGES = "home/opam/.opam/4.14/.opam-switch/packages"


@pytest.mark.parametrize(
    ("text", "licenses"),
    [
        ('opam-version: "2.0"\nlicense: "MIT"\n', ("MIT",)),
        ('license: ["MIT"\n "ISC"]\n', ("MIT", "ISC")),
        ('synopsis: "license: none"\n', ()),
    ],
)
def test_package(text: str, licenses: tuple[str, ...]) -> None:
    assert facts(opam.CATALOGER, f"{PACKAGES}/lwt.5.7.0/opam", text) == CatalogerResult(
        packages=(FoundPackage("opam", "lwt", "5.7.0", licenses=licenses),)
    )


def test_other_directories() -> None:
    assert facts(opam.CATALOGER, f"{PACKAGES}/cache/opam", "") == CatalogerResult()


def test_damage_never_raises() -> None:
    for data in damaged(b'license: ["MIT"\n "ISC"]\n'):
        facts(opam.CATALOGER, f"{PACKAGES}/lwt.5.7.0/opam", data)
