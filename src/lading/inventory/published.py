"""The files that packages are published as, from the words of lock files and of records of what was installed.

Only what is said of the very file is taken: a checksum of what lies in it, in an order of somebody's own (the `h1:` of
Go, Yarn's of its caches, NuGet's `contentHash`), is none of the file's.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from lading.inventory.needs import integrity
from lading.model.package import Archive

_LENGTHS: Final[Mapping[str, int]] = {"md5": 32, "sha1": 40, "sha256": 64, "sha384": 96, "sha512": 128}
_HEX: Final = re.compile(r"[0-9a-f]+")
_ADDRESS: Final = re.compile(
    r"(https?://)(?:[^/@\s?#]*@)?([A-Za-z0-9.-]+(?::\d+)?(?:/[A-Za-z0-9._~!$&'()*+,;=:@%/-]*)?)(?:[?#]\S*)?", re.ASCII
)
_SHA512: Final = "sha512-"
_LONGEST: Final = 1000
_MOST: Final = 100


def published(url: str = "", digests: Mapping[str, str] | None = None, checksum: str = "") -> tuple[Archive, ...]:
    """The one file that is known of: from where, its digests, and the checksum of what lies in it; nothing where none
    of these is stated."""
    address = bare_address(url)
    return (Archive(address, dict(digests or {}), checksum),) if address or digests or checksum else ()


def together(archives: Iterable[tuple[Archive, ...]]) -> tuple[Archive, ...]:
    """The files of several statements, the same one once."""
    found: list[Archive] = []
    for one in (one for held in archives for one in held):
        if one not in found:
            found.append(one)
        if len(found) >= _MOST:
            break
    return tuple(found)


def digest(algorithm: str, text: str) -> dict[str, str]:
    """A digest in hexadecimal by its algorithm, in the words of any tool (`SHA-256`); nothing for what is none."""
    algorithm, text = algorithm.lower().replace("-", ""), text.strip().lower()
    return {algorithm: text} if len(text) == _LENGTHS.get(algorithm) and _HEX.fullmatch(text) else {}


def labelled(text: str) -> dict[str, str]:
    """The digest of `sha256:HEX`."""
    algorithm, _, value = text.partition(":")
    return digest(algorithm, value)


def iter_labelled(texts: Iterable[str]) -> Iterator[tuple[Archive, ...]]:
    """A file for each `sha256:HEX`."""
    return (published(digests=labelled(text)) for text in texts)


def content_hash(stated: object) -> tuple[Archive, ...]:
    """The file of a package of NuGet by its hash there: of a signed one the digest from before it was signed."""
    text = stated if isinstance(stated, str) else ""
    text = text if not text or text.startswith(_SHA512) else f"{_SHA512}{text}"
    return published(checksum=text) if integrity(text) else ()


def bare_address(url: str) -> str:
    """A web address without what may be secret in it: who asks, and what for; empty for what is none."""
    found = _ADDRESS.fullmatch(url) if len(url) <= _LONGEST else None
    return found[1] + found[2] if found else ""
