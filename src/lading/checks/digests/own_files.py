"""The digests of programs, archives and package files, and of Java's archives in these.

BSI TR-03183-2 asks for the SHA-512 of a component as the file that it is; others know files by their SHA-1 or SHA-256.
Most packages are many files, and have none: what is here is for those that are one.
"""

import re
from collections.abc import Iterator, Mapping
from hashlib import sha1, sha256, sha512
from typing import Final

from msgspec import msgpack, structs

from lading.formats.sbom.own_file import PACKAGE_FILES, own_paths
from lading.model.checks import Case, Checker, CheckResult, Observed
from lading.model.errors import SafeIOError
from lading.model.package import INTO, Package
from lading.model.reader import PACE_OF_PROGRAMS, Content, Reader, WantedFile
from lading.safeio.content import iter_pieces
from lading.safeio.zips import ZipBudget, ZipContent

_PROGRAMS: Final = (
    b"\x7fELF", b"MZ", b"\xfe\xed\xfa\xce", b"\xfe\xed\xfa\xcf", b"\xce\xfa\xed\xfe", b"\xcf\xfa\xed\xfe", b"\0asm",
)  # fmt: skip
"""ELF, PE, Mach-O, WebAssembly."""
_ZIP: Final = b"PK\x03\x04"
_ARCHIVES: Final = tuple(f".{ending}" for ending in ("jar", "war", "ear", "aar", "hpi", "jpi", "nar", "rar", "kar"))
_DEEPEST: Final = 4
_MOST: Final = 20_000
_FLOOR: Final = 256_000_000
_TIMES: Final = 4
_LIBRARY: Final = re.compile(r"\.(?:so(?:\.[^/]*)?|o|a|ko)$")
"""Half of what is in an image, and nothing of it is a package by itself."""
_Digests = dict[str, bytes]
_decode: Final = msgpack.Decoder(dict[str, _Digests]).decode


def _observe(file: WantedFile) -> Observed:
    if _LIBRARY.search(file.path):
        return Observed()
    budget = ZipBudget(_FLOOR + _TIMES * len(file.content), spend=file.spend)
    found: dict[str, _Digests] = {}
    try:
        for place, digests in _of_archive(file.content, budget, "", 0):
            found[place] = digests
            if len(found) >= _MOST:
                break
    except SafeIOError:
        pass  # beyond the limits: what its readers could not read either, and say
    return Observed(msgpack.encode(found))


def _of_archive(content: Content, budget: ZipBudget, place: str, depth: int) -> Iterator[tuple[str, _Digests]]:
    """The digests of a file, and of Java's archives in it."""
    yield place, _digests(content)
    if content[:4] != _ZIP or depth >= _DEEPEST:
        return
    try:
        archive = ZipContent(content, budget, tuple(ending.encode() for ending in _ARCHIVES))
        inner = [name for name in archive.names if name.lower().endswith(_ARCHIVES)]
        overlapping = archive.overlapping(inner)
    except SafeIOError:
        return
    for name in (one for one in inner if one not in overlapping):
        try:
            member = archive.open(name)
        except SafeIOError:
            continue
        yield from _of_archive(member, budget, f"{place}{INTO}{name}", depth + 1)


def _digests(content: Content) -> _Digests:
    made = {"sha256": sha256(), "sha512": sha512()}
    if content[:4] == _ZIP:
        made["sha1"] = sha1(usedforsecurity=False)  # by which Maven knows archives
    for piece in iter_pieces(content):
        for one in made.values():
            one.update(piece)
    return {name: one.digest() for name, one in made.items()}


def with_digests(case: Case) -> tuple[Package, ...]:
    """The packages, those that are one file with its digests."""
    known = {
        f"{file.path}{place}": {name: digest.hex() for name, digest in digests.items()}
        for file in case.files(OWN_FILES.name)
        for place, digests in _decode(file.facts).items()
    }
    return tuple(_completed(one, known) for one in case.packages) if known else case.packages


def _completed(package: Package, known: Mapping[str, Mapping[str, str]]) -> Package:
    found = [known[path] for path in own_paths(package) if path in known]
    if package.digests:  # of the file that the cataloger read, wherever others of its kind lie
        found = [one for one in found if package.digests.items() <= one.items()]
    if not found or any(one != found[0] for one in found):
        return package
    return structs.replace(package, digests=dict(found[0]))


def _run(case: Case) -> CheckResult:
    return CheckResult()


OWN_FILES: Final = Reader(
    name="digests-files",
    version=2,
    parse=_observe,
    patterns=tuple(f"**/*{ending}" for ending in (*_ARCHIVES, *PACKAGE_FILES)),
    magic=(*_PROGRAMS, _ZIP),
    inside=True,
    pace=PACE_OF_PROGRAMS,
)
"""The digests of what may be a package's own file."""

CHECKER: Final = Checker("file-digests", (OWN_FILES,), _run, compares=False, complete=with_digests)
