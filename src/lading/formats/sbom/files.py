"""The files of packages in bills of materials, in the small form in which they are carried there."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from msgspec import Struct, msgpack

from lading.model.checks import SeenFile
from lading.model.report import InventoryResult

NAME: Final = "package-files"
ALGORITHMS: Final[Mapping[str, int]] = {"sha1": 20, "sha256": 32, "sha512": 64}
"""The digests of each file, and how many bytes each has."""
_BY_LENGTH: Final = {32: "md5", 40: "sha1", 64: "sha256", 96: "sha384", 128: "sha512"}

Carried = tuple[str, bytes, str]
"""A path, the digests one after the other, and the digest that its package states where the content is another."""
_decode: Final = msgpack.Decoder(tuple[Carried, ...]).decode


class PackageFile(Struct, frozen=True):
    """A file that is there: its path, the digests of its content, and what its package states, where that is of another
    content."""

    path: str
    digests: dict[str, str]
    stated: dict[str, str] = {}


def carried(package: str, files: Iterable[Carried]) -> SeenFile:
    """The files of the package of an ID."""
    return SeenFile(package, 0, msgpack.encode(tuple(files)))


def files_by_package(result: InventoryResult) -> dict[str, SeenFile]:
    """The files by the IDs of packages, for `iter_files`; nothing where nobody asked for them."""
    return {one.path: one for one in result.examined.files.get(NAME, ())}


def iter_files(seen: SeenFile | None) -> Iterator[PackageFile]:
    """The files of a package, in the order of their paths."""
    for path, digests, stated in _decode(seen.facts) if seen is not None else ():
        found, at = {}, 0
        for name, size in ALGORITHMS.items():
            found[name] = digests[at : at + size].hex()
            at += size
        yield PackageFile(path, found, {_BY_LENGTH[len(stated)]: stated} if len(stated) in _BY_LENGTH else {})
