"""Packages that are one file: a Java archive, a program, a package file that lies in the image.

Source: BSI TR-03183-2, 2.1.0, sections 5.2.2 and 8.1: of a component that is a file the name is asked for, and whether
it is executable, an archive, and structured, which is one that still tells what it was put together from.
"""

from collections.abc import Iterator, Mapping
from typing import Final

from msgspec import Struct

from lading.model.package import DISTRIBUTED, INTO, Package
from lading.model.properties import BUNDLED_IN, has_no_code, is_root

_ENDINGS: Final[Mapping[str, tuple[str, ...]]] = {
    "pypi": (".whl", ".egg"), "gem": (".gem",), "cargo": (".crate",), "nuget": (".nupkg",), "deb": (".deb",),
    "rpm": (".rpm",), "apk": (".apk",),
}  # fmt: skip
"""By type of package, how files end that its package manager would install."""
PACKAGE_FILES: Final = tuple(ending for endings in _ENDINGS.values() for ending in endings)
"""All of these endings."""
_IN_THEM: Final = 1
"""How deep the record of a package lies in its file."""
_OF_MANY: Final = frozenset({"cargo", "golang"})
"""Types of which a program holds many packages, of which one is the program itself."""


class OwnFile(Struct, frozen=True):
    """The file that a package is: `path` in the image, `!/` between an archive and what lies in it."""

    path: str
    executable: bool
    archive: bool
    structured: bool

    @property
    def kind(self) -> tuple[str, str, str]:
        """Whether it is executable, an archive, and structured, in the words of BSI TR-03183-2."""
        return (
            "executable" if self.executable else "non-executable",
            "archive" if self.archive else "no archive",
            "structured" if self.structured else "unstructured",
        )

    @property
    def name(self) -> str:
        """The last part of its path."""
        return self.path.rpartition("/")[2]


def own_file(package: Package) -> OwnFile | None:
    """The file that a package is; None for one that is many, and where its content was not read."""
    path = next(own_paths(package), "") if package.digests else ""
    if not path:
        return None
    if path.lower().endswith(PACKAGE_FILES):
        return OwnFile(path, executable=False, archive=True, structured=True)
    if package.type == "maven":
        return OwnFile(path, executable=not has_no_code(package), archive=True, structured=True)
    return OwnFile(path, executable=True, archive=False, structured=package.type in _OF_MANY)


def own_paths(package: Package) -> Iterator[str]:
    """The places of the file that a package is, if it is one, by what is known of it besides the content."""
    if BUNDLED_IN in package.properties or package.evidence in ("declared", "sbom", "static"):
        return
    endings = _ENDINGS.get(package.type, ("\0",))
    stated = package.properties.get("path", "")
    for path in [stated] if stated else [one.path for one in package.locations]:
        around, _, record = path.rpartition(INTO)
        if around.lower().endswith(endings) and record.count("/") <= _IN_THEM:
            yield around
        elif path.lower().endswith(endings) or _is_archive(package) or _is_program(package):
            yield path


def _is_archive(package: Package) -> bool:
    return package.type == "maven" and package.evidence == "installed"


def _is_program(package: Package) -> bool:
    """Whether a package that was found in a program is the program."""
    if package.evidence != "binary" or package.type in DISTRIBUTED:
        return False
    return package.type not in _OF_MANY or is_root(package)
