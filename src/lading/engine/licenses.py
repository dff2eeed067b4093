"""What the packages of an image are under, listed, with the texts that lie in it where these are asked for."""

from collections.abc import Iterator

from msgspec import structs

from lading.engine.environment import Environment
from lading.engine.options import ScanOptions
from lading.engine.scan import TOOL, inventory
from lading.formats.licenses.categories import Categories
from lading.formats.licenses.packages import licenses_of
from lading.model.checks import Case
from lading.model.licenses import (
    NO_TERMS,
    UNSTATED,
    LicenseBasis,
    LicensedPackage,
    LicenseList,
    LicenseOfPackage,
    LicenseTerms,
    LicenseText,
)
from lading.model.package import Package
from lading.model.properties import licenses_are_of_source, licenses_are_of_text
from lading.model.report import InventoryResult


def list_licenses(
    target: str,
    options: ScanOptions,
    environment: Environment,
    terms: LicenseTerms = NO_TERMS,
    *,
    texts: bool = False,
) -> tuple[InventoryResult, LicenseList]:
    """What is in a target, and what its packages are under, by the categories of a policy's terms; with the license
    and notice files in it where `texts` asks for them. Raises LadingError as `inventory` does."""
    listed = inventory(target, structs.replace(options, checks=("licenses",), license_full=texts), environment)
    categories = Categories(terms)
    packages = tuple(_licensed(one, categories) for one in listed.inventory.packages)
    return listed, LicenseList(TOOL, listed.image.name, packages, _texts(listed) if texts else ())


def _licensed(package: Package, categories: Categories) -> LicensedPackage:
    licenses = tuple(_each(package, categories))
    return LicensedPackage(package.name, package.version, package.type, package.purl, _basis(package), licenses)


def _basis(package: Package) -> LicenseBasis:
    if not package.licenses:
        return "none"
    if licenses_are_of_text(package):
        return "text"
    return "source" if licenses_are_of_source(package) else "stated"


def _each(package: Package, categories: Categories) -> Iterator[LicenseOfPackage]:
    found = licenses_of(package)
    for one in found:
        yield LicenseOfPackage(one.id, categories.of_license(one.expression, one.stated), one.stated, one.exact)
    if not found:
        yield LicenseOfPackage(UNSTATED, categories.of_license(UNSTATED, ""))


def _texts(listed: InventoryResult) -> tuple[LicenseText, ...]:
    from lading.checks.licenses.every_file import license_texts

    return license_texts(Case(listed.image, listed.examined))
