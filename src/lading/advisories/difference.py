"""In what two databases differ. Rows are compared as they are stored, in order: memory stays small."""

from collections import Counter
from collections.abc import Iterator
from typing import Final

import msgspec

from lading.advisories.bodies import unpack_body
from lading.advisories.schema import KEYS
from lading.advisories.store import ShardStore
from lading.model.advisory import Advisory, ShardName
from lading.model.errors import AdvisoryError, SafeIOError
from lading.model.search import Change, ChangeKind, Presence, ShardDifference

_COUNTED: Final = "vulnerability"
"""The table whose rows change by the hundred thousand each day."""
_TEXT: Final = "text"
_DECODER: Final = msgspec.msgpack.Decoder(tuple[Advisory, ...])


def iter_differences(old: ShardStore, new: ShardStore) -> Iterator[ShardDifference]:
    """The shards that differ, by name. Texts are no part of it. Raises AdvisoryError."""
    mine, theirs = set(old.names()), set(new.names())
    for shard in sorted(mine | theirs):
        if shard in mine and shard in theirs and _digest(old, shard) == _digest(new, shard):
            continue
        changes = Counter[str]()
        listed = []
        for table in KEYS:
            if table == _TEXT:
                continue
            for change in _changes(old if shard in mine else None, new if shard in theirs else None, shard, table):
                changes[change.change] += 1
                if table != _COUNTED:
                    listed.append(change)
        presence: Presence = "both" if shard in mine and shard in theirs else "old" if shard in mine else "new"
        yield ShardDifference(shard, presence, changes["added"], changes["removed"], changes["changed"], tuple(listed))


def _changes(old: ShardStore | None, new: ShardStore | None, shard: ShardName, table: str) -> Iterator[Change]:
    mine = old.rows(shard, table) if old is not None else iter(())
    theirs = new.rows(shard, table) if new is not None else iter(())
    try:
        for key, before, after in _paired(mine, theirs):
            if before == after:
                continue
            if table == "advisory":
                yield from _advisory_changes(key, _advisories(before), _advisories(after))
            else:
                change: ChangeKind = "added" if before is None else "removed" if after is None else "changed"
                yield Change(change, "", key)
    except (msgspec.DecodeError, UnicodeDecodeError, SafeIOError) as error:
        raise AdvisoryError(f"the shard {shard} cannot be read: {error}") from error


def _paired(
    mine: Iterator[tuple[str, bytes]], theirs: Iterator[tuple[str, bytes]]
) -> Iterator[tuple[str, bytes | None, bytes | None]]:
    """The rows of both by key, None for a row that one of them does not have."""
    one, other = next(mine, None), next(theirs, None)
    while one is not None or other is not None:
        if other is None or (one is not None and _order(one[0]) < _order(other[0])):
            assert one is not None
            yield one[0], one[1], None
            one = next(mine, None)
        elif one is None or _order(other[0]) < _order(one[0]):
            yield other[0], None, other[1]
            other = next(theirs, None)
        else:
            yield one[0], one[1], other[1]
            one, other = next(mine, None), next(theirs, None)


def _order(key: str) -> bytes:
    """SQLite orders text by its bytes."""
    return key.encode()


def _advisories(stored: bytes | None) -> dict[tuple[str, str, bytes], Advisory]:
    if stored is None:
        return {}
    return {
        (one.id, one.note, msgspec.msgpack.encode(one.condition)): one for one in _DECODER.decode(unpack_body(stored))
    }


def _advisory_changes(
    package: str, before: dict[tuple[str, str, bytes], Advisory], after: dict[tuple[str, str, bytes], Advisory]
) -> Iterator[Change]:
    for key in sorted({*before, *after}):
        id, note, _ = key
        if key not in before:
            yield Change("added", package, id, note)
        elif key not in after:
            yield Change("removed", package, id, note)
        elif before[key] != after[key]:
            yield Change("changed", package, id, note)


def _digest(store: ShardStore, shard: ShardName) -> str:
    provenance = store.provenance(shard)
    return provenance.digest if provenance is not None else ""
