"""Which installed package needs which: names that packages state, resolved among the packages of the same image."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence

from msgspec import Struct, structs

from lading.inventory.catalogers.cataloger import FoundPackage
from lading.model.package import Package, Relationship
from lading.model.properties import is_root

_MODULES = "node_modules/"
_ROOTED = frozenset({"cargo", "npm"})
_MERGED = "/usr/"
"""What stands in front of /bin, /sbin and /lib where these are links."""


class _Node(Struct, frozen=True):
    """A package as one file states it: `place` is that of the package in the inventory."""

    place: int
    path: str
    found: FoundPackage


def with_dependencies(packages: Sequence[Package], stated: Iterable[tuple[str, FoundPackage]]) -> tuple[Package, ...]:
    """The packages with the IDs of those they need. `stated` are packages as files state them, with the paths of these.

    A name is that of a package of the same type, of something that one provides, or of a file. Of several the nearest
    one counts: of the same architecture, then of the same directory or the closest one above.
    """
    places = {
        (one.type, one.name, one.version, one.arch, location.path): place
        for place, one in enumerate(packages)
        for location in one.locations
    }
    nodes = [
        _Node(place, path, found)
        for path, found in stated
        if (place := places.get((found.type, found.name, found.version, found.arch, path))) is not None
    ]
    offers = _offers(nodes)
    needed: defaultdict[int, dict[int, str]] = defaultdict(dict)
    for node in nodes:
        for other, constraint in _resolved(node, offers):
            needed[node.place][other] = needed[node.place].get(other, "") or constraint
    ids = {place: packages[place].id for place in {one for others in needed.values() for one in others}}
    closeness = _closeness(nodes, needed)
    linked = list(packages)
    for place in needed.keys() | closeness.keys():
        one = packages[place]
        linked[place] = structs.replace(
            one,
            depends_on=tuple(sorted(ids[other] for other in needed.get(place, ()) if other != place)),
            constraints={ids[other]: one for other, one in needed.get(place, {}).items() if one},
            relationship=one.relationship or closeness.get(place, ""),
        )
    return tuple(linked)


def _closeness(nodes: Sequence[_Node], needed: Mapping[int, Mapping[int, str]]) -> dict[int, Relationship]:
    """What applications need themselves, and what that needs, where applications state all that they need."""
    roots = {node.place for node in nodes if is_root(node.found) and node.found.type in _ROOTED}
    direct = {other for root in roots for other in needed.get(root, ())} - roots
    closeness: dict[int, Relationship] = dict.fromkeys(direct, "direct")
    waiting = list(direct)
    while waiting:
        for other in needed.get(waiting.pop(), ()):
            if other not in closeness and other not in roots:
                closeness[other] = "transitive"
                waiting.append(other)
    return closeness


_Offers = dict[tuple[str, str], list[_Node]]


def _offers(nodes: Sequence[_Node]) -> _Offers:
    """Who offers each of the names that are needed, by type and name."""
    wanted: defaultdict[str, set[str]] = defaultdict(set)
    for node in nodes:
        for need in node.found.requires:
            wanted[node.found.type].update(need.split("|"))
    offers: defaultdict[tuple[str, str], list[_Node]] = defaultdict(list)
    files = {kind: {name for name in names if name.startswith("/")} for kind, names in wanted.items()}
    for node in nodes:
        found = node.found
        names = {found.name, f"{found.name}@{found.version}", *found.provides, *_paths(found, files.get(found.type))}
        for name in names & wanted.get(found.type, set()):
            offers[found.type, name].append(node)
    return offers


def _paths(found: FoundPackage, wanted: set[str] | None) -> Iterator[str]:
    if wanted:
        for file in found.files:
            path = f"/{file}"
            yield path
            if path.startswith(_MERGED):
                yield path.removeprefix(_MERGED.rstrip("/"))


def _resolved(node: _Node, offers: _Offers) -> Iterator[tuple[int, str]]:
    """Who meets each need, and the versions of it that are accepted."""
    for need in node.found.requires:
        for name in need.split("|"):
            offered = [one for one in offers.get((node.found.type, name), ()) if _in_reach(node, one)]
            if offered:
                nearest = min(offered, key=lambda one: _distance(node, one)) if len(offered) > 1 else offered[0]
                yield nearest.place, node.found.constraints.get(need, "")
                break


def _in_reach(node: _Node, other: _Node) -> bool:
    """Node looks into the `node_modules` of the directory a package is in and of those above it, and nowhere else."""
    return node.found.type != "npm" or node.path.startswith(other.path.rpartition(_MODULES)[0])


def _distance(node: _Node, other: _Node) -> tuple[bool, bool, int, int, str]:
    """What is installed needs what is installed, and what a file asks for what it asks for."""
    mine, theirs = node.path.split("/"), other.path.split("/")
    shared = next((at for at, (one, two) in enumerate(zip(mine, theirs, strict=False)) if one != two), len(mine))
    differ = (node.found.evidence == "declared") != (other.found.evidence == "declared")
    return differ, node.found.arch != other.found.arch, -shared, len(theirs), other.path
