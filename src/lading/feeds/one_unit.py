"""Feeds that publish one document, from which all their shards are made."""

import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from lading.feeds.feed import Build, Document, Feed, Unit
from lading.model.advisory import ShardName


def feed_of_one_unit(
    name: str,
    title: str,
    document: Document | tuple[Document, ...],
    layout: re.Pattern[str],
    makes: Callable[[ShardName], bool],
    parse: Callable[[Mapping[str, Path], Build], None],
    *,
    interval: int = 0,
    bulk: str = "",
) -> Feed:
    """A feed whose public `document` (or several) may also be held in parts, at the paths that `layout` matches whole.
    `makes` tells its shards from those of others. `interval` and `bulk` as in Feed."""
    public = Unit(name, document if isinstance(document, tuple) else (document,), parse)
    addresses = {one.path: one.url for one in public.documents}

    def units(held: Sequence[str] | None) -> tuple[Unit, ...]:
        if held is None:
            return (public,)
        documents = tuple(
            Document(path, addresses.get(path, public.documents[0].url)) for path in held if layout.fullmatch(path)
        )
        return (Unit(name, documents, parse),) if documents else ()

    return Feed(name, title, units, lambda shard: public if makes(shard) else None, interval, bulk)
