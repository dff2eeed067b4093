"""What package files say they are: each by the record that its format has.

A package that lies in an image as a file is carried there, not installed.

Sources: deb-control(5); rpm's headers; apk-package(5) (.PKGINFO); RubyGems' `Gem::Specification#to_yaml`; Cargo's
manifest; NuGet's .nuspec; npm-pack(1); the core metadata of Python's source distributions.
"""

from collections.abc import Callable
from typing import Final

from msgspec import Struct

from lading.inventory.catalogers import dpkg
from lading.inventory.catalogers.cataloger import FoundPackage
from lading.inventory.catalogers.python.metadata import normalise, read_metadata
from lading.inventory.catalogers.rpm.package import HeaderReader
from lading.model.reader import WantedFile
from lading.safeio.javascript_json import decode_json
from lading.safeio.toml_text import parse_toml
from lading.safeio.xmltree import read_xml
from lading.safeio.yaml_text import YamlValue, parse_yaml


class Identify(Struct, frozen=True):
    """Who reads which package a file is: `read` from a record of at most `most` bytes, of which `bytes_a_step` cost a
    step (see lading.safeio.limits.Work). It raises ValueError or LookupError for what is none."""

    read: Callable[[bytes], FoundPackage | None]
    most: int = 4_000_000
    bytes_a_step: int = 10

    def cost(self, size: int) -> int:
        """What reading a record of so many bytes costs, in steps."""
        return _A_RECORD + size // self.bytes_a_step


_A_RECORD: Final = 60


def of_deb(data: bytes) -> FoundPackage | None:
    """The package of a control file."""
    found = dpkg.parse_status(WantedFile("control", 0, data)).packages
    return found[0] if found else None


def of_rpm(data: bytes) -> FoundPackage | None:
    """The package of a header."""
    reader = HeaderReader()
    reader.read([data])
    return reader.packages[0] if reader.packages else None


def of_apk(data: bytes) -> FoundPackage | None:
    """The package of .PKGINFO."""
    lines = data.decode("utf-8", "backslashreplace").splitlines()
    fields = dict(line.split(" = ", 1) for line in reversed(lines) if " = " in line and not line.startswith("#"))
    name, version = fields.get("pkgname", ""), fields.get("pkgver", "")
    return FoundPackage(
        type="apk",
        name=name,
        version=version,
        arch=fields.get("arch", ""),
        source=fields.get("origin", name),
        source_version=version,
        maintainer=fields.get("maintainer", ""),
        licenses=(fields["license"],) if fields.get("license") else (),
    )


def of_gem(data: bytes) -> FoundPackage | None:
    """The gem of a specification in YAML."""
    stated = parse_yaml(data)
    fields = stated if isinstance(stated, dict) else {}
    version = fields.get("version", "")
    number = version.get("version", "") if isinstance(version, dict) else version
    licenses = fields.get("licenses", [])
    platform = _text(fields.get("platform", ""))
    return FoundPackage(
        type="gem",
        name=_text(fields.get("name", "")),
        version=_text(number),
        licenses=tuple(map(_text, licenses)) if isinstance(licenses, list) else (),
        properties={"platform": platform} if platform not in ("", "ruby") else {},
    )


def of_crate(data: bytes) -> FoundPackage | None:
    """The crate of a Cargo.toml."""
    package = parse_toml(data).get("package")
    stated = package if isinstance(package, dict) else {}
    return _named("cargo", stated.get("name"), stated.get("version"))


def of_nuget(data: bytes) -> FoundPackage | None:
    """The package of a .nuspec."""
    metadata = read_xml(data).child("metadata")
    return _named("nuget", metadata.value("id"), metadata.value("version"))


def of_npm(data: bytes) -> FoundPackage | None:
    """The package of a package.json."""
    stated = decode_json(data, dict)
    return _named("npm", stated.get("name"), stated.get("version"))


def of_sdist(data: bytes) -> FoundPackage | None:
    """The distribution of a PKG-INFO."""
    metadata = read_metadata(data.decode("utf-8", "backslashreplace"))
    return _named("pypi", normalise(metadata.name), metadata.version)


def _named(package_type: str, name: object, version: object) -> FoundPackage | None:
    if not isinstance(name, str) or not isinstance(version, str):
        return None
    return FoundPackage(type=package_type, name=name, version=version)


def _text(value: YamlValue) -> str:
    return value if isinstance(value, str) else ""
