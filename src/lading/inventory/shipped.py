"""Whether a file is as its package ships it, by the digests that package databases state of their files.

Source: deb-md5sums(5) and the Conffiles field of dpkg's status; apk-tools, doc/apk-package.5.scd (`Z:`, behind `R:`);
rpm's lib/rpmtag.h (RPMTAG_FILEDIGESTS). Only what checks ask about is looked up, so that these lists are read for them
alone.
"""

import binascii
import re
from base64 import b64decode
from collections.abc import Iterable, Iterator, Mapping
from hashlib import md5, sha1, sha256
from typing import Final

from msgspec.msgpack import Decoder, encode

from lading.formats.rpm.databases import DATABASES, iter_headers
from lading.formats.rpm.header import Header, Tag
from lading.inventory.catalogers.cataloger import Cataloger, CatalogerResult
from lading.inventory.ownership import links_by_directory, names_of
from lading.inventory.seen import Squashed
from lading.model import signing_keys
from lading.model.errors import FormatError, SafeIOError
from lading.model.package import Package
from lading.model.properties import SIGNING_KEY
from lading.model.reader import Content, WantedFile
from lading.model.shipping import may_be_shipped
from lading.safeio.lines import iter_lines

NAME: Final = "package-digests"
_DPKG: Final = "var/lib/dpkg/"
_STATUS: Final = f"{_DPKG}status"
_APK: Final = ("lib/apk/db/installed", "usr/lib/apk/db/installed")
_MOST_LINES: Final = 5_000_000

_decode: Final = Decoder(dict[str, str]).decode


def digests_of(content: Content) -> frozenset[str]:
    """The digests of a content by which packages may know it, in hexadecimal."""
    data = content[:]
    plain = (md5(data, usedforsecurity=False), sha1(data, usedforsecurity=False), sha256(data))
    return frozenset(one.hexdigest() for one in plain)


def shipped_among(files: Mapping[str, frozenset[str]], squashed: Squashed) -> frozenset[str]:
    """The paths, of files with their digests, at which the package database states one of these digests. What lies
    where packages install nothing is none."""
    links = links_by_directory(squashed.links)
    wanted = {name: path for path in files if may_be_shipped(path) for name in names_of(path, links)}
    shipped: set[str] = set()
    for (reader, _), seen in squashed.visible.items():
        if reader == NAME and seen.facts.companion and len(shipped) < len(files):
            stated = _decode(seen.facts.companion)
            few, many = (wanted, stated) if len(wanted) < len(stated) else (stated, wanted)
            shipped.update(wanted[name] for name in few if name in many and stated[name] in files[wanted[name]])
    return frozenset(shipped)


def is_of_distribution(package: Package) -> bool:
    """Whether more than a package's own lists says that a distribution made it: the key that signed it, or for those
    that keep no signature an address of the distribution. What somebody packed for an own system has neither."""
    if package.type == "rpm":
        key = package.properties.get(SIGNING_KEY, "")
        return bool(key) and bool(signing_keys.owners_of(key))
    return _ADDRESS.search(package.maintainer) is not None


_ADDRESS: Final = re.compile(
    r"@(?:[\w.-]+\.)?(?:debian\.org|alioth-lists\.debian\.net|ubuntu\.com|canonical\.com|kali\.org|raspbian\.org|alpinelinux\.org|wolfi\.dev"
    r"|chainguard\.dev)>?\s*$",
    re.ASCII | re.IGNORECASE,
)


def parse(file: WantedFile) -> CatalogerResult:
    """`companion` keeps what a database states: the digests in hexadecimal by path. What is damaged says so where its
    packages are read."""
    try:
        stated = dict(_iter_stated(file))
    except (FormatError, SafeIOError, binascii.Error):
        return CatalogerResult()
    return CatalogerResult(companion=encode(stated) if stated else b"")


def _iter_stated(file: WantedFile) -> Iterator[tuple[str, str]]:
    if file.path.endswith(".md5sums"):
        return _from_md5sums(iter_lines(file.content, _MOST_LINES))
    if file.path == _STATUS:
        return _from_status(iter_lines(file.content, _MOST_LINES))
    if file.path in _APK:
        return _from_apk(iter_lines(file.content, _MOST_LINES))
    return _from_rpm(file.content)


def _from_md5sums(lines: Iterable[bytes]) -> Iterator[tuple[str, str]]:
    for line in lines:
        digest, _, path = line.partition(b"  ")
        if path:
            yield _text(path), _text(digest)


def _from_status(lines: Iterable[bytes]) -> Iterator[tuple[str, str]]:
    """The configuration files: ` /etc/x DIGEST`, perhaps with a word more."""
    inside = False
    for line in lines:
        if not line.startswith(b" "):
            inside = line.lower().startswith(b"conffiles:")
        elif inside:
            words = line.split()
            if len(words) >= 2 and words[0].startswith(b"/"):
                yield _text(words[0]).lstrip("/"), _text(words[1])


def _from_apk(lines: Iterable[bytes]) -> Iterator[tuple[str, str]]:
    directory = path = ""
    for line in lines:
        key, value = line[:2], line[2:]
        if key == b"F:":
            directory, path = _text(value), ""
        elif key == b"R:":
            path = f"{directory}/{_text(value)}" if directory else _text(value)
        elif key == b"Z:" and path and value.startswith((b"Q1", b"Q2")):
            yield path, b64decode(value[2:]).hex()


def _from_rpm(content: Content) -> Iterator[tuple[str, str]]:
    for blob in iter_headers(content) if len(content) else ():
        if blob is not None:
            header = Header(blob)
            names, places = header.texts(Tag.BASE_NAMES), header.numbers(Tag.DIR_INDEXES)
            directories, digests = header.texts(Tag.DIR_NAMES), header.texts(Tag.FILE_DIGESTS)
            if len(names) == len(places) == len(digests) and (not places or max(places) < len(directories)):
                for name, place, digest in zip(names, places, digests, strict=True):
                    if digest:
                        yield directories[place].lstrip("/") + name, digest


def _text(data: bytes) -> str:
    return data.decode("utf-8", "backslashreplace")


CATALOGER: Final = Cataloger(
    name=NAME,
    version=1,
    parse=parse,
    files=(_STATUS, *_APK, *DATABASES),
    directories={f"{_DPKG}info": (".md5sums",), f"{_DPKG}status.d": (".md5sums",)},
)
