"""Who supplies a component."""

import pytest

from lading.formats.sbom.suppliers import supplier_of
from lading.model.package import Distribution, Package
from tests.samples import BOOKWORM


@pytest.mark.parametrize(
    ("type", "name", "maintainer", "distribution", "supplier"),
    [
        ("deb", "bash", "Somebody <x@y>", BOOKWORM, "Debian GNU/Linux"),
        ("deb", "bash", "Somebody <x@y>", None, "Somebody <x@y>"),
        ("rpm", "bash", "", Distribution("plan9", pretty="Plan 9"), "Plan 9"),
        ("pypi", "requests", "Kenneth", BOOKWORM, "Kenneth"),
        ("pypi", "requests", "", BOOKWORM, ""),
        ("maven", "org.x:y", "", None, "org.x"),
        ("npm", "@babel/core", "", None, "@babel"),
        ("npm", "left-pad", "", None, ""),
        ("composer", "symfony/console", "", None, "symfony"),
        ("golang", "github.com/a/b/v2", "", None, "github.com/a"),
        ("golang", "gopkg.in/yaml.v3", "", None, "gopkg.in/yaml.v3"),
        ("golang", "stdlib", "", None, "Go"),
        ("golang", "local", "", None, ""),
    ],
)
def test_the_supplier(type: str, name: str, maintainer: str, distribution: Distribution | None, supplier: str) -> None:
    assert supplier_of(Package(name, "1", type, maintainer=maintainer), distribution) == supplier
