"""The way to a document whose address changes: the mirror list or repomd.xml of a repository of rpm packages, or the
list of a CSAF provider that names its latest archive.

Source: createrepo_c's repomd.xml, and the mirror lists of yum and dnf; archive_latest.txt of Red Hat.
"""

import re
from collections.abc import Callable
from typing import Final
from urllib.parse import urljoin

from msgspec import Struct

from lading.model.errors import FeedError, NetError, SafeIOError
from lading.safeio.xmltree import read_xml

_NOT_FOUND: Final = 404
_REPOMD: Final = "repodata/repomd.xml"
_FILE_NAME: Final = re.compile(r"[\w.-]{1,200}", re.ASCII)
ARCHIVE: Final = "archive"


class Located(Struct, frozen=True):
    """Where a document is. `digest` is its SHA-256 (hexadecimal), empty where what led to it does not say."""

    url: str
    digest: str = ""


def locate(url: str, kind: str, read: Callable[[str], bytes]) -> Located:
    """A repository's metadata of a kind ("updateinfo"), found through its mirror list or repomd.xml, which `read`
    fetches; of an "archive" the one that a text beside it names. Raises FeedError for what is neither, and NetError
    with status 404 when the repository has none of that kind."""
    if kind == ARCHIVE:
        name = read(url).decode("utf-8", "replace").strip()
        if not _FILE_NAME.fullmatch(name):
            raise FeedError(f"{url}: names no archive")
        return Located(urljoin(url, name))
    if url.endswith(".list"):
        mirrors = read(url).decode("utf-8", "replace").split()
        if not mirrors or not mirrors[0].startswith(("https://", "http://")):
            raise FeedError(f"{url}: names no mirror")
        url = f"{mirrors[0].rstrip('/')}/{_REPOMD}"
    found = _metadata(read(url), kind, url)
    if found is None:
        raise NetError(f"{url}: the repository has no {kind}", _NOT_FOUND)
    return Located(urljoin(url.removesuffix(_REPOMD), found.url), found.digest)


def _metadata(repomd: bytes, kind: str, where: str) -> Located | None:
    """The metadata of a kind, by its path below the repository. Raises FeedError."""
    try:
        root = read_xml(repomd)
    except SafeIOError as error:
        raise FeedError(f"{where}: not a repomd.xml: {error}") from error
    for one in root.all("data"):
        href = one.child("location").attributes.get("href", "")
        if one.attributes.get("type") == kind and href:
            checksum = one.child("checksum")
            is_known = checksum.attributes.get("type") == "sha256"
            return Located(href, checksum.text.strip().lower() if is_known else "")
    return None
