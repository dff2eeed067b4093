"""Layers of which only what is looked at is fetched, by their tables of contents."""

from collections.abc import Callable, Mapping

from msgspec import structs

from lading.inventory.facts import LayerFacts
from lading.inventory.layer import read_layer
from lading.inventory.lazy import is_plain, likely_in
from lading.inventory.router import Router
from lading.model.diagnostic import Diagnostic
from lading.model.diagnostics import diagnostic
from lading.model.image import Layer
from lading.model.ports import LayerParts
from lading.safeio.limits import Limits, Work
from lading.safeio.toc import read_toc
from lading.safeio.toc_input import TocInput

_MOST_SAID = 300


def pass_by_parts(
    layer: Layer,
    parts: LayerParts,
    router: Router,
    limits: Limits,
    check: Callable[[], None],
    below: Mapping[str, str],
    work: Work,
) -> LayerFacts:
    """The facts of a layer as its table of contents describes it, which say so. Raises SafeIOError where that cannot
    be, NetError."""
    where = f"layer {layer.index} ({layer.digest[:19]})"
    table = read_toc(parts, layer.size, limits.entries)
    tar_input = TocInput(parts, layer.size, table.entries, likely_in(router), where, work.spend)
    facts = read_layer(tar_input, router, limits, where, check, below, work, is_plain)
    fetched = table.fetched + tar_input.fetched
    message = (
        f"read by its table of contents (--lazy), of which engines may unpack something else: {fetched:,} of "
        f"{layer.size:,} bytes were fetched"
    )
    told = (*facts.structure.diagnostics, diagnostic("layer-by-toc", message))
    return LayerFacts(structs.replace(facts.structure, diagnostics=told), facts.readers, facts.below)


def read_whole(layer: Layer, error: Exception) -> Diagnostic:
    """That a layer was read as a whole, and why."""
    message = f"layer {layer.index} was read as a whole: {str(error)[:_MOST_SAID]}"
    return diagnostic("lazy-not-used", message, f"layer {layer.index}")
