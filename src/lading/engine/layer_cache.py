"""What is kept of a layer: its structure, and what each group of readers made of it, in one entry.

A group's part is good as long as its own readers have the versions that read it: where one is newer its group's files
are read again, and the rest is taken from the entry.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager

import msgspec
from msgspec import Struct
from msgspec.msgpack import Decoder, encode

from lading.engine.cache import Cache
from lading.inventory.catalogers.registry import Group
from lading.inventory.facts import SCHEMA, LayerFacts, ReaderFacts, Structure
from lading.safeio.limits import Limits


class _Part(Struct, frozen=True, array_like=True):
    """What a group of readers made of a layer. `versions` are those of its readers, `limits` (file, spool) those that
    held; `largest` and `refused` as in ReaderFacts. `body` is a dict[str, ReaderFacts]."""

    versions: dict[str, int]
    limits: tuple[int, int]
    largest: int
    refused: bool
    body: msgspec.Raw


class _Entry(Struct, frozen=True, array_like=True):
    structure: msgspec.Raw
    below: dict[str, str]
    parts: dict[str, _Part]


class Held(Struct, frozen=True):
    """What the cache has of a layer: the `facts` of all but the `missing` groups, and the `entry` they are from."""

    facts: LayerFacts
    missing: tuple[Group, ...]
    entry: _Entry

    def completed(self, facts: LayerFacts) -> LayerFacts:
        """The facts of all groups, with those of the missing ones."""
        return LayerFacts(self.facts.structure, self.facts.readers | facts.readers, self.facts.below)


_decode_entry = Decoder(_Entry).decode
_decode_structure = Decoder(Structure).decode
_decode_body = Decoder(dict[str, ReaderFacts]).decode


class LayerCache:
    """The facts of layers, as `groups` read them within `limits`."""

    def __init__(self, cache: Cache, groups: Sequence[Group], limits: Limits) -> None:
        self._cache = cache
        self._groups = groups
        self._limits = (limits.file, limits.spool)

    def get(self, name: str) -> Held | None:
        """What is kept under a name, None when nothing is."""
        data = self._cache.get(_versioned(name))
        if data is None:
            return None
        try:
            entry = _decode_entry(data)
            good = {group.name for group in self._groups if self._is_good(entry.parts.get(group.name), group)}
            readers: dict[str, ReaderFacts] = {}
            for group in self._groups:
                if group.name in good:
                    readers |= _facts_of(group, entry.parts[group.name])
            missing = tuple(group for group in self._groups if group.name not in good)
            facts = LayerFacts(_decode_structure(entry.structure), readers, entry.below)
            return Held(facts, missing, entry)
        except msgspec.DecodeError:
            return None

    def claimed(self, name: str, check: Callable[[], None]) -> AbstractContextManager[None]:
        """While it lasts, others wait that claim the same name (lading.engine.claims); what they keep is seen then."""
        return self._cache.claimed(_versioned(name), check)

    def put(self, name: str, facts: LayerFacts, held: Held | None) -> None:
        """Keeps what was read of a layer: all of it, or the groups that `held` lacks. Raises as Cache.put does."""
        groups = self._groups if held is None else held.missing
        parts = {group.name: self._part(group, facts.readers) for group in groups}
        if held is None:
            entry = _Entry(msgspec.Raw(encode(facts.structure)), facts.below, parts)
        else:
            entry = _Entry(held.entry.structure, held.entry.below, held.entry.parts | parts)
        self._cache.put(_versioned(name), encode(entry))

    def _is_good(self, part: _Part | None, group: Group) -> bool:
        if part is None or any(part.versions.get(one.name) != one.version for one in group.catalogers):
            return False
        return part.limits == self._limits or (not part.refused and part.largest <= min(self._limits))

    def _part(self, group: Group, readers: Mapping[str, ReaderFacts]) -> _Part:
        read = {one.name: readers[one.name] for one in group.catalogers if one.name in readers}
        return _Part(
            versions={one.name: one.version for one in group.catalogers},
            limits=self._limits,
            largest=max((facts.largest for facts in read.values()), default=0),
            refused=any(facts.refused for facts in read.values()),
            body=msgspec.Raw(encode(read)),
        )


def versions_of(groups: Iterable[Group]) -> str:
    """What of the readers decides what is found."""
    return ",".join(f"{one.name}={one.version}" for group in groups for one in group.catalogers)


def _facts_of(group: Group, part: _Part) -> dict[str, ReaderFacts]:
    facts = _decode_body(part.body)
    names = {one.name for one in group.catalogers}
    return facts if facts.keys() <= names else {name: facts[name] for name in facts.keys() & names}


def _versioned(name: str) -> str:
    return f"layer;{SCHEMA};{name}"
