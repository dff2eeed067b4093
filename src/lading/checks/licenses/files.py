"""The readers of licence files, beside packages and in Java's archives: which licences their texts are."""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from functools import lru_cache
from itertools import islice
from typing import Final

from msgspec import msgpack

from lading.formats.licenses.texts import licenses_in, tags_in
from lading.model.checks import Observed, SeenFile
from lading.model.errors import SafeIOError
from lading.model.package import INTO
from lading.model.reader import PACE_OF_PROGRAMS, Content, Reader, WantedFile
from lading.safeio.zips import ZipBudget, ZipContent

_LARGEST: Final = 400_000
TEXT_CAP: Final = 4_000_000
"""The most bytes of a license or notice file that are kept."""
_SMALL: Final = 64_000
_DEEPEST: Final = 3
_MOST: Final = 2_000
_INFLATED: Final = 16_000_000
_ENDINGS: Final = ("jar", "war", "ear", "aar", "hpi", "jpi", "nar", "rar")
_ARCHIVES: Final = tuple(f".{ending}" for ending in _ENDINGS)
_NAMES: Final = ("license", "licence", "copying", "unlicense", "copyright")
_SUFFIXES: Final = ("", ".txt", ".md", ".rst", ".html")
_WORDS: Final = ("LICENSE", "LICENCE", "License", "Licence", "license", "licence", "COPYING", "Copying")
LICENSE_FILES: Final = (
    *(f"**/{word}{suffix}" for word in _WORDS for suffix in _SUFFIXES),
    *(f"**/{word}" for word in (
        "COPYING.LESSER", "COPYING.LIB", "COPYING.BSD", "COPYING.MIT", "LICENSE-MIT", "LICENSE-APACHE",
        "LICENSE-MIT.txt", "LICENSE-APACHE-2.0", "LICENSE-BSD", "LICENSE.MIT", "LICENSE.BSD", "LICENSE.APACHE",
        "LICENSE-APACHE2", "MIT-LICENSE", "MIT-LICENSE.txt", "MIT-LICENSE.md", "MIT-LICENCE", "MIT.LICENSE", "BSDL",
        "UNLICENSE", "COPYRIGHT", "COPYRIGHT.txt", "LEGAL", "GPL-LICENSE.txt", "LICENSE-2.0.txt", "APACHE-LICENSE",
        "LICENSE.code", "LICENSE_MIT", "LICENSE_APACHE", "LICENSE.APL", "PSF-LICENSE",
    )),
)  # fmt: skip
"""What files are called that hold the license of what lies beside them."""

FileLicenses = tuple[tuple[str, tuple[str, ...]], ...]
"""Paths, and the licences (expressions of SPDX) whose texts lie there."""
_decode_file = msgpack.Decoder(tuple[str, ...]).decode
_decode_archive = msgpack.Decoder(FileLicenses).decode


def licenses_of_text(content: Content) -> tuple[str, ...]:
    """The licences that a file of at most 400 kB holds: by their words, else those that it names by SPDX's tag."""
    text = content[:_LARGEST]
    return _again(text) if len(text) <= _SMALL else _of_text(text)


def _of_text(text: bytes) -> tuple[str, ...]:
    words = text.decode("utf-8", "replace")
    return licenses_in(words) or tags_in(words)


def license_of_file(file: SeenFile) -> FileLicenses:
    """What was seen in a license file."""
    return ((file.path, _decode_file(file.facts)),)


def licenses_in_archive(file: SeenFile) -> FileLicenses:
    """What was seen in an archive: itself and the archives inside, by their paths."""
    return tuple((f"{file.path}{inner}", licenses) for inner, licenses in _decode_archive(file.facts))


def _observe(file: WantedFile) -> Observed:
    found = licenses_of_text(file.content)
    return Observed(msgpack.encode(found) if found else b"")


def _observe_archive(file: WantedFile) -> Observed:
    budget = ZipBudget(_INFLATED + len(file.content), spend=file.spend)
    found = tuple(islice(_in_archive(file.content, budget, "", 0), _MOST))
    return Observed(msgpack.encode(found) if found else b"")


def _in_archive(content: Content, budget: ZipBudget, path: str, depth: int) -> Iterator[tuple[str, tuple[str, ...]]]:
    """The licences of an archive and of those inside. What cannot be read is Java's cataloger's to tell."""
    try:
        archive = ZipContent(content, budget, _WANTED)
        names = archive.names
    except SafeIOError:
        return
    texts = [licenses_of_text(text) for text in _texts(archive, _license_members(names))]
    if found := tuple(dict.fromkeys(one for text in texts for one in text)):
        yield path, found
    inner = [name for name in names if name.lower().endswith(_ARCHIVES)] if depth < _DEEPEST else []
    overlapping = archive.overlapping(inner)
    for name in (one for one in inner if one not in overlapping):
        try:
            member = archive.open(name)
        except SafeIOError:
            continue
        yield from _in_archive(member, budget, f"{path}{INTO}{name}", depth + 1)


def _texts(archive: ZipContent, names: Sequence[str]) -> Iterator[bytes]:
    for name in names:
        with suppress(SafeIOError):
            yield archive.read(name, TEXT_CAP)


def _license_members(names: Sequence[str]) -> list[str]:
    """The licence files of an archive itself: in its META-INF, else at its top."""
    files = [name for name in names if name.lower().removeprefix("meta-inf/") in _MEMBERS]
    packed = [name for name in files if name.lower().startswith("meta-inf/")]
    return (packed or files)[:4]


_MEMBERS: Final = frozenset(f"{name}{suffix}" for name in _NAMES for suffix in _SUFFIXES)
_WANTED: Final = tuple(name.encode() for name in (*sorted(_MEMBERS), *_ARCHIVES))

_again: Final = lru_cache(maxsize=256)(_of_text)
"""What is met again in an image, as most texts are, is not looked at again."""

FILES: Final = Reader(name="licenses-files", version=1, parse=_observe, patterns=LICENSE_FILES)
"""What the texts in licence files are."""
ARCHIVES: Final = Reader(
    name="licenses-archives",
    version=1,
    parse=_observe_archive,
    patterns=tuple(f"**/*{ending}" for ending in _ARCHIVES),
    pace=PACE_OF_PROGRAMS,
)
"""The same of licence files in Java's archives."""
