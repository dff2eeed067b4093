"""The reader of Debian's copyright files, and whose they are."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Final

from msgspec import msgpack, structs

from lading.checks.licenses.debian import CopyrightPart, parse_copyright, stated_licenses
from lading.model.checks import Case, Observed, SeenFile
from lading.model.package import Package
from lading.model.properties import OF_SOURCE
from lading.model.reader import Reader, WantedFile
from lading.safeio.limits import check_size

_LARGEST: Final = 4_000_000
_SMALL: Final = 128_000
_decode = msgpack.Decoder(tuple[CopyrightPart, ...]).decode


def _observe(file: WantedFile) -> Observed:
    if len(file.content) > _LARGEST:
        return Observed()
    check_size(len(file.content), file.limit, file.path)
    data = file.content[:]
    return _again(data) if len(data) <= _SMALL else _observed(data)


def _observed(data: bytes) -> Observed:
    parts = parse_copyright(data)
    return Observed(msgpack.encode(parts) if parts else b"")


_again: Final = lru_cache(maxsize=128)(_observed)
"""The binary packages of one source have one file each, all the same."""


def with_copyright(case: Case) -> tuple[Package, ...]:
    """The packages, those of Debian's kind with the licences of their copyright files. One whose directory of
    documentation is another's has that one's, which Debian Policy 12.5 allows within a source package alone."""
    files = {_directory(name): one for one in case.files(COPYRIGHT.name) for name in (one.path, one.linked) if name}
    of_source: dict[str, SeenFile] = {}
    for package in case.packages:
        if package.type == "deb" and package.name in files:
            of_source.setdefault(_source(package), files[package.name])
    return tuple(_completed(package, files, of_source) for package in case.packages)


def _completed(package: Package, files: Mapping[str, SeenFile], of_source: Mapping[str, SeenFile]) -> Package:
    if package.type != "deb" or package.licenses:
        return package
    file = files.get(package.name) or of_source.get(_source(package))
    licenses = stated_licenses(_decode(file.facts)) if file is not None else ()
    if not licenses:
        return package
    return structs.replace(package, licenses=licenses, properties={**package.properties, **OF_SOURCE})


def _source(package: Package) -> str:
    return f"{package.source or package.name} {package.source_version or package.version}"


def _directory(path: str) -> str:
    return path.rpartition("/")[0].rpartition("/")[2]


COPYRIGHT: Final = Reader(name="licenses-copyright", version=1, parse=_observe, patterns=("**/share/doc/*/copyright",))
"""What copyright files of Debian packages state."""
