"""Ruby's packages.

Source: RubyGems' `Gem::Package`: a tar of the specification, the files and their checksums, each compressed alone.
"""

from collections.abc import Iterator
from typing import Final

from lading.model.errors import SafeIOError
from lading.model.reader import Content
from lading.safeio.containers.members import Member, Opening, StoredMember
from lading.safeio.containers.tars import iter_archive

METADATA: Final = "metadata"
_LARGEST: Final = 64_000_000
_LARGEST_METADATA: Final = 4_000_000


def iter_gem(content: Content, opening: Opening) -> Iterator[Member]:
    """The gem's specification and its files. Raises SafeIOError, LimitError."""
    parts = set()
    for part in iter_archive(content, opening):
        parts.add(part.path)
        if part.path == "data.tar.gz":
            yield from iter_archive(part.read_content(opening.limits.spool), opening)
        elif part.path == f"{METADATA}.gz":
            for one in iter_archive(part.read_content(_LARGEST), opening):
                yield StoredMember(METADATA, one.read_content(_LARGEST_METADATA))
        elif part.path == METADATA:
            yield part
    if "data.tar.gz" not in parts:
        raise SafeIOError(f"{opening.where}: a gem without a part data.tar.gz")
