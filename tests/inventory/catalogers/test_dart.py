"""Dart: exact packages."""

from lading.inventory.catalogers import dart
from lading.inventory.catalogers.cataloger import CatalogerResult, FoundPackage
from tests.inventory.catalogers.parsing import facts


def test_packages_of_the_cache() -> None:
    place = "root/.pub-cache/hosted/pub.dev/http_parser-4.0.2+1"
    package = FoundPackage("pub", "http_parser", "4.0.2+1", files=(f"{place}/",))
    assert facts(dart.CATALOGER, f"{place}/pubspec.yaml", "") == CatalogerResult(packages=(package,))
    assert facts(dart.CATALOGER, "srv/hosted/apps/web/pubspec.yaml", "") == CatalogerResult()
