"""Images that were not met before: from their layers to their inventory."""

from collections.abc import Callable, Mapping, Sequence

from msgspec import Struct, structs

from lading.engine.cache import Cache
from lading.engine.image_cache import Taken
from lading.engine.layer_cache import LayerCache
from lading.engine.layers import Ask, LayerReader
from lading.inventory.assemble import assemble
from lading.inventory.catalogers.registry import Group, Readers, checked, readers_for
from lading.inventory.facts import LayerFacts
from lading.inventory.reach import links_of, with_reach
from lading.inventory.recovery import is_erased
from lading.inventory.router import Router
from lading.inventory.seen import Squashed, differences_of
from lading.inventory.squash import Engine, squash
from lading.inventory.starting import CATALOGER as STARTING
from lading.inventory.starting import decode_needs
from lading.model.checks import CheckInputs, Family
from lading.model.diagnostic import Diagnostic
from lading.model.diagnostics import diagnostic
from lading.model.image import ImageConfig
from lading.model.package import Inventory, Scope
from lading.model.ports import Helpers, OpenedImage, Progress
from lading.safeio.limits import Limits

_MOST_ROUNDS = 5


class Read(Struct, frozen=True):
    """An image that was read: what is in it, what has to be said of the cache, and the numbers of the layers that were
    not read to their ends, and so not checked."""

    taken: Taken
    cache_remarks: tuple[Diagnostic, ...]
    unchecked: tuple[int, ...]


def read_inventory(
    opened: OpenedImage,
    cache: Cache | None,
    limits: Limits,
    progress: Progress,
    check: Callable[[], None],
    helpers: Helpers | None = None,
    *,
    scope: Scope,
    declared: bool,
    checks: Sequence[Family] = (),
    inputs: CheckInputs | None = None,
    in_use: bool = False,
) -> Read:
    """What is in an image, by what `cache` keeps of its layers and by reading the others; `check` raises when the scan
    is to end, `helpers` may read a part of the layers, `declared` says whether lock files and manifests count, `checks`
    what is to be looked for besides, and `inputs` what the user gives to these; `in_use` asks which packages what the
    image starts leads to. Raises UsageError, ImageError, NetError, EngineError."""
    readers = readers_for(declared=declared)
    if checks:
        from lading.engine.checking import seen_by_checks, with_checks

        readers = with_checks(readers, checks, inputs or CheckInputs())
    if in_use:
        readers = _with(readers, Group("starting", (STARTING,)))
    layers = None if cache is None else LayerCache(cache, readers.groups, limits)
    reader = LayerReader(opened, readers.groups, layers, limits, progress, check, helpers)
    facts = reader.read({index: Ask() for index in reader.indexes})
    unpacked = _unpack(reader, facts, readers, "in place")
    inventory, remarks = assemble(
        unpacked.squashed, readers.catalogers, scope, opened.clues.environment, opened.clues.config
    )
    if is_erased(inventory):
        readers = _with_remains(readers)
        layers = None if cache is None else LayerCache(cache, readers.groups, limits)
        earlier, reader = reader, LayerReader(opened, readers.groups, layers, limits, progress, check, helpers)
        reader.remarks += earlier.remarks
        facts = reader.read({index: Ask() for index in reader.indexes})
        unpacked = _unpack(reader, facts, readers, "in place")
        inventory, remarks = assemble(
            unpacked.squashed, readers.catalogers, scope, opened.clues.environment, opened.clues.config
        )
    remarks = (*unpacked.remarks, *remarks)
    if unpacked.squashed.disputed:
        overlaid = _unpack(reader, facts, readers, "overlay")
        remarks += _disagreement(differences_of(unpacked.squashed, overlaid.squashed))
    unchecked = tuple(
        index for index in sorted(facts) if not facts[index].structure.complete or index in reader.by_parts
    )
    seen = seen_by_checks(unpacked.squashed, inventory, checks) if checks else {}
    if "package-files" in checks:
        from lading.engine.package_files import read_package_files

        args = (opened, unpacked.squashed, inventory, facts, limits, progress, check)
        seen["package-files"], told = read_package_files(*args)
        remarks += told
    if in_use:
        inventory, told = _with_reach(inventory, unpacked.squashed, facts, opened.clues.config)
        remarks += told
    return Read(Taken(inventory, remarks, seen), tuple(reader.remarks), unchecked)


