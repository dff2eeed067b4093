"""Python packages whose metadata was taken away, by what their modules say of their version.

Images are made smaller by removing what installers leave. Of a module where installers put modules, and that no package
beside it is called, the name in the index is known by modules.json, which leaves out modules that several packages
have; the version is what the first of `FILES` states: `__version__ = "2.31.0"`, or a tuple of numbers.

Source: PEP 396; "Single-sourcing the Project Version" of packaging.python.org; the packages themselves.
"""

import re
from collections.abc import Mapping
from functools import cache
from pkgutil import get_data
from posixpath import basename, dirname
from typing import Final

import msgspec

from lading.inventory.catalogers.cataloger import CatalogerResult, FoundPackage
from lading.inventory.catalogers.python.metadata import directory_name
from lading.model.reader import WantedFile

FILES: Final = (
    "_version.py", "version.py", "__version__.py", "__about__.py", "package_data.py", "release.py", "info.py",
    "_dist_ver.py", "__meta__.py", "_constants.py", "__init__.py",
)  # fmt: skip
"""Where modules state their versions, the best first."""
_SITES: Final = ("site-packages", "dist-packages")
PATTERNS: Final = tuple(f"**/{site}/*/{file}" for site in _SITES for file in FILES)
_MOST_BYTES = 64 * 1024
_NO_VERSIONS = (b"0.0", b"99.99")
"""What stands for no version, where a tool fills that in later."""
_NAMES = rb"(?:__version__|__VERSION__|VERSION|version|_version|__version_info__|version_info)"
_TEXT = re.compile(
    rb"^[ \t]{0,4}" + _NAMES + rb"(?:\s?:\s?[\w.\[\], ]{1,60})?(?:\s{0,2}=\s{0,2}[\w_]{1,40}){0,2}\s{0,2}=\s{0,2}"
    rb"[\"']v?(\d{1,8}(?:\.\d{1,8}){1,4}[0-9A-Za-z.+!-]{0,40})[\"']",
    re.MULTILINE,
)
_TUPLE = re.compile(
    rb"^" + _NAMES + rb"(?:\s?:\s?[\w.\[\], ]{1,60})?(?:\s{0,2}=\s{0,2}[\w_]{1,40})?\s{0,2}=\s{0,2}"
    rb"[(\[]\s{0,8}(\d{1,6}(?:,\s{0,8}\d{1,6}){1,3})\s{0,8}(?:,\s{0,8}[\"'](?:final|)[\"']\s{0,8}(?:,\s{0,8}\d{1,3}\s{0,8})?)?,?\s{0,8}[)\]]",
    re.MULTILINE,
)


def parse_module(file: WantedFile) -> CatalogerResult:
    """The package that a file in a module states the version of, unless packages beside it say whose the module is."""
    directory = dirname(file.path)
    name = _names().get(basename(directory))
    version = stated_version(file.content[:_MOST_BYTES]) if name else ""
    if not name or not version:
        return CatalogerResult()
    return CatalogerResult(packages=(FoundPackage("pypi", name, version, evidence="binary", files=(f"{directory}/",)),))


def stripped_packages(facts: Mapping[str, CatalogerResult]) -> Mapping[str, FoundPackage]:
    """By the paths of files in modules, the packages that no metadata beside the modules states; each once, at the
    module's `__init__.py` where that is among the files."""
    stated: set[tuple[str, str]] = set()
    for path, one in facts.items():
        if not is_of_module(path):
            site = dirname(path if path.endswith(".egg-info") else dirname(path))
            stated.update(
                (site, name) for name in (*(package.name for package in one.packages), directory_name(path)[0])
            )
    found: dict[str, tuple[int, str, FoundPackage]] = {}
    for path, one in facts.items():
        directory = dirname(path)
        for package in one.packages if is_of_module(path) else ():
            if (dirname(directory), package.name) not in stated:
                candidate = (FILES.index(basename(path)), path, package)
                found[directory] = min(found.get(directory, candidate), candidate, key=_place)
    starts = {directory: f"{directory}/{FILES[-1]}" for directory in found}
    return {
        starts[directory] if starts[directory] in facts else path: package
        for directory, (_, path, package) in found.items()
    }


def is_of_module(path: str) -> bool:
    """Whether a path is that of a file that a module may state its version in, where installers put modules."""
    return basename(path) in FILES and basename(dirname(dirname(path))) in _SITES


def _place(candidate: tuple[int, str, FoundPackage]) -> int:
    return candidate[0]


def stated_version(text: bytes) -> str:
    """The version that a file of Python states as a literal, empty for none."""
    if match := _TEXT.search(text):
        return "" if match[1].startswith(_NO_VERSIONS) else match[1].decode()
    match = _TUPLE.search(text)
    return ".".join(re.findall(r"\d+", match[1].decode())) if match else ""


@cache
def _names() -> Mapping[str, str]:
    """The normalised name in the index by the name of a module."""
    return msgspec.json.decode(get_data(__package__, "modules.json") or b"", type=dict[str, str])
