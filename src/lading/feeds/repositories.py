"""The way to a document whose address changes: the mirror list or repomd.xml of a repository of rpm packages, or the
list of a CSAF provider that names its latest archive.

Source: createrepo_c's repomd.xml, and the mirror lists of yum and dnf; archive_latest.txt of Red Hat.
"""

import re
from collections.abc import Callable
from typing import Final
from urllib.parse import urljoin

from lading.model.errors import FeedError, NetError, SafeIOError
from lading.safeio.xmltree import read_xml

_NOT_FOUND: Final = 404
_REPOMD: Final = "repodata/repomd.xml"
_FILE_NAME: Final = re.compile(r"[\w.-]{1,200}", re.ASCII)
ARCHIVE: Final = "archive"


def locate(url: str, kind: str, read: Callable[[str], bytes]) -> str:
    """The address of a repository's metadata of a kind ("updateinfo"), found through its mirror list or repomd.xml,
    which `read` fetches; of an "archive" the one that a text beside it names. Raises FeedError for what is neither, and
    NetError with status 404 when the repository has none of that kind."""
    if kind == ARCHIVE:
        name = read(url).decode("utf-8", "replace").strip()
        if not _FILE_NAME.fullmatch(name):
            raise FeedError(f"{url}: names no archive")
        return urljoin(url, name)
    if url.endswith(".list"):
        mirrors = read(url).decode("utf-8", "replace").split()
        if not mirrors or not mirrors[0].startswith(("https://", "http://")):
            raise FeedError(f"{url}: names no mirror")
        url = f"{mirrors[0].rstrip('/')}/{_REPOMD}"
    href = metadata_path(read(url), kind, url)
    if not href:
        raise NetError(f"{url}: the repository has no {kind}", _NOT_FOUND)
    return urljoin(f"{url.removesuffix(_REPOMD)}", href)


def metadata_path(repomd: bytes, kind: str, where: str) -> str:
    """The path of the metadata of a kind below the repository, "" when there is none. Raises FeedError."""
    try:
        root = read_xml(repomd)
    except SafeIOError as error:
        raise FeedError(f"{where}: not a repomd.xml: {error}") from error
    locations = (one.child("location").attributes for one in root.all("data") if one.attributes.get("type") == kind)
    return next((given.get("href", "") for given in locations), "")