def _with_remains(readers: Readers) -> Readers:
    """The readers and those of what a package manager leaves besides its database, for which layers are read again."""
    from lading.inventory.remains import CATALOGERS

    return _with(readers, Group("remains", CATALOGERS))


def _with(readers: Readers, group: Group) -> Readers:
    catalogers = (*readers.catalogers, *group.catalogers)
    return Readers(checked((*readers.groups, group)), catalogers, Router(catalogers))


def _with_reach(
    inventory: Inventory, squashed: Squashed, facts: Mapping[int, LayerFacts], config: ImageConfig | None
) -> tuple[Inventory, tuple[Diagnostic, ...]]:
    """The inventory with what is known of the use of packages, and what has to be said of that."""
    needs = {
        seen.path: decode_needs(seen.facts.observed)
        for (reader, _), seen in squashed.visible.items()
        if reader == STARTING.name and seen.facts.observed
    }
    layers = [facts[index].structure for index in sorted(facts)]
    links = dict(links_of((one.links for one in layers), (one.whiteouts for one in layers)))
    packages = with_reach(inventory.packages, needs, links, config) if config is not None else None
    if packages is None:
        message = "what the image starts is not known or not in it: nothing is known of what is in use"
        return inventory, (diagnostic("start-not-found", message),)
    return structs.replace(inventory, packages=packages), ()


class _Unpacked(Struct, frozen=True):
    """What an engine makes of the layers, and what has to be said of them."""

    squashed: Squashed
    remarks: tuple[Diagnostic, ...]


def _unpack(reader: LayerReader, plain: Mapping[int, LayerFacts], readers: Readers, engine: Engine) -> _Unpacked:
    """Squashes the layers, and reads those again of which more has to be known. `plain` are their facts as such."""
    facts = dict(plain)
    asks: dict[int, Ask] = {}
    for _ in range(_MOST_ROUNDS):
        squashed = squash(facts, readers.router, engine)
        again = asked(asks, squashed)
        if not again:
            return _Unpacked(squashed, tuple(_layer_remarks(facts)))
        asks |= again
        facts |= reader.read(again)
    message = (
        f"links of layers through those of others were followed {_MOST_ROUNDS} times; files behind more are missing"
    )
    return _Unpacked(squashed, (*_layer_remarks(facts), diagnostic("too-many-links", message)))


def asked(asks: Mapping[int, Ask], squashed: Squashed) -> dict[int, Ask]:
    """The layers that a squash asks to be read in a way in which they were not, with what is asked."""
    again = {}
    for index in sorted(squashed.detours.keys() | squashed.below.keys()):
        known = asks.get(index, Ask())
        detours = known.detours | squashed.detours.get(index, {})
        ask = Ask(detours, squashed.below.get(index, known.below))
        if ask != known:
            again[index] = ask
    return again


def _disagreement(paths: Sequence[str]) -> tuple[Diagnostic, ...]:
    """What has to be said when container engines see something else at these paths."""
    if not paths:
        return ()
    count = "one file" if len(paths) == 1 else f"{len(paths):,} files"
    message = (
        f"container engines disagree about {count}, because a layer speaks of more than itself: what is listed is what "
        "they see that unpack layers over one another; those that unpack each by itself see something else"
    )
    return (diagnostic("engines-disagree", message, paths[0]),)


def _layer_remarks(facts: Mapping[int, LayerFacts]) -> list[Diagnostic]:
    remarks = []
    for index, layer in facts.items():
        for one in layer.structure.diagnostics:
            where = f"layer {index}: {one.where}" if one.where else f"layer {index}"
            remarks.append(structs.replace(one, where=where))
    return remarks
