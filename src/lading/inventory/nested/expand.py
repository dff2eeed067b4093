"""Files in containers as files of their own: at `outer.zip!/lib/inner.jar`, there as long as the container is."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Final

from msgspec import structs

from lading.inventory.catalogers.cataloger import CatalogerResult
from lading.inventory.seen import Known, Seen, Squashed
from lading.model.package import INTO

_MOST_MARKS: Final = 40


def expanded(squashed: Squashed) -> Squashed:
    """The same with what lies in containers beside them. Where a container was written again without a file, that file
    is there as an empty one."""
    visible = dict(squashed.visible)
    history: dict[Known, tuple[Seen, ...]] = dict(squashed.history)
    removed = dict(squashed.removed)
    inners = _Inners()
    for known, seen in squashed.visible.items():
        for member in seen.facts.inside:
            inner = inners.of(seen, member)
            visible[known[0], inner.path] = inner
    for known, states in _timelines(squashed.history).items():
        for member, there in _member_states(states, inners).items():
            inside = known[0], f"{known[1]}{INTO}{member}"
            history[inside] = tuple(there)
            if known in removed:
                removed[inside] = removed[known]
    return structs.replace(squashed, visible=visible, history=history, removed=removed)


def _member_states(states: Sequence[Seen], inners: "_Inners") -> Mapping[str, list[Seen]]:
    """By member of a container, what each layer wrote that has it, and an empty file where a layer first has it no
    more: not one for each layer and each member that any layer has."""
    found: defaultdict[str, list[Seen]] = defaultdict(list)
    before: Collection[str] = ()
    for state in states:
        members = state.facts.inside
        for member in (*members, *(one for one in before if one not in members)):
            found[member].append(inners.of(state, member))
        before = members
    return found


def _timelines(history: Mapping[Known, Sequence[Seen]]) -> dict[Known, list[Seen]]:
    """The states of containers in which readers ever found something, by reader: for every layer that wrote one, though
    the reader found nothing in it then."""
    holders = [known for known, states in history.items() if any(state.facts.inside for state in states)]
    written: dict[str, dict[int, Seen]] = {path: {} for _, path in holders}
    for (_, path), states in history.items():
        if path in written:
            written[path].update((state.layer, state) for state in states)
    timelines = {}
    for known in holders:
        own = {state.layer: state for state in history[known]}
        timelines[known] = [
            own.get(layer) or structs.replace(other, reader=known[0], facts=CatalogerResult())
            for layer, other in sorted(written[known[1]].items())
        ]
    return timelines


class _Inners:
    """What lies in containers, each one once: what is visible is the same object as in the history."""

    def __init__(self) -> None:
        self._known: dict[tuple[int, str], Seen] = {}

    def of(self, container: Seen, member: str) -> Seen:
        """A file in a container, which stays in memory meanwhile."""
        key = id(container), member
        if key not in self._known:
            self._known[key] = Seen(
                path=f"{container.path}{INTO}{member}",
                known_as=f"{container.known_as}{INTO}{member}",
                layer=container.layer,
                reader=container.reader,
                captured_as=f"{container.captured_as}{INTO}{member}",
                facts=container.facts.inside.get(member, CatalogerResult()),
            )
        return self._known[key]


class Containers:
    """The containers that lie in the image itself."""

    def __init__(self, squashed: Squashed) -> None:
        self._paths = {seen.path for seen in squashed.visible.values() if seen.facts.inside}

    def around(self, path: str) -> str:
        """The container in the image that a path leads into; the path itself where it leads into none."""
        return next((outer for outer in paths_around(path) if outer in self._paths), path)


def lies_in(path: str, containers: Collection[str]) -> bool:
    """Whether a path leads into one of these."""
    return any(outer in containers for outer in paths_around(path))


def paths_around(path: str) -> Iterator[str]:
    """What a path may lead into, the outermost first. Names have the mark seldom, and containers lie only so deep: what
    has it more often lies in none."""
    at = path.find(INTO)
    for _ in range(_MOST_MARKS):
        if at < 0:
            return
        yield path[:at]
        at = path.find(INTO, at + 1)
