"""What readers make of a file, and what of it counts."""

from collections.abc import Sequence

import pytest

from lading.inventory.catalogers.cataloger import Cataloger, CatalogerResult, FoundPackage
from lading.inventory.reading import FileReader
from lading.inventory.router import Route
from lading.model.reader import WantedFile
from lading.safeio.limits import Limits
from tests.inventory.catalogers.parsing import left_out
from tests.inventory.test_corruption import Stored


def read(*packages: FoundPackage) -> CatalogerResult:
    """What counts of packages that some reader finds."""
    cataloger = Cataloger(name="a", version=1, parse=lambda _: CatalogerResult(packages=packages, text="kept"))
    routes: Sequence[Route] = [Route(cataloger, "x")]
    (result,) = FileReader(Limits()).read("x", routes, Stored(b""))
    return result


GOOD, UNKNOWN = FoundPackage("npm", "a", "1." * 499 + "10"), FoundPackage("golang", "b", "")


def test_packages_that_can_be_listed() -> None:
    assert read(GOOD, UNKNOWN) == CatalogerResult(packages=(GOOD, UNKNOWN), text="kept")


@pytest.mark.parametrize(
    ("package", "why"),
    [
        (FoundPackage("npm", "a", "1." * 501), "package a has a version of 1,002 characters"),
        (FoundPackage("npm", "a" * 1001, "1"), "an entry names a package with 1,001 characters"),
        (FoundPackage("npm", "", "1"), "an entry names no package"),
    ],
)
def test_packages_of_no_possible_name_or_version_are_left_out(package: FoundPackage, why: str) -> None:
    assert read(GOOD, package, UNKNOWN) == CatalogerResult(
        packages=(GOOD, UNKNOWN), text="kept", diagnostics=(left_out("x", why),)
    )


@pytest.mark.parametrize("error", [MemoryError, RecursionError, ValueError, KeyError])
def test_a_file_that_ends_its_reader_ends_no_scan(error: type[Exception]) -> None:
    def fail(_: WantedFile) -> CatalogerResult:
        raise error

    good = Cataloger(name="good", version=1, parse=lambda _: CatalogerResult(packages=(GOOD,)))
    routes = [Route(Cataloger(name="bad", version=1, parse=fail), "x"), Route(good, "x")]
    failed, found = FileReader(Limits()).read("x", routes, Stored(b""))
    assert [(one.code, one.where) for one in failed.diagnostics] == [("cataloger-failed", "x")]
    assert found.packages == (GOOD,)
