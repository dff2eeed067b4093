"""Which products the packages of a repository (content set) belong to: the shard `redhat-repositories`.

Source: https://security.access.redhat.com/data/metrics/repository-to-cpe.json and
https://www.redhat.com/en/blog/how-accurately-match-oval-security-data-installed-rpms.
"""

from collections.abc import Mapping
from pathlib import Path

import msgspec
from msgspec import Struct

from lading.feeds.feed import UNREADABLE, Build, read_document
from lading.model.advisory import Advisory, Condition
from lading.model.errors import FeedError

REPOSITORIES = "redhat-repositories"
_LIMIT = 200_000_000


class _Repository(Struct, frozen=True):
    cpes: tuple[str, ...] = ()


class _Document(Struct, frozen=True):
    data: dict[str, msgspec.Raw]
    last_updated: str = ""


def parse_repositories(files: Mapping[str, Path], build: Build) -> None:
    """A row for each repository: its name is `id` and `package`, its products are the condition's `cpes`. Raises
    FeedError."""
    for path in files.values():
        try:
            document = msgspec.json.decode(read_document(path, _LIMIT), type=_Document)
        except UNREADABLE as error:
            raise FeedError(f"{path}: not Red Hat's repository-to-cpe.json: {error}") from error
        build.date(document.last_updated)
        writer = build.shard(REPOSITORIES, "")
        if writer is None:
            return
        for name, raw in document.data.items():
            try:
                cpes = msgspec.json.decode(raw, type=_Repository).cpes
            except UNREADABLE:
                build.skip(name)
                continue
            if name and cpes:
                condition = Condition(cpes=tuple(sorted(set(cpes))))
                writer.add(Advisory(id=name, package=name, state="not_affected", condition=condition))
