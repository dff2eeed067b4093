"""What conda installed: packages of other ecosystems that are in its records under its own names.

Source: https://docs.conda.io/projects/conda/en/latest/dev-guide/deep-dives/install.html (conda-meta).
"""

import re
from collections.abc import Iterable
from posixpath import basename
from typing import Final, NamedTuple

from lading.model.names import advisory_name
from lading.model.package import Package
from lading.model.properties import PYTHON_NAME

_RECORDS: Final = re.compile(r"(?:^|(.*)/)conda-meta/[^/]*$")
_MODULES: Final = re.compile(r"(?:^|(.*)/)lib/python\d[\d.]*t?/site-packages/")
_PROGRAMS: Final = ("conda", "mamba", "micromamba")
"""What installs packages, the one that most images have first; all three take the same words."""


class Record(NamedTuple):
    """A package in conda's records: the directory of the environment without a leading slash, and its name there."""

    prefix: str
    name: str


class CondaRecords:
    """The records of an image. `programs` are the paths of its programs that belong to no package."""

    def __init__(self, packages: Iterable[Package], programs: Iterable[str]) -> None:
        self._records: dict[tuple[str, str], tuple[str, str]] = {}
        found = {}
        for one in packages:
            for place in one.locations if one.type == "conda" else ():
                if (match := _RECORDS.match(place.path)) is not None:
                    prefix = match[1] or ""
                    self._records[prefix, advisory_name("pypi", one.properties.get(PYTHON_NAME) or one.name)] = (
                        one.name,
                        one.version,
                    )
                    found[one.name] = f"{prefix}/bin/{one.name}".lstrip("/")
        found |= {basename(path): path for path in programs if basename(path) not in found}
        self._program = next((found[name] for name in _PROGRAMS if name in found), "")

    def program(self) -> str:
        """The path of what installs packages, without a leading slash; empty for none."""
        return self._program

    def installed(self, package: Package, path: str) -> Record | None:
        """The record by which a Python package that is seen at a path was installed; None where it was otherwise."""
        match = _MODULES.match(path) if package.type == "pypi" else None
        if match is None:
            return None
        prefix = match[1] or ""
        name, version = self._records.get((prefix, advisory_name("pypi", package.name)), ("", ""))
        return Record(prefix, name) if name and version == package.version else None
