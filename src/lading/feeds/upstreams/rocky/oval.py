"""Rocky Linux's OVAL documents, which are rarely made anew.

Source: https://dl.rockylinux.org/pub/oval/.
"""

import re
from collections.abc import Collection, Iterator
from functools import partial
from pathlib import Path

from lading.feeds.feed import Build, open_document
from lading.feeds.upstreams.rocky.notices import Notice, RpmBuild, Vulnerability, add_notice
from lading.formats.decoders.oval import Definition, Oval, iter_leaves
from lading.model.errors import FeedError, SafeIOError
from lading.versions.evr import plain_evr

_TITLE = re.compile(r"(R[LX][SBE]A-\d+:\d+): (.*?)(?: \(\w+\))?", re.ASCII | re.DOTALL)
_CVE = re.compile(r"\((CVE-\d{4}-\d+)\)", re.ASCII)


def parse_oval(path: Path, release: str, known: Collection[str], build: Build) -> None:
    """The advisories of a document, but for those whose names are `known`. Vulnerabilities are named in the text alone.
    Raises FeedError."""
    try:
        oval = Oval(partial(open_document, path))
        for definition in oval.definitions():
            title = _TITLE.fullmatch(definition.title)
            if title is None:
                build.skip(f"{definition.id} {definition.title}")
            elif title[1] not in known:
                vulnerabilities = tuple(Vulnerability(one) for one in sorted(set(_CVE.findall(definition.description))))
                notice = Notice(title[1], title[2], definition.severity, definition.issued, vulnerabilities)
                add_notice(notice, release, _builds(definition), build)
    except SafeIOError as error:
        raise FeedError(f"{path}: not an OVAL document: {error}") from error


def _builds(definition: Definition) -> Iterator[RpmBuild]:
    for leaf, _ in iter_leaves(definition.criteria):
        evr = leaf.test.field("evr") if leaf.test is not None else None
        if leaf.test is not None and evr is not None and evr.operation == "less than":
            for name in leaf.test.names:
                yield RpmBuild(name, "noarch", plain_evr(evr.value))
