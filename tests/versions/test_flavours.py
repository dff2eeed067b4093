"""Builds of one release for several platforms."""

import pytest

from lading.versions.flavours import is_flavour, of_flavour


@pytest.mark.parametrize(
    ("installed", "version", "expected"),
    [
        ("12.8.1.jre8", "12.8.2.jre11", "12.8.2.jre8"),
        ("12.8.1", "12.8.2.jre11", "12.8.2"),
        ("31.1-jre", "32.0.0-android", "32.0.0-jre"),
        ("31.1-jre", "32.0.0", "32.0.0"),
        ("8.3.0.jre8", "8.3.0.jre11-preview", "8.3.0.jre8-preview"),
        ("1.0-jdk15on", "1.70", "1.70"),
        ("1.0", "2.0.jreform", "2.0.jreform"),
    ],
)
def test_a_version_in_the_installed_flavour(installed: str, version: str, expected: str) -> None:
    assert of_flavour(installed, version) == expected


@pytest.mark.parametrize(("text", "expected"), [(".jre8", True), ("-android", True), ("-jre", True), (".8", False)])
def test_flavours(text: str, expected: bool) -> None:
    assert is_flavour(text) is expected
