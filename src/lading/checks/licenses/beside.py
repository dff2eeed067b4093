"""Packages that state no license, or not which, with the one whose text lies beside them."""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping

from msgspec import structs

from lading.checks.licenses.files import ARCHIVES, FILES, FileLicenses, license_of_file, licenses_in_archive
from lading.formats.licenses.expressions import is_any_of, joined
from lading.formats.licenses.packages import licenses_of
from lading.model.checks import Case
from lading.model.package import Package
from lading.model.properties import BUNDLED_IN, OF_TEXT

_BELOW = ("/licenses/", "/license_files/")
_OF_COPIES = re.compile(r"((?:.*/)?)[^/]+\.dist-info/licenses/(?:src/)?((?:[^/]+/)*_vendor/[^/]+)/[^/]+")
"""Where a wheel keeps the license of what it has a copy of (PEP 639): the site's directory, and the copy's in it."""
_STORES = ("/vendor/", "/pkg/mod/", "/registry/src/")
"""Where copies of modules and crates lie, each in a directory by its name."""
_Texts = Mapping[str, tuple[str, ...]]


def with_texts(case: Case, packages: tuple[Package, ...]) -> tuple[Package, ...]:
    """The packages, those whose license is not stated, or by a name that is not known or does not say which, with that
    of the text that lies in their own directory or archive."""
    directories, archives = _by_directory(case), _by_archive(case)
    if not directories and not archives:
        return packages
    stores = dict(_in_stores(directories))
    return tuple(_completed(one, directories, archives, stores) for one in packages)


def _completed(package: Package, directories: _Texts, archives: _Texts, stores: _Texts) -> Package:
    stated = licenses_of(package)
    if stated and all(one.expression and one.exact for one in stated):
        return package
    found = _beside(package, directories, archives, stores)
    if not found or not (not stated or _says_which(tuple(one.expression for one in stated), found)):
        return package
    if is_any_of(package.type):
        found = (joined(found),)  # what an archive holds side by side is no choice
    return structs.replace(package, licenses=found, properties={**package.properties, **OF_TEXT})


def _says_which(stated: tuple[str, ...], found: tuple[str, ...]) -> bool:
    """Whether a text tells which license is meant: nothing known is stated, or one of the same name."""
    if not any(stated):
        return True
    return len(stated) == len(found) == 1 and stated[0].partition("-")[0] == found[0].partition("-")[0]


def _beside(package: Package, directories: _Texts, archives: _Texts, stores: _Texts) -> tuple[str, ...]:
    if package.type == "maven":
        if BUNDLED_IN in package.properties or not package.locations:
            return ()
        return archives.get(package.properties.get("path") or package.locations[0].path, ())
    if package.type in ("golang", "cargo"):
        separator = "@" if package.type == "golang" else "-"
        return stores.get(f"{package.name}{separator}{package.version}") or stores.get(package.name, ())
    return next((directories[one] for one in _directories(package) if one in directories), ())


def _directories(package: Package) -> Iterator[str]:
    """Where a package's own files lie, as far as that is known."""
    for location in package.locations[:3]:
        directory, _, name = location.path.rpartition("/")
        if package.type in ("npm", "vscode-extension"):
            yield directory if name == "package.json" else f"{directory}\0"
        elif package.type == "pypi":
            yield directory if name in ("METADATA", "PKG-INFO") else f"{directory}/{package.name}"
            yield f"{directory}/{package.name.replace('-', '_')}"
        elif package.type == "gem":
            yield f"{directory.removesuffix('/specifications')}/gems/{name.removesuffix('.gemspec')}"
        elif package.type == "composer":
            yield f"{directory.removesuffix('/composer')}/{package.name}"
        elif package.type == "generic" and package.name.lower() in directory.lower():
            yield directory.removesuffix("/bin")


def _by_directory(case: Case) -> _Texts:
    together: defaultdict[str, dict[str, None]] = defaultdict(dict)
    for path, licenses in _each(case, FILES.name):
        directory = path.rpartition("/")[0]
        if copy := _OF_COPIES.fullmatch(path):
            directory = f"{copy[1]}{copy[2]}"
        for part in _BELOW:
            directory = f"{directory}/".partition(part)[0].rstrip("/")
        together[directory] |= dict.fromkeys(licenses)
    return {directory: tuple(licenses) for directory, licenses in together.items()}


def _by_archive(case: Case) -> _Texts:
    return {path: licenses for file in case.files(ARCHIVES.name) for path, licenses in licenses_in_archive(file)}


def _each(case: Case, reader: str) -> Iterator[tuple[str, tuple[str, ...]]]:
    for file in case.files(reader):
        found: FileLicenses = license_of_file(file)
        yield from found


def _in_stores(directories: _Texts) -> Iterator[tuple[str, tuple[str, ...]]]:
    for directory, licenses in directories.items():
        for store in _STORES:
            _, held, name = f"/{directory}".rpartition(store)
            if held:
                name = name.partition("/")[2] if store == "/registry/src/" else name
                yield _unescaped(name), licenses


def _unescaped(name: str) -> str:
    """A module's path as Go names it: capitals stand as `!c` on disk."""
    parts = name.split("!")
    return parts[0] + "".join(part[:1].upper() + part[1:] for part in parts[1:])
